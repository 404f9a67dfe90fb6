// A tidy layout after Reingold and Tilford (1981): a parent is the middle of its children, and
// subtrees lie as close as their outlines allow, so a column of steps fills up whatever comes after.

const BETWEEN_SIBLINGS = 1;
const BETWEEN_FAMILIES = 1.4;

// Nodes in `folded` are shown without what is below them; `isHidden` tells which others aren't shown.
export function layout(model, folded, isHidden) {
  const { parent, first, child, depth } = model;
  const visible = inReadingOrder(model, folded, isHidden);
  const row = new Float32Array(model.count).fill(NaN);
  const shift = new Float32Array(model.count);
  const outlines = new Array(model.count);
  for (let i = visible.length - 1; i >= 0; i--) {
    const node = visible[i];
    const children = folded.has(node) ? [] : child.subarray(first[node], first[node + 1]).filter((c) => !isHidden(c));
    outlines[node] = placeChildren(children, shift, outlines);
  }
  const columns = [];
  for (const node of visible) {
    row[node] = shift[node] + (node === 0 ? 0 : row[parent[node]]);
    (columns[depth[node]] ??= []).push(node);
  }
  const { top, bottom } = outlines[0];
  const highest = Math.min(...top);
  for (const node of visible) row[node] -= highest;
  return { row, columns, room: roomOf(columns, row), rows: Math.max(...bottom) - highest + 1 };
}

// How many rows each node has to itself in its column: a lonely one may be drawn large when all else is small.
function roomOf(columns, row) {
  const room = new Float32Array(row.length).fill(Infinity);
  for (const ids of columns) {
    for (let i = 1; i < ids.length; i++) {
      const gap = row[ids[i]] - row[ids[i - 1]];
      room[ids[i - 1]] = Math.min(room[ids[i - 1]], gap);
      room[ids[i]] = gap;
    }
  }
  return room;
}

function inReadingOrder({ first, child }, folded, isHidden) {
  const visible = [];
  const stack = [0];
  while (stack.length) {
    const node = stack.pop();
    visible.push(node);
    if (folded.has(node)) continue;
    for (let c = first[node + 1] - 1; c >= first[node]; c--) if (!isHidden(child[c])) stack.push(child[c]);
  }
  return visible;
}

// Sets the shift of each child against its parent; gives the outline of the whole: for each level below
// the parent, and for its own, the first and the last row taken.
function placeChildren(children, shift, outlines) {
  const top = [0];
  const bottom = [0];
  if (!children.length) return { top, bottom };
  let family = null;
  for (const node of children) {
    const own = outlines[node];
    outlines[node] = null;
    shift[node] = family ? roomAfter(family, own) : 0;
    family = family ? join(family, own, shift[node]) : own;
  }
  const middle = shift[children[children.length - 1]] / 2;
  for (const node of children) shift[node] -= middle;
  for (let level = 0; level < family.top.length; level++) {
    top.push(family.top[level] - middle);
    bottom.push(family.bottom[level] - middle);
  }
  return { top, bottom };
}

function roomAfter(above, below) {
  let room = above.bottom[0] + BETWEEN_SIBLINGS - below.top[0];
  for (let level = 1; level < Math.min(above.bottom.length, below.top.length); level++) {
    room = Math.max(room, above.bottom[level] + BETWEEN_FAMILIES - below.top[level]);
  }
  return room;
}

function join(above, below, room) {
  for (let level = 0; level < below.top.length; level++) {
    above.bottom[level] = below.bottom[level] + room;
    if (level >= above.top.length) above.top.push(below.top[level] + room);
  }
  return above;
}

export function isLaidOut(plan, node) {
  return !Number.isNaN(plan.row[node]);
}

// The first index in 0…length at which `holds` is true; it must stay true from there on.
export function firstWhere(length, holds) {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
