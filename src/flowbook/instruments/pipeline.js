// The pipeline timeline: what a training step waits for (EQ F2.3).

// An epoch has 4 batches, the picture 2 epochs, the rates are of 1684 steps.
const EPOCH = 4;
const SHOWN = 8;
const STEPS = 1684;
const DEPTHS = [0, 1, 2, 4, 8, 16];
const PARAMS = {
  r: "read", m: "map", t: "train", k: "prefetch", w: "workers", j: "jitter",
  c: "cache", a: "augment", seed: "seed", step: "step",
};
const DEFAULTS = {
  read: 4, map: 12, train: 8, prefetch: 1, workers: 1, jitter: 0,
  cache: "none", augment: false, seed: 1, step: SHOWN,
};

// By name: what its control and its address may hold.
const whole = (min, max) => ({ min, max, step: 1, whole: true });
const time = (name, min) => ({ min, max: 50, step: 1, title: `${name}, ms` });
const LIMITS = {
  read: time("read", 0), map: time("map", 0), train: time("train", 1),
  prefetch: whole(0, 16), workers: whole(1, 8),
  jitter: { min: 0, max: 1, step: 0.05 }, seed: whole(0, 999),
};
const CACHES = { none: "none", read: "after read", map: "after map" };

// [title, settings beside those of the first one]
const PRESETS = [
  ["Nothing overlaps", { prefetch: 0 }],
  ["prefetch(1)", {}],
  ["prefetch(1), two map workers", { workers: 2 }],
  ["Slow map, jitter, prefetch(1)", { jitter: 0.6 }],
  ["Slow map, jitter, prefetch(16)", { jitter: 0.6, prefetch: 16 }],
  ["Balanced, jitter, prefetch(1)", { map: 4, jitter: 0.6 }],
  ["Balanced, jitter, prefetch(16)", { map: 4, jitter: 0.6, prefetch: 16 }],
  ["Slow reading, four workers", { read: 14, workers: 4 }],
  ["Cache after map", { cache: "map" }],
  ["Cache after a random map", { cache: "map", augment: true }],
  ["Cache before a random map", { cache: "read", augment: true }],
].map(([title, own]) => {
  const { seed, step, ...settings } = DEFAULTS;
  return [title, { ...settings, ...own }];
});

// ---- the simulation: pipeline.py says what its rules are ------------------

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

// An exponential variate of mean 1, by von Neumann's comparisons: nothing
// is rounded that another language could round otherwise.
function exponential(uniform) {
  for (let whole = 0; ; whole += 1) {
    const first = uniform();
    let falling = 1;
    let last = first;
    for (let next = uniform(); next <= last; next = uniform()) {
      last = next;
      falling += 1;
    }
    if (falling % 2) return whole + first;
  }
}

// Moments of each batch in ms, as arrays: its reading starts, ends, its map
// ends, its training starts, ends; and its map worker, from 0.
function schedule(settings, steps) {
  const { train, prefetch, workers, jitter, cache } = settings;
  const uniform = uniforms(settings.seed);
  const draw = (mean) =>
    mean * (1 - jitter + (jitter && jitter * exponential(uniform)));
  const [start, until, ready, taken, done, worker] = [[], [], [], [], [], []];
  const [asked, handed] = [[], []];
  const free = Array(workers).fill(0);
  for (let i = 0; i < steps; i += 1) {
    const [reading, mapping] = [draw(settings.read), draw(settings.map)];
    const cached = i < EPOCH ? "none" : cache;
    const before = done[i - 1] ?? 0;
    asked[i] = prefetch
      ? Math.max(handed[i - 1] ?? 0, taken[i - prefetch] ?? 0) : before;
    start[i] = workers === 1 || cached === "map" ? asked[i] : Math.max(
      until[i - 1] ?? 0, asked[i - workers] ?? 0, Math.min(...free));
    worker[i] = free.findIndex((moment) => moment <= start[i]);
    until[i] = start[i] + (cached === "none" ? reading : 0);
    ready[i] = until[i] + (cached === "map" ? 0 : mapping);
    free[worker[i]] = ready[i];
    handed[i] = Math.max(ready[i], asked[i]);
    taken[i] = Math.max(handed[i], before);
    done[i] = taken[i] + train;
  }
  return { start, until, ready, taken, done, worker };
}

