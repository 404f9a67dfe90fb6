// All that one canvas remembers, and the few ways in which it changes. Draws nothing itself.

import { foldLarge } from "./folds.js";
import { isLaidOut, layout } from "./layout.js";
import { children, foldOf, folded, pathTo } from "./model.js";
import { LACK, placeOf, tintOf } from "./colours.js";
import { isBorn, isUnderTwin, momentOf } from "./replay.js";
import { newTextFitter } from "./text.js";
import { cardAt, fit, fitToRead, newView, reveal, standardRow, widthBeside } from "./view.js";

// What a page takes for granted of a canvas that hasn't told it anything, word for word.
const FRESH = '{"moment":-1,"colour":"reward","filter":[0,1],"query":"","by":"events"}';

function aboutOneTree() {
  return {
    model: null, plan: null, moment: null, digest: "", request: -1, apart: false,
    view: newView(), touched: false, whole: false, reveal: false,
    selected: -1, sent: -1, hovered: -1, folded: new Set(),
    chosenPath: new Set(), selectedPath: new Set(), focusBoxes: [],
    colour: "reward", tint: null, least: 0, most: 1, query: "", byTokens: false, passing: null, passed: 0, matches: [],
    wishedAt: 0, viewTold: FRESH, viewNoted: FRESH,
    playing: false, progress: 0,
  };
}

export function newState() {
  return {
    ...aboutOneTree(), theme: null, size: { width: 0, height: 0 }, ratio: 1, speed: 1, fitter: newTextFitter(),
    frame: 0, sendLater: 0, saidAt: -1, pageScrolled: -Infinity, drawn: 0, paint: 0,
    tellLater: 0, send: () => {}, tell: () => {}, invalidate: () => {},
  };
}

export function forgetTree(ui) {
  clearTimeout(ui.sendLater);
  clearTimeout(ui.tellLater);
  Object.assign(ui, aboutOneTree());
}

// A tree that grew keeps the view, the folds and the moment. One that began again keeps nothing.
export function setModel(ui, model) {
  if (ui.model && model.count < ui.model.count) forgetTree(ui);
  const wasLive = !ui.model || ui.moment.live;
  const anchor = ui.model && ui.touched ? nodeNearMiddle(ui) : -1;
  const place = anchor >= 0 ? rowOnScreen(ui, anchor) : 0;
  const first = !ui.model;
  ui.model = model;
  if (first) foldLarge(ui, (node) => isUnderTwin(ui, node));
  model.row = standardRow(model);
  model.beside = widthBeside(model);
  // What grows is watched whole; it would be a jump to come nearer the moment it ends.
  ui.whole ||= model.closedAt < 0;
  ui.hovered = -1;
  relayout(ui);
  setMoment(ui, wasLive ? model.last : Math.min(ui.moment.at, model.last));
  if (anchor >= 0) ui.view.ty += place - rowOnScreen(ui, standIn(ui, anchor));
  if (!ui.touched) fitAll(ui);
  setSelectedPath(ui);
  if (ui.selected >= 0) select(ui, standIn(ui, ui.selected), "click");
}

// The node that is seen in place of `node`: its twin, or itself.
function standIn(ui, node) {
  return isUnderTwin(ui, node) ? ui.model.twin[node] : node;
}

export function relayout(ui) {
  ui.plan = layout(ui.model, ui.folded, (node) => isUnderTwin(ui, node));
  ui.invalidate();
}

export function unfoldAll(ui) {
  ui.folded.clear();
  relayout(ui);
  if (!ui.touched) fitAll(ui);
}

export function fitAll(ui) {
  if (!ui.size.width || !ui.plan) return;
  if (ui.whole) fit(ui.view, ui.plan, ui.size, ui.model);
  else fitToRead(ui.view, ui.plan, ui.size, ui.model, pathTo(ui.model, Math.max(0, ui.model.chosen)));
  ui.invalidate();
}

export function setMoment(ui, at) {
  ui.moment = momentOf(ui.model, at);
  ui.chosenPath = new Set(ui.moment.closed && ui.model.chosen >= 0 ? pathTo(ui.model, ui.model.chosen) : []);
  refilter(ui);
}

// The filter is a range of the colours' scale, and means nothing on another one.
export function setColour(ui, colour) {
  if (colour === ui.colour) return;
  Object.assign(ui, { colour, least: 0, most: 1 });
  refilter(ui);
}

