// The autodiff stepper: z = x·y + sin x, forward and backward, step by step.

const LAST = 9;
const LIMIT = 6;
const PARAMS = {
  x: "x", y: "y", step: "step", wx: "watch_x", wy: "watch_y", p: "persistent",
};
const DEFAULTS = {
  x: 2, y: 3, step: LAST, watch_x: true, watch_y: true, persistent: false,
};

// ---- the function -------------------------------------------------------

// Values, local derivatives, contributions by path and gradients of
// z = x·y + sin x; null stands for GradientTape's None.
function evaluate(x, y, watchX = true, watchY = true) {
  const a = x * y;
  const b = Math.sin(x);
  const cosine = Math.cos(x);
  return {
    values: { x, y, a, b, z: a + b },
    local: { da_dx: y, da_dy: x, db_dx: cosine, dz_da: 1, dz_db: 1 },
    paths: {
      x_product: watchX ? y : null,
      x_sine: watchX ? cosine : null,
      y_product: watchY ? x : null,
    },
    gradients: {
      x: watchX ? y + cosine : null,
      y: watchY ? x : null,
      a: watchX || watchY ? 1 : null,
      b: watchX ? 1 : null,
      z: 1,
    },
  };
}

// Any state, from a URL or a hand-written attribute, as { state, notes }:
// a complete valid state and one sentence for each value that was mended.
function normalize(raw) {
  const limits = { min: -LIMIT, max: LIMIT };
  const number = (name, spec) =>
    cleanNumber(raw[name] ?? DEFAULTS[name], {
      name, fallback: DEFAULTS[name], ...spec,
    });
  const x = number("x", limits);
  const y = number("y", limits);
  const step = number("step", { min: 0, max: LAST, whole: true });
  const flag = (name) => cleanFlag(raw[name], DEFAULTS[name]);
  const state = {
    x: x.value, y: y.value, step: step.value,
    watch_x: flag("watch_x"), watch_y: flag("watch_y"),
    persistent: flag("persistent"),
  };
  return { state, notes: [x, y, step].map((n) => n.note).filter(Boolean) };
}

const evaluateState = (s) => evaluate(s.x, s.y, s.watch_x, s.watch_y);

// ---- the words ----------------------------------------------------------

// The same number where a sign would be misread, as in 3 + (−0.4161).
const signed = (value) =>
  fmt(value).startsWith("−") ? `(${fmt(value)})` : fmt(value);

function phase(step) {
  if (step === 0) return "Ready";
  return step <= 3 ? "Forward" : "Backward";
}

const SENTENCES = [
  ({ x, y }) =>
    `x is ${fmt(x)} and y is ${fmt(y)}. ` +
    "Press Step: the forward pass computes z, and the tape takes notes.",
  ({ x, y, v, g }) =>
    `a = x · y = ${signed(x)} · ${signed(y)} = ${fmt(v.a)}. ` +
    (g.a === null
      ? "Neither input is watched, so the tape records nothing."
      : "The tape records a product and keeps its factors."),
  ({ x, v, g }) =>
    `b = sin x = sin ${signed(x)} = ${fmt(v.b)}. ` +
    (g.b === null
      ? "x is not watched, so the tape does not record the sine."
      : "The tape records a sine and keeps x."),
  ({ v }) =>
    `z = a + b = ${signed(v.a)} + ${signed(v.b)} = ${fmt(v.z)}. ` +
    "The values are stored; no gradient is known yet.",
  () =>
    "gradient() walks the tape in reverse. It starts from the seed " +
    "dz/dz = 1: z changes exactly as much as itself.",
  ({ g }) =>
    g.a === null
      ? "The tape is empty: no gradient reaches a."
      : "A sum passes the gradient on unchanged: dz/da = 1 · 1 = 1.",
  ({ g }) =>
    g.b === null
      ? "The sine is not on the tape: no gradient reaches b."
      : "The same sum passes it to b as well: dz/db = 1 · 1 = 1.",
  ({ x, y, p }) => productSentence(x, y, p),
  ({ p }) =>
    p.x_sine === null
      ? "x is not watched: the sine path sends nothing."
      : "The sine sends the gradient times cos x: " +
        `1 · ${signed(p.x_sine)} = ${fmt(p.x_sine)} to x, a second path.`,
  ({ p, g }) => sumSentence(p, g),
];

