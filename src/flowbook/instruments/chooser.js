// The framework chooser: a table of verdicts, filtered by what is needed.
// The table is made in Python, from frameworks.json; this reads it.

const NEEDS = [
  "code-tensorflow", "code-pytorch", "team-keras", "team-pytorch", "server",
  "phone", "browser", "microcontroller", "tpu", "windows", "hub", "export",
];
const PARAMS = { c: "needs" };
const DEFAULTS = { needs: [] };
const TOLD = { yes: "yes to", care: "with care to", no: "no to" };

// Any state, from a URL or a hand-written attribute, as { state, notes }.
function normalize(raw) {
  const given = raw.needs ?? [];
  const names = (Array.isArray(given) ? given : String(given).split(","))
    .map(String).filter(Boolean);
  const odd = names.find((name) => !NEEDS.includes(name));
  const notes = odd === undefined
    ? [] : [`There is no constraint “${brief(odd)}”: it was left out.`];
  const needs = NEEDS.filter((name) => names.includes(name));
  return { state: { needs }, notes };
}

// What each framework says to some needs; nothing is added up.
// table: [{ name, said: { need: "yes" | "care" | "no" } }]
function weigh(needs, table) {
  return table.map(({ name, said }) => {
    const to = (verdict) =>
      NEEDS.filter((n) => needs.includes(n) && said[n] === verdict);
    return { name, yes: to("yes"), care: to("care"), no: to("no") };
  });
}

function ending(answers) {
  const free = answers.filter(({ no }) => !no.length);
  const clear = free.filter(({ care }) => !care.length);
  if (clear.length === 2) {
    return "Both say yes throughout: something else has to decide.";
  }
  if (clear.length) return `${clear[0].name} says yes throughout.`;
  if (!free.length) {
    return "Each says no to something: read these reasons first.";
  }
  return free.length === 1
    ? `${free[0].name} says no to none of them.`
    : "Neither says no: read what the care is about.";
}

// labels: { need: its name in a sentence }
function sentence(needs, table, labels) {
  if (!needs.length) {
    return `All ${NEEDS.length} rows are shown. Tick what holds for you: `
      + "the others disappear.";
  }
  const answers = weigh(needs, table);
  const said = answers.map(({ name, ...to }) => {
    const parts = Object.entries(TOLD).filter(([v]) => to[v].length)
      .map(([v, words]) =>
        `${words} ${to[v].map((need) => labels[need]).join(", ")}`);
    return `${name}: ${parts.join("; ")}.`;
  });
  return [...said, ending(answers)].join(" ");
}

// ---- the live view: the still itself, its controls brought to life ---------

function render({ model, el }) {
  el.innerHTML = model.get("still");
  const root = el.firstElementChild;
  const all = (query) => [...root.querySelectorAll(query)];
  const [say] = all(".fb-say");
  const boxes = all("input");
  const rows = all("tbody tr");
  const table = all("thead th").slice(1).map((head, index) => ({
    name: head.textContent,
    said: Object.fromEntries(rows.map((row) =>
      [row.dataset.row, row.cells[index + 1].dataset.verdict])),
  }));
  const labels = Object.fromEntries(
    boxes.map((box) => [box.value, box.dataset.said]));
  const initial = model.get("initial")?.needs ?? model.get("needs");

  function draw({ notice = "" } = {}) {
    const needs = model.get("needs");
    for (const box of boxes) box.checked = needs.includes(box.value);
    for (const row of rows) {
      row.hidden = needs.length > 0 && !needs.includes(row.dataset.row);
    }
    say.textContent = notice || sentence(needs, table, labels);
  }

  const followed = follow(model, ["needs"], draw);
  const choose = (needs) => {
    followed.write({ needs });
    draw();
  };
  const reset = () => choose([...initial]);
  root.addEventListener("change", () =>
    choose(boxes.filter((box) => box.checked).map((box) => box.value)));
  all("button")[0].addEventListener("click", reset);
  root.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || key.toLowerCase() !== "r") return;
    event.preventDefault();
    event.stopPropagation();
    reset();
  });
  all(".fb-choice")[0].hidden = false;
  keepFromJupyter(root);
  draw({ notice: model.get("notice") });
  return followed.stop;
}

export default {
  render, normalize, weigh, sentence, needs: NEEDS,
  defaults: DEFAULTS, params: PARAMS,
};