export function refilter(ui) {
  const { model, moment, least, most } = ui;
  const tint = (ui.tint = tintOf(ui));
  const words = folded(ui.query.trim());
  const ranged = least > 0 || most < 1;
  ui.matches = [];
  ui.passing = ranged || words ? new Uint8Array(model.count) : null;
  ui.passed = 0;
  for (let node = 0; ui.passing && node < model.count; node++) {
    if (!isBorn(model, moment, node) || isUnderTwin(ui, node)) continue;
    const inRange = !ranged || node === 0 || (tint.lack[node] === LACK.nothing && isWithin(placeOf(tint, node), least, most));
    const found = !words || node === 0 || foldOf(model, node).includes(words);
    if (words && found && inRange && node) ui.matches.push(node);
    ui.passing[node] = inRange && found ? 1 : 0;
    ui.passed += ui.passing[node];
  }
  ui.matches.sort((a, b) => model.order[a] - model.order[b]);
  ui.invalidate();
}

// The handles stand on hundredths.
function isWithin(place, least, most) {
  return place >= least - 1e-9 && place <= most + 1e-9;
}

// How a node is come to: "click" leaves the view alone, "walk" brings the node into sight.
export function select(ui, node, how) {
  if (node === ui.selected) return;
  ui.selected = node;
  setSelectedPath(ui);
  if (node >= 0 && how !== "click") {
    unfoldTo(ui, node);
    if (how === "walk") bringIntoSight(ui, node);
  }
  clearTimeout(ui.sendLater);
  // Walking with a key held down would ask the server for every node on the way.
  if (how === "asked") ui.sent = node;
  else ui.sendLater = setTimeout(() => send(ui, node), how === "click" ? 0 : 160);
  ui.invalidate();
}

function send(ui, node) {
  ui.sent = node;
  ui.send(node);
}

export function setSelectedPath(ui) {
  if (ui.selected >= ui.model.count) ui.selected = -1;
  ui.selectedPath = new Set(ui.selected >= 0 ? pathTo(ui.model, ui.selected) : []);
}

export function bringIntoSight(ui, node) {
  const { ty, tx } = ui.view;
  reveal(ui.view, ui.plan, ui.size, ui.model.depth[node], node);
  if (ty !== ui.view.ty || tx !== ui.view.tx) ui.touched = true;
}

function unfoldTo(ui, node) {
  if (isUnderTwin(ui, node)) setApart(ui, true);
  const folded = pathTo(ui.model, node).slice(0, -1).filter((i) => ui.folded.has(i));
  if (!folded.length) return;
  folded.forEach((i) => ui.folded.delete(i));
  relayout(ui);
}

// Steps that only repeat a sibling, each on its own or all under it.
export function setApart(ui, apart) {
  const anchor = ui.touched ? nodeNearMiddle(ui) : 0;
  const place = rowOnScreen(ui, anchor);
  ui.apart = apart;
  relayout(ui);
  refilter(ui);
  ui.view.ty += place - rowOnScreen(ui, standIn(ui, anchor));
  if (!ui.touched) fitAll(ui);
  if (ui.selected >= 0) select(ui, standIn(ui, ui.selected), "click");
}

// The folded node stays where it is on the screen.
export function toggleFold(ui, node) {
  if (!children(ui.model, node).length) return;
  const place = rowOnScreen(ui, node);
  if (!ui.folded.delete(node)) ui.folded.add(node);
  relayout(ui);
  ui.view.ty += place - rowOnScreen(ui, node);
  ui.touched = true;
  if (ui.selected >= 0 && !isLaidOut(ui.plan, ui.selected)) select(ui, node, "click");
}

function rowOnScreen(ui, node) {
  return cardAt(ui.view, ui.plan, ui.model.depth[node], node).middle;
}

function nodeNearMiddle(ui) {
  if (ui.selected >= 0 && isLaidOut(ui.plan, ui.selected)) return ui.selected;
  let best = 0;
  let least = Infinity;
  for (const ids of ui.plan.columns) {
    for (const node of ids) {
      const card = cardAt(ui.view, ui.plan, ui.model.depth[node], node);
      const far = Math.hypot(card.x + card.width / 2 - ui.size.width / 2, card.middle - ui.size.height / 2);
      if (far < least) [least, best] = [far, node];
    }
  }
  return best;
}

export function neighbour(ui, node, step) {
  const ids = ui.plan.columns[ui.model.depth[node]];
  for (let i = ids.indexOf(node) + step; i >= 0 && i < ids.length; i += step) {
    if (isBorn(ui.model, ui.moment, ids[i])) return ids[i];
  }
  return node;
}
