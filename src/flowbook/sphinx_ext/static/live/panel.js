/* What live cells and graded questions share: buttons under a block of code,
   an editor at its place, and what Python says below. A classic script, so
   that pages opened as files can say what they need. */
(() => {
  "use strict";

  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const colab = document.querySelector('a[href*="//colab."]');
  const FROM_A_FILE = "Python needs pages that come from a server. This one "
    + "was opened as a file: read the book online, or run make serve.";

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

  /** Code and its buttons; the element before them holds what was given. */
  class Panel {
    running = false;
    label = "Code of this cell"; // of the editor

    constructor(root) {
      this.root = root;
      this.given = root.previousElementSibling;
      this.text = this.given.querySelector("pre").textContent.trimEnd();
      this.out = this.find("[aria-live]");
      for (const button of root.querySelectorAll("[data-act]")) {
        button.addEventListener("click", () => this[button.dataset.act]());
      }
      this.keys(root);
      this.keys(this.given);
    }

    /** Ctrl+Enter in this element runs the code. */
    keys(element) {
      element.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          this.run();
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
      this.open();
      this.editor.focus();
      this.say("Ctrl+Enter runs it, Esc leaves the editor.");
    }

    /** Put the editor in the place of the code. */
    open(text = this.text) {
      if (this.editor) return;
      this.editor = editor(text, this.label);
      this.editor.addEventListener("input", () => this.changed());
      this.editor.addEventListener("keydown", ({ key }) => {
        if (key === "Escape") this.button("edit").focus();
      });
      this.keys(this.editor);
      this.given.hidden = true;
      this.given.after(this.editor);
      this.offer("reset", true);
    }

    /** The reader has typed. */
    changed() {}

    /** What was given again, and nothing below it. */
    reset() {
      if (this.running) this.stop();
      this.editor?.remove();
      this.editor = undefined;
      this.given.hidden = false;
      this.empty();
      this.say("");
      this.offer("reset", false, "edit");
    }

    empty() {
      this.out.replaceChildren();
    }

    begin() {
      this.running = true;
      this.empty();
      this.say("");
      this.button("run").setAttribute("aria-disabled", "true");
      this.offer("stop", true);
    }

    end(text) {
      this.running = false;
      this.button("run").removeAttribute("aria-disabled");
      this.offer("stop", false, "run");
      this.say(text);
    }

    /** Add an element to what Python says. */
    show(tag, text) {
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

    /** Say why something cannot be done here; Colab can. */
    explain(why) {
      const line = this.show("p", why);
      if (!colab) return;
      const link = made("a", "Open in Colab");
      link.href = colab.href;
      line.append(" ", link);
    }

    /** The module python.js with Python running; tells how much has come. */
    async python() {
      const python = this.module = await import(`${base}python.js`);
      if (!python.running()) {
        this.say(`Getting Python, about ${python.megabytes.toFixed(1)} MB:`);
        await python.start(({ got, size }) => {
          if (!this.running) return;
          this.find(".fb-cell-load").textContent = got < 0.999 * size
            ? `${got.toFixed(1)} of ${size.toFixed(1)} MB` : "starting …";
        });
      }
      return python;
    }
  }

  function editor(text, label) {
    const area = made("textarea", "", "fb-cell-code");
    area.setAttribute("aria-label", label);
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

  addEventListener("resize", () => {
    document.querySelectorAll(".fb-cell-out pre").forEach(reach);
  });

  window.flowbook.live = { FROM_A_FILE, Panel, base, made };
})();
