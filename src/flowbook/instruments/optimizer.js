// The optimizer explorer: what fit does with each batch (EQ F2.4).

// DATA is optimizer.data.json: x and y of 64 points, in hundredths. A run
// gives up after EPOCHS; optimizer.py says more of it, and of the constants.
const EPOCHS = 1000;
const NEAR = 1.05;
const FAR = 1e6;
const START = [-1, 2.5];
const PARAMS = {
  o: "optimizer", lr: "learning_rate", n: "batch_size", z: "standardize",
  seed: "seed", step: "step",
};
const DEFAULTS = {
  optimizer: "sgd", learning_rate: 0.1, batch_size: 16, standardize: false,
  seed: 1, step: 83,
};
const OPTIMIZERS = {
  sgd: "SGD", momentum: "SGD, momentum 0.9", adam: "Adam",
};

// The slider's rates are ten a decade, each a round number.
const TENTHS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
function rateAt(place) {
  const tenth = Math.round(place * 10) + 30;
  const decade = Math.floor(tenth / 10) - 3;
  return Number((TENTHS[tenth % 10] * 10 ** decade).toPrecision(2));
}
const LIMITS = {
  learning_rate: {
    name: "rate", label: "learning rate", min: 0.001, max: 1, step: 0.001,
    at: Math.log10, back: rateAt, pace: 0.1,
  },
  batch_size: { name: "batch", min: 1, max: 64, whole: true },
  seed: { name: "seed", min: 0, max: 999, whole: true },
};

// [title, settings beside those of the first one]
const PRESETS = [
  ["SGD at 0.1", {}],
  ["A tenth of the rate", { learning_rate: 0.01 }],
  ["Near SGD’s limit", { learning_rate: 0.25 }],
  ["Above SGD’s limit", { learning_rate: 0.3 }],
  ["Momentum at 0.05", { optimizer: "momentum", learning_rate: 0.05 }],
  ["Adam at 0.001", { optimizer: "adam", learning_rate: 0.001 }],
  ["Adam at 0.3", { optimizer: "adam", learning_rate: 0.3 }],
  ["Batches of one", { batch_size: 1 }],
  ["Standardized", { standardize: true }],
  ["Standardized, one step",
    { standardize: true, batch_size: 64, learning_rate: 0.5 }],
].map(([title, own]) => {
  const { seed, step, ...settings } = DEFAULTS;
  return [title, { ...settings, ...own }];
});

// ---- the simulation: optimizer.py says what its rules are -----------------