function productSentence(x, y, paths) {
  const parts = [];
  if (paths.x_product !== null) {
    parts.push(`1 · y = ${fmt(y)} to x`);
  }
  if (paths.y_product !== null) parts.push(`1 · x = ${fmt(x)} to y`);
  if (!parts.length) return "Nothing was recorded: the product sends nothing.";
  const shares = parts.join(", ");
  const sent = `The product sends each input the other one: ${shares}.`;
  return paths.y_product === null
    ? `${sent} y is not watched: its gradient is None, not 0.`
    : `${sent} y has this one path, so dz/dy = ${fmt(x)}.`;
}

function sumSentence(paths, gradients) {
  if (gradients.x === null) {
    return "x is not watched: dz/dx is None, not 0. Nothing was measured.";
  }
  const { x_product: product, x_sine: sine } = paths;
  const sum = `${signed(product)} + ${signed(sine)} = ${fmt(gradients.x)}`;
  const silent = fmt(sine) === "0";
  const opposed = product * sine < 0 && fmt(product) !== "0";
  const remark = silent
    ? " Here the sine path adds nothing."
    : opposed ? " Here the paths pull in opposite directions." : "";
  return `Two paths reach x, and x sums them: dz/dx = ${sum}.${remark}`;
}

// What happens at this step, as one or two short sentences.
function sentence(state) {
  const { values, paths, gradients } = evaluateState(state);
  return SENTENCES[state.step]({
    x: state.x, y: state.y, v: values, p: paths, g: gradients,
  });
}

function againSentence(state) {
  if (!state.persistent) {
    return (
      "RuntimeError: A non-persistent GradientTape can only be used to " +
      "compute one set of gradients (or jacobians)."
    );
  }
  const { x, y } = evaluateState(state).gradients;
  const text = (g) => (g === null ? "None" : fmt(g));
  return (
    "The second call gives the same: " +
    `dz/dx = ${text(x)}, dz/dy = ${text(y)}. ` +
    "A persistent tape keeps its records until you delete it."
  );
}

// ---- the tape's program ---------------------------------------------------

// A float as Python's repr shows it, to four decimals.
function literal(value) {
  const text = String(Number(value.toFixed(4)) || 0);
  return text.includes(".") ? text : `${text}.0`;
}

function watchLine({ watch_x: x, watch_y: y }) {
  if (x && y) return "tape.watch([x, y])";
  if (x || y) return `tape.watch(${x ? "x" : "y"})`;
  return "# nothing is watched";
}

// [line, steps that run it, steps whose gradient it answers for]
function listing(state, again = false) {
  const call = "tape.gradient(z, [x, y])";
  return [
    [`x = tf.constant(${literal(state.x)})`, [0], []],
    [`y = tf.constant(${literal(state.y)})`, [0], []],
    ["with tf.GradientTape(", [], []],
    [`    persistent=${state.persistent ? "True" : "False"}`, [], []],
    [") as tape:", [], []],
    [`    ${watchLine(state)}`, [], []],
    ["    a = x * y", [1], [7]],
    ["    b = tf.sin(x)", [2], [8]],
    ["    z = a + b", [3], [4, 5, 6]],
    [`dx, dy = ${call}`, again ? [] : [4, 5, 6, 7, 8, 9], []],
    [again ? `dx, dy = ${call}` : "", again ? [state.step] : [], []],
  ];
}

function listingHtml(state, again) {
  const mark = (now, also) => {
    if (now.includes(state.step)) return "fb-now";
    return also.includes(state.step) ? "fb-also" : "";
  };
  return programHtml(listing(state, again)
    .map(([line, now, also]) => [line, mark(now, also)]));
}

// ---- the picture ----------------------------------------------------------

const WIDTH = 360;
const HEIGHT = 404;

// reach: the step that computes the value; back: the one that brings the
// gradient.
const NODES = {
  x: { at: [4, 4, 164, 90], title: "x", reach: 0, back: 9, color: "green" },
  y: { at: [192, 4, 164, 90], title: "y", reach: 0, back: 7, color: "orange" },
  b: {
    at: [4, 198, 164, 62], title: "b = sin x", reach: 2, back: 6,
    color: "blue",
  },
  a: {
    at: [192, 198, 164, 62], title: "a = x · y", reach: 1, back: 5,
    color: "orange",
  },
  z: {
    at: [86, 338, 188, 62], title: "z = a + b", reach: 3, back: 4,
    color: "purple",
  },
};

