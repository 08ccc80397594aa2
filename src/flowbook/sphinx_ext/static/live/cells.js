/* Live cells: Run, Edit, Reset and Stop. The first Run asks for Python.
   A classic script, so that pages opened as files can say what they need. */
(() => {
  "use strict";

  const { FROM_A_FILE, Panel, made } = window.flowbook.live;
  const GONE = "Stopped. Python was ended with it and its variables are "
    + "gone: the next Run starts it again.";
  let python; // the module python.js

  /** One cell; `ran` says that its code, as it stands, is in the variables. */
  class Cell extends Panel {
    ran = false;

    constructor(root) {
      super(root);
      this.name = `cell ${root.dataset.cell}`;
      this.book = root.nextElementSibling;
    }

    changed() {
      this.ran = false;
    }

    /** The book's text and output again. */
    reset() {
      super.reset();
      this.ran = false;
    }

    empty() {
      super.empty();
      this.book?.querySelector(".fb-cell-whose")?.remove();
    }

    begin() {
      super.begin();
      this.offer("reset", true);
    }

    /** Add an element to the reader's output, and say whose is whose. */
    show(tag, text) {
      if (!this.out.firstChild) {
        this.out.append(made("div", "Your run", "fb-cell-whose"));
        this.book?.prepend(made("div", "In the book", "fb-cell-whose"));
      }
      return super.show(tag, text);
    }

    /** Run this cell, after those above it whose code has not run yet. */
    async run() {
      if (this.running) return;
      if (location.protocol === "file:") {
        this.say(FROM_A_FILE);
        return;
      }
      this.begin();
      try {
        python = await this.python();
        for (const each of cells.slice(0, cells.indexOf(this))) {
          if (!each.ran && !each.running && !await each.execute()) {
            this.end("A cell above did not get through: see there.");
            return;
          }
        }
        await this.execute();
      } catch (error) {
        this.end(error.message);
      }
    }

    /** Run the code of this cell alone; whether it came to its end. */
    async execute() {
      if (!python.running()) { // stopped while it was starting
        this.end(GONE);
        return false;
      }
      this.begin();
      this.say("Running …");
      const from = performance.now();
      const result = await python.run(this.code, {
        name: this.name,
        onPrint: (text) => this.print(text),
      });
      const seconds = (performance.now() - from) / 1000;
      if (result.value !== null) this.print(`${result.value}\n`);
      if (result.error) this.show("pre", result.error);
      if (result.hint) this.explain(result.hint);
      if (result.stopped) forget();
      this.ran = !result.stopped && !result.error;
      this.end(
        result.stopped ? GONE
          : result.error ? "It ended with an error."
            : `It ran in ${seconds.toFixed(seconds < 1 ? 2 : 1)} s.`);
      return this.ran;
    }

    stop() {
      this.module?.stop();
      forget();
    }
  }

  function forget() {
    for (const cell of cells) cell.ran = false;
  }

  const cells = [...document.querySelectorAll(".fb-cell")]
    .map((root) => new Cell(root));
})();
