// LiteRT in the page: fetched when asked for, started once.
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

// A file as a Blob; got(bytes) is told of every piece that arrives.
export async function download(url, got = () => {}) {
  const response = await fetch(url).catch(() => ({ ok: false }));
  if (!response.ok) {
    throw new Error(`${url.pathname.split("/").pop()} cannot be fetched`);
  }
  const pieces = [];
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces);
    pieces.push(value);
    got(value.length);
  }
}

async function unpacked(blob) {
  const start = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const packed = start[0] === 0x1f && start[1] === 0x8b;
  if (!packed) return blob.arrayBuffer(); // the server has done it
  const stream = blob.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

let started;

// Whether there is a graphics processor for WebGPU, once the runtime runs.
export function start(base, got) {
  started ??= begin(base, got).catch((error) => {
    started = undefined;
    throw error;
  });
  return started;
}

async function begin(base, got) {
  const packed = await download(new URL("litert.wasm.gz", base), got);
  const quiet = { print() {}, printErr() {} };
  self.Module = { wasmBinary: await unpacked(packed), ...quiet };
  const runtime = await loadLiteRt(new URL("litert.js", base).href);
  return Boolean(runtime.getWebGpuDevice());
}

// A function from the 64 numbers of a scan to ten probabilities.
export async function compile(file, accelerator) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const gpuOptions = { precision: "fp32" };
  const model = await loadAndCompile(bytes, { accelerator, gpuOptions });
  return async (pixels) => {
    const input = new Tensor(Float32Array.from(pixels), [1, 8, 8, 1]);
    const [output] = await model.run(input);
    const answer = Array.from(await output.data());
    input.delete();
    output.delete();
    return answer;
  };
}
