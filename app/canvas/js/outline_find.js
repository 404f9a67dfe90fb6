// Finding in the outline: by a field, as on the canvas, and by typing the beginning of a step that is in sight.

import { change, select } from "./outline_state.js";

// Letters that come later than this many milliseconds after one another begin a new word.
const TYPING = 900;

export function listenToOutlineFind(outline, section) {
  const [query, previous, next] = [".query", ".previous", ".next"].map((name) => section.querySelector(name));
  outline.query = query;
  outline.toMatch = (step) => {
    const { matches, selected } = outline;
    if (!matches.length) return;
    const here = matches.indexOf(selected);
    const to = here < 0 ? (step > 0 ? 0 : -1) : (here + step) % matches.length;
    select(outline, matches.at(to), "found");
  };
  query.addEventListener("input", () => change(outline, { query: query.value }));
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter") outline.toMatch(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape") return;
    change(outline, { query: (query.value = "") });
    outline.list.querySelector("[tabindex='0']").focus();
  });
  previous.addEventListener("click", () => outline.toMatch(-1));
  next.addEventListener("click", () => outline.toMatch(1));
}

export function syncOutlineFind(outline, section) {
  const { matches, selected, words } = outline;
  const here = matches.indexOf(selected);
  const said = matches.length ? (here < 0 ? `${matches.length}` : `${here + 1}/${matches.length}`) : "none";
  section.querySelector(".hits").textContent = words ? said : "";
  for (const name of [".previous", ".next"]) section.querySelector(name).hidden = matches.length < 2;
}

export function isTyping(outline) {
  return performance.now() - outline.typedAt < TYPING;
}

// The item that a letter typed on `item` leads to: the next one that begins with all that was typed, else one that has
// it in it. One letter again and again goes from one that begins with it to the next.
export function typedTo(outline, items, item, letter) {
  outline.typed = (isTyping(outline) ? outline.typed : "") + letter.toLowerCase();
  outline.typedAt = performance.now();
  const { typed } = outline;
  const from = (place) => [...items.slice(place), ...items.slice(0, place)];
  const here = items.indexOf(item);
  const begins = (words) => (other) => textOf(other).startsWith(words);
  const again = typed.length > 1 && [...typed].every((other) => other === typed[0]);
  const onward = from(typed.length > 1 ? here : here + 1);
  return (
    onward.find(begins(typed)) ??
    (again ? from(here + 1).find(begins(typed[0])) : undefined) ??
    onward.find((other) => textOf(other).includes(typed))
  );
}

function textOf(item) {
  return (item.querySelector(".what")?.textContent ?? "").toLowerCase();
}
