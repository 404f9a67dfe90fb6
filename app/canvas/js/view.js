// Where things are on the screen. Rows shrink freely; columns shrink slower, so that text stays readable longer.

import { firstWhere } from "./layout.js";

const LEAST_ZOOM = 0.0008;
const MOST_ZOOM = 2.4;
const COLUMN = 252;
const ROW = 42;
const ROW_WITH_VISITS = 50;
const ROW_OF_SENTENCES = 62;
const SENTENCES_FROM = 24;
const ROW_OF_PROSE = 92;
const PROSE_FROM = 48;
const MARGIN = 18;
const FILL = 0.78;
const MOST_HEIGHT = 110;
const LONG_QUESTION = 60;
// At which size steps are read, by the length of their words: the least width of a column, the width from which a card
// has its words beside its number, and the heights of a row, with the words beside it and below it: enough, and good.
const READING = {
  [ROW]: { column: 84, beside: 100, rowBeside: [19, 28], rowBelow: [44, 48] },
  [ROW_OF_SENTENCES]: { column: 140, beside: 165, rowBeside: [38, 44], rowBelow: [60, 68] },
  [ROW_OF_PROSE]: { column: 180, beside: 190, rowBeside: [56, 78], rowBelow: [80, 92] },
};
// A tree of more stages than these at that size is seen whole at first: its shape tells more than a corner of it.
const MOST_STAGES = 8;

// `fitted` is the zoom and the column width of the last fit: from there the width goes to COLUMN at 100 %.
export function newView() {
  return { zoom: 1, tx: 0, ty: 0, fitted: { zoom: 1, column: COLUMN }, rowHeight: ROW, asked: 0 };
}

export function columnWidth(view) {
  const { zoom, column } = view.fitted;
  if (view.zoom <= zoom) return Math.max(8, column * Math.sqrt(view.zoom / zoom));
  if (view.zoom >= 1 || zoom >= 1) return Math.max(COLUMN, column) * Math.sqrt(view.zoom / Math.max(1, zoom));
  const share = Math.log(view.zoom / zoom) / Math.log(1 / zoom);
  return column * (Math.max(COLUMN, column) / column) ** share;
}

export function rowHeight(view) {
  return view.rowHeight * view.zoom;
}

export function cardWidth(view) {
  const column = columnWidth(view);
  return column - Math.min(56, Math.max(3, column * 0.2));
}

// As high as its row, or as it is at 100 % where it has the room. A long question has its column to itself.
export function cardHeight(view, plan, node) {
  if (node === 0 && view.asked) return view.asked;
  const row = Math.max(rowHeight(view), Math.min(view.rowHeight, rowHeight(view) * plan.room[node]));
  return Math.min(row * FILL, MOST_HEIGHT);
}

export function cardAt(view, plan, depth, node) {
  const height = cardHeight(view, plan, node);
  const y = view.ty + plan.row[node] * rowHeight(view);
  return { x: view.tx + depth * columnWidth(view), y: y - height / 2, width: cardWidth(view), height, middle: y };
}

// Steps in words get three lines, sentences with a sum two, steps with visits one more, a sum alone one. What counts
// is how long the longer ones are (three in four are no longer), without what stands in brackets at their end.
export function standardRow(model) {
  const row = rowOfWords(model);
  return row === ROW_OF_PROSE || !model.visit_leaf.length ? row : row + ROW_WITH_VISITS - ROW;
}

// The width from which the words of a card stand beside its number.
export function widthBeside(model) {
  return READING[rowOfWords(model)].beside;
}

function rowOfWords(model) {
  return (model.rowOfWords ??= measureWords(model));
}

function measureWords(model) {
  const lettersOf = model.labels.map((text) => text.replace(/ \([^()]*\)$/, "").length);
  const lengths = Int32Array.from(model.label, (label) => lettersOf[label]).sort();
  const letters = lengths[Math.floor(0.75 * (lengths.length - 1))] ?? 0;
  if (letters > PROSE_FROM) return ROW_OF_PROSE;
  return letters > SENTENCES_FROM ? ROW_OF_SENTENCES : ROW;
}

