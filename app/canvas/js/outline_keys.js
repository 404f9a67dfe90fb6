// What fingers do in the outline: clicks, and the keys of a tree as WAI-ARIA has them, with its type-ahead.

import { isTyping, typedTo } from "./outline_find.js";
import { bornChildren } from "./outline_moment.js";
import { bringIntoSight, select, showMore, stopAt, toggle } from "./outline_state.js";

export function listenToList(outline) {
  const { list } = outline;
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=treeitem]");
    if (!item) return;
    if (item.dataset.more) return more(outline, item);
    const node = Number(item.dataset.node);
    if (event.target.closest(".twist, .hidden-steps") && item.hasAttribute("aria-expanded")) toggle(outline, node);
    else select(outline, node, "click");
    goTo(outline, outline.items.get(node), "click");
  });
  list.addEventListener("keydown", (event) => {
    const item = event.target.closest("[role=treeitem]");
    if (item && !event.altKey && !event.metaKey && !event.ctrlKey && key(outline, item, event.key)) event.preventDefault();
  });
}

function more(outline, item) {
  goTo(outline, showMore(outline, Number(item.dataset.more)), "walk");
}

// The selection follows the focus, as it does on the canvas.
function goTo(outline, item, how) {
  if (!item) return;
  stopAt(outline, item);
  item.focus({ preventScroll: true });
  if (how === "click") return;
  bringIntoSight(outline, item);
  if (item.dataset.node) select(outline, Number(item.dataset.node), how);
}

function key(outline, item, pressed) {
  const all = [...outline.list.querySelectorAll("[role=treeitem]")];
  const node = Number(item.dataset.node ?? -1);
  const open = item.getAttribute("aria-expanded");
  const walk = (to) => goTo(outline, to, "walk");
  // What is a key of the tree belongs to a word that one is typing; only the way to the field is always open.
  if ([...pressed].length === 1 && pressed !== "/" && (isTyping(outline) || !" *".includes(pressed))) {
    walk(typedTo(outline, all, item, pressed));
    return true;
  }
  const actions = {
    ArrowDown: () => walk(all[all.indexOf(item) + 1]),
    ArrowUp: () => walk(all[all.indexOf(item) - 1]),
    ArrowRight: () => (open === "false" ? toggle(outline, node) : walk(item.querySelector("[role=treeitem]"))),
    ArrowLeft: () => (open === "true" ? toggle(outline, node) : walk(item.parentElement.closest("[role=treeitem]"))),
    Home: () => walk(all[0]),
    End: () => walk(all.at(-1)),
    Enter: () => (item.dataset.more ? more(outline, item) : toggle(outline, node)),
    "*": () => expandSiblings(outline, node),
    "/": () => outline.query.focus(),
  };
  actions[" "] = actions.Enter;
  if (!Object.hasOwn(actions, pressed)) return false;
  actions[pressed]();
  return true;
}

function expandSiblings(outline, node) {
  if (node <= 0) return;
  const siblings = bornChildren(outline, outline.model.parent[node]);
  for (const sibling of siblings) if (outline.items.has(sibling)) toggle(outline, sibling, true);
}
