// What is said of a node: in the tooltip, and to a screen reader.

import { LACK, wordsOf } from "./colours.js";
import { FINISH, MARK, children, hasChildren, labelOf } from "./model.js";
import { isMissing, rewardAt } from "./replay.js";

export function statusOf(ui, node) {
  const { model, moment } = ui;
  const words = [];
  if (moment.mark[node] === MARK.kept) words.push("kept");
  if (moment.mark[node] === MARK.dropped) words.push("dropped");
  if (model.finish[node] === FINISH.end) words.push("finished");
  if (model.finish[node] === FINISH.length) words.push("cut at the length limit");
  if (model.finish[node] === FINISH.error) words.push("failed");
  if (moment.closed && model.correct[node] >= 0) words.push(model.correct[node] ? "✓ correct" : "✗ wrong");
  return words;
}

export function rewardWords(ui, node) {
  const reward = rewardAt(ui.model, ui.moment, node);
  if (!Number.isNaN(reward)) return `reward ${reward.toFixed(3)}`;
  if (isMissing(ui.model, ui.moment, node)) return "no reward";
  return node === 0 ? "" : "reward still to come";
}

export function factsOf(ui, node) {
  const { model, moment } = ui;
  const facts = [rewardWords(ui, node), ...statusOf(ui, node)];
  if (moment.repeats[node]) facts.push(`drawn ${moment.repeats[node] + 1} times`);
  if (ui.chosenPath.has(node)) facts.push("on the chosen path");
  if (model.marked?.[node]) facts.push("in both trees");
  if (model.visit_leaf.length) {
    const visits = moment.visits[node];
    facts.push(visits ? `N ${visits}, Q ${(moment.value[node] / visits).toFixed(3)}` : "never visited");
  }
  const { tint } = ui;
  const other = node !== 0 && !["reward", "visits", "value"].includes(tint.name);
  if (other && tint.lack[node] === LACK.nothing) facts.push(`${tint.mode.said} ${wordsOf(tint, node)}`);
  if (ui.folded.has(node)) facts.push(`${model.below[node]} steps folded`);
  return facts.filter(Boolean).join(" · ");
}

export function describeItem(ui, node, item) {
  const { model } = ui;
  const siblings = node === 0 ? [0] : [...children(model, model.parent[node])];
  item.textContent = `${node === 0 ? "Question" : "Step"}: ${labelOf(model, node)}. ${factsOf(ui, node)}`;
  item.setAttribute("aria-level", model.depth[node] + 1);
  item.setAttribute("aria-posinset", siblings.indexOf(node) + 1);
  item.setAttribute("aria-setsize", siblings.length);
  item.setAttribute("aria-selected", String(node === ui.selected));
  if (hasChildren(model, node)) item.setAttribute("aria-expanded", String(!ui.folded.has(node)));
  else item.removeAttribute("aria-expanded");
}
