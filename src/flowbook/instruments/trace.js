// The trace visualizer: which calls of a tf.function trace, which reuse.

const MOST = 8; // calls in a queue
const PARAMS = {
  q: "queue", r: "reduce_retracing", s: "signature", step: "step",
};
const DEFAULTS = {
  queue: ["f2", "f3", "n2", "1", "2", "1.0", "v", "w"],
  reduce_retracing: false, signature: "none", step: MOST,
};

// ---- the cards: arguments that f can be called with -----------------------

const tensor = (code, dtype, shape, more) =>
  ({ kind: "tensor", code, dtype, shape, ...more });
const python = (code, ...values) => ({
  kind: code.startsWith("[") ? "list" : "literal",
  code, values, dtype: code.includes(".") ? "float32" : "int32",
  shape: code.startsWith("[") ? [values.length] : [],
});
const variable = (code) =>
  ({ kind: "variable", code, dtype: "float32", shape: [2] });

// values: what Python matches by; value: the element of a scalar tensor;
// numpy: TensorFlow sees a tensor, but may still change its dtype.
const CARDS = {
  f2: tensor("tf.zeros([2])", "float32", [2]),
  f3: tensor("tf.zeros([3])", "float32", [3]),
  f4: tensor("tf.zeros([4])", "float32", [4]),
  f5: tensor("tf.zeros([5])", "float32", [5]),
  f0: tensor("tf.constant(1.0)", "float32", [], { value: 1 }),
  i2: tensor("tf.constant([1, 2])", "int32", [2]),
  i0: tensor("tf.constant(1)", "int32", [], { value: 1 }),
  n2: tensor("np.float32([0, 0])", "float32", [2], { numpy: true }),
  d2: tensor("np.zeros(2)", "float64", [2], { numpy: true }),
  v: variable("v"),
  w: variable("w"),
  1: python("1", 1),
  2: python("2", 2),
  3: python("3", 3),
  "1.0": python("1.0", 1),
  True: python("True", 1),
  L12: python("[1, 2]", 1, 2),
  L34: python("[3, 4]", 3, 4),
};

// Side by side as [legend, what it means, cards, their faces].
const RACKS = [
  [
    ["float32", "float32 tensors", "f2 f3 f4 f5 f0", "(2,) (3,) (4,) (5,) ()"],
    ["int32", "int32 tensors", "i2 i0", "(2,) ()"],
    ["NumPy", "NumPy arrays of shape (2,)", "n2 d2", "float32 float64"],
  ],
  [
    ["Python", "Python numbers", "1 2 3 1.0 True", "1 2 3 1.0 True"],
    ["list", "Python lists", "L12 L34", "[1,2] [3,4]"],
    ["Variable", "Variables, float32 of shape (2,)", "v w", "v w"],
  ],
];

const PRESETS = [
  ["A bit of everything", "f2 f3 n2 1 2 1.0 v w"],
  ["A new dtype", "f2 f2 i2 f2 i2"],
  ["Shapes 2, 3, 4, 5", "f2 f3 f4 f5"],
  ["Python ints 1, 2, 3, 1", "1 2 3 1"],
  ["1, 1.0, True", "1 1.0 True"],
  ["NumPy and tensor", "f2 n2 d2"],
  ["Two Variables", "v w v f2"],
  ["Lists", "L12 L12 L34"],
  ["Wrong dtype under a signature", "f2 i2 f3", "vector"],
];

// By name: the type that an input_signature asks for; its face is "title".
const SIGNATURES = {
  none: null,
  vector: tensor("tf.TensorSpec([None], tf.float32)", "float32", [null], {
    title: "float32, shape [None]",
  }),
  scalar: tensor("tf.TensorSpec([], tf.int32)", "int32", [], {
    title: "int32, shape []",
  }),
};

const callOf = (name) => `f(${CARDS[name].code})`;

// ---- what TensorFlow does -------------------------------------------------

// A shape as TensorFlow writes it; null is one of any rank.
function shapeText(shape) {
  if (!shape) return "<unknown>";
  const sizes = shape.map((size) => size ?? "None");
  return `(${sizes.join(", ")}${sizes.length === 1 ? "," : ""})`;
}

// A type as TensorFlow prints it.
function repr({ kind, code, values, dtype, shape }) {
  const spec = `shape=${shapeText(shape)}, dtype=tf.${dtype}`;
  if (kind === "tensor") return `TensorSpec(${spec}, name=None)`;
  if (kind === "variable") {
    return `VariableSpec(${spec}, trainable=True, alias_id=0)`;
  }
  if (kind === "literal") return `Literal[${code}]`;
  return `List[${values.map((value) => `Literal[${value}]`).join(", ")}]`;
}

