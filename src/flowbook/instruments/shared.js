// What every instrument shares: text, numbers, controls, keys, the page mount.
// A plain script without import or export: bundle.py joins it with <name>.js.

const COLORS = {
  blue: "#3b82c4",
  orange: "#c8661a",
  green: "#2f8f5b",
  purple: "#8a63c9",
  ink: "currentColor",
};

const clamp = (value, min, max) => Math.min(Math.max(value, min), max);

// A number for people: at most four decimals, a real minus, never "-0".
function fmt(value, digits = 4) {
  const text = String(Number(value.toFixed(digits)));
  return text === "-0" ? "0" : text.replace("-", "−");
}

const escapeText = (text) =>
  String(text).replace(
    /[&<>"]/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c],
  );

// ---- bad input --------------------------------------------------------

// { value, note }: always a number within min…max; note is "" when raw was
// one, else a sentence that says what became of it.
function cleanNumber(raw, { name, min, max, fallback, whole = false }) {
  const text = String(raw ?? "").trim();
  const number = Number(text);
  const kept = `so it stays at ${fmt(fallback)}.`;
  if (text === "") {
    return { value: fallback, note: `${name} was empty, ${kept}` };
  }
  if (Number.isNaN(number)) {
    return { value: fallback, note: `${name} needs a number, ${kept}` };
  }
  const value = clamp(whole ? Math.round(number) : number, min, max) || 0;
  if (value === number || (whole && number >= min && number <= max)) {
    return { value, note: "" };
  }
  const range = `${name} runs from ${fmt(min)} to ${fmt(max)}`;
  const became = brief(text).replace("-", "−");
  return { value, note: `${range}: ${became} became ${fmt(value)}.` };
}

// true, "1", 1 → true; false, "0", 0 → false; anything else → fallback.
function cleanFlag(raw, fallback) {
  if ([true, 1, "1", "true"].includes(raw)) return true;
  if ([false, 0, "0", "false"].includes(raw)) return false;
  return fallback;
}

// { value, note }, value being one of the choices.
function cleanChoice(raw, { name, choices, fallback }) {
  if (choices.includes(raw)) return { value: raw, note: "" };
  const note = `${name} knows no “${brief(raw)}”, so it is ${fallback}.`;
  return { value: fallback, note };
}

// Any text at a length that fits into a sentence.
const brief = (raw) => {
  const text = String(raw);
  return text.length > 12 ? `${text.slice(0, 11)}…` : text;
};

// ---- SVG as text -------------------------------------------------------

function tag(name, attributes, content = "") {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => ` ${key}="${value}"`);
  return `<${name}${pairs.join("")}>${content}</${name}>`;
}

// One palette color as attribute (any reader) and as variable (the page's).
function paint(property, color) {
  const plain = COLORS[color];
  if (color === "ink") return { [property]: plain };
  const style = `${property}:var(--fb-${color},${plain})`;
  return { [property]: plain, style };
}

// The whole drawing, self-contained; said: the same in words.
function drawing({ width, height, said }, content) {
  return tag("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": escapeText(said),
    style: "display:block;width:100%;max-width:440px;height:auto;"
      + "font-variant-numeric:tabular-nums",
    "font-family": "system-ui,-apple-system,'Segoe UI',sans-serif",
    fill: "currentColor",
  }, content);
}

const right = { "text-anchor": "end" };
const middle = { "text-anchor": "middle" };
const quiet = { "fill-opacity": 0.78 };

// ---- DOM ---------------------------------------------------------------

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

const group = (name, ...children) =>
  make("div", { class: name }, ...children);

const button = (label, onclick, attributes = {}) =>
  make("button", { type: "button", onclick, ...attributes }, label);

// A labelled checkbox; .set(flag) shows a state without announcing it.
function checkbox(label, onflag) {
  const box = make("input", { type: "checkbox" });
  box.addEventListener("change", () => onflag(box.checked));
  const element = make("label", { class: "fb-check" }, box, ` ${label}`);
  return { element, set: (flag) => (box.checked = flag) };
}

// A labelled list of choices, each [value, text]; [value, text, true] is
// shown when set, but not offered.
function selectControl(label, choices, onchoice) {
  const options = choices.map(([value, text, hidden]) =>
    make("option", { value, hidden: hidden && "" }, text));
  const list = make("select", { "aria-label": label }, ...options);
  list.addEventListener("change", () => onchoice(list.value));
  const element = make("label", { class: "fb-select" },
    make("span", {}, label), list);
  return { element, set: (value) => (list.value = value) };
}

