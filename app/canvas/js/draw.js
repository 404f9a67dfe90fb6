// The whole picture: edges, then cards, then what must stay readable at any zoom. Only what is in sight.

import { colourOf, drawCard, drawHandle, drawRing } from "./cards.js";
import { firstWhere } from "./layout.js";
import { MARK } from "./model.js";
import { isBorn } from "./replay.js";
import { cardAt, cardHeight, cardWidth, columnWidth, rangeInSight, rowHeight } from "./view.js";

const CARDS_FROM = 6;
const CURVES_FROM = 5;
const ONE_LINE = 0.75;
const LEAST_FOCUS = { width: 44, height: 22 };
const DIM = 0.24;

export function draw(ui) {
  const { context, size, ratio, theme, plan, view } = ui;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, size.width, size.height);
  ui.focusBoxes = [];
  let drawn = 0;
  plan.columns.forEach((ids, depth) => {
    if (depth && isColumnInSight(view, size, depth - 1, depth)) drawEdges(ui, ids, depth);
  });
  drawPathEdges(ui);
  plan.columns.forEach((ids, depth) => {
    if (isColumnInSight(view, size, depth, depth)) drawn += drawColumn(ui, ids, depth);
  });
  context.globalAlpha = 1;
  drawFocus(ui);
  return drawn;
}

function isColumnInSight(view, size, from, to) {
  const left = view.tx + from * columnWidth(view);
  const right = view.tx + to * columnWidth(view) + cardWidth(view) + 60;
  return right > 0 && left < size.width;
}

function drawEdges(ui, ids, depth) {
  const { context, theme, plan, view, model, moment, size } = ui;
  const height = rowHeight(view);
  const { row } = plan;
  const low = -view.ty / height;
  const high = (size.height - view.ty) / height;
  // Both ends of the edges go down the column in order, so those in sight are one stretch of it.
  const from = firstWhere(ids.length, (i) => Math.max(row[ids[i]], row[model.parent[ids[i]]]) >= low);
  const to = firstWhere(ids.length, (i) => Math.min(row[ids[i]], row[model.parent[ids[i]]]) > high);
  const x0 = view.tx + (depth - 1) * columnWidth(view) + cardWidth(view);
  const x1 = view.tx + depth * columnWidth(view);
  const bend = (x1 - x0) * 0.55;
  const curved = height >= CURVES_FROM;
  const paths = [new Path2D(), new Path2D()];
  let lastY = NaN;
  let lastParent = -1;
  for (let i = from; i < to; i++) {
    const node = ids[i];
    if (!isBorn(model, moment, node)) continue;
    const parent = model.parent[node];
    const y1 = view.ty + row[node] * height;
    // Edges of one parent that end on the same pixel are one edge.
    if (parent === lastParent && Math.abs(y1 - lastY) < 0.75) continue;
    lastParent = parent;
    lastY = y1;
    const y0 = view.ty + row[parent] * height;
    const path = paths[moment.mark[node] === MARK.dropped || !passes(ui, node) ? 1 : 0];
    path.moveTo(x0, y0);
    if (curved) path.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
    else path.lineTo(x1, y1);
  }
  context.lineWidth = height < 2 ? 0.6 : 1;
  context.strokeStyle = theme.faintLine;
  context.stroke(paths[1]);
  context.strokeStyle = theme.line;
  context.stroke(paths[0]);
}

function drawPathEdges(ui) {
  const { context, theme } = ui;
  context.lineCap = "round";
  strokePath(ui, ui.selectedPath, theme.accent, 2);
  strokePath(ui, ui.moment.path, theme.accent, 2);
  strokePath(ui, ui.chosenPath, theme.text, 2.5);
}

