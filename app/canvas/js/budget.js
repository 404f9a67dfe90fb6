// The budget of the search: the tokens that had been spent at a moment, and what would have been answered then.

import { firstWhere } from "./layout.js";
import { KIND } from "./model.js";
import { say } from "./say.js";

// Tokens of both models up to and with each event; what the PRM read is told apart.
function spentOf(model) {
  const all = new Float64Array(model.last + 1);
  const prm = new Float64Array(model.last + 1);
  for (let i = 0; i <= model.last; i++) {
    all[i] = (i ? all[i - 1] : 0) + model.event_tokens[i];
    prm[i] = (i ? prm[i - 1] : 0) + (model.event_kind[i] === KIND.scored ? model.event_tokens[i] : 0);
  }
  return { all, prm };
}

export function tokensAt(model, at) {
  model.spent ??= spentOf(model);
  const { all, prm } = model.spent;
  return { all: all[at], prm: prm[at], sampled: all[at] - prm[at], total: all[model.last] };
}

// The last event at which no more had been spent.
export function eventAt(model, tokens) {
  model.spent ??= spentOf(model);
  return Math.max(0, firstWhere(model.last + 1, (i) => model.spent.all[i] > tokens) - 1);
}

// The next or the previous moment at which something had been spent; where there is none, where one is.
export function batchFrom(model, at, step) {
  const spent = tokensAt(model, at).all;
  const { all } = model.spent;
  const to = firstWhere(model.last + 1, (i) => (step > 0 ? all[i] > spent : all[i] >= spent));
  if (step > 0) return to > model.last ? model.last : eventAt(model, all[to]);
  return Math.max(0, to - 1);
}

// Where a moment is on the slider, 0 to 1, which runs by events or by tokens.
export function shareAt(model, at, byTokens) {
  const { all, total } = tokensAt(model, at);
  if (byTokens) return total ? all / total : 1;
  return model.last ? at / model.last : 1;
}

// What would have been answered at a moment, null where nobody knows: its node (-1 for no answer), text and truth.
export function answerAt(model, at) {
  if (model.answers_from < 0 || at < model.answers_from) return null;
  const change = firstWhere(model.answer_event.length, (i) => model.answer_event[i] > at) - 1;
  return answerOf(model, change);
}

function answerOf(model, change) {
  const node = change < 0 ? -1 : model.answer_node[change];
  if (node < 0) return { node, text: "", correct: -1 };
  return { node, text: model.answer_texts[model.answer_text[change]] || say(model, "no answer in it"), correct: model.correct[node] };
}

// The stretches of the search with one answer each, as long as they are known from the start.
export function stretches(model) {
  if (model.answers_from !== 0) return [];
  const found = [];
  for (let i = 0; i < model.answer_event.length; i++) {
    const { node, text, correct } = answerOf(model, i);
    const before = found.at(-1);
    const same = before && before.none === node < 0 && before.text === text && before.correct === correct;
    if (!same) found.push({ from: model.answer_event[i], none: node < 0, text, correct });
  }
  return found;
}

// The nearest moment before or after at which the answer becomes another; none: where one is.
export function changeFrom(model, at, step) {
  const changes = (model.stretches ??= stretches(model)).map(({ from }) => from);
  if (step < 0) return changes.findLast((event) => event < at) ?? 0;
  return changes.find((event) => event > at) ?? model.last;
}

export function answerWords(model, moment) {
  const answer = answerAt(model, moment.at);
  if (!answer) return { before: "", text: "", truth: "" };
  const none = say(model, moment.closed ? "ended without an answer" : "no answer yet");
  if (answer.node < 0) return { before: none, text: "", truth: "" };
  const truth = answer.correct < 0 ? "" : answer.correct ? "right" : "wrong";
  return { before: say(model, moment.closed ? "answered" : "would answer"), text: answer.text, truth };
}

export function tokenWords(model, at) {
  const { all, prm, sampled, total } = tokensAt(model, at);
  const count = (tokens) => tokens.toLocaleString("en");
  if (!total) return { spent: "", parts: "" };
  const spent = say(model, model.closedAt < 0 ? "{n} tokens so far" : "{n} of {total} tokens", { n: count(all), total: count(total) });
  return { spent, parts: say(model, "({sampled} sampled, {read} read by the PRM)", { sampled: count(sampled), read: count(prm) }) };
}
