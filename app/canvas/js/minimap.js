// The whole tree in a corner of the stage while not all of it is in sight: where one is, and a way elsewhere.
// It is painted once for each layout, moment and colour; to move about only lays a rectangle over the picture.

import { colourOf } from "./cards.js";
import { keepChoice, keptChoice } from "./memory.js";
import { MARK } from "./model.js";
import { isBorn } from "./replay.js";
import { cardAt, cardWidth, columnWidth, rowHeight } from "./view.js";

// Pixels: of a column and a row where there is room, of the whole at least and at most, of its edge, and to the stage's.
const MAP = { column: 24, row: 5, least: 48, width: 168, height: 112, narrow: 0.6, edge: 5, away: 10 };
const NARROW_STAGE = 520;
const CORNERS = ["bottom left", "bottom right", "top left", "top right"];
// Pixels that may be out of sight before the map is worth its place.
const OUT_OF_SIGHT = 8;
const CHOICE = "minimap";

export function newMinimap(ui, parts) {
  const map = {
    canvas: parts.map, context: parts.map.getContext("2d"), picture: document.createElement("canvas"),
    wanted: keptChoice(CHOICE) !== "off", corner: CORNERS[0], held: null, of: [], drawn: [], width: 0, height: 0,
  };
  parts.toggleMap = () => {
    map.wanted = !map.wanted;
    keepChoice(CHOICE, map.wanted ? "on" : "off");
    ui.invalidate();
  };
  parts.overview.addEventListener("click", parts.toggleMap);
  listenToMap(ui, parts, map);
  return map;
}

function listenToMap(ui, parts, map) {
  const { canvas } = map;
  const place = (event) => {
    const frame = canvas.getBoundingClientRect();
    return fromMap(ui, map, event.clientX - frame.left, event.clientY - frame.top);
  };
  // The stage must not take a pointer on the map for one on what lies under it.
  for (const type of ["pointermove", "dblclick"]) canvas.addEventListener(type, (event) => event.stopPropagation());
  canvas.addEventListener("pointerenter", () => parts.leaveCards());
  canvas.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    if (event.button) return;
    parts.stage.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    const at = place(event);
    const seen = inSight(ui);
    const within = at.x >= seen.left && at.x <= seen.right && at.y >= seen.top && at.y <= seen.bottom;
    const middle = { x: (seen.left + seen.right) / 2, y: (seen.top + seen.bottom) / 2 };
    map.held = within ? { x: middle.x - at.x, y: middle.y - at.y } : { x: 0, y: 0 };
    look(ui, at, map.held);
  });
  canvas.addEventListener("pointermove", (event) => map.held && look(ui, place(event), map.held));
  for (const type of ["pointerup", "pointercancel"]) canvas.addEventListener(type, () => (map.held = null));
}

// The view's middle goes to a place of the tree, in columns and rows.
function look(ui, { x, y }, off) {
  ui.view.tx = ui.size.width / 2 - (x + off.x) * columnWidth(ui.view);
  ui.view.ty = ui.size.height / 2 - (y + off.y) * rowHeight(ui.view);
  ui.touched = true;
  ui.invalidate();
}

// What the stage shows, in columns and rows.
function inSight({ view, size }) {
  const [column, row] = [columnWidth(view), rowHeight(view)];
  return { left: -view.tx / column, right: (size.width - view.tx) / column, top: -view.ty / row, bottom: (size.height - view.ty) / row };
}

function extent({ plan, view }) {
  return { width: plan.columns.length - 1 + cardWidth(view) / columnWidth(view), rows: plan.rows };
}

function isAllInSight(ui) {
  const { view, size } = ui;
  const { width, rows } = extent(ui);
  const half = rowHeight(view) * 0.39;
  return (
    view.tx >= -OUT_OF_SIGHT && view.tx + width * columnWidth(view) <= size.width + OUT_OF_SIGHT &&
    view.ty - half >= -OUT_OF_SIGHT && view.ty + (rows - 1) * rowHeight(view) + half <= size.height + OUT_OF_SIGHT
  );
}

export function drawMinimap(ui, parts, map) {
  parts.overview.setAttribute("aria-pressed", String(map.wanted));
  const shown = map.wanted && ui.model.count > 1 && !isAllInSight(ui);
  map.canvas.hidden = !shown;
  parts.stage.dataset.map = shown ? map.corner : "";
  if (!shown) return;
  const { plan, tint, passing, theme, ratio, size, moment } = ui;
  const of = [plan, tint, passing, theme, ratio, size, moment];
  if (of.some((part, i) => part !== map.of[i])) paintPicture(ui, map);
  map.of = of;
  if (!map.held) stepAside(ui, map);
  parts.stage.dataset.map = map.canvas.dataset.corner = map.corner;
  const { tx, ty, zoom } = ui.view;
  const drawn = [tx, ty, zoom, ui.selected, map.picture.width, ...of];
  if (drawn.some((part, i) => part !== map.drawn[i])) layOver(ui, map);
  map.drawn = drawn;
}