// Numbers from 0 to below 1, the same in every language: mulberry32.
function uniforms(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / 64;

// What there is to minimize: points, start, optimum, curvatures, and the
// loss over all points with its gradient. center, spread: x = center +
// spread · what the model sees.
function problem(standardize) {
  let x = DATA.x.map((v) => v / 100);
  const y = DATA.y.map((v) => v / 100);
  let [center, spread] = [0, 1];
  if (standardize) {
    center = mean(x);
    spread = Math.sqrt(mean(x.map((v) => (v - center) * (v - center))));
    x = x.map((v) => (v - center) / spread);
  }
  const start = [START[0] * spread, START[1] + START[0] * center];
  const dot = (a, b) => mean(a.map((v, i) => v * b[i]));
  const [xx, xy, yy, mx, my] =
    [dot(x, x), dot(x, y), dot(y, y), mean(x), mean(y)];
  const slope = (xy - mx * my) / (xx - mx * mx);
  const best = [slope, my - slope * mx];
  const misses = x.map((v, i) => best[0] * v + best[1] - y[i]);
  const root = Math.sqrt((xx - 1) * (xx - 1) + 4 * mx * mx);
  const curvatures = [xx + 1 - root, xx + 1 + root];
  return {
    x, y, center, spread, start, best, curvatures,
    lowest: dot(misses, misses), limit: 2 / curvatures[1],
    condition: curvatures[1] / curvatures[0],
    tilt: Math.atan2(curvatures[1] / 2 - xx, mx), // of the steepest axis
    loss: (w, b) =>
      w * w * xx + 2 * w * b * mx + b * b - 2 * (w * xy + b * my) + yy,
    gradient: (w, b) => [2 * (w * xx + b * mx - xy), 2 * (w * mx + b - my)],
  };
}

// By optimizer: one update of a parameter p with the gradient g.
const RULES = {
  sgd: (p, g, rate) => {
    p.value -= g * rate;
  },
  momentum: (p, g, rate) => {
    p.m = p.m * 0.9 - g * rate;
    p.value += p.m;
  },
  adam: (p, g, rate, alpha) => {
    p.m += (g - p.m) * (1 - 0.9);
    p.v += (g * g - p.v) * (1 - 0.999);
    p.value -= (p.m * alpha) / (Math.sqrt(p.v) + 1e-7);
  },
};

// What Python's simulate() says. log holds WIDE numbers of each step, as
// stepOf() names them, in one list: an object each would cost a frame.
// orders holds the points by epoch.
const WIDE = 11;
function simulate(settings) {
  const { optimizer, learning_rate: rate, batch_size: size } = settings;
  const task = problem(settings.standardize);
  const [w, b] = task.start.map((value) => ({ value, m: 0, v: 0 }));
  const uniform = uniforms(settings.seed);
  const order = [...Array(64).keys()];
  const [log, orders] = [[], []];
  const per = Math.ceil(64 / size);
  let [last, beta1, beta2, outcome] = [0, 1, 1, "late"];
  while (last < per * EPOCHS && outcome === "late") {
    const first = (last % per) * size;
    last += 1;
    if (!first) {
      for (let i = 63; i; i -= 1) {
        const other = Math.floor(uniform() * (i + 1));
        [order[i], order[other]] = [order[other], order[i]];
      }
      orders.push([...order]);
    }
    const count = Math.min(size, 64 - first);
    let [byW, byB, total] = [0, 0, 0];
    for (let i = first; i < first + count; i += 1) {
      const x = task.x[order[i]];
      const error = w.value * x + b.value - task.y[order[i]];
      byW += error * x;
      byB += error;
      total += error * error;
    }
    beta1 *= Math.fround(0.9);
    beta2 *= Math.fround(0.999);
    const alpha = (rate * Math.sqrt(1 - beta2)) / (1 - beta1);
    const [gw, gb] = [(2 * byW) / count, (2 * byB) / count];
    RULES[optimizer](w, gw, rate, alpha);
    RULES[optimizer](b, gb, rate, alpha);
    const loss = task.loss(w.value, b.value);
    log.push(w.value, b.value, loss, total / count, gw, gb, w.m, b.m,
      w.v, b.v, alpha);
    const far = w.value * w.value + b.value * b.value;
    if (loss <= NEAR * task.lowest) outcome = "arrived";
    else if (far > FAR * FAR) outcome = "stopped";
  }
  return { ...task, per, outcome, log, orders, last };
}

// The run of these settings, whatever its step.
let studied = {};
function study({ step, ...settings }) {
  const key = JSON.stringify(settings);
  if (studied.key !== key) studied = { key, ...simulate(settings) };
  return studied;
}

// w and b after a step; 0 is the start.
const thetaAt = (s, step) =>
  step ? s.log.slice((step - 1) * WIDE, (step - 1) * WIDE + 2) : s.start;

// Everything about one step of a run, from 1.
function stepOf(s, size, step) {
  const epoch = Math.ceil(step / s.per);
  const turn = (step - 1) % s.per;
  const before = thetaAt(s, step - 1);
  const [, , loss, part, gw, gb, mw, mb, vw, vb, alpha] =
    s.log.slice((step - 1) * WIDE, step * WIDE);
  return {
    step, epoch, before, after: thetaAt(s, step), turn: turn + 1, alpha, loss,
    gradient: [gw, gb], momentum: [mw, mb], velocity: [vw, vb],
    batch: s.orders[epoch - 1].slice(turn * size, (turn + 1) * size),
    full: s.gradient(...before), batch_loss: part,
  };
}
const here = (state, s) => stepOf(s, state.batch_size, state.step);

// ---- a state --------------------------------------------------------------

// Any state, from a URL or a hand-written attribute, as { state, notes }:
// a complete valid state and a sentence for each value that was mended.
function normalize(raw) {
  const given = { ...DEFAULTS, ...raw };
  const notes = [];
  const state = { ...DEFAULTS };
  const keep = (name, { value, note }) => {
    state[name] = value;
    if (note) notes.push(note);
  };
  const number = (key, limit) => keep(key,
    cleanNumber(given[key], { name: key, fallback: DEFAULTS[key], ...limit }));
  keep("optimizer", cleanChoice(given.optimizer, {
    name: "optimizer", choices: Object.keys(OPTIMIZERS), fallback: "sgd",
  }));
  for (const name of Object.keys(LIMITS)) number(name, LIMITS[name]);
  state.standardize = cleanFlag(given.standardize, false);
  const { last } = study(state);
  number("step", { min: 0, max: last, whole: true, fallback: last });
  return { state, notes };
}

// ---- the words ------------------------------------------------------------

const three = (value) =>
  Math.abs(value) < 1e5 ? fmt(Number(value.toPrecision(3)), 5)
    : value.toExponential(1).replace("-", "−").replace("e+", "e");

// How a run ended, and why.
function verdict(state) {
  const s = study(state);
  const { optimizer, learning_rate: rate } = state;
  const name = `${OPTIMIZERS[optimizer]} at ${fmt(rate)}`;
  const [bound, factor] = optimizer === "momentum" ? ["3.8", 1.9] : ["2", 1];
  const limit = s.limit * factor;
  const below = rate < limit;
  const side = `${below ? "below" : "not below"} ${bound}/λmax = `
    + three(limit);
  return {
    arrived: `${name} is within 5 % of the lowest loss after step ${s.last}, `
      + `in epoch ${Math.ceil(s.last / s.per)}.`,
    stopped: `Stopped after step ${s.last}: |θ| is above 1,000,000. ${name} `
      + `is ${side}${below ? ", but some batches are steeper"
        : ": each step overshoots"}.`,
    late: `${name} is not within 5 % of the lowest loss after 1000 epochs. `
      + (optimizer === "adam"
        ? `Adam moves w and b by about ${fmt(rate)} a step, however steep.`
        : `It is ${side}.`),
  }[s.outcome];
}

// Degrees between the gradients of the batch and of all points.
function angle({ gradient: [a, b], full: [c, d] }) {
  const turn = Math.abs(Math.atan2(a * d - b * c, a * c + b * d));
  return `${fmt((turn * 180) / Math.PI, 0)}°`;
}

// What happens at this step, in one or two short sentences.
function sentence(state) {
  const s = study(state);
  const { step, batch_size: size } = state;
  if (!step) {
    return `Nothing is learned yet: loss ${three(s.loss(...s.start))}. Press `
      + `Step: ${size === 64 ? "all points are the" : `${size} of 64 points `
      + "make the first"} batch.`;
  }
  if (step === s.last) return verdict(state);
  const now = here(state, s);
  const was = s.loss(...now.before);
  return `Batch ${now.turn} of epoch ${now.epoch}: its gradient and that of `
    + `all points are ${angle(now)} apart. The step `
    + `${now.loss < was ? "lowers" : "raises"} the loss from ${three(was)} `
    + `to ${three(now.loss)}.`;
}

// ---- the update, with its numbers -----------------------------------------

const cell = (value) => {
  const size = Math.abs(value);
  return (size >= 1e4 || (size && size < 1e-4) ? value.toExponential(2)
    : value.toFixed(5)).padStart(11);
};
const row = (name, [w, b]) => [`# ${name.padEnd(9)}${cell(w)}${cell(b)}`];

function listing(state) {
  const s = study(state);
  const { optimizer, learning_rate: rate, step } = state;
  const made = { sgd: `SGD(${rate})`, momentum: `SGD(${rate}, momentum=0.9)`,
    adam: `Adam(${rate})` }[optimizer];
  const now = step ? here(state, s) : { before: s.start };
  const lines = [
    [`optimizer = ${made}`],
    [`# ${`step ${step}`.padEnd(19)}w          b`], row("theta", now.before),
  ];
  if (step) {
    const m = row("m", now.momentum);
    lines.push(
      row("g, all", now.full), row("g, batch", now.gradient), ...{
        sgd: [["theta -= rate * g", "fb-now"]],
        momentum: [["m = 0.9 * m - rate * g"], m, ["theta += m", "fb-now"]],
        adam: [
          ["m += (g - m) * (1 - 0.9)"], m,
          ["v += (g**2 - v) * (1 - 0.999)"], row("v", now.velocity),
          [`a = rate * sqrt(1 - 0.999**${step})`],
          [`a /= 1 - 0.9**${step}    # ${cell(now.alpha)}`],
          ["theta -= a * m / (sqrt(v) + 1e-7)", "fb-now"],
        ],
      }[optimizer], row("theta", now.after),
    );
  }
  while (lines.length < 13) lines.push([""]);
  return lines;
}

// ---- the picture ----------------------------------------------------------

const WIDTH = 360;
const HEIGHT = 402;
// Panels: the map of the loss, the points, the curve of the loss.
const MAP = { x: 22, y: 66, width: 190, height: 190 };
const PLOT = { x: 238, y: 66, width: 120, height: 190 };
const CURVE = { x: 34, y: 284, width: 324, height: 96 };

const round = (value) => Number(clamp(value, -1e4, 1e4).toFixed(1));
const text = (x, y, content, attributes) => tag("text", {
  x: round(x), y: round(y), "font-size": 12.6, ...attributes,
}, escapeText(content));
const line = (d, color, attributes) =>
  tag("path", { d, fill: "none", ...paint("stroke", color), ...attributes });
const join = (points) =>
  `M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join("L")}`;

// One path for all: a dot is a line of no length with round ends.
const dots = (points, color, look) =>
  line(points.map((point) => `${join([point])}h0`).join(""), color,
    { "stroke-linecap": "round", ...look });

// What is drawn in a panel's own coordinates, cut off at its border.
const panel = ({ x, y, width, height }, content) =>
  tag("svg", { x, y, width, height, overflow: "hidden" }, content)
  + tag("rect", {
    x, y, width, height, fill: "none", stroke: "currentColor",
    "stroke-opacity": 0.35,
  });

const UNIT = 32; // of w and of b
const onMap = ([w, b]) => [95 + (w - 0.5) * UNIT, 95 - (b - 0.8) * UNIT];

// The direction downhill; its length grows with that of the gradient.
function arrow(from, [gw, gb], color, dashes) {
  const size = Math.hypot(gw, gb);
  if (!size) return "";
  const [x, y] = onMap(from);
  const long = 14 + 10 * Math.log1p(size);
  const [dx, dy] = [-gw / size, gb / size];
  const tip = [x + dx * long, y + dy * long];
  const barb = (side) =>
    [tip[0] - 7 * dx + side * 4 * dy, tip[1] - 7 * dy - side * 4 * dx];
  const wide = { "stroke-width": 2 };
  return line(join([[x, y], tip]), color,
    { ...wide, "stroke-dasharray": dashes })
    + line(join([barb(1), tip, barb(-1)]), color, wide);
}

function mapSvg(state, s) {
  const [x, y] = onMap(s.best).map(round);
  const turn = round((s.tilt * -180) / Math.PI);
  const rings = [6, 5, 4, 3, 2, 1, 0].map((k) => {
    const excess = 0.05 * s.lowest * 4 ** k;
    const radius = (c) => round(UNIT * Math.sqrt((2 * excess) / c));
    return tag("ellipse", {
      cx: x, cy: y, rx: radius(s.curvatures[1]), ry: radius(s.curvatures[0]),
      transform: `rotate(${turn} ${x} ${y})`,
      ...(k ? { fill: "none", stroke: "currentColor", "stroke-opacity": 0.25 }
        : { ...paint("fill", "green"), "fill-opacity": 0.5 }),
    });
  }).join("");
  const way = [onMap(s.start)];
  for (let i = 0; i < (state.step - 1) * WIDE; i += WIDE) {
    const next = onMap([s.log[i], s.log[i + 1]]);
    const [px, py] = way.at(-1);
    if (Math.hypot(next[0] - px, next[1] - py) > 0.7) way.push(next);
  }
  const trail = line(join(way), "purple", { "stroke-opacity": 0.5 })
    + dots(way, "purple", { "stroke-width": 3.5 });
  let moved = "";
  let [cx, cy] = way.at(-1).map(round);
  if (state.step) {
    const { before, after, full, gradient } = here(state, s);
    [cx, cy] = onMap(after).map(round);
    moved = tag("g", {
      class: "fb-active", fill: "none", ...paint("stroke", "purple"),
      "stroke-width": 2.5,
    }, tag("path", {
      d: join([onMap(before), [cx, cy]]), pathLength: 1,
    })) + arrow(before, full, "blue", "4 3")
      + arrow(before, gradient, "orange");
  }
  return panel(MAP, rings + trail + moved
    + tag("circle", { cx, cy, r: 4, ...paint("fill", "purple") }))
    + [-2, 0, 2].map((tick) => {
      const [tx, ty] = onMap([tick, tick]);
      return text(MAP.x + tx, 271, fmt(tick), { ...middle, ...quiet })
        + text(19, MAP.y + ty + 4, fmt(tick), { ...right, ...quiet });
    }).join("") + text(212, 271, "w", { ...right, ...quiet })
    + text(27, 81, "b", quiet);
}

function plotSvg(state, s) {
  const at = (x, y) => [6 + x * 36, 143 - y * 23];
  const now = state.step ? here(state, s) : { batch: [], after: s.start };
  const points = DATA.x.map((x, i) => at(x / 100, s.y[i]));
  const batch = now.batch.map((i) => points[i]);
  const fit = ([w, b] = now.after, look = { "stroke-width": 2.5 }) =>
    line(join([-1, 4].map((x) => at(x, w * ((x - s.center) / s.spread) + b))),
      "purple", look);
  return panel(PLOT, dots(points, "ink", {
    "stroke-width": 5, "stroke-opacity": 0.4,
  }) + dots(batch, "orange", { "stroke-width": 8 })
    + fit(now.before, { "stroke-dasharray": "4 3" }) + fit())
    + (state.standardize ? [-1, 0, 1] : [0, 1, 2, 3]).map((x) =>
      text(PLOT.x + at(s.center + s.spread * x, 0)[0], 271, fmt(x),
        { ...middle, ...quiet })).join("")
    + [0, 4].map((y) => text(235, PLOT.y + at(0, y)[1] + 4, y,
      { ...right, ...quiet })).join("")
    + text(243, 81, "y", quiet);
}

function curveSvg(state, s) {
  const total = Math.log1p(s.per * EPOCHS);
  const x = (step) => (CURVE.width * Math.log1p(step)) / total;
  // from 0.03 on, to 100
  const y = (loss) => 96 - 27 * Math.log10(clamp(loss, 1e-3, 1e6) / 0.03);
  const all = [[0, y(s.loss(...s.start))]];
  const parts = [];
  for (let step = 1; step <= state.step; step += 1) {
    if (x(step) - all.at(-1)[0] < 0.7 && step < state.step) continue;
    const i = (step - 1) * WIDE + 2;
    all.push([x(step), y(s.log[i])]);
    parts.push([x(step - 1), y(s.log[i + 1])]);
  }
  const goal = round(y(NEAR * s.lowest));
  const [cx, cy] = all.at(-1).map(round);
  const end = { arrived: "within 5 %", stopped: "stopped, |θ| > 1,000,000",
    late: "not within 5 %" }[s.outcome];
  return panel(CURVE, line(`M0 ${goal}H324`, "green", {
    "stroke-dasharray": "4 3", "stroke-width": 1.5,
  }) + (parts[0] ? line(join(parts), "orange") : "")
    + line(join(all), "blue", { "stroke-width": 2 })
    + tag("circle", { cx, cy, r: 4, ...paint("fill", "blue") }))
    + [0.1, 1, 10].map((loss) => text(31, CURVE.y + y(loss) + 4, fmt(loss),
      { ...right, ...quiet })).join("")
    + [1, 10, 100, 1000, 10000].filter((n) => x(n) < 285).map((n) =>
      text(CURVE.x + x(n), 396, n, { ...middle, ...quiet })).join("")
    + text(358, 396, "step", { ...right, ...quiet })
    + (state.step === s.last
      ? text(352, 299, `${end} at step ${s.last}`, right) : "");
}

function headSvg(state, s) {
  const [w, b] = thetaAt(s, state.step);
  const loss = s.loss(w, b);
  const stat = (x, big, small, where) =>
    text(x, 16, big, { "font-size": 15, "font-weight": 600, ...where })
    + text(x, 33, small, { ...quiet, ...where });
  const key = (x, color, words, look) =>
    line(`M${x} 52h18`, color, { "stroke-width": 2.5, ...look })
    + text(x + 23, 56, words);
  return stat(2, `loss ${three(loss)}`, `lowest ${three(s.lowest)}`)
    + stat(188, `w ${three(w)}, b ${three(b)}`,
      `best ${three(s.best[0])}, ${three(s.best[1])}`, middle)
    + stat(358, `κ = ${three(s.condition)}`, `2/λmax = ${three(s.limit)}`,
      right)
    + key(2, "orange", "batch") + key(84, "blue", "all points",
      { "stroke-dasharray": "4 3" }) + key(190, "purple", "model")
    + key(268, "green", "within 5 %");
}

// The whole picture of a state as one self-contained SVG element.
function frame(state) {
  const s = study(state);
  return drawing({ width: WIDTH, height: HEIGHT, said: describe(state) },
    headSvg(state, s) + mapSvg(state, s) + plotSvg(state, s)
    + curveSvg(state, s));
}

// The picture in words.
function describe(state) {
  const s = study(state);
  return `Loss over w and b, the points with the line, the loss by step. `
    + `Lowest: ${three(s.lowest)}. Step ${state.step}. ${sentence(state)}`;
}

// ---- the steps as a table -------------------------------------------------

const TABLE = "The same run as a table";

function table(state) {
  const s = study(state);
  const start = [...s.start, s.loss(...s.start)];
  const rows = [["0", ...start.map(three), "–"]];
  for (let step = 1; step <= state.step; step += 1) {
    const first = step / 10 ** Math.floor(Math.log10(step));
    if (![1, 2, 5].includes(first) && step < state.step) continue;
    const i = (step - 1) * WIDE;
    rows.push([`${step}`, ...s.log.slice(i, i + 4).map(three)]);
  }
  return { title: TABLE, head: ["Step", "w", "b", "Loss", "Batch’s"], rows };
}

// ---- the live view --------------------------------------------------------

const TITLE = "Optimizer explorer: what fit does with each batch";

function render({ model, el }) {
  const names = Object.values(PARAMS);
  // what Python sets may be of another run: its step is cut to this one's
  const read = () => normalize(
    Object.fromEntries(names.map((n) => [n, model.get(n)]))).state;
  const initial = model.get("initial") ?? read();
  const side = stepPanel("The update, as Keras does it, with its numbers");
  const { say, code } = side;
  const stage = make("div", {
    class: "fb-stage", tabindex: "0", role: "group",
    "aria-label": `The training run, step by step. ${KEY_HINT}`,
  });
  const numbers = make("table");

  function draw({ notice = "", moved = false } = {}) {
    const state = read();
    const { per, last } = study(state);
    const { step } = state;
    stage.innerHTML = frame(state);
    stage.classList.toggle("fb-moved", moved);
    code.innerHTML = programHtml(listing(state));
    numbers.innerHTML = tableHtml(table(state));
    const turn = step && ((step - 1) % per) + 1;
    side.heading.textContent = `step ${step} of ${last} · `
      + `epoch ${Math.ceil(step / per)}`;
    side.show(turn, per > 4 ? 0 : per);
    say.textContent = notice || sentence(state);
    preset.set(PRESETS.findIndex(([, settings]) =>
      Object.entries(settings).every(([n, value]) => state[n] === value)));
    for (const [name, control] of Object.entries(controls)) {
      control.set(state[name]);
    }
  }

  const followed = follow(model, names, draw);
  const update = (patch, shown) => {
    followed.write(patch);
    draw(shown);
  };
  // other settings: a run that was seen to its end is seen to its end again
  const set = (patch, note = "") => {
    const state = read();
    const next = { ...state, ...patch };
    const { last } = study(state);
    const end = study(next).last;
    const step = state.step === last ? end : Math.min(state.step, end);
    update({ ...patch, step }, { notice: note || verdict(next) });
  };
  const at = () => read().step;
  const last = () => study(read()).last;
  const goTo = (step) =>
    update({ step: clamp(step, 0, last()) }, { moved: true });
  const { actions, act, buttons, stop } = stepping({
    at, last, goTo, next: () => at() + 1 + Math.floor(at() / 5),
    reset: () => update({ ...initial, step: 0 }),
  });
  const epoch = button("Epoch", act(() => {
    const { per } = study(read());
    goTo((Math.floor(at() / per) + 1) * per);
  }));
  buttons.insertBefore(epoch, buttons.children[2]);

  const preset = selectControl(
    "Try",
    [[-1, "Your own", true], ...PRESETS.map(([title], i) => [i, title])],
    act((index) => set(PRESETS[index][1])),
  );
  const controls = Object.fromEntries(Object.entries(LIMITS).map(
    ([name, limit]) => [name, numberControl(limit,
      (value, note) => set({ [name]: value }, note))]));
  controls.optimizer = selectControl("optimizer", Object.entries(OPTIMIZERS),
    act((optimizer) => set({ optimizer })));
  controls.standardize = checkbox("standardize x",
    act((standardize) => set({ standardize })));
  const column = (...parts) => group("fb-input",
    ...parts.map((part) => part.element));

  const root = make(
    "div",
    { class: "fb-live fb-pipeline fb-optimizer", role: "group",
      "aria-label": TITLE },
    group("fb-inputs",
      column(preset, controls.optimizer, controls.learning_rate),
      column(controls.batch_size, controls.seed, controls.standardize)),
    group(
      "fb-scene",
      stage,
      group("fb-panel", buttons, side.progress, say, code),
      make("p", { class: "fb-hint", "aria-hidden": "true" }, KEY_HINT),
    ),
    make("details", {}, make("summary", {}, TABLE), numbers),
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
  render, frame, simulate, stepOf, normalize, table,
  title: TITLE, defaults: DEFAULTS, params: PARAMS, steps: DEFAULTS.step,
};
