/* Python in the page: a small door to the Worker that runs it.

     await start(onProgress)        onProgress({ got, size }), in megabytes
     await load(url)                a wheel, unpacked once; it brings nothing
     await run(code, options)       options: { onPrint, namespace, name }
     await call(name, args, options)   "package.module.function", JSON args
     stop()                         ends what runs; the next call starts anew

   Everything that runs resolves to { value, error, hint, stopped }: `value` is
   the last expression's repr (of `call`: what the function returned), `error`
   what Python would show, `hint` a sentence where one helps. All is null that
   there is not. Only a Python that cannot be loaded rejects. */

import settings from "./settings.js";

const here = (path) => new URL(path, import.meta.url).href;
const MISSING = {
  tensorflow: "TensorFlow does not run in the page. Open this section in "
    + "Colab to run it.",
};

let worker; // of this start
let ready; // its promise
let started = false;
let told = () => {}; // of the progress
let asked = new Map(); // number of a question → what waits for its answer
let wheels = new Map(); // URL → promise
let number = 0;

/** Megabytes that the first start fetches, packed as most servers send it. */
export const megabytes = Object.values(settings.sizes)
  .reduce((sum, [, packed]) => sum + packed, 0) / 1e6;

/** Whether a Python is there, and its variables with it. */
export const running = () => started;

/** Load Python unless it is there. */
export function start(onProgress = () => {}) {
  told = onProgress;
  ready ??= open();
  return ready;
}

/** Unpack a wheel into Python; the second time it is there already. */
export async function load(url) {
  const { href } = new URL(url, document.baseURI);
  if (!wheels.has(href)) {
    wheels.set(href, explained(ask("load", { url: href })));
  }
  const found = await wheels.get(href);
  if (found.error) wheels.delete(href);
  return found;
}

/** Run code; `name` is what a traceback calls it. */
export async function run(code, options = {}) {
  const { onPrint, namespace = "page", name = "<cell>" } = options;
  return explained(ask("run", { code, namespace, name }, onPrint));
}

/** Call a function with arguments that JSON can carry. */
export async function call(name, args = [], { onPrint } = {}) {
  return explained(ask("call", { name, args }, onPrint));
}

/** End whatever runs, at once. Its variables are gone. */
export function stop() {
  worker?.terminate();
  for (const { answer } of asked.values()) answer({ stopped: true });
  worker = ready = undefined;
  started = false;
  asked = new Map();
  wheels = new Map();
}

async function open() {
  const opened = new Worker(here("worker.js"), { type: "module" });
  worker = opened;
  opened.addEventListener("message", ({ data }) => {
    if (opened === worker) hear(data);
  });
  const failed = new Promise((_, reject) => {
    opened.addEventListener("error", (event) => {
      event.preventDefault();
      reject(new Error(event.message || "its Worker did not start"));
    });
  });
  const { python, packages, placed, sizes } = settings;
  const answered = put("start", {
    base: here(python),
    packages: packages && here(packages),
    placed,
    sizes,
    runner: here("runner.py"),
  });
  try {
    const { error, stopped } = await Promise.race([failed, answered]);
    if (error) throw new Error(error);
    started = !stopped;
  } catch (error) {
    if (opened === worker) stop();
    throw new Error(
      `Python could not be loaded from ${here(python)} (${error.message}).`);
  }
}

async function ask(kind, question, onPrint) {
  const begun = start(told);
  await begun;
  return begun === ready ? put(kind, question, onPrint) : { stopped: true };
}

function put(kind, question, onPrint) {
  const id = number++;
  const answered = new Promise((answer) => {
    asked.set(id, { answer, onPrint });
  });
  worker.postMessage({ id, kind, ...question });
  return answered;
}

function hear({ id, progress, print, answer }) {
  if (progress) told(progress);
  const waiting = asked.get(id);
  if (!waiting) return;
  if (print) waiting.onPrint?.(print);
  if (answer) {
    asked.delete(id);
    waiting.answer(answer);
  }
}

async function explained(answered) {
  const { value = null, error = null, missing, stopped, broken } =
    await answered;
  if (broken) stop();
  const gone = Boolean(stopped || broken);
  return { value, error, stopped: gone, hint: missing ? hint(missing) : null };
}

/** What to do about a module that is not there. */
function hint({ module, file, address }) {
  if (MISSING[module]) return MISSING[module];
  if (address) return `${module} could not be fetched from ${address}.`;
  return file
    ? `This copy of the book has no ${module}. Whoever publishes it can place `
      + `${file} beside Python, or name an address in _config.yml; until then `
      + "open this section in Colab."
    : `There is no ${module} in the page: Python runs here with its standard `
      + "library alone. Open this section in Colab for more.";
}
