// Keys of the whole page while a lesson is presented. What has a use for arrows and digits of its own keeps them.

const MEANT = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back", Escape: "leave" };
const OWN = "input, textarea, select, [contenteditable], .stage, [role='slider'], [role='radiogroup']";
const listening = new WeakMap();

export default function (component) {
  const place = component.parentElement;
  listening.get(place)?.abort();
  const ended = new AbortController();
  listening.set(place, ended);
  document.addEventListener("keydown", (event) => listen(event, component), { signal: ended.signal, capture: true });
  return () => ended.abort();
}

function listen(event, component) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const meant = MEANT[event.key] ?? (/^[1-9]$/.test(event.key) ? event.key : null);
  if (!meant || (!event.key.startsWith("Page") && event.key !== "Escape" && isTaken(event))) return;
  event.preventDefault();
  event.stopPropagation();
  component.setTriggerValue("pressed", meant);
}

function isTaken(event) {
  return event.composedPath().some((element) => element.matches?.(OWN));
}
