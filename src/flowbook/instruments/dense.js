// The Dense-stack counter: parameters, and the memory to train them.

const LIMIT = 4096; // of inputs, units and batch
const MOST = 8; // layers
const LAST = 6; // kernels, biases; weights, gradients, slots, activations
const PARAMS = {
  i: "inputs", u: "units", b: "use_bias", o: "optimizer", p: "policy",
  n: "batch", step: "step",
};
const DEFAULTS = {
  inputs: 784, units: [128, 10], use_bias: true, optimizer: "adam",
  policy: "float32", batch: 32, step: LAST,
};

// By name: how people write it, and how many slots a parameter gets.
const OPTIMIZERS = {
  sgd: ["SGD", 0],
  momentum: ["SGD, momentum 0.9", 1],
  rmsprop: ["RMSprop", 1],
  adam: ["Adam", 2],
  adamw: ["AdamW", 2],
};

// By name: the dtypes of variables and of computation, and the scalars that
// an optimizer keeps besides its slots, as [number, bytes]: its step (int64)
// and rate (float32); Keras wraps it for float16 in a LossScaleOptimizer,
// which has a step and a rate of its own, a counter and the scale.
const POLICIES = {
  float32: ["float32", "float32", [2, 12]],
  mixed_bfloat16: ["float32", "bfloat16", [2, 12]],
  bfloat16: ["bfloat16", "bfloat16", [2, 12]],
  mixed_float16: ["float32", "float16", [6, 36]],
};

const PRESETS = [
  ["784 → 128 → 10", 784, [128, 10]],
  ["32 → 64 → 64 → 10", 32, [64, 64, 10]],
  ["32 → 64 without bias", 32, [64], false],
  ["784 → 7 × 128 → 10", 784, [...Array(7).fill(128), 10]],
  ["784 → 2 × 4,096 → 10", 784, [LIMIT, LIMIT, 10]],
];

const width = (dtype) => (dtype === "float32" ? 4 : 2); // bytes of a value
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

// ---- the count ------------------------------------------------------------

// How many numbers a stack of Dense layers holds, and their bytes while it
// is trained. slots: what the optimizer keeps for the parameters;
// optimizer: these and its scalars; activations: an estimate, the input and
// each layer's output for one batch.
function cost(inputs, units, useBias, optimizer, policy, batch) {
  const [stored, computed, [scalars, scalarBytes]] = POLICIES[policy];
  const sizes = [inputs, ...units];
  const layers = units.map((wide, index) => {
    const kernel = sizes[index] * wide;
    const bias = useBias ? wide : 0;
    return { kernel, bias, parameters: kernel + bias };
  });
  const parameters = sum(layers.map((layer) => layer.parameters));
  const slots = OPTIMIZERS[optimizer][1] * parameters;
  const activations = batch * sum(sizes);
  const bytes = {
    weights: parameters * width(stored),
    gradients: parameters * width(stored),
    slots: slots * width(stored),
    activations: activations * width(computed),
  };
  return {
    layers, parameters, slots, activations, bytes,
    optimizer: slots + scalars,
    optimizer_bytes: bytes.slots + scalarBytes,
    total: sum(Object.values(bytes)),
  };
}

const costOf = (state, change) => {
  const s = { ...state, ...change };
  return cost(
    s.inputs, s.units, s.use_bias, s.optimizer, s.policy, s.batch);
};

// ---- a state --------------------------------------------------------------

// The units of a stack from a list or from text such as "128,10".
function cleanUnits(raw) {
  const given = (Array.isArray(raw) ? raw : String(raw).split(","))
    .filter((unit) => String(unit).trim() !== "");
  const notes = [];
  if (!given.length) {
    notes.push("The stack had no layers, so it is the first one again.");
    return { units: DEFAULTS.units, notes };
  }
  if (given.length > MOST) {
    const { length } = given;
    notes.push(`A stack holds ${MOST} layers: ${length} became ${MOST}.`);
  }
  const units = given.slice(0, MOST).map((unit, index) => {
    const { value, note } = cleanNumber(unit, {
      name: `layer ${index + 1}`, min: 1, max: LIMIT, fallback: 10,
      whole: true,
    });
    if (note) notes.push(note);
    return value;
  });
  return { units, notes };
}

