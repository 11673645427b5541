// Charts that answer, tables that are sorted and filtered in place. Pages say the same without any of it.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const language = document.documentElement.lang;

  function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  // Tables

  const MANY_ROWS = 12;
  const NUMBER = /^[+\-\d.,\s]*\d[\d.,\s]*%?$/;
  const collator = new Intl.Collator(language, { numeric: true, sensitivity: "base" });

  /** What a cell is sorted by: a number, a text, or nothing where it has no value. */
  function keyOf(cell) {
    if (!cell || cell.matches(".none, .withheld")) return null;
    const first = cell.querySelector("a") || cell.firstChild;
    const text = (first ? first.textContent : "").trim().replace("\u2212", "-");
    if (cell.tagName === "TH" || !NUMBER.test(text)) return text || null;
    return Number(language === "en" ? text.replace(/[^\d.-]/g, "") : text.replace(/[^\d,-]/g, "").replace(",", "."));
  }

  function compared(one, other, sign) {
    if (one === null || other === null) return (one === null) - (other === null);
    const less = typeof one === "number" && typeof other === "number" ? one - other : collator.compare(one, other);
    return sign * less;
  }

  /** The headings of columns, in their order: the first may stand over two rows. */
  function headings(table) {
    const [above, below] = table.tHead.rows;
    return below ? [above.cells[0], ...below.cells] : [...above.cells];
  }

  function makeSortable(table) {
    const body = table.tBodies[0];
    const before = [...body.rows];
    const heads = headings(table);
    heads.forEach((head, place) => {
      const button = element("button", { type: "button", className: "sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const isNumber = before.some((row) => typeof keyOf(row.cells[place]) === "number");
        const order = isNumber ? ["descending", "ascending"] : ["ascending", "descending"];
        const next = order[order.indexOf(head.getAttribute("aria-sort")) + 1];
        heads.forEach((each) => each.removeAttribute("aria-sort"));
        if (next) head.setAttribute("aria-sort", next);
        const sign = next === "descending" ? -1 : 1;
        const keys = new Map(before.map((row) => [row, keyOf(row.cells[place])]));
        const rows = next ? [...before].sort((a, b) => compared(keys.get(a), keys.get(b), sign)) : before;
        body.append(...rows);
      });
    });
  }

  function plain(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function makeFiltered(table) {
    const rows = [...table.tBodies[0].rows];
    const field = element("input", { type: "search", maxLength: 60 });
    const count = element("span", { className: "fine" });
    count.setAttribute("role", "status");
    const place = table.closest(".scroll") || table;
    place.before(element("p", { className: "filter" }, element("label", {}, words.filter + " ", field), " ", count));
    field.addEventListener("input", () => {
      const asked = plain(field.value.trim());
      rows.forEach((row) => { row.hidden = !plain(row.cells[0].textContent).includes(asked); });
      const left = rows.filter((row) => !row.hidden).length;
      count.textContent = asked ? words.left.replace("%1", left).replace("%2", rows.length) : "";
    });
  }

  document.querySelectorAll("table.numbers, table.plain").forEach((table) => {
    if (!table.tHead || table.tBodies[0].rows.length < 3) return;
    makeSortable(table);
    if (table.tBodies[0].rows.length > MANY_ROWS) makeFiltered(table);
  });

  // Charts

  let vega = null;

  /** Vega, which is large and loaded for the first reader who asks for it. */
  function loadVega() {
    vega ??= new Promise((done, failed) => {
      document.head.append(element("script", { src: words.vega, onload: done, onerror: failed }));
    });
    return vega;
  }

  const told = element("div", { className: "told", hidden: true });
  told.setAttribute("role", "status");
  document.body.append(told);

  function tell(text, left, top) {
    told.textContent = text;
    told.hidden = !text;
    if (!text) return;
    const room = document.documentElement.clientWidth - told.offsetWidth - 8;
    told.style.left = `${window.scrollX + Math.max(8, Math.min(left + 14, room))}px`;
    told.style.top = `${window.scrollY + top + 14}px`;
  }

  /** Arrow keys go from number to number. */
  function readByKeys(chart) {
    const marks = [...chart.querySelectorAll("path")].filter((each) => each.__data__ && each.__data__.tooltip);
    let at = -1;
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    const leave = () => { marks.forEach((each) => each.classList.remove("at")); tell(""); };
    chart.addEventListener("keydown", (event) => {
      if (event.key === "Escape") leave();
      if (!(event.key in steps) || !marks.length) return;
      event.preventDefault();
      leave();
      at = Math.max(0, Math.min(marks.length - 1, at + steps[event.key]));
      marks[at].classList.add("at");
      const box = marks[at].getBoundingClientRect();
      tell(marks[at].__data__.tooltip, box.right, box.bottom);
    });
    chart.addEventListener("blur", leave);
  }

  async function draw(figure, chart) {
    const [answer] = await Promise.all([fetch(figure.dataset.spec), loadVega()]);
    if (!answer.ok) throw new Error(answer.status);
    const { spec, formatLocale } = await answer.json();
    const inner = element("div", { ariaHidden: "true" });
    chart.replaceChildren(inner);
    await window.vegaEmbed(inner, spec, {
      mode: "vega-lite", ast: true, actions: false, defaultStyle: false, renderer: "svg", formatLocale,
      tooltip: (_, event, __, text) => tell(text || "", event.clientX, event.clientY),
    });
    readByKeys(chart);
  }

  document.querySelectorAll("figure[data-spec]").forEach((figure) => {
    const image = figure.querySelector("img");
    const button = element("button", { type: "button", className: "explore", textContent: words.explore });
    const chart = element("div", { className: "chart", hidden: true, tabIndex: 0 });
    chart.setAttribute("role", "application");
    chart.setAttribute("aria-label", `${image.alt}. ${words.keys}`);
    image.after(chart);
    figure.append(button);
    let drawn = null;
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await (drawn ??= draw(figure, chart));
        chart.hidden = !chart.hidden;
        image.hidden = !chart.hidden;
        button.textContent = chart.hidden ? words.explore : words.back;
        if (!chart.hidden) chart.focus();
      } catch {
        drawn = null;
        button.textContent = words.failed;
      }
      button.disabled = false;
    });
  });
})();
