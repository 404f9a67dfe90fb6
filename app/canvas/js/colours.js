// What the colours tell: a value for each node at one moment, its place on a scale, and its words.

import { isBorn, isMissing, rewardAt } from "./replay.js";

export const LACK = { nothing: 0, pending: 1, missing: 2 };
// Of very small log-probabilities this share is cut off, or one of them would make all others look alike.
const OUTLIERS = 0.02;
const DIGITS = (value) => signed(value.toFixed(2));
const ODDS = (value) => signed(value.toFixed(1));
const COUNT = (value) => (value < 10000 ? String(Math.round(value)) : `${Math.round(value / 1000)}k`);

function signed(digits) {
  return digits.replace(/^-(?=[0.]*$)/, "").replace("-", "−");
}

// A mode: `of` gives the value of each node at a moment, `range` the ends of the scale, `show` the words of a value.
const rewards = { scale: "reward", show: DIGITS, range: () => [0, 1] };
const amounts = { scale: "growing", show: COUNT };
const MODES = {
  reward: { ...rewards, said: "reward", of: (ui) => (node) => rewardAt(ui.model, ui.moment, node) },
  min: { ...rewards, said: "lowest so far", of: (ui) => soFar(ui, Math.min) },
  prod: { ...rewards, said: "product so far", of: (ui) => soFar(ui, (before, reward) => before * reward) },
  mean: { ...rewards, said: "mean so far", of: (ui) => soFar(ui, (before, reward, n) => before + (reward - before) / n) },
  value: { ...rewards, said: "Q", of: ({ moment }) => (node) => moment.value[node] / moment.visits[node] },
  visits: { ...amounts, said: "visits", log: true, of: ({ moment }) => (node) => moment.visits[node], range: (ends) => [0, ends.visits] },
  label: { ...rewards, said: "label", show: (good) => (good ? "✓" : "✗"), of: trueLabel },
  logprob: { ...amounts, said: "log-probability", show: ODDS, cut: true, of: ({ model }) => (node) => model.logprob[node], range: (ends) => [ends.logprob, 0] },
  tokens: { ...amounts, said: "tokens", of: tokensSpent, range: (ends) => [0, ends.tokens] },
  order: { ...amounts, said: "event", of: ({ model }) => (node) => model.born[node], range: (ends) => [0, ends.events] },
};

// The mode in use: the one that is asked for, or the first that the tree has data for.
export function modeOf(ui) {
  const names = ui.model.offered.map(([name]) => name);
  return names.includes(ui.colour) ? ui.colour : (names[0] ?? "reward");
}

// The colours at the moment that is looked at: values, their places on the scale (0 to 1), and what is lacking.
export function tintOf(ui) {
  const { model, moment } = ui;
  const name = modeOf(ui);
  const mode = MODES[name];
  const value = new Float64Array(model.count);
  const lack = new Uint8Array(model.count);
  const valueOf = mode.of(ui);
  for (let node = 1; node < model.count; node++) {
    if (!isBorn(model, moment, node)) continue;
    value[node] = valueOf(node);
    if (Number.isNaN(value[node])) lack[node] = waits(ui, name, node) ? LACK.pending : LACK.missing;
  }
  const [low, high] = mode.range(extremes(model));
  return { name, mode, value, lack, low, high };
}

export function placeOf(tint, node) {
  const { mode, value, low, high } = tint;
  const share = mode.log ? Math.log1p(value[node]) / Math.log1p(high) : (value[node] - low) / (high - low);
  return high > low ? Math.min(1, Math.max(0, share)) : 1;
}

// The value at a place on the scale, in words.
export function wordsAt({ mode, low, high }, place) {
  const value = mode.log ? Math.expm1(place * Math.log1p(high)) : low + place * (high - low);
  return `${mode.cut && place === 0 ? "≤ " : ""}${mode.show(value)}`;
}

export function wordsOf(tint, node) {
  if (tint.lack[node] === LACK.nothing) return tint.mode.show(tint.value[node]);
  return tint.lack[node] === LACK.missing ? "–" : "";
}

// A chain's rewards as one number; a missing one is never taken for a number, nor is what comes after it.
function soFar({ model, moment }, join) {
  const joined = new Float64Array(model.count);
  return (node) => {
    const reward = rewardAt(model, moment, node);
    const depth = model.depth[node];
    return (joined[node] = depth === 1 ? reward : join(joined[model.parent[node]], reward, depth));
  };
}

function trueLabel({ model, moment }) {
  return (node) => (moment.closed && model.truth[node] >= 0 ? model.truth[node] : NaN);
}

function tokensSpent({ model, moment }) {
  const scored = (node) => model.scored_at[node] >= 0 && model.scored_at[node] <= moment.at;
  return (node) => model.policy_tokens[node] + (scored(node) ? model.prm_tokens[node] : 0);
}

// What is still to come isn't missing.
function waits({ model, moment }, name, node) {
  if (name === "logprob") return false;
  if (name === "reward" || name === "label") return !moment.closed && !isMissing(model, moment, node);
  return !moment.closed;
}

// The ends of the scales are those of the whole search: a colour means the same at every moment.
function extremes(model) {
  const found = () => ({ visits: mostVisits(model), tokens: mostTokens(model), logprob: leastLogprob(model), events: model.last });
  return (model.extremes ??= found());
}

function mostVisits(model) {
  const visits = new Int32Array(model.count);
  for (const leaf of model.visit_leaf) for (let node = leaf; node > 0; node = model.parent[node]) visits[node]++;
  return visits.reduce((most, count) => Math.max(most, count), 0);
}

function mostTokens({ count, policy_tokens, prm_tokens }) {
  let most = 0;
  for (let node = 1; node < count; node++) most = Math.max(most, policy_tokens[node] + prm_tokens[node]);
  return most;
}

function leastLogprob({ logprob }) {
  const known = logprob.filter((value) => Number.isFinite(value)).sort();
  return known.length ? known[Math.floor(known.length * OUTLIERS)] : 0;
}