// from: end at the input, to: end at the result, mid: center of the label.
const EDGES = [
  {
    from: [62, 94], to: [62, 198], label: "∂b/∂x = cos x", color: "blue",
    reach: 2, back: 8, local: "db_dx", sends: (e) => e.paths.x_sine,
  },
  {
    from: [140, 94], to: [220, 198], label: "∂a/∂x = y", color: "orange",
    reach: 1, back: 7, local: "da_dx", sends: (e) => e.paths.x_product,
  },
  {
    from: [298, 94], to: [298, 198], label: "∂a/∂y = x", color: "orange",
    reach: 1, back: 7, local: "da_dy", sends: (e) => e.paths.y_product,
  },
  {
    from: [84, 260], to: [136, 338], label: "∂z/∂b", color: "blue",
    reach: 3, back: 6, local: "dz_db", sends: (e) => e.gradients.b,
  },
  {
    from: [276, 260], to: [224, 338], label: "∂z/∂a", color: "orange",
    reach: 3, back: 5, local: "dz_da", sends: (e) => e.gradients.a,
  },
];

// Single letters and differentials in italics, the rest upright.
const math = (text) =>
  text.replace(
    /\b(d[abxyz]|[abxyz])\b/g,
    '<tspan font-style="italic" font-family="Georgia,serif">$1</tspan>',
  );

const label = (x, y, text, attributes = {}) =>
  tag("text", { x, y, "font-size": 13, ...attributes }, math(text));

const pillWidth = (text) => text.length * 7.8 + 13;

// A number in a rounded box whose right end (or center) stands at x.
function pill(x, y, text, { color, filled, centered = false }) {
  const width = pillWidth(text);
  const left = centered ? x - width / 2 : x - width;
  const box = {
    x: left.toFixed(1), y: y - 15, width: width.toFixed(1), height: 21, rx: 7,
    ...paint("fill", filled ? color : "ink"),
    "fill-opacity": filled ? 0.2 : 0.05,
  };
  const place = (left + width / 2).toFixed(1);
  const weight = { ...middle, "font-weight": filled ? 600 : undefined };
  return tag("rect", box) + label(place, y, text, weight);
}

function arrowHead([x, y], [dx, dy], color) {
  const size = 7;
  const length = Math.hypot(dx, dy);
  const [ux, uy] = [(dx / length) * size, (dy / length) * size];
  const corner = (side) =>
    `${(x - ux + side * uy * 0.55).toFixed(1)} ` +
    `${(y - uy - side * ux * 0.55).toFixed(1)}`;
  const d = `M${x} ${y}L${corner(1)}L${corner(-1)}Z`;
  return tag("path", { d, ...paint("fill", color), stroke: "none" });
}

// The edge in two pieces, above and below its label; drawn downward while
// values flow, upward in its path's color once a gradient has come back.
function edgeSvg(edge, state, e) {
  const { from, to, reach, back } = edge;
  const sent = edge.sends(e);
  const returned = state.step >= back && sent !== null;
  const reached = state.step >= reach;
  const slope = (to[0] - from[0]) / (to[1] - from[1]);
  const middleY = (from[1] + to[1]) / 2;
  const middleX = (from[0] + to[0]) / 2;
  const xAt = (y) => Number((from[0] + slope * (y - from[1])).toFixed(1));
  const [above, below] = [middleY - 24, middleY + 22];
  const pieces = [
    [from, [xAt(above), above]],
    [[xAt(below), below], to],
  ];
  const color = returned ? edge.color : "ink";
  const active = state.step === (state.step > 3 ? back : reach);
  const line = pieces
    .map(([p, q]) => (returned ? [q, p] : [p, q]))
    .map(([p, q]) => tag("path", { d: `M${p}L${q}`, pathLength: 1 }))
    .join("");
  const group = {
    class: active ? "fb-active" : undefined,
    fill: "none", ...paint("stroke", color),
    "stroke-width": returned ? 2.5 : 1.5,
    "stroke-opacity": returned || reached ? 1 : 0.35,
  };
  const down = [to[0] - from[0], to[1] - from[1]];
  const tip = returned
    ? arrowHead(from, [-down[0], -down[1]], color)
    : reached ? arrowHead(to, down, color) : "";
  const value = reached
    ? pill(middleX, middleY + 14, fmt(e.local[edge.local]), {
        color: edge.color, filled: returned, centered: true,
      })
    : "";
  return (
    tag("g", group, line) + tip +
    label(middleX, middleY - 9, edge.label, { ...middle, ...quiet }) + value
  );
}

