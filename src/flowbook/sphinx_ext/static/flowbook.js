/* The pages' own script: self-checks, and instruments as they come near.
   A classic script, so that it also works from file://. */
(() => {
  "use strict";

  const base = document.currentScript.src.replace(/[^/]*$/, "");
  document.documentElement.classList.add("fb-js");

  // ---- Self-checks -------------------------------------------------------

  const storeKey = (form) => "flowbook:" + form.id;

  function recall(form) {
    try {
      return JSON.parse(localStorage.getItem(storeKey(form))) || {};
    } catch {
      return {}; // private mode, or a store that something else wrote
    }
  }

  function remember(form, state) {
    try {
      localStorage.setItem(storeKey(form), JSON.stringify(state));
    } catch {
      // the answer is judged all the same, only not remembered
    }
  }

  /** A number as people type it: 2,048 · 2 048 · −0.5 · 1e-3 · 1/2. */
  function readNumber(text) {
    const plain = text.trim().replace(/[\u2212\u2013]/g, "-")
      .replace(/(\d)[,\s_\u00a0\u202f](?=\d{3}(\D|$))/g, "$1");
    const fraction = plain.match(/^(-?[\d.]+)\s*\/\s*([\d.]+)$/);
    if (fraction) return Number(fraction[1]) / Number(fraction[2]);
    return plain === "" ? NaN : Number(plain);
  }

  function givenAnswer(form) {
    if (form.dataset.kind === "numeric") {
      return form.querySelector("input").value;
    }
    return form.querySelector("input:checked")?.value ?? "";
  }

  /** "right", "wrong", or a sentence that says what is missing. */
  function judge(form, given) {
    const { kind, answer, tolerance } = form.dataset;
    if (kind !== "numeric") {
      if (given === "") return "Choose an answer first.";
      return given === answer ? "right" : "wrong";
    }
    const value = readNumber(given);
    if (!Number.isFinite(value)) {
      return "Write a number, such as 12.5 or -3.";
    }
    const slack = Number(tolerance) + 1e-9 * Math.abs(Number(answer));
    return Math.abs(value - Number(answer)) <= slack ? "right" : "wrong";
  }

  function show(form, verdict, tries) {
    const output = form.querySelector("output");
    form.dataset.state = verdict === "right" || verdict === "wrong"
      ? verdict : "asked";
    if (verdict === "right") {
      output.textContent = tries > 1
        ? `Right, after ${tries} tries.` : "Right, at the first try.";
      form.querySelector("details").open = true;
    } else if (verdict === "wrong") {
      output.textContent = "Not yet. Try again, or open the explanation.";
    } else {
      output.textContent = verdict;
    }
  }

  function restore(form) {
    const state = recall(form);
    if (state.given === undefined) return;
    if (form.dataset.kind === "numeric") {
      form.querySelector("input").value = state.given;
    } else {
      const choice = [...form.querySelectorAll("input")]
        .find((input) => input.value === state.given);
      if (choice) choice.checked = true;
    }
    show(form, state.verdict, state.tries);
  }

  function answer(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const before = recall(form);
    const given = givenAnswer(form);
    const verdict = judge(form, given);
    if (verdict !== "right" && verdict !== "wrong") {
      show(form, verdict, 0);
      form.querySelector("input").focus();
      return;
    }
    const again = before.given === given && before.verdict === verdict;
    const tries = (before.tries || 0) + (again ? 0 : 1);
    remember(form, { given, verdict, tries });
    show(form, verdict, tries);
  }

  document.querySelectorAll(".fb-selfcheck").forEach((form) => {
    form.addEventListener("submit", answer);
    restore(form);
  });

  // ---- What scrolls sideways can be reached by keyboard -------------------

  function offerScrolling() {
    for (const box of document.querySelectorAll("div.math, .fb-ledger")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  offerScrolling();
  document.fonts.ready.then(offerScrolling);
  addEventListener("resize", offerScrolling);

  // ---- Search: results while typing, loaded when a field is first used -----

  function loadSearch({ target }) {
    if (!target.closest?.("form.bd-search")) return;
    removeEventListener("focusin", loadSearch);
    const script = document.createElement("script");
    script.src = `${base}search.js`;
    document.head.append(script);
  }

  if (!document.getElementById("search-results")) {
    addEventListener("focusin", loadSearch);
  }

  // ---- Terms: the definition, while a link to the glossary is pointed at ---

  const definitions = document.getElementById("fb-terms");
  let defined; // the link whose definition is shown
  let definition;
  let wait;

  function hideDefinition() {
    clearTimeout(wait);
    definition?.remove();
    defined?.removeAttribute("aria-describedby");
    defined = definition = undefined;
  }

  function showDefinition(link) {
    if (link === defined) return;
    hideDefinition();
    const text = [...definitions.content.children]
      .find(({ dataset }) => link.hash === `#${dataset.term}`);
    if (!text) return;
    definition = text.cloneNode(true);
    definition.id = "fb-term";
    definition.role = "tooltip";
    link.after(definition);
    defined = link;
    link.setAttribute("aria-describedby", definition.id);
    const at = link.getClientRects()[0];
    const { offsetWidth, offsetHeight } = definition;
    const left = Math.min(at.left, innerWidth - offsetWidth - 16);
    const above = at.top - offsetHeight - 4;
    definition.style.left = `${Math.max(16, left)}px`;
    definition.style.top = `${above > 0 ? above : at.bottom + 4}px`;
  }

  /** Point or leave: a moment's patience lets the pointer cross the gap. */
  function pointAt({ target, pointerType }) {
    if (pointerType === "touch") return; // a tap follows the link
    const link = target.closest('a[href*="#term-"]');
    clearTimeout(wait);
    if (link) wait = setTimeout(showDefinition, 150, link);
    else if (definition && !definition.contains(target)) {
      wait = setTimeout(hideDefinition, 250);
    }
  }

  if (definitions) {
    addEventListener("pointerover", pointAt);
    addEventListener("focusin", ({ target }) => {
      if (target.matches('a[href*="#term-"]:focus-visible')) {
        showDefinition(target);
      } else hideDefinition();
    });
    addEventListener("keydown", ({ key }) => {
      if (key === "Escape") hideDefinition();
    });
    addEventListener("scroll", hideDefinition, { passive: true });
  }

  // ---- Instruments: loaded when the reader comes near ----------------------

  const asked = new Set();

  function load(name) {
    if (asked.has(name)) return;
    asked.add(name);
    const script = document.createElement("script");
    script.src = `${base}instruments/${name}.js`;
    document.head.append(script);
  }

  const mounts = document.querySelectorAll("[data-instrument]");
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      load(entry.target.dataset.instrument);
    }
  }, { rootMargin: "600px" });
  for (const mount of mounts) {
    // A link to a setting, such as #autodiff:x=2, asks for it at once.
    const { instrument } = mount.dataset;
    if (location.hash.startsWith(`#${instrument}`)) load(instrument);
    else near.observe(mount);
  }
})();
