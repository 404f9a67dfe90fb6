// The words of the canvas. A page may send its own for the English ones (`words`); without them it speaks English.

const ATTRIBUTES = ["aria-label", "title", "placeholder"];

// A phrase in the page's language, with its {values}.
export function say({ words }, english, values = {}) {
  const said = words?.[english] ?? english;
  return said.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

// A phrase about one thing, or about {n} of them.
export function sayMany(model, n, one, many) {
  return say(model, n === 1 ? one : many, { n });
}

// What is written in the page from the start: gives what says it all again, in the words of a model.
export function speaker(section) {
  const written = [...textsOf(section), ...attributesOf(section)];
  return (model) => {
    section.lang = model.language ?? "en";
    for (const { english, write } of written) write(say(model, english));
  };
}

function* textsOf(section) {
  const walk = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const english = node.data.trim();
    if (english) yield { english, write: (said) => (node.data = said) };
  }
}

function* attributesOf(section) {
  for (const element of [section, ...section.querySelectorAll("*")]) {
    for (const name of ATTRIBUTES) {
      const english = element.getAttribute(name);
      if (english) yield { english, write: (said) => element.setAttribute(name, said) };
    }
  }
}
