// What fingers do: pointer, wheel and keys on the stage.

import { handleBox } from "./cards.js";
import { firstWhere, isLaidOut } from "./layout.js";
import { children, hasChildren } from "./model.js";
import { isBorn } from "./replay.js";
import { fitAll, neighbour, select, setApart, toggleFold } from "./state.js";
import { cardAt, cardHeight, cardWidth, columnWidth, rowHeight, zoomAt } from "./view.js";

const CLICK_SLACK = 5;
const ZOOM_STEP = 1.3;
const PAGE_SETTLES = 350;

export function listenToStage(ui, parts, replay) {
  const { stage } = parts;
  const pointers = new Map();
  let moved = 0;

  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 1) moved = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const now = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) return hover(ui, parts, event.pointerType === "mouse" ? now : null);
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (pointers.size > 1) pinch(ui, pointers, event.pointerId, now);
    else if (moved > CLICK_SLACK) pan(ui, now.x - before.x, now.y - before.y);
    pointers.set(event.pointerId, now);
    if (moved > CLICK_SLACK) hover(ui, parts, null);
  });
  const release = (event) => {
    const last = pointers.size === 1 && pointers.has(event.pointerId);
    pointers.delete(event.pointerId);
    if (last && moved <= CLICK_SLACK && event.type === "pointerup") click(ui, at(event), event.pointerType);
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  parts.leaveCards = () => hover(ui, parts, null);
  stage.addEventListener("pointerleave", parts.leaveCards);
  stage.addEventListener("dblclick", (event) => {
    const hit = hitTest(ui, at(event));
    if (hit && !hit.handle) toggleFold(ui, hit.node);
  });
  stage.addEventListener("wheel", (event) => wheel(ui, event), { passive: false });
  stage.addEventListener("keydown", (event) => {
    if (!event.altKey && !event.metaKey && !event.ctrlKey && key(ui, parts, replay, event)) event.preventDefault();
  });
}

function at(event) {
  const frame = event.currentTarget.getBoundingClientRect();
  return { x: event.clientX - frame.left, y: event.clientY - frame.top };
}

function pan(ui, dx, dy) {
  ui.view.tx += dx;
  ui.view.ty += dy;
  ui.touched = true;
  ui.invalidate();
}

function pinch(ui, pointers, moving, now) {
  const before = pointers.get(moving);
  const other = [...pointers].find(([id]) => id !== moving)[1];
  const was = Math.hypot(before.x - other.x, before.y - other.y);
  const is = Math.hypot(now.x - other.x, now.y - other.y);
  zoom(ui, is / Math.max(1, was), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
  pan(ui, (now.x - before.x) / 2, (now.y - before.y) / 2);
}

export function zoom(ui, factor, where) {
  const middle = where ?? { x: ui.size.width / 2, y: ui.size.height / 2 };
  zoomAt(ui.view, middle.x, middle.y, factor);
  ui.touched = true;
  ui.invalidate();
}

// A page on the move must not get stuck because the stage comes under the pointer.
function wheel(ui, event) {
  if (!event.ctrlKey && event.timeStamp - ui.pageScrolled < PAGE_SETTLES) return;
  event.preventDefault();
  const unit = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 400 : 1;
  const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return pan(ui, -sideways * unit, 0);
  zoom(ui, Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0016)), at(event));
}

function click(ui, point, pointerType) {
  const hit = hitTest(ui, point, pointerType === "touch" ? 8 : 0);
  if (hit?.handle) toggleFold(ui, hit.node);
  else if (hit) select(ui, hit.node, "click");
}

function hover(ui, parts, point) {
  const hit = point && hitTest(ui, point);
  const node = hit ? hit.node : -1;
  parts.stage.style.cursor = hit ? "pointer" : "";
  parts.showTip(hit && !hit.handle ? node : -1, point);
  if (node === ui.hovered) return;
  ui.hovered = node;
  ui.invalidate();
}

