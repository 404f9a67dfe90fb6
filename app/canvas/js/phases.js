// The phases of a tree search (Browne et al. 2012): which of them an event is, as far as the log tells it.
// A simulation is what lies between two visits; of a tree without visits nothing is said.

import { firstWhere } from "./layout.js";
import { KIND, labelOf, pathTo } from "./model.js";
import { say, sayMany } from "./say.js";

const SELECT = "select";
const EXPAND = "expand";
const ROLL_OUT = "roll out";
const EVALUATE = "evaluate";
const BACK_UP = "back up";
const PHASE_LETTERS = 34;

export function phasesOf(model) {
  if (!model.visit_event.length) return [];
  return [SELECT, EXPAND, ...(rollsOut(model) ? [ROLL_OUT] : []), EVALUATE, BACK_UP];
}

// What an event is within its simulation (counted from 1), and the node down to which was selected, -1 for none.
export function phaseAt(model, at) {
  const { visit_event: visits } = model;
  // What follows the last visit of a search that has ended belongs to no simulation.
  const over = model.closedAt >= 0 && at > visits[visits.length - 1];
  if (!visits.length || at < 1 || over) return null;
  const simulation = firstWhere(visits.length, (i) => visits[i] >= at) + 1;
  const kind = model.event_kind[at];
  if (kind === KIND.grown) {
    const first = firstWhere(model.born.length, (i) => model.born[i] >= at);
    const on = isRolledOn(model, first, at) ? [SELECT, EXPAND, ROLL_OUT] : [SELECT, EXPAND];
    return { simulation, on, to: model.parent[first] };
  }
  const began = beginsSimulation(model, at);
  if (kind === KIND.scored) {
    const scored = began ? model.scored_at.indexOf(at) : -1;
    return { simulation, on: began ? [SELECT, EVALUATE] : [EVALUATE], to: scored };
  }
  if (kind !== KIND.visited) return { simulation, on: [], to: -1 };
  return { simulation, on: began ? [SELECT, BACK_UP] : [BACK_UP], to: -1 };
}

export function wordsOfPhase(model, at, phase, words) {
  const size = model.event_size[at];
  if (model.event_kind[at] === KIND.grown) {
    const rolled = phase.on.includes(ROLL_OUT);
    const one = say(model, "1 step tried, {n} rolled out", { n: size - 1 });
    const tried = rolled ? one : sayMany(model, size, "1 step tried", "{n} steps tried");
    return say(model, "{where}: {what}", { where: whereWords(model, phase.to), what: tried });
  }
  if (model.event_kind[at] !== KIND.visited) return words;
  const i = firstWhere(model.visit_event.length, (i) => model.visit_event[i] >= at);
  const value = model.visit_value[i].toFixed(2);
  const n = model.depth[model.visit_leaf[i]];
  return say(model, n === 1 ? "{value} backed up along 1 step" : "{value} backed up along {n} steps", { value, n });
}

export function selectedPathOf(model, phase) {
  return phase && phase.to >= 0 && phase.on.includes(SELECT) ? pathTo(model, phase.to) : [];
}

function whereWords(model, node) {
  if (node === 0) return say(model, "at the question");
  const text = labelOf(model, node);
  const step = text.length > PHASE_LETTERS ? `${text.slice(0, PHASE_LETTERS - 1).trimEnd()}…` : text;
  return say(model, "at “{step}”", { step });
}

// A rollout: a step that follows on one made in the same event.
function isRolledOn(model, first, at) {
  return first + 1 < model.count && model.born[first + 1] === at && model.parent[first + 1] === first;
}

function rollsOut(model) {
  model.rolls ??= model.parent.some((parent, node) => parent > 0 && model.born[parent] === model.born[node]);
  return model.rolls;
}

// Whether nothing was made or scored yet since the last visit.
function beginsSimulation(model, at) {
  let before = at - 1;
  while (model.event_kind[before] === KIND.marked) before--;
  return model.event_kind[before] === KIND.visited || model.event_kind[before] === KIND.opened;
}