// What EQ F2.3 says of the mean times, once the cache is full.
function predict(settings) {
  const { train, prefetch, workers, cache } = settings;
  const read = cache === "none" ? settings.read : 0;
  const map = cache === "map" ? 0 : settings.map;
  const shared = (read + map) / workers;
  const input = Math.max(read, shared);
  const sum = read + map + train;
  const max = Math.max(input, train);
  const given = { read, map, input, sum, max };
  if (read + map && !prefetch && workers === 1) {
    return { ...given, predicted: sum, bottleneck: "no overlap" };
  }
  const slowest = read >= (workers === 1 ? map : shared) ? "read" : "map";
  const bottleneck = input < train ? "accelerator"
    : input === train ? "balanced" : slowest;
  return { ...given, predicted: max, bottleneck };
}

// A run of more steps than an epoch has, in numbers alone.
function rates(settings, steps, { done } = schedule(settings, steps)) {
  const makespan = done[steps - 1];
  const stepTime = (makespan - done[EPOCH - 1]) / (steps - EPOCH);
  const { train, jitter } = settings;
  const given = predict(settings);
  const { predicted, bottleneck } = given;
  const jittered = jitter && predicted === train && stepTime > 1.02 * train;
  return {
    ...given, bottleneck: jittered ? "jitter" : bottleneck,
    makespan, step_time: stepTime,
    steps_per_second: 1000 / stepTime,
    utilization: Math.min(1, train / stepTime),
  };
}

// What Python's simulate() says, and the terms of EQ F2.3.
function simulate(settings, steps = STEPS) {
  const s = schedule(settings, steps);
  const events = s.done.map((end, i) => {
    const pass = Math.floor(i / EPOCH) + 1;
    return {
      step: i + 1, epoch: pass, batch: (i % EPOCH) + 1,
      worker: s.worker[i] + 1,
      read: [s.start[i], s.until[i]], map: [s.until[i], s.ready[i]],
      train: [s.taken[i], end], idle: s.taken[i] - (s.done[i - 1] ?? 0),
      view: settings.cache === "map" ? 1 : pass,
    };
  });
  return { ...rates(settings, steps, s), events };
}

// ---- a state --------------------------------------------------------------

// Any state, from a URL or a hand-written attribute, as { state, notes }:
// a complete valid state and a sentence for each value that was mended.
function normalize(raw) {
  const given = (name) => raw[name] ?? DEFAULTS[name];
  const limits = { ...LIMITS, step: whole(0, SHOWN) };
  const cleaned = Object.entries(limits).map(([name, limit]) => [
    name, cleanNumber(given(name), {
      name, fallback: DEFAULTS[name], ...limit,
    }),
  ]);
  cleaned.push(["cache", cleanChoice(given("cache"), {
    name: "cache", choices: Object.keys(CACHES), fallback: "none",
  })]);
  const state = Object.fromEntries(
    cleaned.map(([name, { value }]) => [name, value]));
  state.augment = cleanFlag(raw.augment, false);
  return { state, notes: cleaned.map(([, c]) => c.note).filter(Boolean) };
}

// Everything that a picture of these settings needs, whatever its step.
let studied = {};
function study({ step, augment, ...settings }) {
  const key = JSON.stringify(settings);
  if (studied.key === key) return studied;
  const { events, makespan: whole } = simulate(settings, SHOWN);
  const alone = { ...settings, prefetch: 0, workers: 1, cache: "none" };
  studied = {
    key, ...rates(settings, STEPS), events, whole,
    apart: rates(alone, SHOWN).makespan,
    curve: DEPTHS.map((prefetch) =>
      rates({ ...settings, prefetch }, STEPS).utilization),
  };
  return studied;
}

