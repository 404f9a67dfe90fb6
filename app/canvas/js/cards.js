// One node, drawn with as much detail as its size on the screen allows.

import { FINISH, MARK, hasChildren, labelOf } from "./model.js";
import { LACK, placeOf, wordsOf } from "./colours.js";
import { isHappening } from "./replay.js";
import { fitText } from "./text.js";

const CHIP = 40;
const CHIP_IN_LETTERS = 3.1;
const SMALL_TEXT = 11;
const LINE = 1.25;
const TEXT_FROM = 14;
const TEXT_ROOM = 60;
const NUMBER_FROM = 12;
// Pixels of width in which a number and a verdict have room beside each other.
const BOTH_FROM = 62;
const TWO_LINES_FROM = 34;
// A card too narrow for its words beside its number has them below it, if it has the room.
const STACK = { width: 62, height: 34, strip: 16 };

const SHAPE = { plain: 0, finished: 1, failed: 2 };

function shapeOf(model, node) {
  if (model.finish[node] === FINISH.end) return SHAPE.finished;
  return model.finish[node] === FINISH.step ? SHAPE.plain : SHAPE.failed;
}

export function colourOf(ui, node) {
  const { moment, theme, tint } = ui;
  if (node === 0) return { fill: theme.strong, ink: theme.onText };
  if (tint.lack[node]) return { fill: theme.missing, ink: theme.missingInk };
  const entry = theme.scales[tint.mode.scale][Math.round(placeOf(tint, node) * 100)];
  const dropped = moment.mark[node] === MARK.dropped;
  return { fill: dropped ? entry.faded : entry.full, ink: dropped ? entry.fadedInk : entry.ink };
}

export function drawCard(context, ui, node, box) {
  const { model, moment, theme } = ui;
  const colour = colourOf(ui, node);
  const dropped = moment.mark[node] === MARK.dropped;
  const chosen = ui.chosenPath.has(node);
  const stacked = node !== 0 && box.width >= STACK.width && box.width < model.beside && box.height >= STACK.height;
  const detailed = !stacked && box.height >= TEXT_FROM && box.width >= CHIP + TEXT_ROOM;
  const size = Math.min(12.5 * Math.max(1, Math.sqrt(ui.view.zoom)), Math.max(SMALL_TEXT, box.height * 0.5));
  const chip = detailed
    ? { x: box.x, y: box.y, width: Math.max(CHIP, size * CHIP_IN_LETTERS), height: box.height }
    : { ...box, height: stacked ? STACK.strip : box.height };
  context.lineWidth = 1;
  outline(context, model, node, box);
  context.fillStyle = node === 0 ? theme.strong : detailed || stacked ? theme.surface : colour.fill;
  context.fill();
  if (node !== 0) fillChip(context, ui, node, chip, colour, detailed || stacked);
  context.setLineDash(dropped ? [3, 2.5] : []);
  context.strokeStyle = chosen ? theme.text : moment.mark[node] === MARK.kept ? theme.strong : theme.border;
  context.lineWidth = chosen ? 2 : 1;
  if (box.height >= 7) {
    outline(context, model, node, box);
    context.stroke();
  }
  context.setLineDash([]);
  if (model.marked?.[node] && box.width >= 10) drawMark(context, theme, box);
  if (isHappening(model, moment, node)) drawRing(context, model, node, box, theme.accent, 1.5, 1.5);
  drawWriting(context, ui, node, box, { colour, detailed, stacked, dropped, size, chip });
}

// A bar at the left edge: a step that another tree has too.
function drawMark(context, theme, { x, y, height }) {
  context.fillStyle = theme.accent;
  context.fillRect(x - 2, y, 4, height);
}

function fillChip(context, ui, node, chip, colour, parted) {
  const missing = ui.tint.lack[node] === LACK.missing;
  if (!parted && !missing) return;
  context.save();
  context.clip();
  if (parted) {
    context.fillStyle = colour.fill;
    context.fillRect(chip.x, chip.y, chip.width, chip.height);
  }
  if (missing && chip.height >= 5) hatch(context, ui.theme.hatch, chip);
  context.restore();
}

