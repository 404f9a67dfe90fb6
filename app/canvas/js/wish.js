// How the tree is looked at: what the page wishes, and what it is told of it.

import { fitAll, refilter, relayout, setColour, setMoment } from "./state.js";

const PAUSE = 400;

// Tells the page once nothing has moved for a while. Called with each picture, so it must cost next to nothing.
export function noteView(ui) {
  if (ui.playing) {
    clearTimeout(ui.tellLater);
    ui.viewNoted = "";
    return;
  }
  const now = viewOf(ui);
  if (now === ui.viewNoted) return;
  ui.viewNoted = now;
  clearTimeout(ui.tellLater);
  if (now !== ui.viewTold) ui.tellLater = setTimeout(() => tell(ui), PAUSE);
}

function tell(ui) {
  ui.viewTold = viewOf(ui);
  ui.tell(JSON.parse(ui.viewTold));
}

function viewOf(ui) {
  const { moment, colour, least, most, query, byTokens } = ui;
  const at = moment.live ? -1 : moment.at;
  return JSON.stringify({ moment: at, colour, filter: [least, most], query, by: byTokens ? "tokens" : "events" });
}

// A wish leaves alone what it doesn't name. What can't be fulfilled is told, like any other change.
export function adopt(ui, wish) {
  const { model } = ui;
  ui.playing = false;
  if (wish.colour !== undefined) setColour(ui, wish.colour);
  if (wish.filter !== undefined) [ui.least, ui.most] = wish.filter;
  if (wish.query !== undefined) ui.query = wish.query;
  if (wish.by !== undefined) ui.byTokens = wish.by === "tokens";
  if (wish.folded !== undefined) {
    ui.folded = new Set(wish.folded.filter((node) => node >= 0 && node < model.count));
    relayout(ui);
    if (!ui.touched) fitAll(ui);
  }
  if (wish.moment === undefined) refilter(ui);
  else setMoment(ui, wish.moment < 0 ? model.last : Math.min(wish.moment, model.last));
  clearTimeout(ui.tellLater);
  const { folded, ...told } = wish;
  ui.viewTold = JSON.stringify({ ...JSON.parse(viewOf(ui)), ...told });
}