const one = (value) => fmt(value, 1);
const percent = (share) => `${fmt(share * 100, +(share > 0.99))}\u00a0%`;

// Room for prepared batches: what prefetch and a parallel map hold.
const room = ({ prefetch, workers }) =>
  prefetch + (workers > 1 ? workers : 0);

// How far the picture goes, ms.
const reachedTime = ({ step }, { events }) =>
  step ? events[step - 1].train[1] : 0;

// ---- the words ------------------------------------------------------------

function advice({ workers }, s) {
  const rarely = s.utilization > 0.9995 ? "never" : "hardly";
  const deepest = s.curve.at(-1);
  const deeper = deepest - s.utilization > 0.005
    ? `prefetch(16) would mean ${percent(deepest)} busy`
    : "a deeper prefetch does not help";
  return {
    "no overlap": "Nothing overlaps. By EQ F2.3, prefetch(1) would make it "
      + `${one(s.max)}.`,
    read: "Reading is the bottleneck: cache it or read a faster format; "
      + `${deeper}.`,
    map: `Map is the bottleneck: ${workers < 8 ? "add workers or " : ""}cache `
      + `it; ${deeper}.`,
    jitter: "Only jitter makes it wait"
      + `${workers > 1 ? ", as batches keep their order" : ""}; ${deeper}.`,
    accelerator: `The accelerator is the bottleneck: it ${rarely} waits.`,
    balanced: `Input and accelerator are even: it ${rarely} waits.`,
  }[s.bottleneck];
}

// What the settings come to.
function verdict(state) {
  const s = study(state);
  return `${one(s.step_time)} ms a step, ${one(s.steps_per_second)} steps/s, `
    + `accelerator ${percent(s.utilization)} busy. ${advice(state, s)}`
    + (state.augment && state.cache === "map"
      ? " But every epoch sees the first random views." : "");
}

// Where a batch comes from.
function source({ cache, augment }, { epoch, read, map }) {
  const from = epoch > 1 ? cache : "none";
  const mapped = `mapped until ${one(map[1])} ms`;
  const seen = from === "map" ? " with its first random view, frozen"
    : ", a new random view";
  return {
    none: `is read from ${one(read[0])} to ${one(read[1])}, ${mapped}`,
    read: `comes from the cache and is ${mapped}`,
    map: "comes from the cache",
  }[from] + (augment && epoch > 1 ? seen : "");
}

// What happens up to this step, in one or two short sentences.
function sentence(state) {
  const { events } = study(state);
  if (state.step === SHOWN) return verdict(state);
  if (!state.step) {
    return "Nothing has run yet. Press Step: batch 1 is read, mapped and "
      + "trained on.";
  }
  const event = events[state.step - 1];
  const { epoch, batch, train, idle } = event;
  const waited = idle ? `after waiting ${one(idle)} ms for it`
    : "without a wait";
  return `Batch ${batch}${epoch > 1 ? ` of epoch ${epoch}` : ""} `
    + `${source(state, event)}. The accelerator trains from `
    + `${one(train[0])} to ${one(train[1])} ms, ${waited}.`;
}

// ---- the program ----------------------------------------------------------

function listing(state) {
  const s = study(state);
  const { prefetch, workers, cache, train } = state;
  const slow = (name) => (s.bottleneck === name ? "fb-slow" : "");
  const calls = workers > 1 ? `, num_parallel_calls=${workers}` : "";
  const shared = workers > 1
    ? `max(${one(s.read)}, ${one(s.read + s.map)}/${workers})`
    : `${one(s.read)} + ${one(s.map)}`;
  const lines = [
    ["ds = files.map(read)", slow("read")],
    [`ds = ds.map(${state.augment ? "aug" : "f"}${calls})`, slow("map")],
    prefetch ? [`ds = ds.prefetch(${prefetch})`]
      : ["# no prefetch; inject_prefetch=False", slow("no overlap")],
    ["for batch in ds: train(batch)", slow("accelerator")],
    ["# EQ F2.3, ms a step"],
    [`#   t_in   = ${shared} = ${one(s.input)}`],
    [s.bottleneck === "no overlap"
      ? `#   t_step = ${one(s.input)} + ${one(train)} = ${one(s.sum)}`
      : `#   t_step = max(${one(s.input)}, ${one(train)}) = ${one(s.max)}`],
    [`# simulated: ${one(s.step_time)}`],
  ];
  const at = { read: 1, map: 2, none: 4 }[cache];
  lines.splice(at, 0, [cache === "none" ? "" : "ds = ds.cache()"]);
  return lines;
}

