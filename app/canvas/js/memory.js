// What of a tree outlives its time on the page, so that coming back finds it as it was left.

import { relayout, setMoment, setSelectedPath } from "./state.js";

const REMEMBERED = 40;
const memories = new Map();

export function remember(ui) {
  const { view, touched, sent, request, folded, apart, least, most, query, moment, model } = ui;
  const at = moment.live ? Infinity : moment.at;
  memories.delete(model.key);
  memories.set(model.key, { view, touched, sent, request, folded, apart, least, most, query, at, count: model.count });
  if (memories.size > REMEMBERED) memories.delete(memories.keys().next().value);
}

// `request` comes back too: what Python asked for before must not be taken for a new wish.
export function recall(ui) {
  const memory = memories.get(ui.model.key);
  if (!memory || memory.count > ui.model.count) return;
  const { view, touched, sent, request, folded, apart, least, most, query, at } = memory;
  Object.assign(ui, { view, touched, sent, selected: sent, request, folded, apart, least, most, query });
  relayout(ui);
  setMoment(ui, Math.min(at, ui.model.last));
  setSelectedPath(ui);
}
