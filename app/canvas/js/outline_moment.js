// The moment of the search that an outline is of, and what is found in it: which steps there are, and below which.

import { firstWhere } from "./layout.js";
import { children, foldOf, folded, pathTo } from "./model.js";
import { isBorn, momentOf } from "./replay.js";

export function setOutlineMoment(outline, at) {
  const { model } = outline;
  outline.moment = momentOf(model, at < 0 ? model.last : Math.min(at, model.last));
  outline.chosenPath = new Set(outline.moment.closed && model.chosen >= 0 ? pathTo(model, model.chosen) : []);
  outline.below = outline.moment.live ? model.below : countBelow(model, (node) => isBorn(model, outline.moment, node));
}

// Steps below each, of those that `counts`.
function countBelow(model, counts) {
  const below = new Int32Array(model.count);
  for (let node = model.count - 1; node > 0; node--) below[model.parent[node]] += below[node] + (counts(node) ? 1 : 0);
  return below;
}

// Those that there are by now. Siblings stand in the order in which they were made.
export function bornChildren({ model, moment }, node) {
  const ids = children(model, node);
  return moment.live ? ids : ids.subarray(0, firstWhere(ids.length, (i) => !isBorn(model, moment, ids[i])));
}

export function findInOutline(outline, query) {
  const { model, moment } = outline;
  outline.words = folded(query.trim());
  outline.matches = [];
  outline.foundBelow = null;
  if (!outline.words) return;
  for (let node = 1; node < model.count; node++) if (isBorn(model, moment, node) && isFound(outline, node)) outline.matches.push(node);
  const found = new Set(outline.matches);
  outline.foundBelow = countBelow(model, (node) => found.has(node));
  outline.matches.sort((a, b) => model.order[a] - model.order[b]);
}

function isFound({ model, words }, node) {
  return foldOf(model, node).includes(words);
}