// ---- the picture ----------------------------------------------------------

const WIDTH = 360;
const HEIGHT = 356;
// The time axis runs from LEFT to RIGHT, the lanes from TOP on.
const LEFT = 78;
const RIGHT = 357;
const TOP = 52;
const LANES = 196;

const round = (value) => Number(value.toFixed(1));
const text = (x, y, content, attributes) => tag("text", {
  x: round(x), y: round(y), "font-size": 12.6, ...attributes,
}, escapeText(content));
const rule = (d, attributes) =>
  tag("path", { d, stroke: "currentColor", fill: "none", ...attributes });
const bold = { "font-weight": 600 };

// Diagonal strokes that fill a box, as one path.
function hatch(x, y, width, height) {
  let d = "";
  for (let at = 3 - height; at < width; at += 5) {
    const [low, high] = [Math.max(at, 0), Math.min(at + height, width)];
    d += `M${round(x + low)} ${round(y + height - low + at)}`
      + `L${round(x + high)} ${round(y + height - high + at)}`;
  }
  return rule(d, { "stroke-opacity": 0.45 });
}

// Where things stand: x of a moment, y and height of a lane; pool is what
// the chart of the buffer gets.
function layout(state, s) {
  const span = Math.max(s.whole, Math.min(s.apart, 2.5 * s.whole));
  const { workers } = state;
  const pitch = Math.min(42, 152 / (workers + 2));
  const high = pitch * 0.8;
  const pool = LANES - pitch * (workers + 2);
  const lane = (index) =>
    TOP + index * pitch + (index > workers ? pool : 0);
  const x = (time) => LEFT + ((RIGHT - LEFT) * time) / span;
  return { span, pitch, high, pool, lane, x };
}

// One piece of work as a bar, cut off at the moment that the picture shows.
function bar(at, now, lane, [start, end], color, { face, active }) {
  if (start >= now || start === end) return "";
  const x = at.x(start);
  const width = at.x(Math.min(end, now)) - x;
  const y = at.lane(lane);
  const box = tag("rect", {
    class: active ? "fb-active" : undefined,
    x: round(x), y: round(y), width: round(width), height: round(at.high),
    rx: 2, fill: COLORS[color], "fill-opacity": active ? 0.5 : 0.2,
    ...paint("stroke", color), "stroke-width": active ? 2 : 1,
  });
  const fits = at.high > 13 && width > 5 + 7 * face.length;
  return box + (fits
    ? text(x + width / 2, y + at.high / 2 + 4.5, face, middle)
    : "");
}

function lanesSvg(state, s, at) {
  const now = reachedTime(state, s);
  const last = state.workers + 1;
  let bars = "";
  let idle = "";
  for (const event of s.events) {
    const { step, batch, read, map, train, worker, view } = event;
    const active = step === state.step;
    const face = `${batch}`;
    const fresh = state.augment && view > 1 ? "′" : "";
    const seen = { face: face + fresh, active };
    bars += bar(at, now, 0, read, "blue", { face, active })
      + bar(at, now, worker, map, "orange", seen)
      + bar(at, now, last, train, "green", seen);
    const x = at.x(train[0] - event.idle);
    const width = at.x(train[0]) - x;
    if (event.idle && step <= state.step) {
      idle += hatch(x, at.lane(last), width, at.high);
    }
  }
  const words = `saves ${one(s.apart - s.whole)} ms`;
  const rest = state.step === SHOWN
    && RIGHT - at.x(s.whole) > 7 * words.length
    ? text(RIGHT, at.lane(last) + at.high / 2 + 4.5, words, {
      ...right, ...quiet,
    }) : "";
  return idle + bars + rest;
}

