// The outline as a component: Streamlit calls the default export again at every change of data or theme.

import { decode, readPrefix, readWish } from "./model.js";
import { listenToOutlineFind, syncOutlineFind } from "./outline_find.js";
import { listenToList } from "./outline_keys.js";
import { MOST_AT_ONCE, adoptView, change, draw, expandAll, expandPath, newOutline, remember, select, setTree } from "./outline_state.js";
import { describeEvent } from "./replay.js";
import { readTheme } from "./theme.js";

const mounted = new WeakMap();

export default function (component) {
  const section = component.parentElement.querySelector(".outline");
  const outline = mounted.get(section) ?? mountOn(section);
  outline.send = (node) => component.setTriggerValue("picked", node);
  outline.tell = (view) => component.setTriggerValue("viewed", view);
  receive(outline, section, component.data);
  return () => section.isConnected || unmount(outline, section);
}

function mountOn(section) {
  const outline = newOutline();
  outline.list = section.querySelector(".list");
  outline.triangle = section.querySelector(".triangle").content.firstElementChild;
  outline.changed = () => report(outline, section);
  const opens = (name, act) =>
    section.querySelector(name).addEventListener("click", () => {
      act();
      draw(outline);
    });
  opens(".chosen", () => expandPath(outline));
  opens(".all", () => expandAll(outline));
  opens(".none", () => outline.expanded.clear());
  section.querySelector(".end").addEventListener("click", () => change(outline, { moment: -1 }));
  const colour = section.querySelector(".colour");
  colour.addEventListener("change", () => change(outline, { colour: colour.value, filter: [0, 1] }));
  listenToOutlineFind(outline, section);
  listenToList(outline);
  // Streamlit's own shortcuts listen on the document and can't see that a key was meant for what is in here.
  section.addEventListener("keydown", (event) => event.stopPropagation());
  mounted.set(section, outline);
  return outline;
}

function unmount(outline, section) {
  remember(outline);
  clearTimeout(outline.sendLater);
  clearTimeout(outline.tellLater);
  mounted.delete(section);
}

function receive(outline, section, data) {
  const prefix = readPrefix(data);
  // A later message may come in before an earlier one.
  if (prefix.saidAt < outline.saidAt) return;
  outline.saidAt = prefix.saidAt;
  const grown = prefix.digest !== outline.digest;
  if (grown) setTree(outline, decode(data, prefix.headerBytes));
  outline.digest = prefix.digest;
  const theme = readTheme(section, outline.model.scales);
  const dressed = JSON.stringify(theme) !== JSON.stringify(outline.theme);
  outline.theme = theme;
  const wished = prefix.wishedAt > outline.wishedAt;
  if (wished) adoptView(outline, readWish(data, prefix.wishBytes));
  outline.wishedAt = prefix.wishedAt;
  if (grown || wished) outline.query.value = outline.view.query;
  if (grown || dressed || wished) draw(outline);
  if (prefix.request !== outline.request && prefix.node < outline.model.count) select(outline, prefix.node, "asked");
  outline.request = prefix.request;
}

function report(outline, section) {
  const { model, moment, items, list, selected } = outline;
  const [shown, steps] = [items.size - 1, outline.below[0]].map((count) => count.toLocaleString("en"));
  section.querySelector(".as-of").hidden = moment.live;
  section.querySelector(".when").textContent = `As it stood at event ${moment.at} of ${model.last}: ${describeEvent(model, moment.at)}`;
  syncOutlineFind(outline, section);
  syncColour(outline, section.querySelector(".colour"));
  section.querySelector(".count").textContent = shown === steps ? `All ${steps} steps` : `${shown} of ${steps} steps shown`;
  const all = section.querySelector(".all");
  all.disabled = model.count > MOST_AT_ONCE;
  all.title = all.disabled ? `Only in trees of up to ${MOST_AT_ONCE.toLocaleString("en")} nodes` : "";
  section.querySelector(".chosen").hidden = !outline.chosenPath.size;
  Object.assign(list.dataset, { nodes: model.count, shown: items.size, selected, event: moment.at, matches: outline.matches.length });
}

function syncColour({ model, tint }, colour) {
  const offers = model.offered.join();
  if (colour.dataset.offers !== offers) colour.replaceChildren(...model.offered.map(([name, words]) => new Option(words, name)));
  colour.dataset.offers = offers;
  colour.value = tint.name;
}
