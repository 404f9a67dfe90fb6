// The row of the budget under the replay, and the strip of answers under its slider.

import { answerAt, answerWords, batchFrom, changeFrom, eventAt, shareAt, stretches, tokenWords, tokensAt } from "./budget.js";
import { describeEvent } from "./replay.js";
import { say } from "./say.js";
import { select } from "./state.js";

// Of pieces narrower than this share of the strip only the last is drawn: more than there are pixels would be slow.
const NARROWEST = 1 / 600;

export function listenToBudget(ui, parts, replay) {
  parts.by.addEventListener("change", () => {
    ui.byTokens = parts.by.value === "tokens";
    ui.invalidate();
  });
  parts.moment.addEventListener("input", () => {
    const value = +parts.moment.value;
    replay.goTo(runsByTokens(ui) ? eventAt(ui.model, value) : value);
  });
  parts.moment.addEventListener("keydown", (event) => {
    if (runsByTokens(ui) && !event.altKey && !event.metaKey && !event.ctrlKey && stepByTokens(ui, replay, event.key)) event.preventDefault();
  });
  parts.answer.addEventListener("click", () => {
    const { node } = answerAt(ui.model, ui.moment.at) ?? { node: -1 };
    if (node >= 0) select(ui, node, "walk");
  });
  replay.toChange = (step) => ui.model.answers_from === 0 && replay.goTo(changeFrom(ui.model, ui.moment.at, step));
  parts.before.addEventListener("click", () => replay.toChange(-1));
  parts.after.addEventListener("click", () => replay.toChange(1));
}

// By tokens a key goes on by a batch, or by a tenth of the budget: between two batches there is nothing to see.
function stepByTokens(ui, replay, pressed) {
  const { model, moment } = ui;
  const { all, total } = tokensAt(model, moment.at);
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 0.1, PageDown: -0.1 };
  const step = steps[pressed];
  if (step === undefined) return false;
  const batch = batchFrom(model, moment.at, step);
  const far = Math.abs(step) < 1 ? eventAt(model, all + step * total) : batch;
  replay.goTo(step > 0 ? Math.max(batch, far) : Math.min(batch, far));
  return true;
}

function runsByTokens(ui) {
  return ui.byTokens && tokensAt(ui.model, 0).total > 0;
}

export function syncBudget(ui, parts) {
  const { model, moment } = ui;
  const byTokens = runsByTokens(ui);
  const { all, total } = tokensAt(model, moment.at);
  parts.moment.max = byTokens ? total : model.last;
  parts.moment.value = byTokens ? all : moment.at;
  parts.moment.style.setProperty("--done", `${shareAt(model, moment.at, byTokens) * 100}%`);
  const { spent, parts: paid } = tokenWords(model, moment.at);
  const { before, text, truth } = answerWords(model, moment);
  parts.spent.textContent = spent;
  parts.paid.textContent = paid;
  parts.foresaid.textContent = before;
  parts.answer.hidden = !text;
  parts.answerText.textContent = text;
  parts.verdict.hidden = !truth;
  parts.verdict.className = `verdict truth ${truth}`;
  const judged = truth && `, ${say(model, truth === "right" ? "correct" : "wrong")}`;
  parts.answer.setAttribute("aria-label", say(model, "{answer}: go to this solution", { answer: `${text}${judged}` }));
  parts.by.value = byTokens ? "tokens" : "events";
  parts.by.hidden = !total;
  parts.budget.hidden = !spent && !before;
  const event = { at: moment.at, last: model.last, what: describeEvent(model, moment.at) };
  const said = [say(model, "event {at} of {last}: {what}", event), spent, `${before} ${text}${judged}`.trim()];
  parts.moment.setAttribute("aria-valuetext", said.filter(Boolean).join("; "));
  model.stretches ??= stretches(model);
  parts.changes.hidden = model.stretches.length < 1 || model.answers_from !== 0;
  drawStrip(ui, parts, byTokens);
}

// Drawn anew only for another tree or another scale.
function drawStrip({ model, digest }, parts, byTokens) {
  const says = `${digest}:${model.last}:${byTokens}`;
  if (parts.strip.dataset.says === says) return;
  parts.strip.dataset.says = says;
  const pieces = widePieces(model, byTokens);
  parts.strip.hidden = !pieces.length;
  parts.strip.replaceChildren(
    ...pieces.map(({ left, right, correct }) => {
      const piece = document.createElement("i");
      piece.className = correct < 0 ? "" : correct ? "right" : "wrong";
      Object.assign(piece.style, { left: `${left * 100}%`, width: `${(right - left) * 100}%` });
      return piece;
    }),
  );
}

function widePieces(model, byTokens) {
  const pieces = [];
  model.stretches.forEach(({ from, none, correct }, i) => {
    const [left, right] = [from, model.stretches[i + 1]?.from ?? model.last].map((at) => shareAt(model, at, byTokens));
    const before = pieces.at(-1);
    const start = before && before.right - before.left < NARROWEST ? pieces.pop().left : left;
    pieces.push({ left: start, right, none, correct });
  });
  return pieces.filter(({ none }) => !none);
}