// How the batch of this step went from lane to lane.
function wayPath(state, s, at) {
  if (!state.step) return "";
  const { read, map, train, worker } = s.events[state.step - 1];
  const last = at.lane(state.workers + 1);
  const [x, y, z] = [read[1], map[1], train[0]].map((t) => round(at.x(t)));
  const down = round(at.lane(worker) + at.high);
  const first = map[0] < map[1] && read[0] < read[1]
    ? `M${x} ${round(at.high + TOP)}V${round(at.lane(worker))}` : "";
  const path = tag("path", {
    d: `${first}M${y} ${down}L${z} ${round(last)}`, pathLength: 1,
  });
  return tag("g", {
    class: "fb-active", fill: "none", ...paint("stroke", "purple"),
    "stroke-width": 2,
  }, path);
}

// Batches that are ready and not yet trained on, as steps over time.
function poolSvg(state, s, at) {
  const now = reachedTime(state, s);
  const base = round(at.lane(state.workers + 1) - at.pitch * 0.3);
  const unit = (at.pool - 10) / clamp(room(state), 1, SHOWN);
  const changes = s.events
    .filter(({ map, train }) => map[1] < train[0])
    .flatMap(({ map, train }) => [[map[1], 1], [train[0], -1]])
    .filter(([time]) => time <= now)
    .sort(([a, up], [b, other]) => a - b || up - other);
  let ready = 0;
  let d = `M${LEFT} ${base}`;
  for (const [time, change] of changes) {
    ready += change;
    d += `H${round(at.x(time))}V${round(base - ready * unit)}`;
  }
  d += `H${round(at.x(now))}V${base}Z`;
  return tag("path", {
    d, fill: COLORS.purple, "fill-opacity": 0.25, ...paint("stroke", "purple"),
  }) + text(2, base - 17, "ready", quiet)
    + text(2, base - 2, room(state) ? `room for ${room(state)}` : "no room",
      quiet);
}

function axisSvg(state, s, at) {
  const y = TOP + LANES;
  const power = 10 ** Math.floor(Math.log10(at.span / 3));
  const every = power * [5, 2, 1].find((n) => n * power <= at.span / 3);
  const count = Math.floor(at.span / every);
  const ticks = Array.from({ length: count + 1 }, (_, i) => i * every);
  const marks = ticks.map((t) => `M${round(at.x(t))} ${y}v4`).join("");
  const faces = ticks.map((t) =>
    text(Math.min(at.x(t), 346), y + 16, one(t), { ...middle, ...quiet }));
  const now = reachedTime(state, s);
  const cursor = rule(`M${round(at.x(now))} ${TOP - 4}V${y}`, {
    "stroke-opacity": 0.5, "stroke-dasharray": "3 3",
  });
  return rule(`M${LEFT} ${y}H${RIGHT}${marks}`, { "stroke-opacity": 0.5 })
    + faces.join("") + text(2, y + 16, "ms", quiet) + cursor;
}

function headSvg(s) {
  const stat = (x, big, small, where) =>
    text(x, 17, big, { "font-size": 16, ...bold, ...where })
    + text(x, 34, small, { ...quiet, ...where });
  const rate = s.steps_per_second;
  return stat(2, `${rate < 100 ? one(rate) : fmt(rate, 0)} steps/s`,
    `${one(s.step_time)} ms a step`)
    + stat(182, `${percent(s.utilization)} busy`, "accelerator", middle)
    + stat(358, s.bottleneck, "bottleneck", right);
}