// A type in two short words, for the picture and for sentences.
function words({ kind, code, dtype, shape }) {
  if (kind === "literal") return ["literal", code];
  if (kind === "list") return ["list", code];
  const spec = [dtype, shapeText(shape)];
  return kind === "tensor" ? spec : ["Variable", spec.join(" ")];
}

const short = (type) => words(type).join(" ");

// Whether a trace made for `type` also takes an argument of type `given`.
function takes(type, given) {
  if (type.kind !== given.kind) return false;
  if (type.values) return String(type.values) === String(given.values);
  if (type.dtype !== given.dtype) return false;
  if (!type.shape || !given.shape) return !type.shape;
  return type.shape.length === given.shape.length
    && type.shape.every((size, i) => size === null || size === given.shape[i]);
}

// The narrowest type that takes both; `type` itself where there is none.
function widen(type, other) {
  const alike = type.kind === other.kind && type.dtype === other.dtype;
  if (!alike || type.values || !type.shape) return type;
  const ranked = other.shape?.length === type.shape.length;
  const shape = ranked
    ? type.shape.map((size, i) => (size === other.shape[i] ? size : null))
    : null;
  return { ...type, shape };
}

// Whether TensorFlow can cast an argument to an input_signature. A tensor
// and a Variable keep their dtype; NumPy and Python values need not.
function casts(card, spec) {
  const dtype = card.dtype === spec.dtype || card.numpy
    || (card.values && card.dtype === "int32");
  return Boolean(dtype) && takes(spec, { ...spec, shape: card.shape });
}

// What f returns for an argument when it runs the trace of `type`, whose
// dtype it has.
function returned(type, card) {
  if (type.kind === "list") return `list of ${2 * type.shape[0]} int32`;
  const { dtype } = type;
  if (card.shape.length) return `${dtype} ${shapeText(card.shape)}`;
  const double = 2 * (card.value ?? card.values[0]);
  return `${dtype} ${dtype === "int32" ? double : double.toFixed(1)}`;
}

// Calls f, a tf.function that returns 2 · x, with each card of the queue.
// calls: { call, sees, outcome, trace, returns }, outcome being "trace",
// "reuse" or "error", trace counted from 1 or null; traces: their types.
function callAll(queue, reduceRetracing = false, signature = "none") {
  const spec = SIGNATURES[signature];
  const traces = [];
  const calls = queue.map((name) => {
    const card = CARDS[name];
    const call = { call: callOf(name), sees: repr(card) };
    if (spec && !casts(card, spec)) {
      return { ...call, outcome: "error", trace: null, returns: "TypeError" };
    }
    const given = spec ?? card;
    // TensorFlow takes the narrowest that fits; that is the first one, for
    // a trace is only added where none fits
    let found = traces.find((type) => takes(type, given));
    const outcome = found ? "reuse" : "trace";
    if (!found) {
      found = reduceRetracing ? traces.reduce(widen, given) : given;
      traces.push(found);
    }
    const trace = traces.indexOf(found) + 1;
    return { ...call, outcome, trace, returns: returned(found, card) };
  });
  return { calls, traces };
}

// The same, the types of the traces as TensorFlow prints them.
function simulate(queue, reduceRetracing, signature) {
  const { calls, traces } = callAll(queue, reduceRetracing, signature);
  return { calls, traces: traces.map(repr) };
}

// ---- a state --------------------------------------------------------------

function cleanQueue(raw) {
  const given = (Array.isArray(raw) ? raw : String(raw).split(","))
    .map(String).filter(Boolean);
  const known = given.filter((name) => Object.hasOwn(CARDS, name));
  const notes = [];
  if (known.length < given.length) {
    const name = given.find((other) => !Object.hasOwn(CARDS, other));
    notes.push(`There is no card “${brief(name)}”: it was left out.`);
  }
  if (known.length > MOST) {
    notes.push(`A queue holds ${MOST} calls: ${known.length} became ${MOST}.`);
  }
  if (known.length) return { queue: known.slice(0, MOST), notes };
  notes.push("The queue was empty, so it is the first one again.");
  return { queue: DEFAULTS.queue, notes };
}

