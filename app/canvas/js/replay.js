// The search at one moment: which nodes there are, what is known of them, and what is just happening.

import { KIND, MARK } from "./model.js";
import { phaseAt, selectedPathOf, wordsOfPhase } from "./phases.js";
import { say, sayMany } from "./say.js";

export function momentOf(model, at) {
  const mark = new Uint8Array(model.count);
  for (let i = 0; i < model.mark_event.length && model.mark_event[i] <= at; i++) {
    mark[model.mark_node[i]] = model.mark_is[i];
  }
  const visits = new Int32Array(model.count);
  const value = new Float64Array(model.count);
  const path = new Set();
  for (let i = 0; i < model.visit_event.length && model.visit_event[i] <= at; i++) {
    const now = model.visit_event[i] === at && at < model.last;
    for (let node = model.visit_leaf[i]; node >= 0; node = model.parent[node]) {
      visits[node]++;
      value[node] += model.visit_value[i];
      if (now) path.add(node);
    }
  }
  if (at < model.last) for (const node of selectedPathOf(model, phaseAt(model, at))) path.add(node);
  const repeats = new Int32Array(model.count);
  for (let node = 0; model.repeats && node < model.count; node++) {
    if (model.twin[node] >= 0 && model.born[node] <= at) repeats[model.twin[node]]++;
  }
  const closed = model.closedAt >= 0 && at >= model.closedAt;
  return { at, mark, visits, value, path, repeats, closed, live: at >= model.last };
}

export function isBorn(model, moment, node) {
  return model.born[node] <= moment.at;
}

// A repeat lies under its twin, unless repeats are wanted apart.
export function isUnderTwin(ui, node) {
  return !ui.apart && ui.model.twin[node] >= 0;
}

export function rewardAt(model, moment, node) {
  const scored = model.scored_at[node];
  return scored >= 0 && scored <= moment.at ? model.reward[node] : NaN;
}

// Awaiting a reward is not the same as having come back without one, or as having been dropped before there was one.
export function isMissing(model, moment, node) {
  if (node === 0) return false;
  const scored = model.scored_at[node];
  if (scored >= 0 && scored <= moment.at) return Number.isNaN(model.reward[node]);
  return moment.closed || moment.mark[node] === MARK.dropped;
}

export function isHappening(model, moment, node) {
  if (moment.live) return false;
  const { at } = moment;
  return model.born[node] === at || model.scored_at[node] === at || model.decided_at[node] === at || moment.path.has(node);
}

export function describeEvent(model, at) {
  const phase = phaseAt(model, at);
  const words = eventWords(model, at);
  return phase ? say(model, "simulation {n}: {what}", { n: phase.simulation, what: wordsOfPhase(model, at, phase, words) }) : words;
}

function eventWords(model, at) {
  const size = model.event_size[at];
  switch (model.event_kind[at]) {
    case KIND.opened:
      return say(model, "the question");
    case KIND.grown:
      return sayMany(model, size, "1 step sampled", "{n} steps sampled");
    case KIND.scored:
      return sayMany(model, size, "1 reward read", "{n} rewards read");
    case KIND.marked:
      return describeMarks(model, at);
    default:
      return say(model, model.chosen >= 0 ? "answer chosen" : "search ended");
  }
}

function describeMarks(model, at) {
  const counts = [0, 0, 0];
  for (let i = 0; i < model.mark_event.length; i++) if (model.mark_event[i] === at) counts[model.mark_is[i]]++;
  const parts = [];
  if (counts[MARK.kept]) parts.push(say(model, "{n} kept", { n: counts[MARK.kept] }));
  if (counts[MARK.dropped]) parts.push(say(model, "{n} dropped", { n: counts[MARK.dropped] }));
  return parts.join(", ");
}
