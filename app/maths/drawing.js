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

// What is wider than its place is scrolled, by the keyboard too. Fonts and the page's width change what that is.
function reach(place) {
  const scrolled = place.scrollWidth > place.clientWidth;
  for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", "A wide formula"]]) {
    if (scrolled) place.setAttribute(name, value);
    else place.removeAttribute(name);
  }
}

const sizes = new ResizeObserver((changes) => {
  for (const place of new Set(changes.map(({ target }) => target.closest(".maths")))) if (place) reach(place);
});

function drawFormulas(root) {
  for (const place of root.querySelectorAll(".maths[data-maths]")) {
    draw(place);
    if (place.matches(".display, .wide")) [place, ...place.children].forEach((element) => sizes.observe(element));
  }
}

// Before the next frame, so that nobody sees the source first.
function watchFormulas(root) {
  drawFormulas(root);
  const watch = new MutationObserver((changes) => changes.some((change) => change.addedNodes.length) && drawFormulas(root));
  watch.observe(root, { childList: true, subtree: true });
  return () => watch.disconnect();
}