// Any state, from a URL or a hand-written attribute, as { state, notes }:
// a complete valid state and a sentence for each value that was mended.
function normalize(raw) {
  const given = { ...DEFAULTS, ...raw };
  const { queue, notes } = cleanQueue(given.queue);
  const signature = cleanChoice(given.signature, {
    name: "input_signature", choices: Object.keys(SIGNATURES),
    fallback: DEFAULTS.signature,
  });
  const step = cleanNumber(given.step, {
    name: "step", min: 0, max: MOST, fallback: DEFAULTS.step, whole: true,
  });
  const state = {
    queue: [...queue],
    reduce_retracing: cleanFlag(given.reduce_retracing, false),
    signature: signature.value, step: step.value,
  };
  const mended = [signature.note, step.note].filter(Boolean);
  return { state, notes: [...notes, ...mended] };
}

// How many calls are shown: a step beyond the queue is its end.
const reached = ({ queue, step }) => Math.min(step, queue.length);

function evaluateState(state) {
  const { queue, reduce_retracing: reduce, signature } = state;
  const { calls, traces } = callAll(queue, reduce, signature);
  const done = calls.slice(0, reached(state));
  const made = done.filter((call) => call.outcome === "trace").length;
  return { calls, traces, done, made };
}

// The result, where the same call outside of f would give another dtype.
function surprise(state, { calls }, index) {
  const { returns, outcome } = calls[index];
  const card = CARDS[state.queue[index]];
  if (outcome === "error" || returns === returned(card, card)) return "";
  return card.shape.length ? returns.split(" ")[0] : returns;
}

// ---- the words ------------------------------------------------------------

const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

const VERDICTS = { trace: "traces", reuse: "reuses", error: "TypeError" };

function traceSentence(state, e, index) {
  const { call, trace } = e.calls[index];
  const card = CARDS[state.queue[index]];
  const type = e.traces[trace - 1];
  const spec = SIGNATURES[state.signature];
  const reason = spec ? `a signature needs one trace, of ${short(spec)}`
    : trace === 1 ? "the cache was empty"
      : card.values ? `no trace was made for the value ${card.code}`
        : `no trace takes ${short(card)}`;
  const wider = !spec && repr(type) !== repr(card)
    ? ` reduce_retracing widens it to ${short(type)}.` : "";
  return `${call} traces: ${reason}. Python prints “tracing”.${wider}`;
}

// Why an earlier trace answers for this card; source is the card it is of.
function reuseReason(card, source, type, spec) {
  if (spec && (card.kind !== "tensor" || card.numpy)) {
    return `it becomes ${type.dtype} ${shapeText(card.shape)}`;
  }
  if (card.code === source.code) return `it takes ${short(type)}`;
  if (card.values) return `${card.code} == ${source.code} in Python`;
  if (card.kind === "variable") return `${card.code} is like ${source.code}`;
  return card.numpy ? `NumPy is seen as a tensor, ${short(card)}`
    : `it takes ${short(type)}`;
}

function reuseSentence(state, e, index) {
  const { call, trace, returns } = e.calls[index];
  const first = e.calls.findIndex((other) => other.trace === trace);
  const [card, source] = [index, first].map((i) => CARDS[state.queue[i]]);
  const spec = SIGNATURES[state.signature];
  const why = reuseReason(card, source, e.traces[trace - 1], spec);
  const odd = surprise(state, e, index) ? ` It returns ${returns}.` : "";
  return `${call} reuses trace ${trace}: ${why}.${odd} Nothing is printed.`;
}

function errorSentence(state, e, index) {
  const card = CARDS[state.queue[index]];
  return (
    `${e.calls[index].call} raises TypeError: binding inputs failed, for ` +
    `${short(card)} is no ${short(SIGNATURES[state.signature])}. ` +
    "Nothing is traced."
  );
}

const TELL = {
  trace: traceSentence, reuse: reuseSentence, error: errorSentence,
};

// What the call just shown did and what comes next, in short sentences.
function sentence(state) {
  const e = evaluateState(state);
  const step = reached(state);
  const next = e.calls[step]?.call;
  if (!step) {
    return "The cache is empty. First comes "
      + `${next}: predict what it does, or press Step.`;
  }
  const told = TELL[e.calls[step - 1].outcome](state, e, step - 1);
  return next ? `${told} Next: ${next}.` : told;
}

// ---- the program ----------------------------------------------------------

