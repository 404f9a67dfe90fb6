// What is said of a node: in the tooltip, and to a screen reader.

import { LACK, wordsOf } from "./colours.js";
import { FINISH, MARK, children, hasChildren, labelOf } from "./model.js";
import { isMissing, rewardAt } from "./replay.js";
import { say, sayMany } from "./say.js";

export function statusOf(ui, node) {
  const { model, moment } = ui;
  const words = [];
  if (moment.mark[node] === MARK.kept) words.push(say(model, "kept"));
  if (moment.mark[node] === MARK.dropped) words.push(say(model, "dropped"));
  if (model.finish[node] === FINISH.end) words.push(say(model, "finished"));
  if (model.finish[node] === FINISH.length) words.push(say(model, "cut at the length limit"));
  if (model.finish[node] === FINISH.error) words.push(say(model, "failed"));
  if (moment.closed && model.correct[node] >= 0) words.push(model.correct[node] ? `✓ ${say(model, "correct")}` : `✗ ${say(model, "wrong")}`);
  return words;
}

export function rewardWords(ui, node) {
  const { model, moment } = ui;
  const reward = rewardAt(model, moment, node);
  if (!Number.isNaN(reward)) return `${say(model, "reward")} ${reward.toFixed(3)}`;
  if (isMissing(model, moment, node)) return say(model, "no reward");
  return node === 0 ? "" : say(model, "reward still to come");
}

export function factsOf(ui, node) {
  const { model, moment } = ui;
  const facts = [rewardWords(ui, node), ...statusOf(ui, node)];
  if (moment.repeats[node]) facts.push(say(model, "drawn {n} times", { n: moment.repeats[node] + 1 }));
  if (ui.chosenPath.has(node)) facts.push(say(model, "on the chosen path"));
  if (model.marked?.[node]) facts.push(say(model, "in both trees"));
  if (model.visit_leaf.length) {
    const visits = moment.visits[node];
    facts.push(visits ? `N ${visits}, Q ${(moment.value[node] / visits).toFixed(3)}` : say(model, "never visited"));
  }
  const { tint } = ui;
  const other = node !== 0 && !["reward", "visits", "value"].includes(tint.name);
  if (other && tint.lack[node] === LACK.nothing) facts.push(`${say(model, tint.mode.said)} ${wordsOf(tint, node)}`);
  if (ui.folded.has(node)) facts.push(sayMany(model, model.below[node], "1 step folded", "{n} steps folded"));
  return facts.filter(Boolean).join(" · ");
}

// A sentence that ends has its stop.
export function stopAfter(text) {
  return /[.!?…]$/.test(text) ? " " : ". ";
}

export function describeItem(ui, node, item) {
  const { model } = ui;
  const siblings = node === 0 ? [0] : [...children(model, model.parent[node])];
  const [kind, step, facts] = item.children;
  kind.textContent = `${say(model, node === 0 ? "Question" : "Step")}: `;
  step.textContent = labelOf(model, node);
  facts.textContent = `${stopAfter(step.textContent)}${factsOf(ui, node)}`;
  item.setAttribute("aria-level", model.depth[node] + 1);
  item.setAttribute("aria-posinset", siblings.indexOf(node) + 1);
  item.setAttribute("aria-setsize", siblings.length);
  item.setAttribute("aria-selected", String(node === ui.selected));
  if (hasChildren(model, node)) item.setAttribute("aria-expanded", String(!ui.folded.has(node)));
  else item.removeAttribute("aria-expanded");
}