// One quantity as range and number field. onvalue(value, note) is called
// while dragging or typing, and with a note when bad input was mended.
// at, back: from a value to its place on the range, in steps of pace, and
// from there.
function numberControl(settings, onvalue) {
  const { name, title = name, label = title, min, max, step = 1 } = settings;
  const { whole, at = (value) => value, back = at, pace = step } = settings;
  let current = min;
  const range = make("input", {
    type: "range", min: at(min), max: at(max), step: pace,
    "aria-label": label,
  });
  const field = make("input", {
    type: "number", inputmode: "decimal", min, max, step,
    "aria-label": `${label}, as a number`,
  });
  const show = () => {
    range.value = at(current);
    range.setAttribute("aria-valuetext", fmt(current));
    const same = field.value !== "" && Number(field.value) === current;
    if (!same) field.value = Number(current.toFixed(4));
  };
  const commit = () => {
    const untouched = Number(field.value) === Number(current.toFixed(4));
    if (field.value !== "" && untouched) return;
    const raw = field.validity.badInput ? "?" : field.value;
    const clean = cleanNumber(raw,
      { name, min, max, fallback: current, whole });
    current = clean.value;
    field.value = "";
    show();
    onvalue(current, clean.note);
  };
  range.addEventListener("input", () =>
    onvalue(back(Number(range.value)), ""));
  field.addEventListener("input", () => {
    const number = Number(field.value);
    const usable = field.value !== "" && number >= min && number <= max;
    if (usable && (!whole || number % 1 === 0)) onvalue(number || 0, "");
  });
  field.addEventListener("change", commit);
  field.addEventListener("blur", commit);
  const hidden = { class: "fb-name", "aria-hidden": "true" };
  const shown = make("span", hidden, title);
  const element = make("div", { class: "fb-number" }, shown, range, field);
  const set = (value) => {
    current = value;
    show();
  };
  return { element, set };
}

// rows: arrays of texts, the first of each naming its row.
function tableHtml({ head, rows }) {
  const cell = (text, index) =>
    index
      ? `<td>${escapeText(text)}</td>`
      : `<th scope="row">${escapeText(text)}</th>`;
  const line = (cells) => `<tr>${cells.map(cell).join("")}</tr>`;
  const titles = head.map((t) => `<th scope="col">${escapeText(t)}</th>`);
  return (
    `<thead><tr>${titles.join("")}</tr></thead>` +
    `<tbody>${rows.map(line).join("")}</tbody>`
  );
}

const KEY_HINT = "Arrows step, Home and End jump, Space plays, R resets.";

// Arrows, Home, End, R and Space, unless the focused control needs them.
function bindKeys(root, stage, { back, forward, first, last, reset, play }) {
  const common = {
    ArrowRight: forward, ArrowLeft: back, Home: first, End: last,
    r: reset, R: reset,
  };
  const onStage = { ArrowDown: forward, ArrowUp: back, " ": play };
  keepFromJupyter(root);
  root.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = target.matches("input[type=number], select");
    const slider = target.matches("input[type=range]");
    if (field || (slider && key.toLowerCase() !== "r")) return;
    const act = common[key] ?? (target === stage ? onStage[key] : undefined);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
}

// JupyterLab's notebook shortcuts match a focused element by itself, so each
// one says on its own that its keys are taken.
function keepFromJupyter(root) {
  const focusable = "input, select, button, summary, [tabindex]";
  for (const element of [root, ...root.querySelectorAll(focusable)]) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
  }
}

// Calls tick() every `ms` until it answers false or .stop() is called.
function makePlayer(ms, tick, onchange) {
  let timer = 0;
  const stop = () => {
    if (!timer) return;
    clearInterval(timer);
    timer = 0;
    onchange(false);
  };
  const start = () => {
    if (timer) return;
    timer = setInterval(() => tick() || stop(), ms);
    onchange(true);
  };
  return { start, stop, playing: () => timer !== 0 };
}

// What moves in steps, from 0 to last(): its four buttons, its keys; a run
// goes to next(). act(f) is f, but stops a run that is on.
function stepping({ at, last, goTo, reset, next = () => at() + 1 }) {
  const run = button("Run", () => actions.play(), { class: "fb-main" });
  const player = makePlayer(
    1100,
    () => {
      goTo(next());
      return at() < last();
    },
    (playing) => (run.textContent = playing ? "Pause" : "Run"),
  );
  const act = (action) => (...given) => {
    player.stop();
    action(...given);
  };
  const actions = {
    back: act(() => goTo(at() - 1)),
    forward: act(() => goTo(at() + 1)),
    first: act(() => goTo(0)),
    last: act(() => goTo(last())),
    reset: act(reset),
    play() {
      if (player.playing()) return player.stop();
      goTo(at() < last() ? next() : 0);
      if (at() < last()) player.start();
    },
  };
  const buttons = group("fb-buttons",
    button("Back", actions.back), button("Step", actions.forward),
    run, button("Reset", actions.reset));
  return { actions, act, buttons, stop: player.stop };
}

