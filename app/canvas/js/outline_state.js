// What one outline remembers, and the few ways in which it changes. Only what is expanded is in the page.

import { children, hasChildren, pathTo } from "./model.js";
import { momentOf } from "./replay.js";
import { MOST, itemOf } from "./outline_row.js";

const WALKING = 160;
const REMEMBERED = 40;
// A path deeper than this is expanded as far; a list within lists has its limits in a browser.
const DEEPEST = 200;
// Beyond, to expand all would fill the page with more than anyone reads.
export const MOST_AT_ONCE = 2000;
const memories = new Map();

function aboutOneTree() {
  return {
    model: null, moment: null, digest: "", request: -1, expanded: new Set(), more: new Map(), items: new Map(),
    selected: -1, chosenPath: new Set(),
  };
}

export function newOutline() {
  return { ...aboutOneTree(), theme: null, saidAt: -1, sendLater: 0, send: () => {}, list: null, triangle: null, changed: () => {} };
}

// A tree that grew keeps what was expanded; one that is seen again comes back as it was left.
export function setTree(outline, model) {
  const another = outline.model?.key !== model.key || model.count < outline.model.count;
  if (another) {
    remember(outline);
    clearTimeout(outline.sendLater);
    Object.assign(outline, aboutOneTree());
  }
  outline.model = model;
  outline.moment = momentOf(model, model.last);
  outline.chosenPath = new Set(model.chosen >= 0 ? pathTo(model, model.chosen) : []);
  const memory = another && memories.get(model.key);
  if (memory && memory.count <= model.count) Object.assign(outline, { expanded: memory.expanded, more: memory.more });
  else if (another) expandPath(outline);
}

export function remember({ model, expanded, more }) {
  if (!model) return;
  memories.delete(model.key);
  memories.set(model.key, { expanded, more, count: model.count });
  if (memories.size > REMEMBERED) memories.delete(memories.keys().next().value);
}

// The way to the chosen answer; without one the first steps.
export function expandPath(outline) {
  outline.expanded = new Set([0]);
  for (const node of [...outline.chosenPath].slice(0, DEEPEST)) makeRoom(outline, node);
}

export function expandAll(outline) {
  for (let node = 0; node < outline.model.count; node++) if (hasChildren(outline.model, node)) outline.expanded.add(node);
}

function makeRoom(outline, node) {
  const { model, expanded, more } = outline;
  if (node === 0) return;
  const parent = model.parent[node];
  expanded.add(parent);
  const place = children(model, parent).indexOf(node);
  if (place >= (more.get(parent) ?? MOST)) more.set(parent, Math.ceil((place + 1) / MOST) * MOST);
}

export function draw(outline) {
  const { list, items } = outline;
  const focused = list.querySelector(":focus")?.dataset.node;
  items.clear();
  list.replaceChildren(itemOf(outline, 0));
  stopAt(outline, items.get(Number(focused ?? outline.selected)) ?? items.get(0));
  if (focused !== undefined) list.querySelector("[tabindex='0']").focus({ preventScroll: true });
  outline.changed();
}

// One item is drawn anew with all below it; the others stay as they are.
function redraw(outline, node) {
  const before = outline.items.get(node);
  const had = before.contains(outline.list.getRootNode().activeElement);
  const scrolled = outline.list.scrollTop;
  for (const item of before.querySelectorAll("[data-node]")) outline.items.delete(Number(item.dataset.node));
  const after = itemOf(outline, node);
  before.replaceWith(after);
  outline.list.scrollTop = scrolled;
  if (!outline.list.querySelector("[tabindex='0']")) stopAt(outline, after);
  if (had) after.focus({ preventScroll: true });
  outline.changed();
}

export function toggle(outline, node, open = !outline.expanded.has(node)) {
  if (!hasChildren(outline.model, node) || open === outline.expanded.has(node)) return;
  if (open) outline.expanded.add(node);
  else outline.expanded.delete(node);
  redraw(outline, node);
}

export function showMore(outline, node) {
  const before = outline.more.get(node) ?? MOST;
  outline.more.set(node, before + MOST);
  redraw(outline, node);
  return outline.items.get(children(outline.model, node)[before]);
}

// The one item that Tab reaches: the others are reached from it by the arrow keys.
export function stopAt(outline, item) {
  outline.list.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
  item.setAttribute("tabindex", "0");
}

// How a node is come to: "click", "walk" by the keys, or "asked" by the page, which needn't be told then.
export function select(outline, node, how) {
  if (how === "asked") reveal(outline, node);
  if (node === outline.selected) return;
  outline.items.get(outline.selected)?.setAttribute("aria-selected", "false");
  outline.selected = node;
  outline.items.get(node)?.setAttribute("aria-selected", "true");
  clearTimeout(outline.sendLater);
  // Walking with a key held down would ask the server for every node on the way.
  if (how !== "asked") outline.sendLater = setTimeout(() => outline.send(node), how === "click" ? 0 : WALKING);
  outline.changed();
}

function reveal(outline, node) {
  if (node < 0) return;
  if (!outline.items.has(node)) {
    pathTo(outline.model, node).forEach((step) => makeRoom(outline, step));
    draw(outline);
  }
  const item = outline.items.get(node);
  stopAt(outline, item);
  bringIntoSight(outline, item);
}

// Scrolls the list alone: the page stays where it is.
export function bringIntoSight({ list }, item) {
  const row = item.firstElementChild.getBoundingClientRect();
  const frame = list.getBoundingClientRect();
  if (row.top < frame.top) list.scrollTop -= frame.top - row.top + 8;
  else if (row.bottom > frame.bottom) list.scrollTop += Math.min(row.bottom - frame.bottom + 8, row.top - frame.top);
}
