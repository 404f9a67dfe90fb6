// The controls around the stage: find, filter, zoom, replay. Data reaches the page as text only.

import { listenToBudget, syncBudget } from "./budget_bar.js";
import { refit, zoom } from "./input.js";
import { labelOf } from "./model.js";
import { phaseAt, phasesOf } from "./phases.js";
import { describeEvent, isBorn, isUnderTwin } from "./replay.js";
import { wordsAt } from "./colours.js";
import { foldedNodes } from "./folds.js";
import { say, sayMany } from "./say.js";
import { refilter, select, setApart, setColour, setMoment, unfoldAll } from "./state.js";
import { gradientOf } from "./theme.js";
import { factsOf } from "./words.js";

const BUTTON_ZOOM = 1.4;
// What it is that isn't there, by colour.
const LACKING = { reward: "no reward", min: "no reward", prod: "no reward", mean: "no reward", value: "never visited" };

export function findParts(section) {
  const names =
    "query hits previous next colour ramp labels low high least most shown colours scale out in fit overview crumbs stage map item tip play moment strip clock phases happening speed by budget spent paid foresaid answer verdict changes before after repeats folds lacking marked";
  const parts = { section, canvas: section.querySelector("canvas") };
  for (const name of names.split(" ")) parts[name] = section.querySelector(`.${name}`);
  parts.tipText = section.querySelector(".tip-text");
  parts.answerText = section.querySelector(".answer-text");
  parts.tipFacts = section.querySelector(".tip-facts");
  return parts;
}