// The line between value and gradient of an input: what its paths brought,
// each share in its path's color, ending at x = end.
function pathsSvg(name, state, e, end, y) {
  const note = (text) => label(end - 3, y, text, { ...right, ...quiet });
  if (!state[`watch_${name}`]) return note("not watched");
  if (state.step < 7) return "";
  if (name === "y") return note("one path");
  const product = fmt(e.paths.x_product);
  const sine = state.step >= 8 ? fmt(e.paths.x_sine) : "…";
  const box = (at, text, color) => pill(at, y, text, { color, filled: true });
  const plus = end - pillWidth(sine) - 2;
  return (
    box(plus - 16, product, "orange") + label(plus - 3, y, "+", right) +
    (sine === "…" ? note(sine) : box(end, sine, "blue"))
  );
}

function gradientText(name, state, e) {
  if (state.step < NODES[name].back) return "";
  const gradient = e.gradients[name];
  return gradient === null ? "None" : fmt(gradient);
}

function nodeSvg(name, state, e) {
  const { at: [x, y, width, height], title, reach, back, color } = NODES[name];
  const input = name === "x" || name === "y";
  const off = e.gradients[name] === null;
  const active = state.step > 0
    && state.step === (state.step > 3 ? back : reach);
  const gradient = gradientText(name, state, e);
  const outline = active && !off ? color : "ink";
  const box = tag("rect", {
    class: active ? "fb-active" : undefined,
    x, y, width, height, rx: 10, fill: "currentColor", "fill-opacity": 0.03,
    ...paint("stroke", outline),
    "stroke-width": active ? 2.5 : 1.2,
    "stroke-opacity": active ? (off ? 0.7 : 1) : 0.4,
    "stroke-dasharray": off ? "5 4" : undefined,
  });
  const value = state.step >= reach ? fmt(e.values[name]) : "";
  const [start, end, low] = [x + 11, x + width - 7, y + height - 14];
  const big = { "font-size": 16 };
  const bold = { ...big, ...right, "font-weight": 600 };
  return (
    box +
    label(start, y + 25, title, big) +
    label(end - 4, y + 25, value, bold) +
    (input ? pathsSvg(name, state, e, end, y + 50) : "") +
    label(start, low, `dz/d${name}`, { ...quiet, "font-size": 14 }) +
    (gradient && pill(end, low, gradient, { color, filled: !off }))
  );
}

// The whole picture of a state as one self-contained SVG element.
function frame(state) {
  const e = evaluateState(state);
  const edges = EDGES.map((edge) => edgeSvg(edge, state, e)).join("");
  const nodes = Object.keys(NODES).map((n) => nodeSvg(n, state, e)).join("");
  const said = describe(state);
  return drawing({ width: WIDTH, height: HEIGHT, said }, edges + nodes);
}

// The picture in words: every value and gradient that it shows.
function describe(state) {
  const e = evaluateState(state);
  const said = Object.entries(NODES)
    .filter(([, node]) => state.step >= node.reach)
    .map(([name]) => {
      const gradient = gradientText(name, state, e);
      const rest = gradient ? ` with gradient ${gradient}` : "";
      return `${name} = ${fmt(e.values[name])}${rest}`;
    });
  const graph = "Graph of z = x·y + sin x: x and y feed a = x·y, "
    + "x feeds b = sin x, a and b add up to z. ";
  return `${graph}${said.join("; ")}.`;
}

// ---- the numbers as a table -----------------------------------------------

function table(state) {
  const e = evaluateState(state);
  const nodes = ["x", "y", "a", "b", "z"].map((name) => [
    name,
    state.step >= NODES[name].reach ? fmt(e.values[name]) : "not yet",
    gradientText(name, state, e) || "not yet",
  ]);
  const edges = EDGES.map((edge) => {
    const sent = edge.sends(e);
    const share = sent === null ? "nothing" : fmt(sent);
    return [
      edge.label.split(" ")[0],
      state.step >= edge.reach ? fmt(e.local[edge.local]) : "not yet",
      state.step >= edge.back ? share : "not yet",
    ];
  });
  return {
    head: [
      "Node or edge", "Value or local derivative",
      "Gradient or share sent back",
    ],
    rows: [...nodes, ...edges],
  };
}

// ---- the still: what a page, a PDF or an e-book shows without a script ----

const TITLE = "Autodiff stepper: z = x·y + sin x";

