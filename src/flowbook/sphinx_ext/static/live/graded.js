/* Graded questions: answer, Check, Hint, Reset and Stop. The check is the one
   of the notebook; the first of them asks for Python. What the reader typed
   and earned is kept by flowbook.js's `store`. */
(() => {
  "use strict";

  const { store, live: { FROM_A_FILE, Panel, base } } = window.flowbook;
  const GONE = "Stopped. Nothing was judged.";
  const WORDS = {
    correct: "correct",
    incorrect: "not right yet",
    error: "stopped with an error",
    "not attempted": "not attempted",
  };

  const points = (number) => `${number} point${number === 1 ? "" : "s"}`;

  class Question extends Panel {
    constructor(root) {
      super(root);
      const { set, question, needs, wheel } = root.dataset;
      Object.assign(this, { set, question, needs });
      this.label = root.getAttribute("aria-label");
      this.wheel = `${base}../python/${wheel}`;
      this.key = `answer-${set}-${question}`;
      this.points = Number(root.dataset.points);
      this.hints = [];
      for (let next = root.nextElementSibling;
        next?.matches(".fb-hint"); next = next.nextElementSibling) {
        this.hints.push(next);
      }
      if (this.kept.code !== undefined) this.open(this.kept.code);
      if (this.kept.status) this.say(`Last check: ${this.result}`);
    }

    get kept() {
      return store.get(this.key) ?? {};
    }

    get result() {
      const { status, earned } = this.kept;
      return `${WORDS[status]}, ${earned} of ${points(this.points)}.`;
    }

    changed() {
      store.set(this.key, { ...this.kept, code: this.code });
    }

    /** The code as it was handed out; what was earned stays. */
    reset() {
      super.reset();
      const { code, ...rest } = this.kept;
      store.set(this.key, rest.status ? rest : undefined);
    }

    /** Open the next hint, and lead there. */
    hint() {
      const next = this.hints.find((hint) => !hint.open);
      (next ?? this.hints.at(-1)).open = true;
      (next ?? this.hints.at(-1)).querySelector("summary").focus();
      if (!next) this.say("There is no further hint.");
    }

    stop() {
      this.module?.stop(); // and run() comes to its end
    }

    async run() {
      if (this.running) return;
      if (location.protocol === "file:") {
        this.say(FROM_A_FILE);
        return;
      }
      this.begin();
      try {
        this.end(await this.judged());
      } catch (error) {
        this.end(error.message);
      }
    }

    /** Judge the answer; a sentence that says how it went. */
    async judged() {
      await this.python();
      if (!this.module.running()) return GONE;
      this.say("Checking …");
      const needed = await this.prepared();
      if (needed) return needed;
      const { value, error, stopped } = await this.module.call(
        "flowbook.exercises.page.check",
        [this.set, this.question, this.answers()],
        { onPrint: (text) => this.print(text) });
      if (stopped) return GONE;
      if (error) {
        this.show("pre", error);
        return "The check itself ended with an error.";
      }
      const { status, earned, html } = value;
      this.out.append(document.createRange().createContextualFragment(html));
      const lasts = store.set(this.key, { ...this.kept, status, earned });
      return sum() + (lasts ? "" : " It lasts until you leave the page: your "
        + "browser keeps nothing for this site.");
    }

    /** Load what the check needs; a sentence if that is not to be had. */
    async prepared() {
      const found = await this.module.load(this.wheel);
      if (found.stopped) return GONE;
      if (found.error) return `The checks could not be loaded: ${found.error}`;
      if (this.needs !== "numpy") return "";
      const numpy = await this.module.run("import numpy");
      if (numpy.stopped) return GONE;
      if (!numpy.error) return "";
      this.explain(numpy.hint ?? numpy.error);
      return "This question needs NumPy.";
    }

    /** This answer, and those to other questions that earned something. */
    answers() {
      const others = questions
        .filter(({ kept }) => kept.earned > 0 && kept.code !== undefined)
        .map(({ question, kept }) => [question, kept.code]);
      return { ...Object.fromEntries(others), [this.question]: this.code };
    }
  }

  function sum() {
    const earned = questions.map(({ kept }) => kept.earned ?? 0);
    const all = questions.map((each) => each.points);
    const total = (numbers) => numbers.reduce((a, b) => a + b, 0);
    return `On this page: ${total(earned)} of ${points(total(all))}.`;
  }

  const questions = [...document.querySelectorAll(".fb-graded")]
    .map((root) => new Question(root));
})();
