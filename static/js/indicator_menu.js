/** The chart's menu of indicators: what is chosen, kept in this browser, and its values in words. */

import { byId, el, setText, syncRows } from "./dom.js";
import * as format from "./format.js";
import { INDICATORS, linesOf } from "./indicator_lines.js";
import { keyOf, pageOwner } from "./kept.js";

const STORED = keyOf(pageOwner(), "indicators");
const GROUPS = [["Over the prices", ["price"]], ["Below the chart", ["rsi", "macd"]]];

function stored() {
  try {
    return (localStorage.getItem(STORED) ?? "").split(",").filter((key) => key in INDICATORS);
  } catch {
    return []; // storage is refused in some private windows: the choice holds until the page is left
  }
}

function store(chosen) {
  try {
    localStorage.setItem(STORED, chosen.join(","));
  } catch {
    // As above.
  }
}

function value(number, pane) {
  if (number === null || number === undefined) return format.UNKNOWN;
  if (pane === "rsi") return number.toFixed(1);
  return pane === "macd" ? number.toFixed(3).replace("-", "−") : format.price(number.toFixed(4));
}

export class IndicatorMenu {
  #lines = [];

  /** `onChange()` after another choice. */
  constructor({ onChange }) {
    this.onChange = onChange;
    this.chosen = stored();
    for (const [words, panes] of GROUPS) {
      const keys = Object.keys(INDICATORS).filter((key) => panes.includes(INDICATORS[key].pane));
      byId("indicator-choices").append(el("h3", {}, words), ...keys.map((key) => this.#choice(key)));
    }
    this.#show();
  }

  /** Compute the chosen indicators' lines; `legend` tells of these. */
  compute(bars) {
    this.#lines = linesOf(this.chosen, bars);
    return this.#lines;
  }

  /** Write the lines' values at the bar of this index. */
  legend(index) {
    syncRows(byId("indicator-legend"), this.#lines, {
      key: ({ key }) => key,
      create: ({ tone, words }) => el("div", { "data-tone": tone }, el("dt", {}, words), el("dd", { class: "num" })),
      update: (row, { values, pane }) => setText(row.lastChild, value(values[index], pane)),
    });
  }

  #choice(key) {
    const button = el("button", { type: "button", "data-indicator": key, "data-testid": `indicator-${key}` }, INDICATORS[key].words);
    button.addEventListener("click", () => this.#toggle(key));
    return button;
  }

  #toggle(key) {
    const isChosen = this.chosen.includes(key);
    const wanted = isChosen ? this.chosen.filter((other) => other !== key) : [...this.chosen, key];
    this.chosen = Object.keys(INDICATORS).filter((each) => wanted.includes(each));
    store(this.chosen);
    this.#show();
    this.onChange();
  }

  #show() {
    for (const button of byId("indicator-choices").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(this.chosen.includes(button.dataset.indicator)));
    }
    setText(byId("indicator-count"), this.chosen.length === 0 ? "" : String(this.chosen.length));
  }
}