export function listenToFind(ui, parts) {
  parts.toMatch = (step) => {
    if (!ui.matches.length) return;
    const here = ui.matches.indexOf(ui.selected);
    const next = here < 0 ? (step > 0 ? 0 : -1) : here + step;
    select(ui, ui.matches.at(next % ui.matches.length), "walk");
  };
  parts.clearQuery = () => {
    parts.query.value = ui.query = "";
    refilter(ui);
  };
  parts.query.addEventListener("input", () => {
    ui.query = parts.query.value;
    refilter(ui);
  });
  parts.query.addEventListener("keydown", (event) => {
    if (event.key === "Enter") parts.toMatch(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape") return;
    parts.clearQuery();
    parts.stage.focus({ preventScroll: true });
  });
  parts.previous.addEventListener("click", () => parts.toMatch(-1));
  parts.next.addEventListener("click", () => parts.toMatch(1));
}

export function listenToFilter(ui, parts) {
  const changed = (moved, other) => () => {
    const ordered = +parts.least.value <= +parts.most.value;
    if (!ordered) moved.value = other.value;
    ui.least = parts.least.value / 100;
    ui.most = parts.most.value / 100;
    // At the right end both handles lie on each other: the one that can still move must be on top.
    parts.least.style.zIndex = ui.least > 0.5 ? 3 : 2;
    refilter(ui);
  };
  parts.least.addEventListener("input", changed(parts.least, parts.most));
  parts.most.addEventListener("input", changed(parts.most, parts.least));
}

export function listenToColour(ui, parts) {
  parts.colour.addEventListener("change", () => {
    setColour(ui, parts.colour.value);
    syncFields(ui, parts);
  });
}

export function listenToZoom(ui, parts) {
  parts.in.addEventListener("click", () => zoom(ui, BUTTON_ZOOM));
  parts.out.addEventListener("click", () => zoom(ui, 1 / BUTTON_ZOOM));
  parts.fit.addEventListener("click", () => refit(ui));
  parts.repeats.addEventListener("click", () => setApart(ui, !ui.apart));
  parts.folds.addEventListener("click", () => unfoldAll(ui));
}

export function newReplay(ui, parts) {
  const replay = {
    goTo(at) {
      ui.playing = false;
      setMoment(ui, Math.min(ui.model.last, Math.max(0, at)));
    },
    toggle() {
      ui.playing = !ui.playing;
      if (!ui.playing) return ui.invalidate();
      if (ui.moment.live) setMoment(ui, 0);
      ui.progress = ui.moment.at;
      requestAnimationFrame((now) => tick(ui, now, now));
      return ui.invalidate();
    },
  };
  parts.play.addEventListener("click", replay.toggle);
  listenToBudget(ui, parts, replay);
  parts.speed.addEventListener("change", () => (ui.speed = +parts.speed.value));
  return replay;
}

// A short search takes its time, a long one is over in 24 seconds.
function eventsASecond(model) {
  return model.last / Math.min(24, Math.max(3, model.last * 0.5));
}

function tick(ui, now, before) {
  if (!ui.playing) return;
  ui.progress += ((now - before) / 1000) * eventsASecond(ui.model) * ui.speed;
  const at = Math.min(ui.model.last, Math.floor(ui.progress));
  if (at !== ui.moment.at) setMoment(ui, at);
  if (ui.moment.live) ui.playing = false;
  else requestAnimationFrame((next) => tick(ui, next, now));
  ui.invalidate();
}

// Fields that people write into: set only when something else has changed what they say.
export function syncFields(ui, parts) {
  parts.query.value = ui.query;
  parts.least.value = ui.least * 100;
  parts.most.value = ui.most * 100;
}

export function syncPanel(ui, parts) {
  const { model, moment } = ui;
  parts.hits.textContent = ui.query.trim() ? hitWords(ui) : "";
  parts.previous.hidden = parts.next.hidden = ui.matches.length < 2;
  syncLegend(ui, parts);
  parts.shown.textContent = ui.least > 0 || ui.most < 1 ? say(model, "{n} of {all}", { n: ui.passed, all: bornCount(ui) }) : "";
  parts.colours.style.setProperty("--from", `${ui.least * 100}%`);
  parts.colours.style.setProperty("--to", `${ui.most * 100}%`);
  parts.scale.textContent = `${Math.round(ui.view.zoom * 100) || "<1"}%`;
  syncBudget(ui, parts);
  parts.clock.textContent = `${moment.at} / ${model.last}`;
  parts.happening.textContent = describeEvent(model, moment.at);
  syncPhases(ui, parts);
  parts.marked.hidden = !model.marked;
  parts.repeats.hidden = !model.repeats;
  parts.repeats.setAttribute("aria-pressed", String(ui.apart));
  const repeats = sayMany(model, model.repeats, "1 repeat under its twin", "{n} repeats under their twin");
  parts.repeats.lastElementChild.textContent = ui.apart ? say(model, "repeats shown apart") : repeats;
  parts.folds.hidden = !ui.folded.size;
  if (ui.folded.size) parts.folds.textContent = foldWords(ui);
  parts.play.classList.toggle("playing", ui.playing);
  parts.play.setAttribute("aria-label", say(model, ui.playing ? "Pause the search" : "Play the search"));
}

// The phases of a tree search, those that are just passed in bold.
function syncPhases({ model, moment }, parts) {
  const names = phasesOf(model);
  parts.phases.hidden = !names.length;
  const said = names.map((name) => say(model, name));
  if (parts.phases.dataset.says !== said.join()) {
    parts.phases.dataset.says = said.join();
    parts.phases.replaceChildren(...said.map((name) => Object.assign(document.createElement("span"), { textContent: name })));
  }
  const on = phaseAt(model, moment.at)?.on ?? [];
  names.forEach((name, i) => parts.phases.children[i].classList.toggle("on", on.includes(name)));
}

// The legend of the colours is also their filter; of labels there is nothing to filter.
function syncLegend(ui, parts) {
  const { model, tint } = ui;
  const offered = model.offered.map(([name, words]) => [say(model, words), name]);
  const offers = offered.join();
  if (parts.colour.dataset.offers !== offers) {
    parts.colour.dataset.offers = offers;
    parts.colour.replaceChildren(...offered.map(([words, name]) => new Option(words, name)));
  }
  parts.colour.value = tint.name;
  parts.ramp.hidden = parts.low.hidden = parts.high.hidden = tint.name === "label";
  parts.labels.hidden = tint.name !== "label";
  parts.low.textContent = wordsAt(tint, ui.least);
  parts.high.textContent = wordsAt(tint, ui.most);
  parts.least.setAttribute("aria-label", say(model, "Lowest {what} shown", { what: say(model, tint.mode.said) }));
  parts.most.setAttribute("aria-label", say(model, "Highest {what} shown", { what: say(model, tint.mode.said) }));
  parts.least.setAttribute("aria-valuetext", parts.low.textContent);
  parts.most.setAttribute("aria-valuetext", parts.high.textContent);
  parts.lacking.textContent = say(model, LACKING[tint.name] ?? "not known");
  parts.colours.style.setProperty("--gradient", gradientOf(model.scales[tint.mode.scale]));
}

function foldWords(ui) {
  const folded = foldedNodes(ui);
  const n = folded.toLocaleString("en");
  return say(ui.model, folded === 1 ? "1 step folded" : "{n} steps folded", { n });
}

function hitWords(ui) {
  const here = ui.matches.indexOf(ui.selected);
  if (!ui.matches.length) return say(ui.model, "none");
  return here < 0 ? `${ui.matches.length}` : `${here + 1}/${ui.matches.length}`;
}

export function bornCount(ui) {
  let count = 0;
  for (let node = 0; node < ui.model.count; node++) if (isBorn(ui.model, ui.moment, node) && !isUnderTwin(ui, node)) count++;
  return count;
}

export function listenToTip(ui, parts) {
  parts.showTip = (node, point) => {
    parts.tip.hidden = node < 0;
    if (node < 0) return;
    parts.tipText.textContent = labelOf(ui.model, node);
    parts.tipFacts.textContent = factsOf(ui, node);
    const { offsetWidth: width, offsetHeight: height } = parts.tip;
    const x = Math.min(point.x + 14, ui.size.width - width - 6);
    const y = point.y + 18 + height > ui.size.height ? point.y - height - 12 : point.y + 18;
    parts.tip.style.transform = `translate(${Math.max(6, Math.round(x))}px, ${Math.max(6, Math.round(y))}px)`;
  };
}
