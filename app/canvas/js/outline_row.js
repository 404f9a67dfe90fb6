// One step of the outline as an item of a tree (role treeitem), with the group of those below it if it is expanded.
// What comes from the log reaches the page as text only.

import { LACK, placeOf, wordsOf } from "./colours.js";
import { FINISH, MARK, labelOf } from "./model.js";
import { bornChildren } from "./outline_moment.js";
import { rewardWords, statusOf, stopAfter } from "./words.js";

const LONGEST = 600;
// Children that are shown at first, and with each wish for more.
export const MOST = 200;

export function itemOf(outline, node) {
  const { model } = outline;
  const item = document.createElement("li");
  const siblings = node === 0 ? [0] : bornChildren(outline, model.parent[node]);
  const open = outline.expanded.has(node);
  attribute(item, {
    role: "treeitem", tabindex: -1, "data-node": node, "aria-level": model.depth[node] + 1,
    "aria-posinset": siblings.indexOf(node) + 1, "aria-setsize": siblings.length,
    "aria-selected": node === outline.selected, "aria-label": saidOf(outline, node, open),
  });
  if (outline.below[node]) item.setAttribute("aria-expanded", open);
  item.append(rowOf(outline, node, open));
  outline.items.set(node, item);
  if (open && outline.below[node]) item.append(groupOf(outline, node));
  return item;
}

function groupOf(outline, node) {
  const group = element("ul");
  group.setAttribute("role", "group");
  const ids = bornChildren(outline, node);
  const shown = Math.min(ids.length, outline.more.get(node) ?? MOST);
  for (let i = 0; i < shown; i++) group.append(itemOf(outline, ids[i]));
  if (shown < ids.length) group.append(moreOf(outline, node, shown, ids.length));
  return group;
}

function moreOf({ model }, node, shown, all) {
  const item = element("li", "more");
  const says = `Show ${Math.min(MOST, all - shown).toLocaleString("en")} more; ${(all - shown).toLocaleString("en")} of ${all.toLocaleString("en")} are not shown`;
  attribute(item, { role: "treeitem", tabindex: -1, "data-more": node, "aria-level": model.depth[node] + 2, "aria-label": says });
  const row = element("div", "row", says);
  row.style.setProperty("--level", model.depth[node] + 1);
  item.append(row);
  return item;
}

function rowOf(outline, node, open) {
  const { model, moment } = outline;
  const row = element("div", "row");
  row.classList.toggle("asked", node === 0);
  row.classList.toggle("on-path", outline.chosenPath.has(node));
  row.classList.toggle("dropped", moment.mark[node] === MARK.dropped);
  row.style.setProperty("--level", model.depth[node]);
  const twist = element("span", "twist");
  if (outline.below[node]) twist.append(outline.triangle.cloneNode(true));
  const told = element("div", "told");
  told.append(whatOf(outline, node), statesOf(outline, node, open));
  row.append(twist, ...(node === 0 ? [] : [worthOf(outline, node)]), told);
  return row;
}

// The step, with what is looked for marked where it comes first.
function whatOf({ model, words }, node) {
  const text = labelOf(model, node).slice(0, LONGEST);
  const what = element("span", "what", text);
  const at = words && node ? text.toLowerCase().indexOf(words) : -1;
  if (at >= 0) what.replaceChildren(text.slice(0, at), element("mark", "", text.slice(at, at + words.length)), text.slice(at + words.length));
  return what;
}

function worthOf({ tint, theme }, node) {
  if (tint.lack[node] === LACK.missing) return element("span", "worth missing", "–");
  if (tint.lack[node] === LACK.pending) return element("span", "worth awaited", "…");
  const worth = element("span", "worth", wordsOf(tint, node));
  const { full, ink } = theme.scales[tint.mode.scale][Math.round(placeOf(tint, node) * 100)];
  Object.assign(worth.style, { background: full, color: ink });
  return worth;
}

// Each in a word, with the shape that the canvas has for it.
function statesOf(outline, node, open) {
  const { model, moment } = outline;
  const states = element("span", "states");
  const add = (shape, words) => {
    const state = element("span", "", words);
    if (shape) state.prepend(element("i", shape));
    states.append(state);
  };
  if (node && model.finish[node] === FINISH.end) add("shape finished", "finished");
  if (node && model.finish[node] === FINISH.length) add("shape failed", "cut at the length limit");
  if (node && model.finish[node] === FINISH.error) add("shape failed", "failed");
  if (moment.mark[node] === MARK.kept) add("shape kept", "kept");
  if (moment.mark[node] === MARK.dropped) add("shape dropped", "dropped");
  if (model.twin[node] >= 0) add("", `the same as node ${model.twin[node]}`);
  if (moment.closed && model.correct[node] >= 0) add(`truth ${model.correct[node] ? "right" : "wrong"}`, model.correct[node] ? "correct" : "wrong");
  if (isChosen(outline, node)) add("path", "chosen");
  if (!open && outline.below[node]) {
    add("", hiddenWords(outline, node));
    states.lastElementChild.className = "hidden-steps";
  }
  return states;
}

function hiddenWords({ below, foundBelow }, node) {
  const found = foundBelow?.[node] ? `, ${foundBelow[node].toLocaleString("en")} found` : "";
  return `${below[node].toLocaleString("en")} step${below[node] === 1 ? "" : "s"} hidden${found}`;
}

function isChosen({ model, moment }, node) {
  return node > 0 && node === model.chosen && moment.closed;
}

function saidOf(outline, node, open) {
  const { model, tint } = outline;
  const facts = [rewardWords(outline, node), ...statusOf(outline, node)];
  if (node && tint.name !== "reward" && tint.lack[node] === LACK.nothing) facts.push(`${tint.mode.said} ${wordsOf(tint, node)}`);
  if (model.twin[node] >= 0) facts.push(`the same as node ${model.twin[node]}`);
  if (isChosen(outline, node)) facts.push("chosen");
  else if (outline.chosenPath.has(node)) facts.push("on the chosen path");
  if (!open && outline.below[node]) facts.push(hiddenWords(outline, node));
  const said = facts.filter(Boolean).join(", ");
  const text = labelOf(model, node).slice(0, LONGEST);
  return `${node === 0 ? "Question" : "Step"}: ${text}${said && stopAfter(text) + said}`;
}

function attribute(element, values) {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
}

function element(kind, name = "", text = "") {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}