function caption() {
  const { values: v, gradients: g, paths: p } = evaluateState(DEFAULTS);
  return (
    `z = x·y + sin x at x = ${fmt(DEFAULTS.x)}, y = ${fmt(DEFAULTS.y)}. ` +
    `Down, the forward pass stores a = ${fmt(v.a)}, b = ${fmt(v.b)} and ` +
    `z = ${fmt(v.z)}. Up, the backward pass starts from dz/dz = 1 and ` +
    "multiplies by the local derivative on each edge. Two paths come back " +
    `to x: the product sends ${fmt(p.x_product)}, the sine sends ` +
    `${fmt(p.x_sine)}, and their sum is dz/dx = ${fmt(g.x)}. One path comes ` +
    `back to y: dz/dy = ${fmt(g.y)}.`
  );
}

// ---- the live view --------------------------------------------------------

function render({ model, el }) {
  const names = Object.values(PARAMS);
  const read = () => Object.fromEntries(names.map((n) => [n, model.get(n)]));
  const initial = model.get("initial") ?? read();
  const panel = stepPanel("The same computation with tf.GradientTape");
  const { say, code } = panel;
  const stage = make("div", {
    class: "fb-stage", tabindex: "0", role: "group",
    "aria-label": `The graph, step by step. ${KEY_HINT}`,
  });
  const numbers = make("table");

  // notice replaces the step's sentence; again marks a second gradient().
  function draw({ notice = "", again = false, moved = false } = {}) {
    const state = read();
    stage.innerHTML = frame(state);
    stage.classList.toggle("fb-moved", moved);
    code.innerHTML = listingHtml(state, again);
    numbers.innerHTML = tableHtml(table(state));
    const count = `step ${state.step} of ${LAST}`;
    panel.heading.textContent = `${phase(state.step)} · ${count}`;
    panel.show(state.step, LAST, 4);
    say.textContent = notice || sentence(state);
    say.classList.toggle("fb-error", again && !state.persistent);
    xControl.set(state.x);
    yControl.set(state.y);
    watchX.set(state.watch_x);
    watchY.set(state.watch_y);
    persistent.set(state.persistent);
  }

  const followed = follow(model, names, draw);
  const update = (patch, shown) => {
    followed.write(patch);
    draw(shown);
  };
  const { actions, act, buttons, stop } = stepping({
    at: () => model.get("step"),
    last: () => LAST,
    goTo: (step) => update({ step: clamp(step, 0, LAST) }, { moved: true }),
    reset: () =>
      update({ ...initial, step: 0 }, {
        notice: `Back to x = ${fmt(initial.x)}, y = ${fmt(initial.y)}, `
          + "before the first step. Press Step.",
      }),
  });

  const settings = { min: -LIMIT, max: LIMIT, step: 0.1 };
  const xControl = numberControl({ name: "x", ...settings }, (x, notice) =>
    update({ x }, { notice }));
  const yControl = numberControl({ name: "y", ...settings }, (y, notice) =>
    update({ y }, { notice }));
  const flag = (name, label) =>
    checkbox(label, (on) => update({ [name]: on }));
  const watchX = flag("watch_x", "watch x");
  const watchY = flag("watch_y", "watch y");
  const persistent = flag("persistent", "persistent");
  const preset = button("x = π/2", act(() => update({ x: Math.PI / 2 })), {
    title: "There cos x = 0: the sine path sends nothing",
  });
  const ask = button("Call gradient() again", act(() =>
    update({ step: LAST }, { notice: againSentence(read()), again: true })));

  const root = make(
    "div",
    { class: "fb-live", role: "group", "aria-label": TITLE },
    group(
      "fb-inputs",
      group("fb-input", xControl.element,
        group("fb-row", watchX.element, preset)),
      group("fb-input", yControl.element, group("fb-row", watchY.element)),
    ),
    group(
      "fb-scene",
      stage,
      group("fb-panel", buttons, panel.progress, say, code),
      group("fb-row fb-again", persistent.element, ask),
      make("p", { class: "fb-hint", "aria-hidden": "true" }, KEY_HINT),
    ),
    make("details", {},
      make("summary", {}, "The same numbers as a table"), numbers),
  );
  bindKeys(root, stage, actions);
  draw({ notice: model.get("notice") });
  el.append(root);
  return () => {
    stop();
    followed.stop();
  };
}

export default {
  render, frame, evaluate, normalize, sentence, table, caption,
  title: TITLE, defaults: DEFAULTS, params: PARAMS, steps: LAST,
};