// Any state, from a URL or a hand-written attribute, as { state, notes }:
// a complete valid state and a sentence for each value that was mended.
function normalize(raw) {
  const given = { ...DEFAULTS, ...raw };
  const { units, notes } = cleanUnits(given.units);
  const state = { ...DEFAULTS, units: [...units] };
  const keep = (name, { value, note }) => {
    state[name] = value;
    if (note) notes.push(note);
  };
  const number = (name, min, max) =>
    keep(name, cleanNumber(given[name], {
      name, min, max, fallback: DEFAULTS[name], whole: true,
    }));
  const choice = (name, choices) =>
    keep(name, cleanChoice(given[name], {
      name, choices: Object.keys(choices), fallback: DEFAULTS[name],
    }));
  number("inputs", 1, LIMIT);
  state.use_bias = cleanFlag(given.use_bias, true);
  choice("optimizer", OPTIMIZERS);
  choice("policy", POLICIES);
  number("batch", 1, LIMIT);
  number("step", 0, LAST);
  return { state, notes };
}

// ---- the words ------------------------------------------------------------

const num = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
const bytesText = (value) => `${num(value)} B`;

const three = (value) =>
  value < 0.01 ? "under 0.01"
    : value < 100 ? value.toPrecision(3) : num(Math.round(value));
const megabytes = (value) => `${three(value / 1e6)} MB`;
const sizeText = (value) =>
  `${megabytes(value)} = ${three(value / 2 ** 20)} MiB`;

const stackText = ({ inputs, units }) =>
  [inputs, ...units].map(num).join(" → ");

// The parameters of a layer written out, as in 784·128 + 128.
const product = ({ inputs, units }, index) =>
  `${num(units[index - 1] ?? inputs)}·${num(units[index])}`;
const formula = (state, index) =>
  product(state, index)
  + (state.use_bias ? ` + ${num(state.units[index])}` : "");

// For each layer: its parameters written out, and what they come to.
const writtenOut = (state, { layers }) =>
  layers.map(({ kernel, parameters }, index) => [
    [product(state, index), "?"], [product(state, index), num(kernel)],
  ][state.step] ?? [formula(state, index), num(parameters)]);

const many = ({ units }) =>
  units.length === 1 ? "One layer" : `${units.length} layers`;

// The four parts of the memory, in the order of their steps, and a color.
const PARTS = [
  ["weights", "blue"], ["gradients", "purple"], ["slots", "green"],
  ["activations", "orange"],
];
const PHASES = ["the stack", "kernels", "biases",
  ...PARTS.map(([name]) => name)];

const SENTENCES = [
  (s) =>
    `${many(s)} on ${num(s.inputs)} inputs. How many parameters will that `
    + "be, and how many bytes to train them? Guess, then press Step.",
  (s, e) => {
    const all = s.units.length === 1 ? "" : " All kernels together: "
      + `${num(sum(e.layers.map((layer) => layer.kernel)))} weights.`;
    return "Kernels: layer 1 has a weight for each pair of an input and a "
      + `unit, ${product(s, 0)} = ${num(e.layers[0].kernel)}.${all}`;
  },
  (s, e) => {
    const parameters = `${num(e.parameters)} parameters`;
    return s.use_bias
      ? `Biases: one for each unit, ${num(sum(s.units))} in all. Kernels `
        + `and biases together are ${parameters}.`
      : `No biases, as use_bias=False asks: ${parameters}, all of them in `
        + "kernels.";
  },
  (s, e) => {
    const [stored, computed] = POLICIES[s.policy];
    const cast = stored === computed ? ""
      : ` Each layer computes with a ${computed} copy.`;
    return `Weights: ${num(e.parameters)} parameters of ${width(stored)} B, `
      + `in ${stored}, are ${sizeText(e.bytes.weights)}.${cast}`;
  },
  (s, e) =>
    `Gradients: one for each parameter, in the parameter's dtype. They take `
    + `another ${bytesText(e.bytes.gradients)}, from the backward pass to `
    + "the update.",
  (s, e) => {
    const [name, slots] = OPTIMIZERS[s.optimizer];
    const own = e.optimizer - e.slots === 2 ? "its step and its rate"
      : "the step, the rate and the loss scale, 6 numbers";
    const each = (e.total - e.bytes.activations) / e.parameters;
    const kept = slots
      ? `keeps ${count(slots, "slot")} for each parameter, `
        + `${bytesText(e.bytes.slots)}; with ${own} that is `
        + `${num(e.optimizer)} values.`
      : `keeps nothing for a parameter, only ${own}.`;
    return `${name} ${kept} So far: ${each} B per parameter.`;
  },
  (s, e) => {
    const [, computed] = POLICIES[s.policy];
    const values = sum([s.inputs, ...s.units]);
    return "Activations, an estimate: the input and each layer's output for "
      + `${count(s.batch, "example")}, ${num(s.batch)}·${num(values)} `
      + `values of ${width(computed)} B. In all: ${sizeText(e.total)}.`;
  },
];

