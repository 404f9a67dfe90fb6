// A tidy layout in leaf order: each leaf takes the next row, a parent the middle of its children.

const GAP_BETWEEN_FAMILIES = 0.4;

export function layout(model, folded) {
  const { count, parent, first, child, depth } = model;
  const row = new Float32Array(count).fill(NaN);
  const columns = [];
  const stack = [0];
  let next = 0;
  let family = -1;
  while (stack.length) {
    const node = stack.pop();
    (columns[depth[node]] ??= []).push(node);
    const open = first[node + 1] > first[node] && !folded.has(node);
    if (open) {
      row[node] = -1;
      for (let c = first[node + 1] - 1; c >= first[node]; c--) stack.push(child[c]);
    } else {
      if (family >= 0 && parent[node] !== family) next += GAP_BETWEEN_FAMILIES;
      family = parent[node];
      row[node] = next++;
    }
  }
  // Children have higher ids than their parent, so going down the ids meets them first.
  for (let node = count - 1; node >= 0; node--) {
    if (row[node] === -1) row[node] = (row[child[first[node]]] + row[child[first[node + 1] - 1]]) / 2;
  }
  return { row, columns: columns.map((ids) => Int32Array.from(ids)), rows: next };
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