// [line, class]; the body of f runs while it is traced, and only then.
function listing(state) {
  const e = evaluateState(state);
  const step = reached(state);
  const { call = "# no call yet", outcome } = e.calls[step - 1] ?? {};
  const spec = SIGNATURES[state.signature];
  const body = outcome === "trace" ? "fb-also" : "";
  const fired = step ? `  # fired ${e.made}×` : "";
  return [
    [spec ? `s = ${spec.code}` : "# x may be anything"],
    ["@tf.function("],
    [`    reduce_retracing=${state.reduce_retracing ? "True" : "False"},`],
    [
      `    input_signature=${spec ? "[s]" : "None"},`,
      outcome === "error" ? "fb-also" : "",
    ],
    [")"],
    ["def f(x):"],
    [`    print("tracing")${fired}`, body],
    ["    return x * 2", body],
    [call, step ? "fb-now" : ""],
  ];
}

// ---- the picture ----------------------------------------------------------

const WIDTH = 360;
const ROW = 48;
const TOP = 26;
const HEIGHT = TOP + MOST * ROW;
const HUES = ["blue", "orange", "green", "purple"];
const CODE = { "font-family": "ui-monospace,Menlo,Consolas,monospace" };
const hue = (trace) => HUES[(trace - 1) % HUES.length];

const text = (x, y, content, attributes = {}) =>
  tag("text", { x, y, "font-size": 12.5, ...attributes }, escapeText(content));

const bold = { "font-weight": 600 };

const box = (x, y, width, attributes) =>
  tag("rect", { x, y, width, height: 40, rx: 8, ...attributes });

// The number of a trace in a circle: filled where it is made.
function chip(y, mark, color, filled) {
  const circle = tag("circle", {
    cx: 251, cy: y, r: 10, ...paint("stroke", color), "stroke-width": 1.5,
    fill: filled ? COLORS[color] : "none", "fill-opacity": 0.2,
  });
  return circle + text(251, y + 4.5, mark, { ...middle, ...bold });
}

// From a call to the trace that it runs: across if it made it, else on
// around the cache and up to it, from the right.
function wire(y, target, trace, active) {
  const turn = 350 + ((trace - 1) % 3) * 4;
  const d = y === target
    ? `M215 ${y}H238` : `M215 ${y}H241M261 ${y}H${turn}V${target}H347`;
  const path = tag("path", { d, pathLength: 1 });
  return tag("g", {
    class: active ? "fb-active" : undefined, fill: "none",
    ...paint("stroke", hue(trace)), "stroke-width": active ? 2.5 : 1.5,
  }, path);
}

function callSvg(state, e, index) {
  const y = TOP + index * ROW;
  const step = reached(state);
  const done = index < step;
  const active = index === step - 1;
  const { call, trace, outcome } = e.calls[index];
  const color = done && trace ? hue(trace) : "ink";
  const odd = done ? surprise(state, e, index) : "";
  return (
    box(2, y, 212, {
      class: active ? "fb-active" : undefined,
      ...paint("stroke", active ? color : "ink"),
      "stroke-width": active ? 2.5 : 1.2, "stroke-opacity": active ? 1 : 0.4,
      "stroke-dasharray": done ? undefined : "4 4",
      fill: "currentColor", "fill-opacity": 0.03,
    }) +
    text(9, y + 17, index + 1, quiet) +
    text(26, y + 17, call, CODE) +
    (odd && text(206, y + 17, `→ ${odd}`, { ...right, ...bold })) +
    (done ? text(26, y + 33, short(CARDS[state.queue[index]]), quiet) : "") +
    (done && outcome !== "error"
      ? text(206, y + 33, VERDICTS[outcome], { ...right, ...quiet }) : "")
  );
}

// What stands across from a call: the trace that it made, or a word.
function outcomeSvg(state, e, index) {
  const y = TOP + index * ROW;
  const center = y + 20;
  const step = reached(state);
  const { trace, outcome } = e.calls[index];
  if (index > step) return "";
  if (index === step) {
    return chip(center, "?", "ink", false)
      + text(268, center + 4.5, "your guess?", quiet);
  }
  if (outcome === "error") {
    return chip(center, "×", "orange", false)
      + text(268, center + 4.5, "TypeError", bold);
  }
  const first = e.calls.findIndex((other) => other.trace === trace);
  const active = index === step - 1;
  const line = wire(center, TOP + first * ROW + 20, trace, active);
  if (outcome === "reuse") {
    return line + chip(center, trace, hue(trace), false);
  }
  const hit = e.calls[step - 1].trace === trace;
  const [kind, detail] = words(e.traces[trace - 1]);
  return (
    line +
    box(238, y, 108, {
      class: hit ? "fb-active" : undefined,
      ...paint("stroke", hue(trace)), "stroke-width": hit ? 2.5 : 1.2,
      fill: COLORS[hue(trace)], "fill-opacity": hit ? 0.18 : 0.07,
    }) +
    chip(center, trace, hue(trace), true) +
    text(268, y + 17, kind, bold) + text(268, y + 33, detail)
  );
}