// Sum and max of EQ F2.3, the one that holds in bold, and the simulation.
function equationSvg(s) {
  const top = TOP + LANES + 40;
  const unit = 84 / Math.max(s.sum, s.step_time);
  const rows = [["sum", s.sum], ["max", s.max], ["run", s.step_time]];
  const valid = s.bottleneck === "no overlap" ? "sum" : "max";
  return text(2, top, "EQ F2.3, ms a step", quiet)
    + rows.map(([name, value], i) => {
      const y = top + 20 + i * 19;
      const color = name === "run" ? "green" : "ink";
      const look = name === "run" || name === valid ? bold : quiet;
      return text(2, y, name, look)
        + tag("rect", {
          x: 38, y: y - 11, width: round(value * unit), height: 13, rx: 2,
          ...paint("fill", color),
          "fill-opacity": name === "run" ? 0.6 : name === valid ? 0.4 : 0.15,
        })
        + text(44 + value * unit, y, one(value), look);
    }).join("");
}

// How busy the accelerator is at every depth of the prefetch buffer.
function curveSvg(state, s) {
  const [left, top] = [224, TOP + LANES + 50];
  const x = (index) => round(left + 24.8 * index);
  const y = (share) => round(top + 34 * (1 - share));
  const here = state.prefetch && 1 + Math.log2(state.prefetch);
  const points = s.curve.map((share, i) => `${x(i)} ${y(share)}`);
  return text(left, top - 10, "busy, by prefetch", quiet)
    + rule(`M${left} ${y(1)}H348M${left} ${y(0)}H348`, {
      "stroke-opacity": 0.25,
    })
    + rule(`M${points.join("L")}`, {
      ...paint("stroke", "green"), "stroke-width": 2,
    })
    + tag("circle", {
      cx: x(here), cy: y(s.utilization), r: 5, ...paint("fill", "green"),
    })
    + text(left - 6, y(1) + 5, "100 %", { ...right, ...quiet })
    + text(left - 6, y(0) + 4, "0 %", { ...right, ...quiet })
    + DEPTHS.map((depth, i) =>
      text(x(i), top + 52, depth, { ...middle, ...quiet })).join("");
}

// The whole picture of a state as one self-contained SVG element.
function frame(state) {
  const s = study(state);
  const at = layout(state, s);
  const { workers } = state;
  const names = ["read", ...Array.from({ length: workers }, (_, i) =>
    workers > 1 ? `map ${i + 1}` : "map"), "accelerator"];
  const lanes = names.map((name, i) =>
    text(2, at.lane(i) + at.high / 2 + 4.5, name)).join("");
  return drawing({ width: WIDTH, height: HEIGHT, said: describe(state) },
    headSvg(s) + lanes + axisSvg(state, s, at) + poolSvg(state, s, at)
    + lanesSvg(state, s, at) + wayPath(state, s, at)
    + equationSvg(s) + curveSvg(state, s));
}

// The picture in words.
function describe(state) {
  const s = study(state);
  const depths = DEPTHS.map((depth, i) => `${depth}: ${percent(s.curve[i])}`);
  return `Timeline of ${SHOWN} training steps, ${state.step} of them shown, `
    + `up to ${one(reachedTime(state, s))} ms. ${verdict(state)} EQ F2.3: `
    + `${one(s.sum)} ms without overlap, ${one(s.max)} with. Busy, by `
    + `prefetch: ${depths.join(", ")}.`;
}

// ---- the steps as a table -------------------------------------------------

const TABLE = "The same run as a table, in ms";

function table(state) {
  const { events } = study(state);
  const span = ([start, end]) =>
    start === end ? "no time" : `${one(start)}–${one(end)}`;
  const rows = events.map(({ step, batch, read, map, train, idle, view }) => {
    const name = `${batch}${state.augment ? `, view ${view}` : ""}`;
    const cells = step > state.step ? Array(4).fill("not yet")
      : [span(read), span(map), span(train), one(idle)];
    return [`${step}`, name, ...cells];
  });
  const head = ["Step", "Batch", "Read", "Map", "Train", "Idle"];
  return { title: TABLE, head, rows };
}

