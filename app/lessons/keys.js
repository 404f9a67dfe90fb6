// Keys of the whole page while a lesson is presented. What has a use for arrows and digits of its own keeps them.

const MEANT = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back", Escape: "leave" };
const OWN = "input, textarea, select, [contenteditable], .stage, [role='slider'], [role='radiogroup']";
const mounted = new WeakMap();

// Called again at every run of the page, and cleaned up in between: a key pressed just then must not be lost.
export default function (component) {
  const place = component.parentElement;
  const mount = mounted.get(place) ?? mountAt(place);
  mount.press = (meant) => component.setTriggerValue("pressed", meant);
  return () => place.isConnected || mount.ended.abort();
}

function mountAt(place) {
  const mount = { press: () => {}, ended: new AbortController() };
  mounted.set(place, mount);
  const listen = (event) => (place.isConnected ? hear(event, mount) : mount.ended.abort());
  document.addEventListener("keydown", listen, { signal: mount.ended.signal, capture: true });
  const sign = document.createElement("i"); // that keys are heard from now on, for whoever must know
  sign.className = "listening";
  place.append(sign);
  return mount;
}

function hear(event, mount) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const meant = MEANT[event.key] ?? (/^[1-9]$/.test(event.key) ? event.key : null);
  if (!meant || (!event.key.startsWith("Page") && event.key !== "Escape" && isTaken(event))) return;
  event.preventDefault();
  event.stopPropagation();
  mount.press(meant);
}

function isTaken(event) {
  return event.composedPath().some((element) => element.matches?.(OWN));
}