const count = (number, noun) =>
  `${num(number)} ${noun}${number === 1 ? "" : "s"}`;

// What the step just shown counted, in short sentences.
const sentence = (state) => SENTENCES[state.step](state, costOf(state));

// ---- model.summary() ------------------------------------------------------

// Bytes as Keras writes them: its KB are 1,024 bytes, and a tie between two
// decimals goes to the even one, as in Python.
function kerasSize(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let power = 0;
  while (bytes >= 1024 && power < 3) {
    bytes /= 1024;
    power += 1;
  }
  const cents = bytes * 100;
  const low = Math.floor(cents);
  const tie = cents - low === 0.5;
  const rounded = tie ? low + (low % 2) : Math.round(cents);
  return `${(rounded / 100).toFixed(2)} ${units[power]}`;
}

// What model.summary() says of a state, without its rules: the layers as
// [layer, output shape, parameters] and the lines below them. An optimizer
// that has been built is counted too, as after the first fit().
function summary(state) {
  const e = costOf(state);
  const rows = state.units.map((unit, index) => [
    `dense${index ? `_${index}` : ""} (Dense)`, `(None, ${unit})`,
    num(e.layers[index].parameters),
  ]);
  const { weights } = e.bytes;
  const built = state.step >= 5;
  const line = (name, values, bytes) =>
    `${name} params: ${num(values)} (${kerasSize(bytes)})`;
  const lines = [
    built
      ? line("Total", e.parameters + e.optimizer, weights + e.optimizer_bytes)
      : line("Total", e.parameters, weights),
    line("Trainable", e.parameters, weights),
    line("Non-trainable", 0, 0),
  ];
  if (built) lines.push(line("Optimizer", e.optimizer, e.optimizer_bytes));
  return { rows, lines };
}

// The same as lines of a listing, [line, class], the parameters blank until
// they are counted.
function listing(state) {
  const { rows, lines } = summary(state);
  const known = state.step > 1;
  const mark = (steps) => (steps.includes(state.step) ? "fb-now" : "");
  const wide = [0, 1, 2].map((i) =>
    Math.max(...rows.map((row) => row[i].length)));
  const layers = rows.map(([layer, shape, parameters]) => [
    `${layer.padEnd(wide[0])}  ${shape.padEnd(wide[1])}  `
      + (known ? parameters : "?").padStart(wide[2]),
    state.step === 1 || state.step === 2 ? "fb-also" : "",
  ]);
  if (!known) return [["model.summary()"], ...layers];
  const [total, trainable, rest, optimizer] = lines;
  return [
    [state.step < 5 ? "model.summary()" : "model.summary()  # after fit()"],
    ...layers, [total, state.step === 5 ? "fb-also" : ""],
    [trainable, mark([2, 3])], [rest],
    ...(optimizer ? [[optimizer, mark([5])]] : []),
  ];
}

// ---- the picture ----------------------------------------------------------

const WIDTH = 360;
const HEIGHT = 430;
const EDGE = WIDTH - 4;
const CENTER = 112;
const HALF = 70; // of the widest layer
const [TOP, BOTTOM] = [32, 264];
const BAR = { x: 2, y: 320, width: 356, height: 24 };

