// Colours of the page's theme and of the scales, ready for a canvas.

const PAPER = "#ffffff";
const FADE = 0.58;

export function readTheme(host, scales) {
  const style = getComputedStyle(host);
  const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const background = rgb(read("--st-background-color", PAPER));
  const text = rgb(read("--st-text-color", "#262730"));
  const accent = rgb(read("--st-primary-color", "#b8322a"));
  const dark = luminance(background) < 0.25;
  return {
    background: css(background),
    surface: css(mix(background, text, dark ? 0.07 : 0.0)),
    line: css(mix(background, text, dark ? 0.3 : 0.22)),
    faintLine: css(mix(background, text, dark ? 0.17 : 0.12)),
    border: css(mix(background, text, dark ? 0.34 : 0.28)),
    strong: css(mix(background, text, 0.72)),
    text: css(text),
    muted: css(mix(background, text, 0.66)),
    onText: css(background),
    accent: css(accent),
    right: dark ? "#5fbf8f" : "#1c7a4d",
    wrong: dark ? "#f08a80" : "#b8322a",
    missing: css(mix(background, text, 0.16)),
    missingInk: css(mix(background, text, 0.85)),
    hatch: css(mix(background, text, 0.3)),
    font: read("--st-font", "sans-serif"),
    scales: Object.fromEntries(Object.entries(scales).map(([name, stops]) => [name, inkedScale(stops, background)])),
  };
}

// One entry a hundredth: the colour, the same faded into the page, and the ink that reads on each.
function inkedScale(stops, background) {
  return Array.from({ length: 101 }, (_, i) => {
    const full = colourAt(stops, i / 100);
    const faded = mix(full, background, FADE);
    return { full: css(full), ink: inkOn(full), faded: css(faded), fadedInk: inkOn(faded) };
  });
}

export function gradientOf(stops) {
  return `linear-gradient(90deg, ${stops.map(([at, colour]) => `${colour} ${at * 100}%`).join(", ")})`;
}

function colourAt(stops, place) {
  for (let i = 1; i < stops.length; i++) {
    const [low, a] = stops[i - 1];
    const [high, b] = stops[i];
    if (place <= high) return mix(rgb(a), rgb(b), (place - low) / (high - low));
  }
  return rgb(stops[stops.length - 1][1]);
}

function inkOn(colour) {
  const light = luminance(colour);
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

function mix(a, b, share) {
  return a.map((channel, i) => channel + (b[i] - channel) * share);
}

function css(colour) {
  return `rgb(${colour.map(Math.round).join(",")})`;
}

function rgb(text) {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(text)?.[1];
  if (hex) {
    const pairs = hex.length < 6 ? [...hex].map((c) => c + c) : hex.match(/../g);
    return pairs.slice(0, 3).map((pair) => parseInt(pair, 16));
  }
  const numbers = text.match(/[\d.]+/g);
  return numbers && numbers.length >= 3 ? numbers.slice(0, 3).map(Number) : [128, 128, 128];
}

function luminance(colour) {
  const [r, g, b] = colour.map((c) => {
    const share = c / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
