// The tree as the browser holds it: the packed columns, plus who is whose child.

import { say } from "./say.js";

const ARRAYS = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, f4: Float32Array };
const PREFIX_BYTES = 48;

export const FINISH = { step: 0, end: 1, length: 2, error: 3 };
export const MARK = { none: 0, kept: 1, dropped: 2 };
export const KIND = { opened: 0, grown: 1, scored: 2, marked: 3, visited: 4, closed: 5 };

export function readPrefix(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  const digest = [0, 4, 8, 12].map((at) => view.getUint32(at, true).toString(16)).join("-");
  const [request, headerBytes, wishBytes] = [20, 32, 44].map((at) => view.getUint32(at, true));
  const [saidAt, wishedAt] = [24, 36].map((at) => view.getFloat64(at, true));
  return { digest, node: view.getInt32(16, true), request, saidAt, headerBytes, wishedAt, wishBytes };
}

export function readWish(bytes, wishBytes) {
  return JSON.parse(new TextDecoder().decode(bytes.subarray(bytes.length - wishBytes)));
}

export function decode(bytes, headerBytes) {
  const headerEnd = PREFIX_BYTES + headerBytes;
  const model = JSON.parse(new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, headerEnd)));
  // A copy, because typed arrays must start on a multiple of their item size.
  const body = bytes.slice(headerEnd).buffer;
  for (const [name, [kind, offset, length]] of Object.entries(model.arrays)) {
    model[name] = new ARRAYS[kind](body, offset, length);
  }
  model.count = model.parent.length;
  model.last = model.event_kind.length - 1;
  model.repeats = model.twin.reduce((count, twin) => count + (twin >= 0), 0);
  model.closedAt = model.event_kind.lastIndexOf(KIND.closed);
  return Object.assign(model, family(model.parent));
}

function family(parent) {
  const count = parent.length;
  const first = new Int32Array(count + 1);
  const below = new Int32Array(count);
  for (let i = count - 1; i > 0; i--) {
    first[parent[i] + 1]++;
    below[parent[i]] += below[i] + 1;
  }
  for (let i = 0; i < count; i++) first[i + 1] += first[i];
  const next = first.slice(0, count);
  const child = new Int32Array(Math.max(0, count - 1));
  for (let i = 1; i < count; i++) child[next[parent[i]]++] = i;
  return { first, child, below, order: readingOrder(first, child, count) };
}

// The place of each node when the tree is read from top to bottom, parents first.
function readingOrder(first, child, count) {
  const order = new Int32Array(count);
  const stack = [0];
  for (let place = 0; stack.length; place++) {
    const node = stack.pop();
    order[node] = place;
    for (let c = first[node + 1] - 1; c >= first[node]; c--) stack.push(child[c]);
  }
  return order;
}

export function children(model, node) {
  return model.child.subarray(model.first[node], model.first[node + 1]);
}

export function hasChildren(model, node) {
  return model.first[node + 1] > model.first[node];
}

export function pathTo(model, node) {
  const path = [];
  for (let i = node; i >= 0; i = model.parent[i]) path.push(i);
  return path.reverse();
}

// What is looked for in a step: whatever the case, and x² whether one types x2 or x^2.
export function foldOf(model, node) {
  if (node === 0) return folded(model.question);
  model.folds ??= [];
  return (model.folds[model.label[node]] ??= folded(labelOf(model, node)));
}

export function folded(text) {
  return text.normalize("NFKC").replace(/−/g, "-").replaceAll("^", "").toLowerCase();
}

export function labelOf(model, node) {
  return node === 0 ? model.question : model.labels[model.label[node]] || say(model, "(empty step)");
}