const text = (x, y, content, attributes = {}) =>
  tag("text", { x, y, "font-size": 12.5, ...attributes }, escapeText(content));

const bold = { "font-weight": 600 };
const round = (value) => Number(value.toFixed(2));
const active = (on) => (on ? "fb-active" : undefined);

// Half the width of each level of the stack, and the height where it lies.
function levels({ inputs, units }) {
  const sizes = [inputs, ...units];
  const widest = Math.max(...sizes);
  return sizes.map((size, index) => ({
    size,
    half: round(Math.max(1, (HALF * size) / widest)),
    y: round(TOP + ((BOTTOM - TOP) * index) / units.length),
  }));
}

// A kernel: the sides and the face between two levels.
function kernelSvg(state, above, below) {
  const on = state.step === 1;
  const [a, b, c, d] = [
    [CENTER - above.half, above.y], [CENTER - below.half, below.y],
    [CENTER + below.half, below.y], [CENTER + above.half, above.y],
  ];
  const face = tag("path", {
    d: `M${a}L${b}L${c}L${d}Z`, stroke: "none", ...paint("fill", "blue"),
    "fill-opacity": on ? 0.3 : state.step ? 0.16 : 0.05,
  });
  const side = (from, to) =>
    tag("path", { d: `M${from}L${to}`, pathLength: 1 });
  return face + tag("g", {
    class: active(on), fill: "none", ...paint("stroke", "blue"),
    "stroke-width": on ? 2 : 1, "stroke-opacity": state.step ? 1 : 0.35,
  }, side(a, b) + side(d, c));
}

// A level: the numbers that flow there, a bias for each but the input's.
function levelSvg(state, level, index) {
  const { half, y, size } = level;
  const bias = state.step === 2 && state.use_bias && index > 0;
  const filled = state.step === 6;
  const color = filled ? "orange" : bias ? "blue" : "ink";
  const [x, wide] = [CENTER - half, 2 * half];
  return tag("rect", {
    class: active(bias || filled), x, y: y - 3, width: wide, height: 6,
    rx: Math.min(3, half), ...paint("fill", color),
    "fill-opacity": color === "ink" ? 0.75 : 1,
  }) + text(2, y + 4.5, num(size), index ? {} : quiet);
}

// Beside each kernel: its parameters, in one line if there is room.
function countsSvg(state, e, middleOf) {
  const said = writtenOut(state, e);
  const long = said.some((pair) => pair.join(" = ").length > 23);
  return said.map(([written, result], index) => {
    const y = middleOf(index) + 4;
    const end = tag("tspan", bold, result);
    if (long) {
      return text(EDGE, y - 6, written, { ...right, ...quiet })
        + text(EDGE, y + 7, result, { ...right, ...bold });
    }
    return tag("text", { x: EDGE, y, "font-size": 12.5, ...right },
      `${written} = ${end}`);
  }).join("");
}

// One line of the memory: a swatch, values × bytes, bytes.
function partSvg(state, e, index) {
  const [name, color] = PARTS[index];
  const y = 377 + index * 15.5;
  if (state.step < index + 3) return "";
  const { values, each } = partOf(state, e, name);
  const tone = state.step === index + 3 ? bold : {};
  return (
    tag("rect", {
      x: 2, y: y - 9, width: 9, height: 9, rx: 2, ...swatch(name, color),
    }) +
    text(17, y, index < 3 ? name : `${name} ≈`, tone) +
    text(230, y, `${num(values)} × ${each} B`, { ...right, ...quiet }) +
    text(EDGE, y, bytesText(e.bytes[name]), { ...right, ...tone })
  );
}

function partOf(state, e, name) {
  const [stored, computed] = POLICIES[state.policy];
  const values = name in e ? e[name] : e.parameters;
  return { values, each: width(name in e && name !== "slots"
    ? computed : stored) };
}

// An estimate is dashed.
const swatch = (name, color) => ({
  ...paint("stroke", color), "stroke-width": 1.2, fill: COLORS[color],
  "fill-opacity": name === "activations" ? 0.12 : 0.4,
  "stroke-dasharray": name === "activations" ? "3 2" : undefined,
});

