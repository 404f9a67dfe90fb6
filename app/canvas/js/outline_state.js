// What one outline remembers, and the few ways in which it changes. Only what is expanded is in the page.

import { tintOf } from "./colours.js";
import { children, hasChildren, pathTo } from "./model.js";
import { bornChildren, findInOutline, setOutlineMoment } from "./outline_moment.js";
import { MOST, itemOf } from "./outline_row.js";

const WALKING = 160;
const REMEMBERED = 40;
// A path deeper than this is expanded as far; a list within lists has its limits in a browser.
const DEEPEST = 200;
// Beyond, to expand all would fill the page with more than anyone reads.
export const MOST_AT_ONCE = 2000;
const memories = new Map();
// What a page takes for granted of a view that it wasn't told of.
const FRESH = { moment: -1, colour: "reward", filter: [0, 1], query: "", by: "events" };
const PAUSE = 400;

function aboutOneTree() {
  return {
    model: null, moment: null, digest: "", request: -1, expanded: new Set(), more: new Map(), items: new Map(),
    selected: -1, chosenPath: new Set(), below: null, foundBelow: null, words: "", matches: [], tint: null,
    view: { ...FRESH }, wishedAt: 0, typed: "", typedAt: -Infinity,
  };
}

export function newOutline() {
  return { ...aboutOneTree(), theme: null, saidAt: -1, sendLater: 0, tellLater: 0, send: () => {}, tell: () => {}, list: null, triangle: null, changed: () => {} };
}

// A tree that grew keeps what was expanded; one that is seen again comes back as it was left.
export function setTree(outline, model) {
  const another = outline.model?.key !== model.key || model.count < outline.model.count;
  if (another) {
    remember(outline);
    clearTimeout(outline.sendLater);
    clearTimeout(outline.tellLater);
    Object.assign(outline, aboutOneTree());
  }
  outline.model = model;
  const { count = Infinity, ...memory } = (another && memories.get(model.key)) || {};
  const known = count <= model.count;
  if (known) Object.assign(outline, memory);
  lookAsAsked(outline);
  if (another && !known) expandPath(outline);
}

// Its moment, what its colours tell, and what is found, by the view that is asked for.
function lookAsAsked(outline) {
  const { model, view } = outline;
  setOutlineMoment(outline, view.moment);
  outline.tint = tintOf({ model, moment: outline.moment, colour: view.colour });
  findInOutline(outline, outline.view.query);
}

// A wish leaves alone what it doesn't name; a filter is the canvas's, and only kept for it.
export function adoptView(outline, wish) {
  const before = outline.chosenPath.size;
  Object.assign(outline.view, wish);
  lookAsAsked(outline);
  if (!before) expandPath(outline, outline.expanded);
}

// What is wished here is told to the page.
export function change(outline, wish) {
  adoptView(outline, wish);
  draw(outline);
  tellView(outline);
}

function tellView(outline) {
  clearTimeout(outline.tellLater);
  outline.tellLater = setTimeout(() => outline.tell({ ...outline.view }), PAUSE);
}

export function remember({ model, expanded, more, view, wishedAt }) {
  if (!model) return;
  memories.delete(model.key);
  memories.set(model.key, { expanded, more, view, wishedAt, count: model.count });
  if (memories.size > REMEMBERED) memories.delete(memories.keys().next().value);
}

// The way to the chosen answer; without one the first steps.
export function expandPath(outline, besides = []) {
  outline.expanded = new Set([0, ...besides]);
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
  return outline.items.get(bornChildren(outline, node)[before]);
}

// The one item that Tab reaches: the others are reached from it by the arrow keys.
export function stopAt(outline, item) {
  outline.list.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
  item.setAttribute("tabindex", "0");
}

// How a node is come to: "click", "walk" by the keys, "found", or "asked" by the page, which needn't be told then.
export function select(outline, node, how) {
  if (how === "asked" || how === "found") reveal(outline, node);
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
  if (!item) return; // it is still to come at this moment
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
