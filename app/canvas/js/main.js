// The component: Streamlit calls the default export again at every change of data or theme.

import { drawCrumbs, newCrumbs } from "./crumbs.js";
import { draw } from "./draw.js";
import { listenToStage } from "./input.js";
import { isLaidOut } from "./layout.js";
import { recall, remember } from "./memory.js";
import { drawMinimap, newMinimap } from "./minimap.js";
import { children, decode, readPrefix, readWish } from "./model.js";
import { bornCount, findParts, listenToColour, listenToFilter, listenToFind, listenToTip, listenToZoom, newReplay, syncFields, syncPanel } from "./panel.js";
import { isBorn } from "./replay.js";
import { speaker } from "./say.js";
import { bringIntoSight, fitAll, forgetTree, newState, select, setModel } from "./state.js";
import { readTheme } from "./theme.js";
import { cardAt } from "./view.js";
import { adopt, noteView } from "./wish.js";
import { describeItem } from "./words.js";

const mounted = new WeakMap();
let made = 0;

export default function (component) {
  const section = component.parentElement.querySelector(".arbutus");
  const mount = mounted.get(section) ?? mountOn(section);
  mount.ui.send = (node) => component.setTriggerValue("picked", node);
  mount.ui.tell = (view) => component.setTriggerValue("viewed", view);
  receive(mount, component.data);
  // Streamlit also cleans up after a call that a newer one has overtaken, while the component lives on.
  return () => section.isConnected || mount.unmount();
}

function mountOn(section) {
  const ui = newState();
  const parts = findParts(section);
  const mount = { ui, parts, speak: speaker(section) };
  parts.item.id = `arbutus-item-${made++}`;
  parts.stage.setAttribute("aria-activedescendant", parts.item.id);
  ui.context = parts.canvas.getContext("2d", { alpha: false });
  ui.invalidate = () => (ui.frame ||= requestAnimationFrame(() => paint(mount)));
  listenToFind(ui, parts);
  listenToFilter(ui, parts);
  listenToColour(ui, parts);
  listenToZoom(ui, parts);
  listenToTip(ui, parts);
  listenToStage(ui, parts, newReplay(ui, parts));
  mount.map = newMinimap(ui, parts);
  mount.crumbs = newCrumbs(ui, parts);
  // Streamlit's own shortcuts listen on the document and can't see that a key went into a field in here.
  section.addEventListener("keydown", (event) => event.stopPropagation());
  const resized = new ResizeObserver(() => resize(mount));
  resized.observe(parts.stage);
  const forget = whenFontsLoad(() => {
    ui.fitter.clear();
    ui.invalidate();
  });
  const scrolled = (event) => (ui.pageScrolled = event.timeStamp);
  document.addEventListener("scroll", scrolled, true);
  mount.unmount = () => {
    if (ui.model) remember(ui);
    resized.disconnect();
    document.removeEventListener("scroll", scrolled, true);
    forget();
    ui.playing = false;
    cancelAnimationFrame(ui.frame);
    clearTimeout(ui.sendLater);
    clearTimeout(ui.tellLater);
    mounted.delete(section);
  };
  expose(mount);
  mounted.set(section, mount);
  return mount;
}

function receive(mount, data) {
  const { ui, parts } = mount;
  const prefix = readPrefix(data);
  // The first calls wait for the script to load, and a later one may come in before them.
  if (prefix.saidAt < ui.saidAt) return;
  ui.saidAt = prefix.saidAt;
  if (prefix.digest !== ui.digest) show(mount, decode(data, prefix.headerBytes));
  ui.digest = prefix.digest;
  if (prefix.request !== ui.request && prefix.node < ui.model.count) {
    ui.reveal = ui.request < 0 && prefix.node >= 0;
    select(ui, prefix.node, "asked");
  }
  ui.request = prefix.request;
  if (prefix.wishedAt > ui.wishedAt) {
    adopt(ui, readWish(data, prefix.wishBytes));
    syncFields(ui, parts);
  }
  ui.wishedAt = prefix.wishedAt;
  ui.theme = readTheme(parts.section, ui.model.scales);
  resize(mount);
  ui.invalidate();
}

