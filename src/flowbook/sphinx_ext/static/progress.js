/* The reader's progress in full: where to continue, the counts, a file to
   take along. Loaded only where a page has {progress}. What is stored, and
   how, is flowbook.js's `store`. A classic script, as it is. */
(() => {
  "use strict";

  const { store } = window.flowbook;
  const panel = document.querySelector(".fb-your-progress");
  const find = (selector) => panel.querySelector(selector);
  const button = (act) => find(`[data-act="${act}"]`);
  const rows = [...panel.querySelectorAll("tr[data-sections]")];
  const sectionsOf = (row) => JSON.parse(row.dataset.sections);
  const sections = rows.flatMap(sectionsOf);
  const invitation = find(".fb-your-progress-next").textContent;

  const isComplete = ({ id }) => store.get("done-" + id) !== undefined;
  const isRight = (check) => store.get(check)?.verdict === "right";
  const isSolved = (question) => store.get(question)?.status === "correct";
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const say = (text) => { find("output").textContent = text; };

  // ---- What is shown -------------------------------------------------------

  /** The section last worked in, or the next after it that is not complete. */
  function nextSection() {
    const at = sections.findIndex(({ id }) => id === store.get("at"));
    const onward = at < 0
      ? sections : [...sections.slice(at), ...sections.slice(0, at)];
    return onward.find((section) => !isComplete(section));
  }

  function showNext() {
    const line = find(".fb-your-progress-next");
    if (!store.names("").some((name) => /^(done|check|answer)-/.test(name))) {
      line.textContent = invitation;
      return;
    }
    const next = nextSection();
    if (!next) {
      line.textContent = `All ${count(sections.length, "section")} complete.`;
      return;
    }
    const link = document.createElement("a");
    link.href = next.url;
    link.textContent = next.title;
    line.replaceChildren("Continue: ", link);
  }

  function show() {
    showNext();
    for (const row of rows) {
      const own = sectionsOf(row);
      const checks = own.flatMap((section) => section.checks);
      row.cells[1].textContent =
        `${own.filter(isComplete).length} of ${own.length}`;
      row.cells[2].textContent =
        `${checks.filter(isRight).length} of ${checks.length}`;
      const questions = JSON.parse(row.dataset.questions);
      row.cells[3].textContent =
        `${questions.filter(isSolved).length} of ${questions.length}`;
    }
  }

  // ---- The file ------------------------------------------------------------

  /** What is kept under names that begin so, by the rest of the name. */
  const kept = (start) => Object.fromEntries(store.names(start)
    .map((name) => [name.slice(start.length), store.get(name)]));

  /** All progress, as the file has it. */
  function snapshot() {
    return {
      format: "flowbook-progress",
      version: 1,
      saved: new Date().toISOString(),
      at: store.get("at"),
      complete: store.names("done-").map((name) => name.slice("done-".length)),
      checks: kept("check-"),
      answers: kept("answer-"),
    };
  }

  /** Take in what is new; what is here stays, a right answer above all. */
  function merge({ at, complete, checks, answers = {} }) {
    const news = complete.filter((id) => !isComplete({ id }));
    const better = [
      ...Object.entries(checks).filter(([id, { verdict }]) => {
        const own = store.get("check-" + id);
        return !own || (own.verdict !== "right" && verdict === "right");
      }).map(([id, state]) => ["check-" + id, state]),
      ...Object.entries(answers).filter(([id, { earned = 0 }]) => {
        const own = store.get("answer-" + id);
        return !own || (own.earned ?? 0) < earned;
      }).map(([id, state]) => ["answer-" + id, state]),
    ];
    const lasting = [
      ...news.map((id) => store.set("done-" + id, true)),
      ...better.map(([name, state]) => store.set(name, state)),
    ];
    if (at && !store.get("at")) store.set("at", at);
    return {
      what: `${count(news.length, "section")} and `
        + count(better.length, "answer"),
      some: lasting.length > 0,
      lasts: lasting.every(Boolean),
    };
  }

  const isAnswer = (state) => typeof state?.given === "string"
    && ["right", "wrong"].includes(state.verdict)
    && Number.isInteger(state.tries) && state.tries > 0;

  const isCode = (state) => isRecord(state)
    && ["string", "undefined"].includes(typeof state.code)
    && (state.status === undefined
      || (typeof state.status === "string" && Number.isInteger(state.earned)));

  const isRecord = (value) => value !== null && typeof value === "object"
    && !Array.isArray(value);

  /** What a file's text holds; throws a sentence if it is not progress. */
  function read(text) {
    const fail = (expected, got) => {
      const shown = got === undefined ? "nothing" : JSON.stringify(got);
      throw new Error(`expected ${expected}, got ${shown.slice(0, 60)}`);
    };
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      fail("JSON that Export has written", text || undefined);
    }
    if (data?.format !== "flowbook-progress") {
      fail('"format": "flowbook-progress"', data?.format ?? data);
    }
    if (data.version !== 1) fail('"version": 1', data.version);
    if (!Array.isArray(data.complete)
      || !data.complete.every((id) => typeof id === "string")) {
      fail('in "complete" a list of sections', data.complete);
    }
    if (!isRecord(data.checks)) {
      fail('in "checks" the answers by name', data.checks);
    }
    const wrong = Object.entries(data.checks)
      .find(([, state]) => !isAnswer(state));
    if (wrong) fail(`an answer under "${wrong[0].slice(0, 60)}"`, wrong[1]);
    if (data.answers !== undefined && !isRecord(data.answers)) {
      fail('in "answers" the answers by question', data.answers);
    }
    const odd = Object.entries(data.answers ?? {})
      .find(([, state]) => !isCode(state));
    if (odd) fail(`an answer under "${odd[0].slice(0, 60)}"`, odd[1]);
    if (data.at !== undefined && typeof data.at !== "string") {
      fail('in "at" a section', data.at);
    }
    return data;
  }

  // ---- What the buttons do -------------------------------------------------

  let forgotten; // what Reset took, for as long as the page is open

  function ask(open) {
    find(".fb-your-progress-ask").hidden = !open;
    button(open ? "keep" : "reset").focus();
  }

  const acts = {
    export() {
      const text = JSON.stringify(snapshot(), null, 2) + "\n";
      const url = URL.createObjectURL(
        new Blob([text], { type: "application/json" }));
      const link = document.createElement("a");
      link.href = url;
      link.download = "flowbook-progress.json";
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
      say("Exported as flowbook-progress.json.");
    },

    import() {
      find("input").click();
    },

    reset() {
      const { complete, checks, answers: codes } = snapshot();
      const answers = Object.keys(checks).length + Object.keys(codes).length;
      if (!complete.length && !answers) {
        say("There is nothing to reset.");
        return;
      }
      find("#fb-your-progress-question").textContent =
        `Forget ${count(complete.length, "complete section")} and `
        + `${count(answers, "answer")} in this browser?`;
      ask(true);
    },

    keep() {
      ask(false);
      say("Nothing was changed.");
    },

    forget() {
      forgotten = snapshot();
      for (const name of store.names("")) {
        if (/^(done-|check-|answer-|at$)/.test(name)) store.set(name);
      }
      ask(false);
      button("undo").hidden = false;
      button("undo").focus();
      say("Reset. Undo brings it back, as long as this page is open.");
    },

    undo() {
      const { what } = merge(forgotten);
      button("reset").focus();
      button("undo").hidden = true;
      say(`${what} brought back.`);
    },
  };

  async function take() {
    const [file] = find("input").files;
    if (!file) return;
    try {
      const { what, some, lasts } = merge(read(await file.text()));
      say(!some ? "Nothing in this file is new; nothing was changed."
        : `Imported ${what}; what was here is kept.`
          + (lasts ? "" : " It lasts until you leave the page: your browser "
            + "keeps nothing for this site."));
    } catch (error) {
      say(`${file.name} is not a progress file: ${error.message}. `
        + "Nothing was changed. Choose a file that Export has written.");
    }
    find("input").value = ""; // the same file may be chosen again
  }

  for (const [act, run] of Object.entries(acts)) {
    button(act).addEventListener("click", run);
  }
  find("input").addEventListener("change", take);
  find(".fb-your-progress-ask").addEventListener("keydown", (event) => {
    if (event.key === "Escape") acts.keep();
  });
  store.watch(show);
})();
