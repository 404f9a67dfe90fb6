// The outline as a component: Streamlit calls the default export again at every change of data or theme.

import { decode, readPrefix } from "./model.js";
import { MOST_AT_ONCE, draw, expandAll, expandPath, newOutline, remember, select, setTree } from "./outline_state.js";
import { listenToList } from "./outline_keys.js";
import { readTheme } from "./theme.js";

const mounted = new WeakMap();

export default function (component) {
  const section = component.parentElement.querySelector(".outline");
  const outline = mounted.get(section) ?? mountOn(section);
  outline.send = (node) => component.setTriggerValue("picked", node);
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
  listenToList(outline);
  // Streamlit's own shortcuts listen on the document and can't see that a key was meant for what is in here.
  section.addEventListener("keydown", (event) => event.stopPropagation());
  mounted.set(section, outline);
  return outline;
}

function unmount(outline, section) {
  remember(outline);
  clearTimeout(outline.sendLater);
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
  if (grown || dressed) draw(outline);
  if (prefix.request !== outline.request && prefix.node < outline.model.count) select(outline, prefix.node, "asked");
  outline.request = prefix.request;
}

function report(outline, section) {
  const { model, items, list, selected } = outline;
  const [shown, steps] = [items.size - 1, model.count - 1].map((count) => count.toLocaleString("en"));
  section.querySelector(".count").textContent = shown === steps ? `All ${steps} steps` : `${shown} of ${steps} steps shown`;
  const all = section.querySelector(".all");
  all.disabled = model.count > MOST_AT_ONCE;
  all.title = all.disabled ? `Only in trees of up to ${MOST_AT_ONCE.toLocaleString("en")} nodes` : "";
  section.querySelector(".chosen").hidden = model.chosen < 0;
  Object.assign(list.dataset, { nodes: model.count, shown: items.size, selected });
}
