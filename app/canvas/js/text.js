// Text that fits. Measuring is slow, so what was cut is remembered, by font.

const MOST_REMEMBERED = 20000;
// Of a sentence that must be cut, its sum says most.
const SUM = /\d[\d./]* [-+×÷*/] \d[\d./]* = -?\d[\d./]*/;
// A space at which a line may end: none beside a sign, so that a sum stays on one line.
const BREAK = /(?<! [-+×÷*/=]) (?![-+×÷*/=] )/;

export function newTextFitter() {
  return new Map();
}

// `text` on at most `lines` lines of `width`, the last one ending in … if something is left out.
export function fitText(fitter, context, text, width, lines) {
  const key = `${context.font}/${Math.round(width / 4)}/${lines}/${text}`;
  let found = fitter.get(key);
  if (!found) {
    found = lines > 1 ? wrap(context, text, width, lines) : [shorten(context, text, width)];
    if (fitter.size > MOST_REMEMBERED) fitter.clear();
    fitter.set(key, found);
  }
  return found;
}

function shorten(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  // Half of what stands in brackets says nothing, or the wrong thing.
  const bracket = text.lastIndexOf(" (");
  const before = `${text.slice(0, bracket)} …`;
  if (bracket > 0 && context.measureText(before).width <= width) return before;
  const sum = SUM.exec(text);
  const alone = sum && `${sum.index ? "… " : ""}${sum[0].replace(/[./]$/, "")}`;
  if (sum && context.measureText(alone).width <= width) return alone;
  let low = 0;
  let high = Math.min(text.length, 200);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(text.slice(0, middle) + "…").width <= width) low = middle;
    else high = middle - 1;
  }
  return low > 0 ? text.slice(0, low).trimEnd() + "…" : "";
}

function wrap(context, text, width, lines) {
  const fits = (part) => context.measureText(part).width <= width;
  let words = text.slice(0, 400).split(BREAK).flatMap((part) => (fits(part) ? [part] : part.split(" ")));
  const out = [];
  while (words.length && out.length < lines - 1) {
    let line = words.shift();
    while (words.length && fits(`${line} ${words[0]}`)) line += ` ${words.shift()}`;
    // What stands in brackets stays together if one line can hold it.
    const bracket = line.lastIndexOf(" (");
    const rest = [line.slice(bracket + 1), ...words];
    if (words.length && bracket > 0 && !line.includes(")", bracket) && fits(rest.join(" "))) {
      [line, words] = [line.slice(0, bracket), rest];
    }
    out.push(shorten(context, line, width));
  }
  if (words.length) out.push(shorten(context, words.join(" "), width));
  return out;
}