// The memory to scale; the rail is the same stack in float32 with Adam.
function memorySvg(state, e) {
  const most = costOf(state, { policy: "float32", optimizer: "adam" }).total;
  const { x, y, width: wide, height } = BAR;
  const shown = PARTS.slice(0, Math.max(0, state.step - 2));
  let at = x;
  const segments = shown.map(([name, color], index) => {
    const length = (wide * e.bytes[name]) / most;
    const box = length && tag("rect", {
      class: active(index + 3 === state.step), x: round(at), y, height,
      width: round(Math.max(1, length)), ...swatch(name, color),
    });
    at += length;
    return box || "";
  });
  const total = sum(shown.map(([name]) => e.bytes[name]));
  const rail = tag("rect", {
    x, y, width: wide, height, fill: "currentColor", "fill-opacity": 0.04,
    stroke: "currentColor", "stroke-opacity": 0.3,
  });
  return (
    text(2, y - 8, "memory to train it", quiet) +
    text(EDGE, y - 8, shown.length ? sizeText(total) : "? MB",
      { ...right, ...bold }) +
    rail + segments.join("") +
    (state.step === LAST
      ? text(EDGE, y + height + 14,
        `in float32 with Adam: ${megabytes(most)}`, { ...right, ...quiet })
      : "")
  );
}

// The whole picture of a state as one self-contained SVG element.
function frame(state) {
  const e = costOf(state);
  const drawn = levels(state);
  const middleOf = (i) => (drawn[i].y + drawn[i + 1].y) / 2;
  const kernels = e.layers.map((_, index) =>
    kernelSvg(state, drawn[index], drawn[index + 1])).join("");
  const levelBars = drawn.map((level, index) =>
    levelSvg(state, level, index)).join("");
  const known = state.step < 2
    ? "kernels" : state.use_bias ? "kernel + bias" : "kernel, no bias";
  const all = state.step < 2 ? "? parameters"
    : `${num(e.parameters)} parameters`;
  return drawing({ width: WIDTH, height: HEIGHT, said: describe(state) },
    text(2, 14, "the stack, to scale", quiet)
    + text(EDGE, 14, known, { ...right, ...quiet })
    + kernels + levelBars + countsSvg(state, e, middleOf)
    + text(EDGE, BOTTOM + 20, all, { ...right, ...bold })
    + memorySvg(state, e) + PARTS.map((_, i) => partSvg(state, e, i)).join("")
  );
}

// The picture in words: every number that it shows.
function describe(state) {
  const known = table(state).rows.filter(([, values]) => values !== LATER)
    .map(([part, values, bytes]) =>
      `${part}: ${values}${bytes === LATER ? "" : `, ${bytes} B`}`);
  const stack = `A stack of Dense layers, ${stackText(state)}`;
  return `${[stack, ...known].join("; ")}.`;
}

// ---- the numbers as a table -----------------------------------------------

const LATER = "not yet";

function table(state) {
  const e = costOf(state);
  const each = width(POLICIES[state.policy][0]);
  const layers = writtenOut(state, e).map((pair, index) => [
    `layer ${index + 1}`, pair.join(" = "),
    state.step < 3 ? LATER : num(e.layers[index].parameters * each),
  ]);
  const parts = PARTS.map(([name], index) => [
    index < 3 ? name : "activations (estimate)",
    ...(state.step < index + 3 ? [LATER, LATER]
      : [num(partOf(state, e, name).values), num(e.bytes[name])]),
  ]);
  const done = state.step === LAST;
  const total = [
    "together", done ? sizeText(e.total) : LATER,
    done ? num(e.total) : LATER,
  ];
  return { head: ["Part", "Values", "Bytes"],
    rows: [...layers, ...parts, total] };
}

// ---- the still: what a page, a PDF or an e-book shows without a script ----

const TITLE = "Dense-stack counter: parameters, and memory to train them";