export function fit(view, plan, size, model) {
  view.rowHeight = model.row;
  view.asked = model.question.length > LONG_QUESTION ? MOST_HEIGHT : 0;
  const columns = plan.columns.length;
  const room = { width: size.width - 2 * MARGIN, height: size.height - 2 * MARGIN };
  const column = Math.min(COLUMN, Math.max(12, room.width / Math.max(1, columns - 0.2)));
  const zoom = Math.min(1.1, Math.max(LEAST_ZOOM, room.height / (Math.max(1, plan.rows) * view.rowHeight)));
  view.fitted = { zoom, column };
  view.zoom = zoom;
  const width = (columns - 1) * column + cardWidth(view);
  view.tx = Math.max(MARGIN, (size.width - width) / 2);
  view.ty = (size.height - (plan.rows - 1) * rowHeight(view)) / 2;
}

// The first sight of a tree: whole if its words can be read then, else as much of it as can be, about `path`.
export function fitToRead(view, plan, size, model, path) {
  fit(view, plan, size, model);
  const { column, row } = readingSize(view, model);
  const columns = plan.columns.length;
  const stages = Math.max(1, (columns * column) / size.width) * Math.max(1, (plan.rows * row) / size.height);
  if ((column === view.fitted.column && row === rowHeight(view)) || stages > MOST_STAGES) return;
  view.zoom = row / view.rowHeight;
  view.fitted = { zoom: view.zoom, column };
  view.tx = Math.max(MARGIN, (size.width - (columns - 1) * column - cardWidth(view)) / 2);
  view.ty = size.height / 2 - middleRow(view, plan, size, path) * row;
}

function readingSize(view, model) {
  const reading = READING[rowOfWords(model)];
  const column = Math.max(view.fitted.column, reading.column);
  const width = cardWidth({ ...view, fitted: { zoom: view.zoom, column } });
  const [enough, good] = width >= reading.beside ? reading.rowBeside : reading.rowBelow;
  const row = rowHeight(view);
  return { column, row: row >= enough ? row : good };
}

// The row in the middle of the stage: that of the path as far as it is in sight, but nothing beyond the tree.
function middleRow(view, plan, size, path) {
  const height = rowHeight(view);
  const stage = size.height / height;
  const rows = path.filter((_, depth) => view.tx + (depth + 0.5) * columnWidth(view) < size.width).map((node) => plan.row[node]);
  const known = rows.filter((row) => !Number.isNaN(row));
  const [first, last] = [Math.min(...known), Math.max(...known)];
  const wanted = last - first < stage - 1 ? (first + last) / 2 : known[known.length - 1];
  const half = stage / 2 - MARGIN / height - 0.5;
  return plan.rows - 1 <= 2 * half ? (plan.rows - 1) / 2 : Math.min(plan.rows - 1 - half, Math.max(half, wanted));
}

export function zoomAt(view, x, y, factor) {
  const column = (x - view.tx) / columnWidth(view);
  const row = (y - view.ty) / rowHeight(view);
  view.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, view.zoom * factor));
  view.tx = x - column * columnWidth(view);
  view.ty = y - row * rowHeight(view);
}

// The least move that brings a card into sight; none if it is there.
export function reveal(view, plan, size, depth, node) {
  const card = cardAt(view, plan, depth, node);
  view.tx += shortfall(card.x, card.x + card.width, size.width);
  view.ty += shortfall(card.y, card.y + card.height, size.height);
}

function shortfall(from, to, length) {
  if (from < MARGIN) return MARGIN - from;
  if (to > length - MARGIN) return length - MARGIN - to;
  return 0;
}

// The indices of a column whose cards lie between two heights of the screen.
export function rangeInSight(view, plan, ids, top, bottom) {
  const height = rowHeight(view);
  const pad = Math.max(Math.min(height * FILL, MOST_HEIGHT), view.rowHeight, view.asked);
  const low = (top - pad - view.ty) / height;
  const high = (bottom + pad - view.ty) / height;
  return [
    firstWhere(ids.length, (i) => plan.row[ids[i]] >= low),
    firstWhere(ids.length, (i) => plan.row[ids[i]] > high),
  ];
}