// ---- the still: what a page, a PDF or an e-book shows without a script ----

const TITLE = "Pipeline timeline: what a training step waits for";
const MODEL = "The model keeps batches in order; no two stages compete for a "
  + "core; a cached batch is free; epochs follow without a restart; jitter, "
  + "the coefficient of variation of read and map, spares the accelerator.";

// Tests hold its numbers to those of the defaults.
const CAPTION = "Eight batches, two epochs of four: each is read in 4 ms, "
  + "mapped in 12 and trained on in 8. With prefetch(1) the input works on a "
  + "batch while the accelerator trains on the one before, so that a step "
  + "takes max(16, 8) = 16 ms, not the sum of 24: 62.5 steps/s, and 56 ms "
  + "saved over these eight. The accelerator, idle where it is hatched, is "
  + "50 % busy. Map is the bottleneck: a deeper prefetch changes nothing, as "
  + `the curve shows; a second map worker does. ${MODEL}`;

// ---- the live view --------------------------------------------------------

function render({ model, el }) {
  const names = Object.values(PARAMS);
  const read = () => Object.fromEntries(names.map((n) => [n, model.get(n)]));
  const initial = model.get("initial") ?? read();
  const panel = stepPanel("The pipeline, and its time by EQ F2.3");
  const { say, code } = panel;
  const stage = make("div", {
    class: "fb-stage", tabindex: "0", role: "group",
    "aria-label": `The timeline, step by step. ${KEY_HINT}`,
  });
  const numbers = make("table");

  function draw({ notice = "", moved = false } = {}) {
    const state = read();
    stage.innerHTML = frame(state);
    stage.classList.toggle("fb-moved", moved);
    code.innerHTML = programHtml(listing(state));
    numbers.innerHTML = tableHtml(table(state));
    panel.heading.textContent = `step ${state.step} of ${SHOWN} · `
      + `${one(reachedTime(state, study(state)))} ms`;
    panel.show(state.step, SHOWN, EPOCH + 1);
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
  // other settings: their sum before any single step
  const set = (patch, note = "") => update(patch, {
    notice: note || verdict({ ...read(), ...patch }),
  });
  const { actions, act, buttons, stop } = stepping({
    at: () => model.get("step"),
    last: () => SHOWN,
    goTo: (step) => update({ step: clamp(step, 0, SHOWN) }, { moved: true }),
    reset: () => update({ ...initial, step: 0 }),
  });

  const preset = selectControl(
    "Try",
    [[-1, "Your own", true], ...PRESETS.map(([title], i) => [i, title])],
    act((index) => set(PRESETS[index][1])),
  );
  const controls = Object.fromEntries(Object.entries(LIMITS).map(
    ([name, limit]) => [name, numberControl({ name, ...limit },
      (value, note) => set({ [name]: value }, note))]));
  controls.cache = selectControl("cache", Object.entries(CACHES),
    act((cache) => set({ cache })));
  controls.augment = checkbox("map draws a random view",
    act((augment) => set({ augment })));
  const column = (...parts) => group("fb-input",
    ...parts.map((part) => part.element));

  const root = make(
    "div",
    { class: "fb-live fb-pipeline", role: "group", "aria-label": TITLE },
    group("fb-inputs",
      column(preset, controls.read, controls.map, controls.train,
        controls.augment),
      column(controls.cache, controls.prefetch, controls.workers,
        controls.jitter, controls.seed)),
    group(
      "fb-scene",
      stage,
      group("fb-panel", buttons, panel.progress, say, code),
      make("p", { class: "fb-hint", "aria-hidden": "true" }, KEY_HINT),
    ),
    make("p", { class: "fb-model" }, MODEL),
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
  render, frame, simulate, normalize, sentence, table, verdict, listing,
  caption: () => CAPTION, presets: PRESETS, limits: LIMITS,
  title: TITLE, defaults: DEFAULTS, params: PARAMS, steps: SHOWN,
};
