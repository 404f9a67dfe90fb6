// The path to the selected step as a row of buttons. It stays while one walks along it, so that the way back is there.

import { colourOf } from "./cards.js";
import { LACK, wordsOf } from "./colours.js";
import { labelOf, pathTo } from "./model.js";
import { isBorn } from "./replay.js";
import { say } from "./say.js";
import { select } from "./state.js";

const LETTERS = 160;

export function newCrumbs(ui, parts) {
  const crumbs = { list: parts.crumbs.querySelector("ol"), said: parts.crumbs.querySelector(".whose"), end: -1, drawn: [] };
  crumbs.list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) select(ui, +button.dataset.node, "walk");
  });
  return crumbs;
}

export function drawCrumbs(ui, crumbs) {
  const { model, moment, selected, tint, theme } = ui;
  const chosen = selected < 0 && ui.chosenPath.size > 0;
  crumbs.end = endOf(ui, crumbs);
  const drawn = [model, crumbs.end, selected, moment, tint, theme];
  if (drawn.every((part, i) => part === crumbs.drawn[i])) return;
  crumbs.drawn = drawn;
  crumbs.said.textContent = chosen ? say(model, "Chosen path") : selected < 0 ? say(model, "Pick a step to see its path") : "";
  const path = crumbs.end < 0 ? [] : pathTo(model, crumbs.end).filter((node) => isBorn(model, moment, node));
  while (crumbs.list.children.length > path.length) crumbs.list.lastElementChild.remove();
  while (crumbs.list.children.length < path.length) crumbs.list.append(newCrumb());
  path.forEach((node, i) => fillCrumb(ui, crumbs.list.children[i].firstElementChild, node));
  intoSight(crumbs.list);
}

// The last step of the path: it stays while the selection is on it.
function endOf(ui, crumbs) {
  const { model, selected } = ui;
  if (selected < 0) return ui.chosenPath.size ? model.chosen : -1;
  const same = crumbs.drawn[0] === model && crumbs.end >= 0 && crumbs.end < model.count;
  return same && pathTo(model, crumbs.end).includes(selected) ? crumbs.end : selected;
}

function newCrumb() {
  const [item, button] = [document.createElement("li"), document.createElement("button")];
  button.append(document.createElement("i"), document.createElement("span"));
  item.append(button);
  return item;
}

function fillCrumb(ui, button, node) {
  const [swatch, words] = button.children;
  const text = labelOf(ui.model, node);
  button.dataset.node = node;
  const { fill, ink } = colourOf(ui, node);
  const { model, tint, theme } = ui;
  const value = node === 0 ? "" : wordsOf(tint, node);
  swatch.style.backgroundColor = fill;
  swatch.style.color = ink;
  swatch.style.setProperty("--hatch", theme.hatch);
  swatch.className = tint.lack[node] === LACK.missing ? "missing" : "";
  swatch.textContent = value;
  if (value) button.setAttribute("aria-label", `${text.slice(0, LETTERS)}; ${say(model, tint.mode.said)} ${value}`);
  else button.removeAttribute("aria-label");
  words.textContent = text.length > LETTERS ? `${text.slice(0, LETTERS)}…` : text;
  if (node === ui.selected) button.setAttribute("aria-current", "step");
  else button.removeAttribute("aria-current");
}

// The row scrolls by itself; the page doesn't.
function intoSight(list) {
  const here = list.querySelector("[aria-current]")?.parentElement ?? list.firstElementChild;
  if (!here) return;
  const [left, right] = [here.offsetLeft - list.offsetLeft, here.offsetLeft - list.offsetLeft + here.offsetWidth];
  if (left < list.scrollLeft) list.scrollLeft = left;
  else if (right > list.scrollLeft + list.clientWidth) list.scrollLeft = right - list.clientWidth;
}