// The node under a point, cards drawn last first; `handle` if the point is on its fold handle.
function hitTest(ui, point, slack = 0) {
  const inside = (b) =>
    point.x >= b.x - slack && point.x <= b.x + b.width + slack && point.y >= b.y - slack && point.y <= b.y + b.height + slack;
  for (const node of new Set([ui.selected, ui.hovered, ...ui.folded])) {
    if (node < 0 || !isLaidOut(ui.plan, node) || !hasChildren(ui.model, node)) continue;
    const shown = ui.focusBoxes.findLast((f) => f.node === node)?.box ?? cardAt(ui.view, ui.plan, ui.model.depth[node], node);
    if (inside(handleBox(ui, node, shown))) return { node, handle: true };
  }
  const focused = ui.focusBoxes.findLast((f) => inside(f.box));
  if (focused) return { node: focused.node, handle: false };
  const node = nodeAt(ui, point, slack);
  return node < 0 ? null : { node, handle: false };
}

function nodeAt(ui, point, slack) {
  const { view, plan, model, moment } = ui;
  const depth = Math.floor((point.x - view.tx + slack) / columnWidth(view));
  const ids = plan.columns[depth];
  if (!ids || point.x > view.tx + depth * columnWidth(view) + cardWidth(view) + slack) return -1;
  const row = (point.y - view.ty) / rowHeight(view);
  const after = firstWhere(ids.length, (i) => plan.row[ids[i]] >= row);
  let best = -1;
  let least = Infinity;
  for (const i of [after - 1, after]) {
    if (i < 0 || i >= ids.length || !isBorn(model, moment, ids[i])) continue;
    const far = Math.abs(plan.row[ids[i]] - row) * rowHeight(view);
    const reach = Math.max(cardHeight(view, plan, ids[i]) / 2, 2.5) + slack;
    if (far <= reach && far < least) [least, best] = [far, ids[i]];
  }
  return best;
}

function key(ui, parts, replay, event) {
  const { model, moment } = ui;
  const node = Math.max(0, ui.selected);
  const walk = (to) => to >= 0 && isBorn(model, moment, to) && select(ui, to, "walk");
  const actions = {
    ArrowLeft: () => walk(model.parent[node]),
    ArrowRight: () => (ui.folded.has(node) ? toggleFold(ui, node) : walk(firstBorn(ui, node))),
    ArrowUp: () => walk(neighbour(ui, node, -1)),
    ArrowDown: () => walk(neighbour(ui, node, 1)),
    Home: () => walk(0),
    End: () => walk(moment.closed && model.chosen >= 0 ? model.chosen : model.count - 1),
    Enter: () => toggleFold(ui, node),
    " ": () => replay.toggle(),
    ",": () => replay.goTo(moment.at - 1),
    ".": () => replay.goTo(moment.at + 1),
    "[": () => replay.toChange(-1),
    "]": () => replay.toChange(1),
    "+": () => zoom(ui, ZOOM_STEP),
    "=": () => zoom(ui, ZOOM_STEP),
    "-": () => zoom(ui, 1 / ZOOM_STEP),
    f: () => refit(ui),
    0: () => refit(ui),
    m: () => parts.toggleMap(),
    r: () => model.repeats && setApart(ui, !ui.apart),
    n: () => parts.toMatch(1),
    N: () => parts.toMatch(-1),
    "/": () => parts.query.focus(),
    Escape: () => parts.clearQuery(),
  };
  if (!Object.hasOwn(actions, event.key)) return false;
  parts.showTip(-1);
  actions[event.key]();
  return true;
}

// The whole tree; once more, and it is at the size at which it is read.
export function refit(ui) {
  ui.whole = ui.touched || !ui.whole;
  ui.touched = false;
  fitAll(ui);
}

function firstBorn(ui, node) {
  const born = [...children(ui.model, node)].filter((c) => isLaidOut(ui.plan, c) && isBorn(ui.model, ui.moment, c));
  return born.find((c) => ui.chosenPath.has(c)) ?? born[0] ?? -1;
}