function hatch(context, colour, { x: left, y: top, width, height }) {
  context.beginPath();
  for (let x = left - height; x < left + width; x += 5) {
    context.moveTo(x, top + height);
    context.lineTo(Math.min(x + height, left + width), top + height - Math.min(height, left + width - x));
  }
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
}

function drawWriting(context, ui, node, box, { colour, detailed, stacked, dropped, size, chip }) {
  const { model, moment, theme, fitter } = ui;
  const truth = moment.closed && model.correct[node] >= 0;
  const cornered = stacked || (!detailed && box.width < BOTH_FROM);
  const badge = truth && box.height >= 9 ? Math.min(cornered ? 6 : 8, box.height * 0.36) : 0;
  context.textBaseline = "middle";
  if (node !== 0 && (detailed || (box.height >= NUMBER_FROM && box.width >= 30))) {
    context.fillStyle = colour.ink;
    context.textAlign = "center";
    context.font = `600 ${stacked ? SMALL_TEXT : size}px ${theme.font}`;
    context.fillText(wordsOf(ui.tint, node), chip.x + chip.width * (stacked && moment.repeats[node] ? (badge ? 0.27 : 0.32) : 0.5), chip.y + chip.height / 2 + 0.5);
  }
  if (badge) drawTruth(context, theme, box, badge, model.correct[node] === 1, cornered);
  const times = moment.repeats[node] ? `×${moment.repeats[node] + 1}` : "";
  if (stacked) drawBelow(context, ui, node, box, dropped);
  if (stacked && times) drawTimes(context, theme, times, box.x + box.width - (badge ? 15 : 7), chip.y + chip.height / 2, colour.ink);
  if (!detailed && (node !== 0 || box.height < TEXT_FROM)) return;
  const visited = model.visit_leaf.length > 0 && box.height >= TWO_LINES_FROM;
  const left = box.x + (node === 0 ? Math.min(10, box.width * 0.1) : chip.width + 8);
  const end = box.x + box.width - (badge ? badge * 2 + 9 : 8);
  const room = end - left - (times && !visited ? drawTimes(context, theme, times, end, box.middle) : 0);
  context.textAlign = "left";
  context.fillStyle = node === 0 ? theme.onText : dropped ? theme.muted : theme.text;
  const written = (letters) => {
    context.font = `${node === 0 ? 600 : 400} ${letters}px ${theme.font}`;
    const most = Math.max(1, Math.floor((box.height - (visited ? 20 : 4)) / (letters * LINE)));
    return { lines: fitText(fitter, context, labelOf(model, node), room, most), spacing: letters * LINE };
  };
  let { lines, spacing } = written(size);
  if (lines.length === 1 && lines[0].includes("…") && size > SMALL_TEXT) ({ lines, spacing } = written(SMALL_TEXT));
  const top = box.middle - ((lines.length - 1) * spacing) / 2 - (visited ? 7 : 0) + 0.5;
  lines.forEach((line, i) => context.fillText(line, left, top + i * spacing));
  if (!visited) return;
  context.fillStyle = node === 0 ? theme.onText : theme.muted;
  context.font = `400 11px ${theme.font}`;
  const visits = moment.visits[node];
  const value = visits ? (moment.value[node] / visits).toFixed(2) : "–";
  context.fillText(fitText(fitter, context, `N ${visits}   Q ${value}   ${times}`.trimEnd(), room, 1)[0], left, top + lines.length * spacing - 1);
}

// The words of a narrow card, under its number.
function drawBelow(context, ui, node, box, dropped) {
  const { theme, fitter, model } = ui;
  const room = box.height - STACK.strip - 3;
  const spacing = SMALL_TEXT * LINE;
  context.font = `400 ${SMALL_TEXT}px ${theme.font}`;
  context.textAlign = "center";
  context.fillStyle = dropped ? theme.muted : theme.text;
  const lines = fitText(fitter, context, labelOf(model, node), box.width - 8, Math.max(1, Math.floor(room / spacing)));
  const top = box.y + STACK.strip + (box.height - STACK.strip) / 2 - ((lines.length - 1) * spacing) / 2;
  lines.forEach((line, i) => context.fillText(line, box.x + box.width / 2, top + i * spacing));
}