function show({ ui, parts, speak }, model) {
  speak(model);
  const another = ui.model?.key !== model.key;
  if (ui.model && another) {
    remember(ui);
    forgetTree(ui);
  }
  setModel(ui, model);
  if (!another) return;
  recall(ui);
  syncFields(ui, parts);
  parts.stage.style.setProperty("--height", `${heightFor(ui)}px`);
}

// A small tree that grows no more needs no large stage.
function heightFor({ model, plan }) {
  const needed = plan.rows * model.row * 1.1 + 60;
  return model.closedAt < 0 ? model.height : Math.min(model.height, Math.max(model.height * 0.55, needed));
}

function resize(mount) {
  const { ui, parts } = mount;
  const width = parts.stage.clientWidth;
  const height = parts.stage.clientHeight;
  const ratio = window.devicePixelRatio || 1;
  if (!width || !height || !ui.model) return;
  if (width === ui.size.width && height === ui.size.height && ratio === ui.ratio) return;
  ui.size = { width, height };
  ui.ratio = ratio;
  parts.canvas.width = Math.round(width * ratio);
  parts.canvas.height = Math.round(height * ratio);
  if (!ui.touched) fitAll(ui);
  // Setting the size of a canvas clears it: paint now, not a frame later.
  cancelAnimationFrame(ui.frame);
  if (ui.theme) paint(mount);
}

function paint(mount) {
  const { ui, parts } = mount;
  ui.frame = 0;
  if (!ui.size.width || !ui.theme) return;
  if (ui.reveal) bringIntoSight(ui, ui.selected);
  ui.reveal = false;
  const start = performance.now();
  ui.drawn = draw(ui);
  drawMinimap(ui, parts, mount.map);
  ui.paint = performance.now() - start;
  syncPanel(ui, parts);
  drawCrumbs(ui, mount.crumbs);
  describeItem(ui, Math.max(0, ui.selected), parts.item);
  noteView(ui);
  report(mount);
}

// What a test may read: counts and places, as text on the stage.
function report({ ui, parts }) {
  Object.assign(parts.stage.dataset, {
    nodes: ui.model.count,
    shown: countShown(ui),
    drawn: ui.drawn,
    passing: ui.passing ? ui.passed : bornCount(ui),
    matches: ui.matches.length,
    selected: ui.selected,
    folded: ui.folded.size,
    under: ui.apart ? 0 : ui.moment.repeats.reduce((sum, count) => sum + count, 0),
    colour: ui.tint.name,
    event: ui.moment.at,
    events: ui.model.last,
    zoom: ui.view.zoom.toFixed(4),
    tx: ui.view.tx.toFixed(1),
    ty: ui.view.ty.toFixed(1),
    playing: ui.playing,
    paint: ui.paint.toFixed(2),
  });
}

function countShown(ui) {
  if (!ui.folded.size) return bornCount(ui);
  let count = 0;
  for (const ids of ui.plan.columns) for (const node of ids) if (isBorn(ui.model, ui.moment, node)) count++;
  return count;
}

function expose({ ui, parts }) {
  Object.defineProperty(parts.stage, "arbutus", {
    value: Object.freeze({
      where: (node) => (isLaidOut(ui.plan, node) ? cardAt(ui.view, ui.plan, ui.model.depth[node], node) : null),
      children: (node) => [...children(ui.model, node)],
      reward: (node) => (Number.isNaN(ui.model.reward[node]) ? null : ui.model.reward[node]),
      value: (node) => (ui.tint.lack[node] ? null : ui.tint.value[node]),
    }),
  });
}

function whenFontsLoad(act) {
  document.fonts.addEventListener("loadingdone", act);
  return () => document.fonts.removeEventListener("loadingdone", act);
}
