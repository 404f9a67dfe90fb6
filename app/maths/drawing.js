// Draws the formulas of a page: what Python wrote of them is built anew, element by element. Nothing is read as markup.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const ELEMENTS = new Set("$ELEMENTS".split(" "));
const ATTRIBUTES = new Set("$ATTRIBUTES".split(" "));

function built([name, attributes, ...children]) {
  if (!ELEMENTS.has(name)) throw new TypeError("no element of a formula");
  const element = document.createElementNS(MATHML, name);
  for (const [key, value] of Object.entries(attributes)) if (ATTRIBUTES.has(key)) element.setAttribute(key, value);
  element.append(...children.map((child) => (typeof child === "string" ? child : built(child))));
  return element;
}

function draw(place) {
  try {
    const pieces = JSON.parse(place.dataset.maths).map(built);
    place.replaceChildren(...pieces.flatMap((piece, i) => (i ? [document.createElement("wbr"), piece] : [piece])));
  } catch {
    // An attribute that isn't ours: the source stays where it is.
  }
  place.removeAttribute("data-maths");
}

function drawFormulas(root) {
  root.querySelectorAll(".maths[data-maths]").forEach(draw);
}

// Before the next frame, so that nobody sees the source first.
function watchFormulas(root) {
  drawFormulas(root);
  const watch = new MutationObserver((changes) => changes.some((change) => change.addedNodes.length) && drawFormulas(root));
  watch.observe(root, { childList: true, subtree: true });
  return () => watch.disconnect();
}
