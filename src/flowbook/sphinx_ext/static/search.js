/* Results while the reader types, from Sphinx's own index. Loaded when a
   search field is first used; classic scripts, for file://. */
(() => {
  "use strict";

  const root = new URL("..", document.currentScript.src).href;
  const AT_MOST = 8;
  const START = "Sections, headings and glossary terms answer as you type.";

  // ---- The index ---------------------------------------------------------

  let index;
  window.Search ||= { setIndex: (loaded) => { index = prepare(loaded); } };

  function load(path) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = root + path;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  }

  const list = (value) => Array.isArray(value) ? value : [value];

  // "tf.function" is two words, as it is in the index.
  const split = (text) =>
    text.toLowerCase().split(/[^\p{L}\p{N}_]+/u).filter(Boolean);

  const plain = (html) =>
    new DOMParser().parseFromString(html, "text/html").body.textContent;

  function prepare({ docnames, titles: marked, terms, titleterms, alltitles,
    indexentries }) {
    const titles = marked.map(plain);
    const pages = docnames.map((name, i) => {
      const home = name.replace(/[^/]*$/, "index");
      const chapter = home === name ? -1 : docnames.indexOf(home);
      return {
        title: titles[i],
        address: `${root}${name}.html`,
        chapter: /^chapters\//.test(name) && chapter >= 0
          ? titles[chapter] : "",
      };
    });
    const words = [[terms, 5, 2], [titleterms, 15, 7]].flatMap(
      ([table, whole, part]) => Object.entries(table).map(
        ([word, where]) => [word.toLowerCase(), list(where), whole, part]));
    const headings = [...Object.entries(alltitles),
      ...Object.entries(indexentries)].flatMap(([title, places]) =>
      places.map(([page, anchor]) =>
        ({ title, page, anchor, words: split(title) })));
    return { pages, words, headings };
  }

  // ---- The search --------------------------------------------------------

  /** Points of each page for one word. */
  function points(word, stem) {
    const found = new Map();
    const add = (fits) => {
      for (const [known, where, whole, part] of index.words) {
        const score = known === word || known === stem ? whole
          : fits(known) ? part : 0;
        if (!score) continue;
        for (const page of where) {
          found.set(page, Math.max(score, found.get(page) || 0));
        }
      }
    };
    add((known) => known.startsWith(stem) || known.startsWith(word));
    // A word half typed can be longer than its stem: "derivat" and "deriv".
    if (!found.size) {
      add((known) => known.length > 3 && word.startsWith(known)
        && word.length - known.length < 4);
    }
    return found;
  }

  function pagesWith(words) {
    const stemmer = new Stemmer();
    const each = words.filter((word) => !stopwords.includes(word))
      .map((word) => points(word, stemmer.stemWord(word)));
    if (!each.length) return [];
    return [...each[0].keys()].filter((p) => each.every((f) => f.has(p)))
      .map((page) => ({
        page,
        score: each.reduce((sum, f) => sum + f.get(page), 0),
      }));
  }

  /** Headings in which every word begins one. */
  function headingsWith(words) {
    return index.headings
      .filter((h) => words.every((w) => h.words.some((x) => x.startsWith(w))))
      .map((h) => ({ ...h, score: 20 + 30 * words.length / h.words.length }));
  }

  /** Everything found, best first, each place once. */
  function search(text) {
    const words = split(text);
    if (!words.length) return [];
    const places = new Map();
    for (const hit of [...headingsWith(words), ...pagesWith(words)]) {
      const { title, address, chapter } = index.pages[hit.page];
      const href = address + (hit.anchor ? `#${hit.anchor}` : "");
      const known = places.get(href);
      if (known) {
        known.score += hit.score;
        continue;
      }
      const inside = hit.anchor && hit.title !== title;
      places.set(href, {
        href,
        score: hit.score,
        title: inside ? hit.title : title,
        where: (inside ? [title, chapter] : [chapter]).filter(Boolean)
          .join(" · "),
      });
    }
    return [...places.values()].sort((a, b) => b.score - a.score);
  }

  // ---- The list under a field --------------------------------------------

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    made.append(...children);
    return made;
  }

  function sentence(text, count) {
    if (!text.trim()) return START;
    if (!count) {
      return `Nothing in the book matches “${text.trim()}”. `
        + "Try fewer or shorter words.";
    }
    const shown = count > AT_MOST ? `, the best ${AT_MOST} shown` : "";
    return `${count} found${shown}. ↑ ↓ choose, Enter opens.`;
  }

  function attach(input, number) {
    const box = `fb-found-${number}`;
    const results = element("div",
      { id: box, role: "listbox", "aria-label": "Places found" });
    const status = element("p", { role: "status" }, START);
    const panel = element("div", { class: "fb-search" }, results, status);
    input.form.after(panel);
    input.form.parentElement.classList.add("fb-searching");
    let chosen = -1;

    function choose(i) {
      const options = [...results.children];
      const stops = options.length + 1; // the field itself is one, at -1
      chosen = (i + 1 + stops) % stops - 1;
      options.forEach((o, k) => o.setAttribute("aria-selected", k === chosen));
      options[chosen]?.scrollIntoView({ block: "nearest" });
      if (chosen < 0) input.removeAttribute("aria-activedescendant");
      else input.setAttribute("aria-activedescendant", `${box}-${chosen}`);
    }

    function show() {
      panel.hidden = false;
      const found = search(input.value);
      results.replaceChildren(...found.slice(0, AT_MOST).map((hit, i) =>
        element("a", { id: `${box}-${i}`, role: "option", tabindex: -1,
          href: hit.href, "aria-selected": false },
        element("span", {}, hit.title), element("small", {}, hit.where))));
      results.hidden = !found.length;
      input.setAttribute("aria-expanded", found.length > 0);
      status.textContent = sentence(input.value, found.length);
      choose(-1);
    }

    function close() {
      panel.hidden = true;
      input.setAttribute("aria-expanded", false);
      choose(-1);
    }

    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        if (panel.hidden) show();
        choose(chosen + step);
      } else if (event.key === "Enter" && chosen >= 0) {
        event.preventDefault();
        results.children[chosen].click();
      } else if (event.key === "Escape") {
        close();
      }
    });
    // A link within the page loads nothing, and the field has done its work.
    results.addEventListener("click", () => {
      input.closest("dialog")?.close();
      close();
    });
    input.addEventListener("input", show);
    input.addEventListener("focus", show);
    const aria = { role: "combobox", "aria-autocomplete": "list",
      "aria-controls": box, "aria-expanded": false };
    for (const key in aria) input.setAttribute(key, aria[key]);
    show();
  }

  Promise.all([load("searchindex.js"), load("_static/language_data.js")])
    .then(() => document.querySelectorAll("form.bd-search input")
      .forEach(attach))
    .catch(() => {}); // without an index, Enter still leads to search.html
})();