// The whole picture of a state as one self-contained SVG element.
function frame(state) {
  const e = evaluateState(state);
  const rows = e.calls.map((_, index) =>
    outcomeSvg(state, e, index) + callSvg(state, e, index)).join("");
  const cache = e.made
    ? `cache: ${count(e.made, "trace")}, ${count(e.made, "print")}`
    : "cache: empty";
  const heads = text(4, 14, "calls of f", quiet)
    + text(356, 14, cache, { ...right, ...quiet });
  const said = describe(state);
  return drawing({ width: WIDTH, height: HEIGHT, said }, heads + rows);
}

// The picture in words: every call and what became of it.
function describe(state) {
  const e = evaluateState(state);
  const said = e.calls.map(({ call, outcome, trace, returns }, index) => {
    if (index >= reached(state)) return `${call} is still to come`;
    if (outcome === "error") return `${call} raises TypeError`;
    const done = outcome === "trace"
      ? `makes trace ${trace}, ${short(e.traces[trace - 1])}`
      : `reuses trace ${trace}`;
    const odd = surprise(state, e, index) ? ` and returns ${returns}` : "";
    return `${call} ${done}${odd}`;
  });
  return `Calls of f beside its cache of traces. ${said.join("; ")}.`;
}

// ---- the calls as a table -------------------------------------------------

const TABLE = "The same calls as a table";

// TensorFlow's text of a type, such as TensorSpec((2,), float32).
const terse = (printed) =>
  printed.replace(/shape=|dtype=tf\.|, (name|trainable)=.*(?=\)$)/g, "");

function table(state) {
  const e = evaluateState(state);
  const later = Array(3).fill("not yet");
  const rows = e.calls.map((given, index) => {
    const { call, sees, outcome, trace, returns } = given;
    if (index >= reached(state)) return [call, ...later];
    const made = trace && repr(e.traces[trace - 1]);
    const wide = outcome === "trace" && made !== sees
      ? `, for ${terse(made)}` : "";
    const done = trace ? `${VERDICTS[outcome]} ${trace}${wide}` : "none";
    return [call, terse(sees), done, returns];
  });
  const head = ["Call", "Seen as", "Trace", "Returns"];
  return { title: TABLE, head, rows };
}

// ---- the still: what a page, a PDF or an e-book shows without a script ----

const TITLE = "Trace visualizer: which calls of a tf.function trace";

function caption() {
  const { calls, traces } = simulate(DEFAULTS.queue);
  const odd = calls[5].returns;
  return (
    `A tf.function that returns 2 · x is called ${calls.length} times and ` +
    `traced ${traces.length} times; Python's print fires once for each ` +
    "trace. Tensors are told apart by dtype and shape: the longer one is " +
    "traced anew, the NumPy array is not. Python numbers are told apart by " +
    "value: 2 is traced anew; 1.0 equals 1, runs its trace and returns " +
    `${odd}. The second Variable is like the first and reuses its trace.`
  );
}

// ---- the live view --------------------------------------------------------

