// The pad in the page: draw a digit, and the chapter's exported files read it.
// esbuild joins it with scan.js and with what the instruments share; LiteRT
// and the model are fetched when the reader asks for them.
import { button, group, make, selectControl, tag } from "shared";
import { scan } from "./scan.js";

const BASE = new URL("../litert/", document.currentScript.src);
const FILES = { float32: "reader.tflite", int8: "reader-int8.tflite" };
const OTHER = { float32: "int8", int8: "float32" };
const NAMES = { webgpu: "WebGPU", wasm: "WebAssembly" };
const [RUNS, REPEATS] = [20, 5];
const PAUSE = 700; // ms without a stroke before the answer is said

const inMegabytes = (bytes) => (bytes / 1e6).toFixed(1);
const percent = (p) => `${(100 * p).toFixed(1)} %`;
const best = (answer) => answer.indexOf(Math.max(...answer));
const named = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;
const gap = (a, b) => Math.max(...a.map((p, digit) => Math.abs(p - b[digit])));

function small(number) {
  if (number >= 0.001) return number.toFixed(3);
  if (number === 0) return "0";
  const [digits, power] = number.toExponential(0).split("e-");
  const raised = [...power].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("");
  return `${digits} × 10⁻${raised}`;
}

// ---- the model: both files on one accelerator --------------------------------

async function compileAll(runtime, blobs, accelerator, { pixels, keras }) {
  const models = {};
  for (const [kind, blob] of Object.entries(blobs)) {
    models[kind] = await runtime.compile(blob, accelerator);
    const away = gap(await models[kind](pixels[0]), keras[0]);
    if (!(away < 0.05)) throw new Error(`its ${kind} answer was another`);
  }
  return models;
}

// { wasm: models, webgpu?: models, why: a sentence on the choice }
async function offer(runtime, blobs, hasGpu, digits) {
  const wasm = await compileAll(runtime, blobs, "wasm", digits);
  if (!navigator.gpu) return { wasm, why: "this browser has no WebGPU" };
  if (!hasGpu) {
    return { wasm, why: "this browser finds no graphics processor" };
  }
  try {
    const webgpu = await compileAll(runtime, blobs, "webgpu", digits);
    return { wasm, webgpu, why: "this browser has it" };
  } catch (error) {
    return { wasm, why: `WebGPU failed here (${error.message})` };
  }
}

// Milliseconds of one inference: the median of batches, for clocks are coarse.
async function measure(model, pixels) {
  const times = [];
  for (let batch = 0; batch < REPEATS; batch += 1) {
    const begin = performance.now();
    for (let run = 0; run < RUNS; run += 1) await model(pixels);
    times.push((performance.now() - begin) / RUNS);
  }
  return times.sort((a, b) => a - b)[Math.floor(REPEATS / 2)];
}

// ---- the pad: strokes as a path, so that dark pages and paper show it ---------

function drawingPad(onstroke) {
  const pad = make("div", { class: "fb-pad" });
  let strokes = [];
  const draw = () => {
    const line = (points) => `M${points[0]}L${points.flat().join(" ")}`;
    pad.innerHTML = tag("svg", {
      viewBox: "0 0 1 1", role: "img", fill: "none", stroke: "currentColor",
      "aria-label": strokes.length ? "Your drawing" : "An empty pad",
    }, tag("path", { d: strokes.map(line).join("") }));
  };
  const place = ({ clientX, clientY }) => {
    const { left, top, width, height } = pad.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  };
  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    strokes.push([place(event)]);
    draw();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!pad.hasPointerCapture(event.pointerId)) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).push(...(moves.length ? moves : [event]).map(place));
    draw();
  });
  pad.addEventListener("lostpointercapture", () => onstroke(scan(strokes)));
  const clear = (instead = "") => {
    strokes = [];
    draw();
    if (instead) pad.innerHTML = instead;
  };
  clear();
  return { element: pad, clear };
}

