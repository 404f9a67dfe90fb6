// What of a tree outlives its time on the page, so that coming back finds it as it was left.

import { relayout, setMoment, setSelectedPath } from "./state.js";

const REMEMBERED = 40;
const memories = new Map();

export function remember(ui) {
  const { view, touched, whole, sent, request, folded, apart, colour, least, most, query, byTokens, wishedAt, viewTold, moment, model } = ui;
  const at = moment.live ? Infinity : moment.at;
  memories.delete(model.key);
  const asked = { request, wishedAt, viewTold };
  memories.set(model.key, { view, touched, whole, sent, ...asked, folded, apart, colour, least, most, query, byTokens, at, count: model.count });
  if (memories.size > REMEMBERED) memories.delete(memories.keys().next().value);
}

// What Python asked for before comes back too: it must not be taken for a new wish.
export function recall(ui) {
  const memory = memories.get(ui.model.key);
  if (!memory || memory.count > ui.model.count) return;
  const { at, count, ...rest } = memory;
  Object.assign(ui, rest, { selected: memory.sent });
  relayout(ui);
  setMoment(ui, Math.min(at, ui.model.last));
  setSelectedPath(ui);
}

// How people want every canvas, kept by the browser; a page from disk may have no such memory.
export function keepChoice(name, value) {
  try {
    localStorage.setItem(`arbutus-${name}`, value);
  } catch {
    // Then it lasts as long as the page.
  }
}

export function keptChoice(name) {
  try {
    return localStorage.getItem(`arbutus-${name}`);
  } catch {
    return null;
  }
}
