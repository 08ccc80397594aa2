/* Live cells: Run, Edit, Reset and Stop. The first Run asks for Python.
   A classic script, so that pages opened as files can say what they need. */
(() => {
  "use strict";

  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const colab = document.querySelector('a[href*="//colab."]');
  const GONE = "Stopped. Python was ended with it and its variables are "
    + "gone: the next Run starts it again.";
  const FROM_A_FILE = "Python needs pages that come from a server. This one "
    + "was opened as a file: read the book online, or run make serve.";
  let python; // the module python.js

  /** One cell; `ran` says that its code, as it stands, is in the variables. */
  class Cell {
    ran = false;
    running = false;

    constructor(root) {
      this.root = root;
      this.name = `cell ${root.dataset.cell}`;
      this.input = root.previousElementSibling;
      this.book = root.nextElementSibling;
      this.out = this.find(".fb-cell-out");
      this.text = this.input.querySelector("pre").textContent.trimEnd();
      const acts = {
        run, stop, edit: () => this.edit(), reset: () => this.reset(),
      };
      for (const button of root.querySelectorAll("[data-act]")) {
        button.addEventListener("click", () => acts[button.dataset.act](this));
      }
      root.parentElement.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          run(this);
        }
      });
    }

    find(selector) {
      return this.root.querySelector(selector);
    }

    button(act) {
      return this.find(`[data-act="${act}"]`);
    }

    /** Hide or show a button; one that has the focus passes it on. */
    offer(act, offered, next) {
      const button = this.button(act);
      if (!offered && button === document.activeElement) {
        this.button(next).focus();
      }
      button.hidden = !offered;
    }

    get code() {
      return this.editor ? this.editor.value : this.text;
    }

    say(text, load = "") {
      this.find(".fb-cell-say").textContent = text;
      this.find(".fb-cell-load").textContent = load;
    }

    edit() {
      if (!this.editor) {
        this.editor = editor(this.text);
        this.editor.addEventListener("input", () => { this.ran = false; });
        this.editor.addEventListener("keydown", ({ key }) => {
          if (key === "Escape") this.button("edit").focus();
        });
        this.input.hidden = true;
        this.input.after(this.editor);
        this.offer("reset", true);
      }
      this.editor.focus();
      this.say("Ctrl+Enter runs it, Esc leaves the editor.");
    }

    /** The book's text and output again. */
    reset() {
      if (this.running) stop();
      this.editor?.remove();
      this.editor = undefined;
      this.input.hidden = false;
      this.ran = false;
      this.empty();
      this.say("");
      this.offer("reset", false, "edit");
    }

    empty() {
      this.out.replaceChildren();
      this.book?.querySelector(".fb-cell-whose")?.remove();
    }

    begin() {
      this.running = true;
      this.empty();
      this.button("run").setAttribute("aria-disabled", "true");
      this.offer("stop", true);
      this.offer("reset", true);
    }

    end(text) {
      this.running = false;
      this.button("run").removeAttribute("aria-disabled");
      this.offer("stop", false, "run");
      this.say(text);
    }

    /** Add an element to the reader's output, and say whose is whose. */
    show(tag, text) {
      if (!this.out.firstChild) {
        this.out.append(made("div", "Your run", "fb-cell-whose"));
        this.book?.prepend(made("div", "In the book", "fb-cell-whose"));
      }
      const element = made(tag, text);
      this.out.append(element);
      reach(element);
      return element;
    }

    print(text) {
      const last = this.out.lastChild;
      if (last?.tagName === "PRE") last.append(text);
      else this.show("pre", text);
      reach(this.out.lastChild);
    }
  }

  function made(tag, text, name = "") {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = name;
    return element;
  }

  /** What scrolls can be reached by keyboard. */
  function reach(box) {
    if (box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }

  function editor(text) {
    const area = made("textarea", "", "fb-cell-code");
    area.setAttribute("aria-label", "Code of this cell");
    area.spellcheck = false;
    area.autocapitalize = "off";
    area.value = text;
    const fit = () => { area.rows = area.value.split("\n").length; };
    fit();
    area.addEventListener("input", fit);
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
      event.preventDefault(); // the next line begins where this one does
      const line = area.value.slice(0, area.selectionStart)
        .split("\n").pop();
      const deeper = line.trimEnd().endsWith(":") ? "    " : "";
      const indent = line.match(/^ */)[0] + deeper;
      document.execCommand("insertText", false, `\n${indent}`);
    });
    return area;
  }

  /** Run a cell, after those above it whose code has not run yet. */
  async function run(cell) {
    if (cell.running) return;
    if (location.protocol === "file:") {
      cell.say(FROM_A_FILE);
      return;
    }
    cell.begin();
    try {
      await begin(cell);
      for (const each of cells.slice(0, cells.indexOf(cell))) {
        if (!each.ran && !each.running && !await execute(each)) {
          cell.end("A cell above did not get through: see there.");
          return;
        }
      }
      await execute(cell);
    } catch (error) {
      cell.end(error.message);
    }
  }

  /** Have Python, and tell how much of it has come. */
  async function begin(cell) {
    python ??= await import(`${base}python.js`);
    if (python.running()) return;
    const size = `${python.megabytes.toFixed(1)} MB`;
    cell.say(`Getting Python, about ${size}:`);
    await python.start(({ got, size }) => {
      if (!cell.running) return;
      const load = cell.find(".fb-cell-load");
      load.textContent = got < 0.999 * size
        ? `${got.toFixed(1)} of ${size.toFixed(1)} MB` : "starting …";
    });
  }

  /** Run the code of one cell; answers whether it came to its end. */
  async function execute(cell) {
    if (!python.running()) { // stopped while it was starting
      cell.end(GONE);
      return false;
    }
    cell.begin();
    cell.say("Running …");
    const from = performance.now();
    const result = await python.run(cell.code, {
      name: cell.name,
      onPrint: (text) => cell.print(text),
    });
    const seconds = (performance.now() - from) / 1000;
    if (result.value !== null) cell.print(`${result.value}\n`);
    if (result.error) cell.show("pre", result.error);
    if (result.hint) explain(cell.show("p", result.hint));
    if (result.stopped) forget();
    cell.ran = !result.stopped && !result.error;
    cell.end(
      result.stopped ? GONE
        : result.error ? "It ended with an error."
          : `It ran in ${seconds.toFixed(seconds < 1 ? 2 : 1)} s.`);
    return cell.ran;
  }

  /** A hint that names Colab leads there. */
  function explain(hint) {
    if (!colab) return;
    const link = made("a", "Open in Colab");
    link.href = colab.href;
    hint.append(" ", link);
  }

  function stop() {
    python?.stop();
    forget();
  }

  function forget() {
    for (const cell of cells) cell.ran = false;
  }

  addEventListener("resize", () => {
    document.querySelectorAll(".fb-cell-out pre").forEach(reach);
  });

  const cells = [...document.querySelectorAll(".fb-cell")]
    .map((root) => new Cell(root));
})();
