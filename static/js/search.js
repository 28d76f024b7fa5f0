/** The search box: symbols and company names, which the server finds, and orders typed as words. */

import { say } from "./announce.js";
import { byId, el } from "./dom.js";
import { Finder } from "./finder.js";
import { cancelWords } from "./cancel_all.js";
import { isTraded } from "./instruments.js";
import { readCommand, readOrderText } from "./order_text.js";
import { orderWords } from "./words.js";

const BEFORE_TYPING = 12; // rows of the watchlist that are offered while nothing is typed

export class Search {
  #matches = [];
  #active = -1;
  #answer = null; // the server's, as long as it is what is in sight
  #isEntered = false; // Enter came before the answer and means the first of what it brings

  /**
   * `select(asset)` opens an instrument; `fill(order)` opens its symbol and fills the ticket, as
   * `close(symbol)` does with the way out; `cancelAll(symbol|null)` asks first; `help()` shows the keys.
   */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    this.finder = new Finder({ answer: (found) => this.#found(found) });
    this.input = byId("search");
    this.list = byId("search-list");
    this.input.addEventListener("input", () => this.#read());
    this.input.addEventListener("focus", () => this.#read());
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
    this.finder.drop();
    this.#answer = null;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    delete document.body.dataset.search;
  }

  #read() {
    this.#isEntered = false;
    const text = this.input.value.trim();
    const order = readOrderText(text);
    const command = readCommand(text);
    if (command) {
      this.#show([this.#commandMatch(command)]);
    } else if (order) {
      this.#readOrder(order);
    } else if (text === "") {
      this.#show(this.#firstRows(), "Type a symbol or a company.");
    } else {
      if (!this.#answer?.assets.length) this.#show([], "Searching.");
      this.list.classList.add("pending"); // what was found before stays in sight until the next answer
      this.finder.want(text);
    }
  }

  /** An order is offered once its symbol is known to be traded. */
  #readOrder(order) {
    const asset = this.store.state.assets[order.symbol];
    if (asset) {
      this.#offerOrder(order, asset);
    } else {
      this.#show([], "Searching.");
      this.finder.want(order.symbol);
    }
  }

  #offerOrder(order, asset) {
    const words = `${order.symbol} is not traded here.`;
    const isOffered = isTraded(asset);
    this.#show(isOffered ? [{ label: `Fill the ticket: ${this.#orderLabel(order)}`, run: () => this.actions.fill(order) }] : [], words);
    if (!isOffered) say(words);
  }

  #found(answer) {
    const { assets, error } = answer;
    const order = readOrderText(this.input.value);
    if (order && !error) {
      this.#offerOrder(order, assets.find(({ symbol }) => symbol === order.symbol));
      if (this.#isEntered) this.#choose(0);
      this.#isEntered = false;
      return;
    }
    this.#show(assets.map((asset) => this.#match(asset)), error
      ? `The search could not be done. ${error.message} Press Enter to try again.`
      : "No symbol or company matches. Try a shorter word.");
    this.#answer = answer;
    if (assets.length === 0) say(this.list.textContent, error ? "bad" : "plain");
    if (this.#isEntered) this.#choose(0);
    this.#isEntered = false;
  }

  #match(asset) {
    const { symbol, name, exchange } = asset;
    return { label: symbol, detail: name, place: exchange, run: () => this.actions.select(asset) };
  }

  #firstRows() {
    const { watchlist, assets } = this.store.state;
    return watchlist.filter((symbol) => assets[symbol]).slice(0, BEFORE_TYPING).map((symbol) => this.#match(assets[symbol]));
  }

  #orderLabel({ limitPrice, unit, qty, ...order }) {
    const size = unit === "dollars" ? { qty: null, notional: qty } : { qty };
    return orderWords({ ...order, ...size, limit_price: limitPrice });
  }

  #commandMatch({ kind, symbol }) {
    if (kind === "help") return { label: "Show the keys and what can be typed here", run: () => this.actions.help() };
    if (kind === "cancel") return { label: cancelWords(this.store.state, symbol), run: () => this.actions.cancelAll(symbol) };
    return { label: `Fill the ticket: sell all ${symbol} at the market`, run: () => this.actions.close(symbol) };
  }

  /** Show matches, or `words` where there are none. It is the newest wish: no other answer is awaited. */
  #show(matches, words) {
    this.finder.drop();
    this.#answer = null;
    this.#matches = matches;
    this.#active = matches.length > 0 ? 0 : -1;
    this.list.hidden = false;
    this.list.classList.remove("pending");
    this.input.setAttribute("aria-expanded", "true");
    this.list.replaceChildren(...(matches.length > 0 ? this.#options() : [el("li", { class: "empty" }, words)]));
    this.#mark();
  }

  #options() {
    return this.#matches.map(({ label, detail, place }, index) => el(
      "li", { role: "option", id: `search-option-${index}`, "data-index": String(index), "data-testid": "search-option" },
      el("b", {}, label), el("span", {}, detail ?? ""), place ? el("small", {}, place) : null,
    ));
  }

  #mark() {
    for (const [index, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(index === this.#active));
    }
    const active = this.list.children[this.#active];
    if (active) this.input.setAttribute("aria-activedescendant", active.id);
    else this.input.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }

  #choose(index) {
    const match = this.#matches[index];
    if (!match) return;
    this.input.value = "";
    this.input.blur();
    match.run();
  }

  #enter() {
    if (this.#answer?.error) this.#read();
    if (this.finder.isWaiting) {
      this.#isEntered = true;
      this.finder.hurry();
    } else {
      this.#choose(this.#active);
    }
  }

  #move(step) {
    if (this.finder.isWaiting) return; // what is in sight is not what was typed
    this.#active = (this.#active + step + this.#matches.length) % this.#matches.length;
    this.#mark();
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && this.#matches.length > 0) {
      event.preventDefault();
      this.#move(step);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#enter();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.input.value = "";
      this.input.blur();
    }
  }
}