function caption() {
  const e = costOf(DEFAULTS);
  const written = writtenOut(DEFAULTS, e).map((pair) => pair.join(" = "));
  return (
    `The stack ${stackText(DEFAULTS)} holds ${written.join(" and ")}, together ` +
    `${num(e.parameters)} parameters. In float32 they take ` +
    `${bytesText(e.bytes.weights)}, their gradients as much again, and ` +
    `Adam's two slots for each of them ${bytesText(e.bytes.slots)}: 16 B per ` +
    "parameter. The activations are an estimate: it counts the input and " +
    `each layer's output for a batch of ${DEFAULTS.batch}, and no copies, ` +
    `work space or code. In all ${sizeText(e.total)}: an MB is a million ` +
    "bytes, an MiB 1,048,576."
  );
}

// ---- the live view --------------------------------------------------------

const PATIENCE = 30000; // ms: a first question makes Python import Keras

// What Keras answered, beside what stands here: a sentence.
function verdict(state, answer) {
  if (answer.error) return answer.error;
  const e = costOf(state);
  const pairs = [
    ["parameters", e.parameters, answer.parameters],
    ["bytes of weights", e.bytes.weights, answer.weight_bytes],
    ["slot values", e.slots, answer.slots],
    ["bytes of slots", e.bytes.slots, answer.slot_bytes],
    ["optimizer values", e.optimizer, answer.optimizer],
  ];
  const wrong = pairs.filter(([, here, there]) => here !== there)
    .map(([name, here, there]) => `${num(there)} ${name}, not ${num(here)}`);
  const version = `Keras ${answer.keras}`;
  if (wrong.length) return `${version} counts ${wrong.join("; ")}.`;
  return `${version} built this model and counts the same: `
    + `${num(e.parameters)} parameters in ${bytesText(e.bytes.weights)}; `
    + `${num(e.optimizer)} optimizer values, ${num(e.slots)} of them slots `
    + `in ${bytesText(e.bytes.slots)}.`;
}

