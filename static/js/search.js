/** The search box: symbols, company names, and orders typed as words. */

import { byId, el } from "./dom.js";
import { matchAssets, readOrderText } from "./order_text.js";
import { orderWords } from "./words.js";

export class Search {
  #matches = [];
  #active = -1;

  /** `select(symbol)` opens a symbol; `fill(order)` opens it and fills the ticket. */
  constructor(store, { select, fill }) {
    this.store = store;
    this.actions = { select, fill };
    this.input = byId("search");
    this.list = byId("search-list");
    this.input.addEventListener("input", () => this.#draw());
    this.input.addEventListener("focus", () => this.#draw());
    this.input.addEventListener("blur", () => this.#close());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // keep the focus, or blur closes the list before the click
      const option = event.target.closest("[role=option]");
      if (option) this.#choose(Number(option.dataset.index));
    });
  }

  open() {
    document.body.dataset.search = "open";
    this.input.focus();
    this.input.select();
  }

  #close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    delete document.body.dataset.search;
  }

  #draw() {
    const order = readOrderText(this.input.value);
    const assets = Object.values(this.store.state.assets);
    this.#matches = order
      ? [{ label: `Fill the ticket: ${this.#orderLabel(order)}`, run: () => this.actions.fill(order) }]
      : matchAssets(assets, this.input.value).map((asset) => ({
        label: asset.symbol, detail: asset.name, run: () => this.actions.select(asset.symbol),
      }));
    this.#active = this.#matches.length > 0 ? 0 : -1;
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.list.replaceChildren(...this.#options());
    this.#mark();
  }

  #orderLabel({ limitPrice, ...order }) {
    return orderWords({ ...order, limit_price: limitPrice });
  }

  #options() {
    if (this.#matches.length === 0) {
      return [el("li", { class: "empty" }, "No symbol or company matches. Try a shorter word.")];
    }
    return this.#matches.map(({ label, detail }, index) => el(
      "li", { role: "option", id: `search-option-${index}`, "data-index": String(index), "data-testid": "search-option" },
      el("b", {}, label), el("span", {}, detail ?? ""),
    ));
  }

  #mark() {
    for (const [index, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(index === this.#active));
    }
    if (this.#active >= 0) this.input.setAttribute("aria-activedescendant", `search-option-${this.#active}`);
  }

  #choose(index) {
    const match = this.#matches[index];
    if (!match) return;
    this.input.value = "";
    this.input.blur();
    match.run();
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && this.#matches.length > 0) {
      event.preventDefault();
      this.#active = (this.#active + step + this.#matches.length) % this.#matches.length;
      this.#mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#choose(this.#active);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.input.value = "";
      this.input.blur();
    }
  }
}
