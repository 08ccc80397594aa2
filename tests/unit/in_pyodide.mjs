// Judge answers in Pyodide, as the pages' Worker does: a JSON list of
// arguments of flowbook.exercises.page.check in a file; prints what it said.
// node in_pyodide.mjs <folder of the npm package> <wheel> <file>
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const PROGRAM = `
import contextlib, io, json
from flowbook.exercises import page

with contextlib.redirect_stdout(io.StringIO()):
    said = [page.check(*arguments) for arguments in json.loads(asked)]
json.dumps(said)
`;
const [folder, wheel, file] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
try {
  const python = await loadPyodide();
  python.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
  python.globals.set("asked", readFileSync(file, "utf-8"));
  process.stdout.write(python.runPython(PROGRAM));
} catch (error) {
  process.stderr.write(error.message); // Node would add a line of a megabyte
  process.exitCode = 1;
}
