/* The Worker in which Python runs: Pyodide, loaded from one address. */

let python; // Pyodide
let runner; // the functions of runner.py
let lock; // which packages there are, and where
let reachable; // names of the packages that can be fetched
let from; // where the lock file's addresses begin
let turn = Promise.resolve(); // one question at a time

self.addEventListener("message", ({ data: { id, kind, ...question } }) => {
  turn = turn.then(() => answer(id, kind, question));
});

async function answer(id, kind, question) {
  const print = (text) => self.postMessage({ id, print: text });
  let found;
  try {
    found = await KINDS[kind](question, print);
  } catch (error) {
    // Python itself reports what the reader's code raises.
    found = { error: error.message, broken: kind in { run: 1, call: 1 } };
  }
  self.postMessage({ id, answer: found ?? {} });
}

const KINDS = {
  async start({ base, packages, placed, sizes, runner: address }) {
    const arrived = report(sizes);
    const { loadPyodide } = await import(`${base}pyodide.mjs`);
    arrived("pyodide.mjs");
    import(`${base}pyodide.asm.mjs`).then(
      () => arrived("pyodide.asm.mjs"), () => {});
    lock = await (await get(`${base}pyodide-lock.json`)).json();
    for (const name of placed) {
      const entry = lock.packages[name];
      entry.file_name = new URL(entry.file_name, base).href;
    }
    reachable = packages ? Object.keys(lock.packages) : placed;
    from = packages ?? base;
    python = await loadPyodide({
      indexURL: base,
      lockFileContents: lock,
      packageBaseUrl: from,
    });
    const source = await (await get(address)).text();
    python.FS.writeFile("/home/pyodide/flowbook_runner.py", source);
    runner = python.pyimport("flowbook_runner");
  },

  async load({ url }) {
    const wheel = await (await get(url)).arrayBuffer();
    python.unpackArchive(wheel, "wheel");
    runner.forget_finders();
  },

  async run({ code, namespace, name }, print) {
    await fetchPackages(code);
    return explained(runner.run(code, namespace, name, print));
  },

  async call({ name, args }, print) {
    return explained(runner.call(name, JSON.stringify(args), print));
  },
};

async function get(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}

/** Fetch what the code imports and the lock file knows, where it can be. */
async function fetchPackages(code) {
  const wanted = JSON.parse(runner.not_there(code))
    .map((module) => packageOf(module)?.name)
    .filter((name) => reachable.includes(name));
  if (wanted.length) {
    // It resolves whatever happens: the import says what is not there.
    await python.loadPackage(wanted, {
      messageCallback() {},
      errorCallback() {},
    });
  }
}

function packageOf(module) {
  return Object.values(lock.packages)
    .find(({ imports }) => imports.includes(module));
}

function explained(json) {
  const found = JSON.parse(json);
  const entry = found.missing && packageOf(found.missing);
  if (found.missing) found.missing = { module: found.missing };
  if (entry) {
    const there = reachable.includes(entry.name);
    found.missing.file = entry.file_name;
    if (there) found.missing.address = new URL(entry.file_name, from).href;
  }
  return found;
}

/** Tell how much of Python has come; returns what to call for a module. */
function report(sizes) {
  const fetched = self.fetch;
  const parts = new Map(Object.entries(sizes)
    .map(([name, [, packed]]) => [name, { got: 0, size: packed }]));

  const tell = () => {
    const sum = (key) => [...parts.values()]
      .reduce((total, part) => total + part[key], 0) / 1e6;
    self.postMessage({ progress: { got: sum("got"), size: sum("size") } });
  };

  self.fetch = async (...args) => {
    const response = await fetched(...args);
    const name = String(args[0]?.url ?? args[0]).split("/").pop();
    const part = parts.get(name);
    if (!part || !response.ok) return response;
    const [whole, packed] = sizes[name];
    part.size = Number(response.headers.get("content-length")) || packed;
    const counted = response.body.pipeThrough(new TransformStream({
      transform(chunk, controller) {
        part.got += chunk.length * part.size / whole;
        tell();
        controller.enqueue(chunk);
      },
    }));
    const headers = new Headers(response.headers);
    if (name.endsWith(".wasm")) { // whatever the server calls it
      headers.set("content-type", "application/wasm");
    }
    return new Response(counted, { status: response.status, headers });
  };

  return (name) => {
    const part = parts.get(name);
    if (part) part.got = part.size;
    tell();
  };
}
