// A page of one tree: the canvas as Streamlit would run it, and the inspector of the node that is picked.

const bytesOf = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

async function inflated(text) {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

const tree = bytesOf(DATA.tree);
const place = document.getElementById("inspector");
const invitation = place.innerHTML;
const opened = new Map();
let latest = 0;

// Groups are opened when they are needed, and the texts with the first of them.
function open(group) {
  if (!opened.has(group)) opened.set(group, inflated(group < 0 ? DATA.texts : DATA.inspectors[group]));
  return opened.get(group);
}

async function show(node) {
  const turn = ++latest;
  const [texts, inspectors] = node < 0 ? [] : await Promise.all([open(-1), open(Math.floor(node / DATA.group))]);
  if (turn !== latest) return;
  const written = node < 0 ? invitation : inspectors[node % DATA.group];
  place.innerHTML = written.replace(/\ue000(\d+)\ue001/g, (_, number) => texts[number] ?? "");
  place.dataset.node = node;
  history.replaceState(null, "", node < 0 ? "#" : `#node=${node}`);
}

// The canvas is asked for the node of the address as Streamlit would ask: see the message's prefix in app/canvas/pack.py.
const wanted = Number(/^#node=(\d{1,9})$/.exec(location.hash)?.[1] ?? -1);
if (wanted >= 0 && wanted < DATA.group * DATA.inspectors.length) {
  const prefix = new DataView(tree.buffer);
  prefix.setInt32(16, wanted, true);
  prefix.setUint32(20, 1, true);
  show(wanted).catch(() => show(-1));
}

// In a root of its own, as Streamlit puts it: the styles of the canvas and of the page know nothing of each other.
const root = document.getElementById("canvas").attachShadow({ mode: "open" });
root.append(document.getElementById("canvas-parts").content);

const component = {
  data: tree,
  parentElement: root,
  setTriggerValue: (name, value) => name === "picked" && show(value),
  setStateValue: () => {},
};
drawTree(component);
watchFormulas(document.querySelector("main"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawTree(component));