function strokePath(ui, nodes, colour, width) {
  const { context, plan, view, model, moment } = ui;
  context.beginPath();
  for (const node of nodes) {
    const parent = model.parent[node];
    if (parent < 0 || Number.isNaN(plan.row[node]) || !isBorn(model, moment, node)) continue;
    const a = cardAt(view, plan, model.depth[parent], parent);
    const b = cardAt(view, plan, model.depth[node], node);
    const bend = (b.x - a.x - a.width) * 0.55;
    context.moveTo(a.x + a.width, a.middle);
    context.bezierCurveTo(a.x + a.width + bend, a.middle, b.x - bend, b.middle, b.x, b.middle);
  }
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

function passes(ui, node) {
  return ui.passing === null || ui.passing[node] === 1;
}

function drawColumn(ui, ids, depth) {
  const { context, plan, view, model, moment, size } = ui;
  const [from, to] = rangeInSight(view, plan, ids, 0, size.height);
  let drawn = 0;
  let [lastY, lastStandsOut] = [NaN, false];
  for (let i = from; i < to; i++) {
    const node = ids[i];
    if (!isBorn(model, moment, node)) continue;
    drawn++;
    context.globalAlpha = passes(ui, node) ? 1 : DIM;
    if (cardHeight(view, plan, node) < CARDS_FROM) {
      const y = view.ty + plan.row[node] * rowHeight(view);
      const standsOut = moment.mark[node] !== MARK.dropped && passes(ui, node);
      // Bars on one line of pixels hide each other: one is drawn, and again only what stands out over what doesn't.
      if (y - lastY < ONE_LINE && (lastStandsOut || !standsOut)) continue;
      [lastY, lastStandsOut] = [y, standsOut];
      drawBar(ui, node, depth);
      continue;
    }
    const box = cardAt(view, plan, depth, node);
    drawCard(context, ui, node, box);
    if (ui.folded.has(node)) drawHandle(context, ui, node, box);
  }
  return drawn;
}

function drawBar(ui, node, depth) {
  const { context, plan, view } = ui;
  const height = Math.max(0.8, cardHeight(view, plan, node));
  const y = view.ty + plan.row[node] * rowHeight(view) - height / 2;
  context.fillStyle = colourOf(ui, node).fill;
  context.fillRect(view.tx + depth * columnWidth(view), y, cardWidth(view), height);
}

// The chosen path, the selection and what the pointer is on keep a readable size when all else is small.
function drawFocus(ui) {
  const { context, theme, model } = ui;
  const small = (node) => cardHeight(ui.view, ui.plan, node) < LEAST_FOCUS.height;
  for (const node of ui.selectedPath) if (small(node)) drawFocused(ui, node);
  for (const node of ui.chosenPath) if (small(node)) drawFocused(ui, node);
  for (const node of ui.matches) if (!small(node)) ring(ui, node, theme.accent, 1, 2);
  if (ui.hovered >= 0 && ui.hovered !== ui.selected) {
    const box = drawFocused(ui, ui.hovered);
    if (box) {
      drawRing(context, model, ui.hovered, box, theme.strong, 1.5, 1.5);
      drawHandle(context, ui, ui.hovered, box);
    }
  }
  if (ui.selected >= 0) {
    const box = drawFocused(ui, ui.selected);
    if (box) {
      drawRing(context, model, ui.selected, box, theme.background, 2, 2);
      drawRing(context, model, ui.selected, box, theme.accent, 2.5, 3.5);
      drawHandle(context, ui, ui.selected, box);
    }
  }
}

function ring(ui, node, colour, width, gap) {
  if (Number.isNaN(ui.plan.row[node]) || !isBorn(ui.model, ui.moment, node)) return;
  drawRing(ui.context, ui.model, node, cardAt(ui.view, ui.plan, ui.model.depth[node], node), colour, width, gap);
}

function drawFocused(ui, node) {
  const { context, plan, view, model, moment, size } = ui;
  if (Number.isNaN(plan.row[node]) || !isBorn(model, moment, node)) return null;
  const box = cardAt(view, plan, model.depth[node], node);
  const height = Math.max(box.height, LEAST_FOCUS.height);
  box.y = box.middle - height / 2;
  box.height = height;
  box.width = Math.max(box.width, LEAST_FOCUS.width);
  if (box.y > size.height || box.y + height < 0 || box.x > size.width || box.x + box.width < 0) return null;
  context.globalAlpha = 1;
  drawCard(context, ui, node, box);
  ui.focusBoxes.push({ node, box });
  return box;
}
