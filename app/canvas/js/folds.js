// What is folded where a tree is too large to be seen whole: it opens with its first columns, the rest is said.

import { isLaidOut } from "./layout.js";
import { hasChildren, pathTo } from "./model.js";

const LARGE = 20_000;
const OPEN = 4_000;

// Folds all that hangs on the last column up to which the tree has few nodes; the way to its answer stays open.
export function foldLarge(ui, isHidden) {
  const { model } = ui;
  if (model.count < LARGE) return;
  const sizes = [];
  for (let node = 0; node < model.count; node++) if (!isHidden(node)) sizes[model.depth[node]] = (sizes[model.depth[node]] ?? 0) + 1;
  let last = 0;
  for (let shown = sizes[0]; last + 1 < sizes.length && shown + sizes[last + 1] <= OPEN; last++) shown += sizes[last + 1];
  const way = new Set(model.chosen >= 0 ? pathTo(model, model.chosen) : []);
  for (let node = 0; node < model.count; node++) {
    const here = model.depth[node] === last || (model.depth[node] > last && way.has(model.parent[node]));
    if (here && !way.has(node) && hasChildren(model, node)) ui.folded.add(node);
  }
}

// How many nodes the folds hide. A fold that is within another hides nothing more.
export function foldedNodes({ folded, plan, model }) {
  let count = 0;
  for (const node of folded) if (isLaidOut(plan, node)) count += model.below[node];
  return count;
}