function render({ model, el }) {
  const names = Object.values(PARAMS);
  const read = () => Object.fromEntries(names.map((n) => [n, model.get(n)]));
  const initial = model.get("initial") ?? read();
  const panel = stepPanel("What model.summary() says of this stack");
  const { say, code } = panel;
  const stage = make("div", {
    class: "fb-stage", tabindex: "0", role: "group",
    "aria-label": `The stack and its memory, step by step. ${KEY_HINT}`,
  });
  const numbers = make("table");
  let chosen = 1; // the level whose width is set: 0 is the input
  let asked = null; // the state that Keras was asked about

  function draw({ notice = "", moved = false } = {}) {
    const state = read();
    stage.innerHTML = frame(state);
    stage.classList.toggle("fb-moved", moved);
    code.innerHTML = programHtml(listing(state));
    numbers.innerHTML = tableHtml(table(state));
    panel.heading.textContent =
      `${PHASES[state.step]} · step ${state.step} of ${LAST}`;
    panel.show(state.step, LAST, 3);
    say.textContent = notice || sentence(state);
    preset.set(presetOf(state));
    optimizer.set(state.optimizer);
    policy.set(state.policy);
    bias.set(state.use_bias);
    batch.set(state.batch);
    showLevels(state);
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
    reset: () => update({ ...initial, step: 0 }),
  });

  // ---- the levels: a button for each, one control for the chosen one

  const choose = (index) => act(() => {
    chosen = index;
    draw({ notice: `${levelName(index)}: set its width below.` });
  });
  const levelName = (index) => (index ? `Layer ${index}` : "The input");
  const chips = Array.from({ length: MOST + 1 }, (_, index) =>
    button("", choose(index)));
  const add = button("+", act(() => {
    const units = model.get("units");
    chosen = units.length + 1;
    update({ units: [...units, units.at(-1)] });
    chips[chosen].focus();
  }), { "aria-label": "Add a layer" });
  const remove = button("−", act(() => {
    const units = model.get("units");
    if (units.length === 1) {
      return draw({ notice: "A stack needs one layer. Add another first." });
    }
    update({ units: units.slice(0, -1) });
    remove.focus();
  }), { "aria-label": "Remove the last layer" });
  const cells = make("div",
    { class: "fb-levels", role: "group", "aria-label": "The level to set" },
    ...chips, add, remove);

  function showLevels({ inputs, units }) {
    const sizes = [inputs, ...units];
    chosen = Math.min(chosen, units.length);
    if (cells.dataset.layers !== String(units.length)) {
      cells.dataset.layers = units.length;
      const left = MOST - units.length;
      const free = Array.from({ length: Math.max(0, left - 1) }, () =>
        make("i", { "aria-hidden": "true" }));
      cells.replaceChildren(...chips.slice(0, sizes.length),
        ...(left ? [add] : []), ...free, remove);
    }
    sizes.forEach((size, index) => {
      const meaning = index ? "units" : "inputs";
      chips[index].textContent = num(size);
      chips[index].setAttribute("aria-pressed", index === chosen);
      chips[index].setAttribute("aria-label",
        `${num(size)} ${meaning}, ${levelName(index).toLowerCase()}`);
    });
    level.set(sizes[chosen]);
  }

  const level = numberControl(
    { name: "width", label: "width of the chosen level", ...SPAN },
    (value, notice) => {
      const units = [...model.get("units")];
      units[chosen - 1] = value;
      update(chosen ? { units } : { inputs: value }, { notice });
    },
  );
  const batch = numberControl({ name: "batch", ...SPAN }, (value, notice) =>
    update({ batch: value }, { notice }));

  // ---- the other settings

  const presetOf = ({ inputs, units, use_bias: on }) =>
    PRESETS.findIndex(([, i, u, b = true]) =>
      i === inputs && String(u) === String(units) && b === on);
  const preset = selectControl(
    "Stack",
    [[-1, "Your own", true], ...PRESETS.map(([title], i) => [i, title])],
    act((index) => {
      const [, inputs, units, on = true] = PRESETS[index];
      update({ inputs, units: [...units], use_bias: on });
    }),
  );
  const optimizer = selectControl(
    "Optimizer",
    Object.entries(OPTIMIZERS).map(([value, [title]]) => [value, title]),
    act((value) => update({ optimizer: value })),
  );
  const policy = selectControl(
    "Dtype policy",
    Object.keys(POLICIES).map((value) => [value, value]),
    act((value) => update({ policy: value })),
  );
  const bias = checkbox("use_bias", act((on) => update({ use_bias: on })));

  // ---- Keras itself, where a kernel can be asked

  let patience = 0;
  const answered = () => {
    const answer = model.get("answer");
    if (!asked || answer.asked !== model.get("asked")) return;
    clearTimeout(patience);
    draw({ notice: verdict(asked, answer) });
    asked = null;
  };
  const ask = act(() => {
    asked = read();
    draw({ notice: "Keras is building this model …" });
    clearTimeout(patience);
    patience = setTimeout(() => draw({
      notice: "Python has not answered yet. Is the notebook's kernel running?",
    }), PATIENCE);
    model.set("asked", (model.get("asked") ?? 0) + 1);
    model.save_changes();
  });
  const live = model.get("live");
  if (live) model.on("change:answer", answered);
  const check = live ? button("Check with Keras", ask, { class: "fb-main" })
    : make("span", { class: "fb-note" },
      "In Colab or JupyterLab, a button here asks Keras.");

  const root = make(
    "div",
    { class: "fb-live fb-dense", role: "group", "aria-label": TITLE },
    group(
      "fb-inputs",
      group("fb-input", preset.element, cells, level.element),
      group("fb-input", optimizer.element, policy.element, batch.element,
        group("fb-row", bias.element, check)),
    ),
    group(
      "fb-scene",
      stage,
      group("fb-panel", buttons, panel.progress, say, code),
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
    clearTimeout(patience);
    followed.stop();
    if (live) model.off("change:answer", answered);
  };
}

// A range of whole numbers whose steps are quarters of an octave.
const SPAN = {
  min: 1, max: LIMIT, whole: true, pace: 0.25,
  at: Math.log2, back: (place) => Math.round(2 ** place),
};

export default {
  render, frame, cost, normalize, sentence, summary, table, caption, verdict,
  title: TITLE, defaults: DEFAULTS, params: PARAMS, steps: LAST,
  presets: PRESETS, optimizers: OPTIMIZERS, policies: POLICIES,
  limit: LIMIT, most: MOST,
};