// What stands beside the picture: the step, its sentence, the program.
function stepPanel(codeLabel) {
  const heading = make("p", { class: "fb-phase" });
  const dots = make("div", { class: "fb-dots", "aria-hidden": "true" });
  const say = make("p", {
    class: "fb-say", role: "status",
    "aria-live": "polite", "aria-atomic": "true",
  });
  const code = make("pre", {
    class: "fb-code", tabindex: "0", role: "region", "aria-label": codeLabel,
  });
  const progress = group("fb-progress", heading, dots);
  const show = (step, last, turn) => {
    const classes = (index) => [
      index + 1 === turn && "fb-turn", index < step && "fb-done",
      index === step - 1 && "fb-here",
    ].filter(Boolean).join(" ");
    dots.innerHTML = Array.from({ length: last }, (_, index) =>
      `<i class="${classes(index)}"></i>`).join("");
  };
  return { heading, progress, say, code, show };
}

// Lines of a program as [text, class]; "fb-now" marks the one that runs.
const programHtml = (lines) =>
  lines.map(([line, name]) => {
    const now = name === "fb-now" ? ' aria-current="step"' : "";
    const mark = name ? ` class="${name}"${now}` : "";
    return `<span${mark}>${escapeText(line) || " "}</span>`;
  }).join("");

// Calls draw({ notice? }) when names change elsewhere: in Python, in the
// address. write(patch) changes the model without such a call.
function follow(model, names, draw) {
  let writing = false;
  const changed = () => writing || draw();
  const noted = () => writing || draw({ notice: model.get("notice") });
  const events = names.map((name) => `change:${name}`);
  for (const event of events) model.on(event, changed);
  model.on("change:notice", noted);
  return {
    write(patch) {
      writing = true;
      for (const [name, value] of Object.entries(patch)) {
        model.set(name, value);
      }
      writing = false;
      model.save_changes();
    },
    stop() {
      for (const event of events) model.off(event, changed);
      model.off("change:notice", noted);
    },
  };
}

// ---- the page: a model with no kernel, its state in the URL hash --------

function pageModel(state, save) {
  const values = { ...state };
  const handlers = new Map();
  return {
    get: (key) => values[key],
    set(key, value) {
      if (Object.is(values[key], value)) return;
      values[key] = value;
      for (const call of handlers.get(`change:${key}`) ?? []) call();
    },
    on: (event, call) =>
      handlers.set(event, [...(handlers.get(event) ?? []), call]),
    off: (event, call) =>
      handlers.set(
        event,
        (handlers.get(event) ?? []).filter((other) => call && other !== call),
      ),
    save_changes: () => save(values),
  };
}

// "#autodiff:x=2&wx=1" → { x: "2", watch_x: "1" }; null: not ours.
function readHash(key, params) {
  const [head, ...rest] = location.hash.slice(1).split(":");
  if (head !== key) return null;
  const given = new URLSearchParams(rest.join(":"));
  const pairs = Object.entries(params).filter(([short]) => given.has(short));
  return Object.fromEntries(pairs.map(([s, name]) => [name, given.get(s)]));
}

function writeHash(key, params, values) {
  const text = (value) => (typeof value === "boolean" ? +value : value);
  const pairs = Object.entries(params).map(
    ([short, name]) => `${short}=${text(values[name])}`,
  );
  history.replaceState(history.state, "", `#${key}:${pairs.join("&")}`);
}

// Brings one figure to life in place of its still; the still stays if that
// fails.
function mount(figure, key, instrument) {
  const { normalize, params, render } = instrument;
  const given = JSON.parse(figure.dataset.state || "{}");
  const author = normalize(given).state;
  const settle = () => {
    const linked = readHash(key, params);
    return { linked, ...normalize({ ...author, ...linked }) };
  };
  const { linked, state, notes } = settle();
  let pending = 0;
  const save = (values) => {
    // browsers refuse an address that changes on every move of a slider
    clearTimeout(pending);
    pending = setTimeout(() => writeHash(key, params, values), 150);
  };
  const body = figure.querySelector(".fb-body");
  const still = body.innerHTML;
  const model = pageModel({ ...state, initial: author, still }, save);
  model.set("notice", notes.join(" "));
  const el = document.createElement("div");
  render({ model, el });
  body.replaceChildren(el);
  figure.dataset.mounted = "";
  if (linked) figure.scrollIntoView({ block: "nearest" });
  window.addEventListener("hashchange", () => {
    const next = settle();
    if (!next.linked) return;
    clearTimeout(pending);
    for (const [name, value] of Object.entries(next.state)) {
      model.set(name, value);
    }
    model.set("notice", "");
    model.set("notice", next.notes.join(" "));
  });
}

function mountAll(name, instrument) {
  const figures = document.querySelectorAll(`[data-instrument="${name}"]`);
  figures.forEach((figure, index) => {
    if ("mounted" in figure.dataset) return;
    try {
      mount(figure, index ? `${name}-${index + 1}` : name, instrument);
    } catch (error) {
      console.error(`The instrument ${name} did not start.`, error);
    }
  });
}

function whenReady(start) {
  if (document.readyState !== "loading") start();
  else document.addEventListener("DOMContentLoaded", start, { once: true });
}