// It stands where it doesn't cover the card of the selection, and moves only for that.
function stepAside(ui, map) {
  if (ui.selected < 0 || Number.isNaN(ui.plan.row[ui.selected])) return;
  const card = cardAt(ui.view, ui.plan, ui.model.depth[ui.selected], ui.selected);
  const covers = (corner) => {
    const x = corner.endsWith("left") ? MAP.away : ui.size.width - MAP.away - map.width;
    const y = corner.startsWith("top") ? MAP.away : ui.size.height - MAP.away - map.height;
    return card.x < x + map.width && card.x + card.width > x && card.y < y + map.height && card.y + card.height > y;
  };
  if (covers(map.corner)) map.corner = CORNERS.find((corner) => !covers(corner)) ?? map.corner;
}

function paintPicture(ui, map) {
  const { ratio, plan, size } = ui;
  const share = size.width < NARROW_STAGE ? MAP.narrow : 1;
  const side = (wanted, most) => Math.round(Math.max(MAP.least, Math.min(most, wanted)) * share);
  map.width = side(plan.columns.length * MAP.column, MAP.width);
  map.height = side(plan.rows * MAP.row, MAP.height);
  for (const canvas of [map.canvas, map.picture]) {
    canvas.width = map.width * ratio;
    canvas.height = map.height * ratio;
  }
  map.canvas.style.width = `${map.width}px`;
  map.canvas.style.height = `${map.height}px`;
  const context = map.picture.getContext("2d", { alpha: false });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = ui.theme.background;
  context.fillRect(0, 0, map.width, map.height);
  paintLines(ui, map, context);
  plan.columns.forEach((ids, depth) => paintColumn(ui, map, context, ids, depth));
}

function scaleOf(ui, map) {
  const { width, rows } = extent(ui);
  return { x: (map.width - 2 * MAP.edge) / width, y: (map.height - 2 * MAP.edge) / rows };
}

function onMap(ui, map, x, y) {
  const scale = scaleOf(ui, map);
  return { x: MAP.edge + x * scale.x, y: MAP.edge + (y + 0.5) * scale.y };
}

function fromMap(ui, map, x, y) {
  const scale = scaleOf(ui, map);
  return { x: (x - MAP.edge) / scale.x, y: (y - MAP.edge) / scale.y - 0.5 };
}

function paintLines(ui, map, context) {
  const { plan, model, moment, theme } = ui;
  const wide = cardWidth(ui.view) / columnWidth(ui.view);
  context.beginPath();
  plan.columns.forEach((ids, depth) => {
    let last = { parent: -1, y: NaN };
    for (const node of depth ? ids : []) {
      if (!isBorn(model, moment, node)) continue;
      const parent = model.parent[node];
      const to = onMap(ui, map, depth, plan.row[node]);
      if (parent === last.parent && to.y - last.y < 1) continue;
      const from = onMap(ui, map, depth - 1 + wide, plan.row[parent]);
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      last = { parent, y: to.y };
    }
  });
  context.strokeStyle = theme.line;
  context.lineWidth = 0.6;
  context.stroke();
}

// Of nodes on one line of pixels the last that wasn't dropped is seen.
function paintColumn(ui, map, context, ids, depth) {
  const { plan, model, moment, passing } = ui;
  const scale = scaleOf(ui, map);
  const width = Math.max(2, (scale.x * cardWidth(ui.view)) / columnWidth(ui.view));
  const height = Math.min(6, Math.max(1, scale.y * 0.7));
  let last = { y: NaN, kept: false };
  for (const node of ids) {
    if (!isBorn(model, moment, node)) continue;
    const { x, y } = onMap(ui, map, depth, plan.row[node]);
    const kept = moment.mark[node] !== MARK.dropped && passing?.[node] !== 0;
    if (y - last.y < 0.8 && (last.kept || !kept)) continue;
    context.globalAlpha = passing?.[node] === 0 ? 0.24 : 1;
    context.fillStyle = colourOf(ui, node).fill;
    context.fillRect(x, y - height / 2, width, height);
    last = { y, kept };
  }
  context.globalAlpha = 1;
}

function layOver(ui, map) {
  const { context, width, height } = map;
  const { theme, ratio } = ui;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.drawImage(map.picture, 0, 0, width, height);
  tracePath(ui, map, ui.chosenPath, theme.text);
  tracePath(ui, map, ui.selectedPath, theme.accent);
  const seen = inSight(ui);
  const [a, b] = [onMap(ui, map, seen.left, seen.top - 0.5), onMap(ui, map, seen.right, seen.bottom - 0.5)];
  const [left, top] = [Math.max(1, Math.min(width - 6, a.x)), Math.max(1, Math.min(height - 6, a.y))];
  const [right, bottom] = [Math.min(width - 1, Math.max(6, b.x)), Math.min(height - 1, Math.max(6, b.y))];
  context.beginPath();
  context.rect(0, 0, width, height);
  context.rect(left, top, right - left, bottom - top);
  context.globalAlpha = 0.5;
  context.fillStyle = theme.background;
  context.fill("evenodd");
  context.globalAlpha = 1;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1.5;
  context.strokeRect(left, top, right - left, bottom - top);
}

function tracePath(ui, map, nodes, colour) {
  const { context } = map;
  context.beginPath();
  for (const node of nodes) {
    if (Number.isNaN(ui.plan.row[node]) || !isBorn(ui.model, ui.moment, node)) continue;
    const { x, y } = onMap(ui, map, ui.model.depth[node], ui.plan.row[node]);
    context.lineTo(x, y);
    context.lineTo(x + scaleOf(ui, map).x * 0.7, y);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.stroke();
}