// How often a step was drawn, at the right of its words; the room it takes.
function drawTimes(context, theme, times, end, middle, ink = theme.muted) {
  context.font = `500 ${SMALL_TEXT}px ${theme.font}`;
  context.textAlign = "right";
  context.fillStyle = ink;
  context.fillText(times, end, middle + 0.5);
  return context.measureText(times).width + 8;
}

// At the right end of a card; on its upper corner where the card has no room for more than its number.
function drawTruth(context, theme, box, radius, right, cornered) {
  const x = box.x + box.width - radius - (cornered ? -2 : 5);
  const y = cornered ? box.y + radius - 2 : box.middle;
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.lineWidth = 1.4;
  if (right) {
    context.fillStyle = theme.right;
    context.fill();
  } else {
    context.fillStyle = theme.background;
    context.fill();
    context.strokeStyle = theme.wrong;
    context.stroke();
  }
  const r = radius * 0.45;
  context.beginPath();
  if (right) {
    context.moveTo(x - r, y + r * 0.1);
    context.lineTo(x - r * 0.2, y + r * 0.85);
    context.lineTo(x + r * 1.05, y - r * 0.75);
  } else {
    context.moveTo(x - r * 0.8, y - r * 0.8);
    context.lineTo(x + r * 0.8, y + r * 0.8);
    context.moveTo(x + r * 0.8, y - r * 0.8);
    context.lineTo(x - r * 0.8, y + r * 0.8);
  }
  context.strokeStyle = right ? theme.background : theme.wrong;
  context.lineWidth = 1.6;
  context.stroke();
}

export function drawRing(context, model, node, box, colour, width, gap) {
  const ring = { x: box.x - gap, y: box.y - gap, width: box.width + 2 * gap, height: box.height + 2 * gap };
  outline(context, model, node, ring);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

function outline(context, model, node, box) {
  const { x, y, width, height } = box;
  context.beginPath();
  const shape = shapeOf(model, node);
  if (shape === SHAPE.failed) {
    const cut = Math.min(height * 0.32, 9);
    context.moveTo(x + cut, y);
    context.lineTo(x + width - cut, y);
    context.lineTo(x + width, y + cut);
    context.lineTo(x + width, y + height - cut);
    context.lineTo(x + width - cut, y + height);
    context.lineTo(x + cut, y + height);
    context.lineTo(x, y + height - cut);
    context.lineTo(x, y + cut);
    context.closePath();
  } else {
    context.roundRect(x, y, width, height, shape === SHAPE.finished ? height / 2 : Math.min(5, height / 3));
  }
}

export function handleBox(ui, node, box) {
  const folded = ui.folded.has(node);
  const width = folded ? 14 + 6.5 * String(ui.model.below[node]).length + 8 : 16;
  return { x: box.x + box.width + 3, y: box.middle - 8, width, height: 16 };
}

export function drawHandle(context, ui, node, box) {
  const { theme, model } = ui;
  if (!hasChildren(model, node)) return;
  const folded = ui.folded.has(node);
  const handle = handleBox(ui, node, box);
  context.beginPath();
  context.roundRect(handle.x, handle.y, handle.width, handle.height, 8);
  context.fillStyle = folded ? theme.strong : theme.background;
  context.fill();
  context.strokeStyle = folded ? theme.strong : theme.border;
  context.lineWidth = 1;
  context.stroke();
  context.fillStyle = folded ? theme.onText : theme.muted;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `600 11px ${theme.font}`;
  context.fillText(folded ? `+${model.below[node]}` : "−", handle.x + handle.width / 2, box.middle + 0.5);
}
