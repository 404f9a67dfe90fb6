// The icicle by keyboard: arrow keys walk the blocks, Enter selects one. Streamlit calls the default export again at
// every change of data; the blocks that are drawn may be others then, and the keys stay on the same step.

const mounted = new WeakMap();
let made = 0;

export default function (component) {
  const stage = component.parentElement.querySelector(".blocks");
  const walk = mounted.get(stage) ?? mountOn(stage);
  const before = walk.selected;
  Object.assign(walk, component.data, { pick: (node) => component.setTriggerValue("picked", node) });
  // The keys go to what was selected elsewhere; what they have picked themselves comes back when they may have gone on.
  if (walk.selected !== before && walk.selected !== walk.picked) walk.here = walk.selected;
  stage.style.height = `${walk.height}px`;
  const same = walk.blocks[walk.at]?.node === walk.here;
  goTo(walk, same ? walk.at : placeOf(walk, walk.here));
}

function mountOn(stage) {
  const walk = { stage, item: stage.querySelector(".block"), told: stage.querySelector(".told"), at: 0, here: -1, selected: -1, picked: -1 };
  walk.item.id = `arbutus-block-${made++}`;
  stage.setAttribute("aria-activedescendant", walk.item.id);
  stage.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.altKey || event.metaKey || event.ctrlKey || !press(walk, event.key)) return;
    event.preventDefault();
  });
  mounted.set(stage, walk);
  return walk;
}

function placeOf({ blocks }, node) {
  return node < 0 ? 0 : Math.max(0, blocks.findIndex((block) => block.node === node));
}

function press(walk, key) {
  const { blocks, at } = walk;
  const to = {
    ArrowUp: () => blocks[at].parent,
    ArrowDown: () => blocks.findIndex((block) => block.parent === at),
    ArrowLeft: () => beside(walk, -1),
    ArrowRight: () => beside(walk, 1),
    Home: () => 0,
    End: () => placeOf(walk, walk.chosen),
    Enter: () => at,
    " ": () => at,
  };
  if (!Object.hasOwn(to, key)) return false;
  const place = to[key]();
  if (place >= 0) goTo(walk, place);
  if (key === "Enter" || key === " ") walk.pick((walk.picked = blocks[at].selects));
  return true;
}

// The next block of the same row, whoever it follows: blocks stand in the order of their rows, from left to right.
function beside({ blocks, at }, step) {
  return blocks[at + step]?.row === blocks[at].row ? at + step : -1;
}

function goTo(walk, at) {
  const { stage, item, told, blocks, margin, rowHeight, height } = walk;
  const block = blocks[at];
  Object.assign(walk, { at, here: block.node });
  const family = blocks.filter((other) => other.parent === block.parent);
  Object.assign(item.style, {
    left: `calc(${margin.l}px + (100% - ${margin.l + margin.r}px) * ${block.left} + 2px)`,
    width: `calc((100% - ${margin.l + margin.r}px) * ${block.width} - 4px)`,
    top: `${margin.t + block.row * rowHeight + 2}px`,
    height: `${rowHeight - 4}px`,
  });
  const attributes = {
    "aria-label": block.name, "aria-level": block.row + 1, "aria-posinset": family.indexOf(block) + 1,
    "aria-setsize": family.length, "aria-selected": block.node >= 0 && block.node === walk.selected,
  };
  for (const [name, value] of Object.entries(attributes)) item.setAttribute(name, value);
  told.textContent = block.name;
  const low = margin.t + (block.row + 1) * rowHeight + 6;
  const right = block.left > 0.6;
  Object.assign(told.style, {
    left: right ? "auto" : `calc(${margin.l}px + (100% - ${margin.l + margin.r}px) * ${block.left})`,
    right: right ? `calc((100% - ${margin.l + margin.r}px) * ${1 - block.left - block.width} + ${margin.r}px)` : "auto",
    top: low < height - 30 ? `${low}px` : "auto",
    bottom: low < height - 30 ? "auto" : `${height - (margin.t + block.row * rowHeight) + 6}px`,
  });
  Object.assign(stage.dataset, { node: block.node, row: block.row });
}