// What the model gets: 8 × 8 squares, 0 to 16.
function picture(pixels) {
  const squares = (pixels ?? []).map((value, index) => tag("rect", {
    x: index % 8, y: Math.floor(index / 8), width: 1, height: 1,
    "fill-opacity": value / 16,
  }));
  const said = pixels ? "The 64 numbers that the model gets" : "Nothing yet";
  return tag("svg", {
    viewBox: "0 0 8 8", role: "img", "aria-label": said,
    fill: "currentColor", "shape-rendering": "crispEdges",
  }, squares.join(""));
}

function barsHtml(answer) {
  const top = answer && best(answer);
  return Array.from({ length: 10 }, (_, digit) => {
    const p = answer?.[digit] ?? 0;
    return `<li${digit === top ? ' class="fb-top"' : ""}><b>${digit}</b>`
      + `<i style="--p:${p.toFixed(4)}"></i>`
      + `<data value="${p}">${answer ? percent(p) : "–"}</data></li>`;
  }).join("");
}

// ---- the instrument -------------------------------------------------------------

function bring(figure) {
  const notebook = document.querySelector("a.btn-download-notebook").href;
  const kept = notebook.replace(/\.ipynb$/, "/");
  const body = figure.querySelector(".fb-body");
  let [pixels, sample, timer, offered, digits] = [null, -1, 0, null, null];
  let [kind, on] = ["float32", "wasm"];

  const say = make("p", { class: "fb-say", role: "status" });
  const note = make("p", { class: "fb-note" });
  const bars = make("ol", { class: "fb-bars", "aria-label": "Probabilities" });
  const seen = make("div", { class: "fb-seen" });
  const pad = drawingPad((scanned) => {
    sample = -1;
    samples.set("");
    show(scanned, PAUSE);
  });
  const load = button(`Load the model, ${inMegabytes(RUNTIME_BYTES)} MB`,
    fetchModel, { class: "fb-main" });
  const meter = make("progress", { max: 1, "aria-label": "Loaded", hidden: "" });
  const clear = button("Clear", () => {
    sample = -1;
    samples.set("");
    pad.clear();
    show(null);
  });

  const samples = selectControl("Test digit",
    [["", "none: my drawing"]], (chosen) => {
      sample = chosen === "" ? -1 : Number(chosen);
      const scanned = digits.pixels[sample] ?? null;
      pad.clear(scanned && picture(scanned));
      show(scanned);
    });
  const files = selectControl("File",
    Object.keys(FILES).map((name) => [name, name]), (chosen) => {
      kind = chosen;
      settle();
    });
  const where = selectControl("Runs on", [["wasm", NAMES.wasm]], (chosen) => {
    on = chosen;
    settle();
  });
  const controls = [samples, files, where].map(({ element }) => element);
  const choices = controls.map((element) => element.querySelector("select"));

  const tell = (text) => (say.textContent = text);

  async function show(next, patience = 0) {
    pixels = next;
    seen.innerHTML = picture(pixels);
    clearTimeout(timer);
    if (!offered) return;
    if (!pixels) {
      bars.innerHTML = barsHtml(null);
      tell("The pad is empty: draw a digit, or choose a test digit.");
      return;
    }
    const given = pixels;
    const models = offered[on];
    const answer = await models[kind](given);
    const other = await models[OTHER[kind]](given);
    if (given !== pixels) return; // a newer drawing is on its way
    bars.innerHTML = barsHtml(answer);
    figure.dataset.answers = Number(figure.dataset.answers ?? 0) + 1;
    timer = setTimeout(tell, patience, sentence(answer, other));
  }

  function sentence(answer, other) {
    const digit = best(answer);
    const same = digit === best(other)
      ? "and read the same digit" : `and ${OTHER[kind]} reads ${named(best(other))}`;
    const drawn = sample < 0 ? "" : `This is ${named(digits.labels[sample])}. `;
    const keras = sample < 0 ? ""
      : " Keras’ own probabilities differ from these by at most "
        + `${small(gap(answer, digits.keras[sample]))}.`;
    return `${drawn}The model reads ${named(digit)}, ${percent(answer[digit])}. `
      + "Probabilities of float32 and int8 differ by at most "
      + `${small(gap(answer, other))}, ${same}.${keras}`;
  }

  // After a choice of file or accelerator: time it, then answer anew.
  async function settle() {
    note.textContent = "Measuring …";
    const ms = await measure(offered[on][kind], pixels ?? digits.pixels[0]);
    note.textContent = `One inference of the ${kind} file takes `
      + `${ms < 1 ? ms.toPrecision(1) : ms.toFixed(1)} ms on ${NAMES[on]}, `
      + `the median of ${REPEATS} × ${RUNS} runs. ${reason()}`;
    await show(pixels);
  }

  function reason() {
    if (on === "webgpu") return "WebGPU was chosen because this browser has it.";
    return offered.webgpu ? "This browser has WebGPU, too."
      : `WebAssembly was chosen because ${offered.why}.`;
  }

  async function fetchModel() {
    if (!meter.hidden) return;
    meter.hidden = false;
    load.setAttribute("aria-disabled", "true");
    tell(`Loading ${inMegabytes(RUNTIME_BYTES)} MB …`);
    try {
      if (typeof WebAssembly !== "object") {
        throw new Error("this browser has no WebAssembly");
      }
      await prepare();
    } catch (error) {
      meter.hidden = true;
      load.removeAttribute("aria-disabled");
      note.textContent = "";
      const disk = location.protocol === "file:"
        ? " From the disk, browsers fetch nothing: read this page online." : "";
      tell(`The model could not be loaded: ${error.message}.${disk} What it `
        + "answered when the book was made stands in the table.");
    }
  }

  async function prepare() {
    let loaded = 0;
    const runtime = await import(new URL("runtime.mjs", BASE)).catch(() => {
      throw new Error("its runtime cannot be fetched");
    });
    const hasGpu = await runtime.start(BASE, (bytes) => {
      loaded += bytes;
      meter.value = loaded / WASM_BYTES;
      note.textContent = `${inMegabytes(loaded)} of `
        + `${inMegabytes(WASM_BYTES)} MB`;
    });
    const get = (name) => runtime.download(new URL(name, kept));
    digits = JSON.parse(await (await get("digits.json")).text());
    const blobs = {};
    for (const [name, file] of Object.entries(FILES)) {
      blobs[name] = await get(file);
    }
    note.textContent = "Compiling …";
    offered = await offer(runtime, blobs, hasGpu, digits);
    on = offered.webgpu ? "webgpu" : "wasm";
    ready();
    await settle();
  }

  function ready() {
    const [first, , last] = choices;
    digits.labels.forEach((label, index) => first.append(
      make("option", { value: index }, `no. ${index + 1}, ${named(label)}`)));
    if (offered.webgpu) {
      last.append(make("option", { value: "webgpu" }, NAMES.webgpu));
    }
    where.set(on);
    for (const choice of choices) choice.disabled = false;
    if (document.activeElement === load) {
      choices[0].focus({ preventScroll: true });
    }
    load.replaceWith(make("p", { class: "fb-note" }, "The model is loaded."));
    meter.remove();
    figure.dataset.loaded = "";
  }

  for (const choice of choices) choice.disabled = true;
  seen.innerHTML = picture(null);
  bars.innerHTML = barsHtml(null);
  tell("Nothing is loaded yet. You may draw already: the model reads it when "
    + "it is here.");
  const table = make("details", {},
    make("summary", {}, "What this run found for ten test digits"),
    ...body.childNodes);
  const left = group("fb-draw", pad.element,
    group("fb-row", clear, seen, make("span", { class: "fb-note" },
      "what the model gets")));
  const right = group("fb-answer", group("fb-row", load, meter),
    ...controls, bars);
  figure.querySelector("figcaption").textContent = "The drawing is fitted "
    + "into 32 × 32 dots, the 312 dots nearest to its strokes are black, as "
    + "many as in a scan on average, and the model gets their number in each "
    + "block of 4 × 4. Nothing that you draw leaves your machine.";
  body.replaceChildren(group("fb-live fb-digits",
    group("fb-scene", left, right), say, note, table));
  figure.dataset.mounted = "";
}

document.querySelectorAll('[data-instrument="digits"]').forEach(bring);
