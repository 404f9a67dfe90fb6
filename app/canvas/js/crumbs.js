// The path from the question to the selected step, in words: each step a button that selects it.

import { LACK, wordsOf } from "./colours.js";
import { colourOf } from "./cards.js";
import { labelOf, pathTo } from "./model.js";
import { isBorn } from "./replay.js";
import { select } from "./state.js";
import { briefly } from "./text.js";

// Steps that stand there before the middle of a path is left out, and after it was asked for.
const CRUMBS = 12;
const ALL_CRUMBS = 200;
const GAP = -1;

export function newCrumbs(ui, parts) {
  const crumbs = { nav: parts.crumbs, list: parts.trail, hint: parts.crumbHint, of: [], end: -1, whole: false };
  crumbs.list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const node = +button.dataset.node;
    if (node !== GAP) return select(ui, node, "walk");
    crumbs.whole = true;
    crumbs.of = [];
    ui.invalidate();
  });
  return crumbs;
}

// Called with each picture: it must cost nothing while the path, its colours and the moment stay the same.
export function syncCrumbs(ui, crumbs) {
  const of = [ui.model, ui.selected, ui.tint, ui.theme];
  if (of.every((part, i) => part === crumbs.of[i])) return;
  const moved = ui.selected !== crumbs.of[1];
  if (ui.model.key !== crumbs.of[0]?.key) Object.assign(crumbs, { end: -1, whole: false });
  crumbs.of = of;
  const path = trailOf(ui, crumbs);
  const chosen = ui.selected < 0 && path.length > 0;
  crumbs.nav.setAttribute("aria-label", chosen ? "The chosen path" : "Path to the selected step");
  crumbs.hint.textContent = chosen ? "Chosen path" : path.length ? "" : "Pick a step: the path to it stands here.";
  crumbs.list.hidden = !path.length;
  const shown = withoutMiddle(path, ui.selected, crumbs.whole ? ALL_CRUMBS : CRUMBS);
  while (crumbs.list.children.length > shown.length) crumbs.list.lastElementChild.remove();
  shown.forEach((node, i) => write(ui, crumbs.list.children[i] ?? crumbs.list.appendChild(newCrumb()), node, path));
  if (moved) scrollToCurrent(crumbs.list);
}

// Who goes back up the path keeps what lies ahead. Where nothing is selected, the chosen path is shown.
function trailOf(ui, crumbs) {
  const { model, moment, selected, chosenPath } = ui;
  if (selected < 0) crumbs.end = -1;
  else if (crumbs.end < 0 || crumbs.end >= model.count || !pathTo(model, crumbs.end).includes(selected)) crumbs.end = selected;
  const path = crumbs.end >= 0 ? pathTo(model, crumbs.end) : [...chosenPath];
  return path.filter((node) => node === selected || isBorn(model, moment, node));
}

function withoutMiddle(path, current, most) {
  if (path.length <= most) return path;
  const first = Math.ceil(most / 3);
  const last = path.length - (most - first - 1);
  const at = path.indexOf(current);
  const middle = at >= first && at < last ? [at] : [];
  const kept = [...path.keys()].filter((i) => i < first || i >= last || middle.includes(i));
  return kept.flatMap((i, place) => (place && kept[place - 1] !== i - 1 ? [GAP, path[i]] : [path[i]]));
}

function newCrumb() {
  const crumb = document.createElement("li");
  crumb.append(document.createElement("button"));
  crumb.firstChild.append(document.createElement("b"), document.createElement("bdi"));
  return crumb;
}

function write(ui, crumb, node, path) {
  const button = crumb.firstChild;
  const [chip, words] = button.children;
  button.dataset.node = node;
  chip.hidden = node <= 0 || ui.tint.lack[node] === LACK.pending;
  if (node === GAP) {
    words.textContent = "…";
    button.title = "Show the steps between";
    button.removeAttribute("aria-current");
    return button.setAttribute("aria-label", button.title);
  }
  const label = labelOf(ui.model, node).slice(0, 400);
  const value = chip.hidden ? "" : wordsOf(ui.tint, node);
  words.textContent = node === 0 ? "Question" : briefly(label);
  chip.textContent = value;
  const { fill, ink } = colourOf(ui, node);
  chip.style.background = fill;
  chip.style.color = ink;
  button.title = label;
  const told = value && `, ${ui.tint.mode.said} ${value === "–" ? "not known" : value}`;
  button.setAttribute("aria-label", `${node === 0 ? "Question" : `Step ${ui.model.depth[node]}`}${told}: ${label}`);
  if (node === ui.selected) button.setAttribute("aria-current", "location");
  else button.removeAttribute("aria-current");
  crumb.classList.toggle("ahead", ui.selected >= 0 && path.indexOf(node) > path.indexOf(ui.selected));
}

function scrollToCurrent(list) {
  const current = list.querySelector("[aria-current]")?.parentElement;
  if (!current) return;
  const from = current.offsetLeft - list.offsetLeft;
  const to = from + current.offsetWidth;
  if (to > list.scrollLeft + list.clientWidth) list.scrollLeft = to - list.clientWidth;
  if (from < list.scrollLeft) list.scrollLeft = from;
}
