/** Which symbol is open: one of the rows, or one that the server is asked about first. */

import { announce, say } from "./announce.js";
import { isSymbol, isTraded } from "./instruments.js";

const SLOW_MS = 500;

/** The symbol that the address names; null when it names none, as the page's own #main does. */
export function symbolInAddress() {
  const text = location.hash.slice(1);
  return isSymbol(text) ? text : null;
}

export class Selection {
  #choices = 0; // a newer choice makes the answer to an older one worthless

  constructor(store, { rows, instruments }) {
    this.store = store;
    this.rows = rows;
    this.instruments = instruments;
    window.addEventListener("hashchange", () => this.openAddress());
    this.openAddress();
  }

  /** Select a symbol that is known to exist; true once it is. */
  select(symbol) {
    this.#choices += 1;
    if (!symbol || symbol === this.store.state.selected) return Boolean(symbol);
    if (!this.rows.choose(symbol)) {
      announce(`The watchlist is full. Remove a row from it, then open ${symbol}.`, "bad");
      return false;
    }
    this.store.change((now) => ({ ...now, selected: symbol }), "selected");
    this.#showInAddress();
    return true;
  }

  /** Select a symbol that may not exist; true once it is. Meanwhile a newer choice wins. */
  async open(symbol) {
    if (!this.#hasRow(symbol)) {
      const mine = ++this.#choices;
      const refusal = await this.#lookUp(symbol);
      if (mine !== this.#choices) return false;
      if (refusal && !this.#hasRow(symbol)) {
        announce(refusal, "bad");
        if (this.store.state.selected === null) this.select(this.store.state.watchlist[0]);
        return false;
      }
    }
    return this.select(symbol);
  }

  openAddress() {
    const symbol = symbolInAddress();
    if (symbol) this.open(symbol);
  }

  /** Keep what is open: the trader is writing an order for it. */
  hold() {
    if (this.store.state.selected !== null) this.#choices += 1;
  }

  /** Take a row away; if its symbol was open, the next one is. */
  remove(symbol) {
    this.rows.remove(symbol);
    this.#showInAddress();
    say(`${symbol} is no longer on the watchlist.`);
  }

  #hasRow(symbol) {
    return this.store.state.watchlist.includes(symbol);
  }

  /** Why a symbol cannot be opened, in words; null when it can. */
  async #lookUp(symbol) {
    const slow = setTimeout(() => announce(`Looking for ${symbol}.`), SLOW_MS);
    try {
      return isTraded(await this.instruments.find(symbol)) ? null : `${symbol} is not traded here.`;
    } catch (error) {
      return `${symbol} could not be opened. ${error.message}`;
    } finally {
      clearTimeout(slow);
    }
  }

  /** A reload, or a shared link, opens the same symbol. */
  #showInAddress() {
    const { selected } = this.store.state;
    history.replaceState(null, "", selected ? `#${selected}` : location.pathname);
  }
}