function render({ model, el }) {
  const names = Object.values(PARAMS);
  const read = () => Object.fromEntries(names.map((n) => [n, model.get(n)]));
  const initial = model.get("initial") ?? read();
  const panel = stepPanel("The function, and the call just shown");
  const { say, code } = panel;
  const stage = make("div", {
    class: "fb-stage", tabindex: "0", role: "group",
    "aria-label": `The calls and the cache, step by step. ${KEY_HINT}`,
  });
  const numbers = make("table");
  const asked = make("p", { class: "fb-phase" });
  const score = make("p", { class: "fb-phase" });
  let guesses = []; // by call: whether the guess was right

  function draw({ notice = "", moved = false } = {}) {
    const state = read();
    const e = evaluateState(state);
    const { length } = state.queue;
    const step = reached(state);
    stage.innerHTML = frame(state);
    stage.classList.toggle("fb-moved", moved);
    code.innerHTML = programHtml(listing(state));
    numbers.innerHTML = tableHtml(table(state));
    panel.heading.textContent =
      `call ${step} of ${length} · ${count(e.made, "trace")}`;
    panel.show(step, length);
    say.textContent = notice || sentence(state);
    say.classList.toggle("fb-error", e.calls[step - 1]?.outcome === "error");
    asked.textContent = step < length
      ? `Your guess for call ${step + 1}:` : "All shown: Reset to guess.";
    const given = guesses.slice(0, step).filter((g) => g !== undefined);
    const hits = given.filter(Boolean).length;
    score.textContent = given.length ? `${hits} of ${given.length} right` : "";
    queue.set(presetOf(state.queue));
    signature.set(state.signature);
    reduce.set(state.reduce_retracing);
  }

  const followed = follow(model, names, (shown) => {
    guesses = [];
    draw(shown);
  });
  const update = (patch, shown) => {
    followed.write(patch);
    draw(shown);
  };
  // another function, or another queue: nothing is known of it yet
  const begin = (patch, notice) => {
    guesses = [];
    update({ ...patch, step: 0 }, { notice });
  };
  const at = () => reached(read());
  const last = () => model.get("queue").length;
  const goTo = (step) =>
    update({ step: clamp(step, 0, last()) }, { moved: true });
  const { actions, act, buttons, stop } = stepping({
    at, last, goTo, reset: () => begin(initial),
  });

  const guess = (said) => act(() => {
    const step = at();
    if (step === last()) {
      return draw({ notice: "Every call is shown. Press Reset to guess." });
    }
    const { outcome } = evaluateState(read()).calls[step];
    guesses = guesses.slice(0, step);
    guesses[step] = outcome === said;
    const state = { ...read(), step: step + 1 };
    const verdict = outcome === said ? "Right." : "Not so.";
    update(state, { notice: `${verdict} ${sentence(state)}`, moved: true });
  });
  const add = (name) => act(() => {
    const cards = model.get("queue");
    if (cards.length === MOST) {
      const notice = `A queue holds ${MOST} calls. Remove one first.`;
      return draw({ notice });
    }
    const notice = `${callOf(name)} is call ${cards.length + 1} of the queue.`;
    update({ queue: [...cards, name], step: at() }, { notice });
  });
  const keep = (from, to) => act(() => {
    const cards = model.get("queue");
    if (cards.length === 1) {
      return draw({ notice: "A queue needs one call. Add another first." });
    }
    const queue = cards.slice(from, to);
    if (from) return begin({ queue });
    update({ queue, step: Math.min(at(), queue.length) });
  });

  const presetOf = (cards) =>
    PRESETS.findIndex(([, names]) => names === cards.join(" "));
  const queue = selectControl(
    "Queue",
    [[-1, "Your own", true], ...PRESETS.map(([title], i) => [i, title])],
    act((index) => {
      const [, cards, signature = "none"] = PRESETS[index];
      begin({ queue: cards.split(" "), reduce_retracing: false, signature });
    }),
  );
  const signature = selectControl(
    "input_signature",
    Object.entries(SIGNATURES).map(([value, spec]) =>
      [value, spec?.title ?? "None"]),
    act((value) => begin({ signature: value })),
  );
  const reduce = checkbox("reduce_retracing",
    act((on) => begin({ reduce_retracing: on })));
  const card = (name, face) => button(face, add(name), {
    "aria-label": `${face}, adds ${callOf(name)}`,
  });
  const rack = ([legend, meaning, cards, faces]) => make("div",
    { class: "fb-cards", role: "group", "aria-label": meaning },
    make("span", { "aria-hidden": "true" }, legend),
    ...cards.split(" ").map((n, i) => card(n, faces.split(" ")[i])));

  const root = make(
    "div",
    { class: "fb-live fb-trace", role: "group", "aria-label": TITLE },
    group(
      "fb-inputs",
      group("fb-input", queue.element, group("fb-row",
        button("Remove last", keep(0, -1)),
        button("Keep only last", keep(-1)))),
      group("fb-input", signature.element, group("fb-row", reduce.element)),
      ...RACKS.map((racks) => group("fb-input", ...racks.map(rack))),
    ),
    group(
      "fb-scene",
      stage,
      group("fb-panel", buttons, panel.progress,
        make("div",
          { class: "fb-guess", role: "group", "aria-label": "Your guess" },
          asked, score,
          ...Object.entries(VERDICTS).map(([outcome, word]) =>
            button(word, guess(outcome)))),
        say, code),
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
  render, frame, simulate, normalize, sentence, table, caption,
  cards: CARDS, presets: PRESETS, signatures: SIGNATURES,
  title: TITLE, defaults: DEFAULTS, params: PARAMS, steps: MOST,
};
