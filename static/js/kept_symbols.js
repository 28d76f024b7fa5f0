/** The symbols that a trader added to the watchlist, kept in this browser. */

import { isSymbol } from "./instruments.js";
import { keyOf } from "./kept.js";

const KEPT_MAX = 50;

/** Reads what is kept before each change: another tab may have changed it too. */
export class KeptSymbols {
  #key;

  /** People who share a browser do not share a list. `storage()` may throw, and what it gives too. */
  constructor({ user, storage = () => localStorage }) {
    this.#key = keyOf(user, "watchlist");
    this.storage = storage;
  }

  /** The symbols, the one added last at the end. */
  list() {
    try {
      const words = (this.storage().getItem(this.#key) ?? "").split(",").filter(isSymbol);
      return [...new Set(words)].slice(-KEPT_MAX);
    } catch {
      return []; // storage is refused in some private windows: rows hold until the page is left
    }
  }

  /** Keep a symbol; returns those that were kept longest and are now too many. */
  add(symbol) {
    const symbols = [...new Set([...this.list(), symbol])];
    this.#write(symbols.slice(-KEPT_MAX));
    return symbols.slice(0, -KEPT_MAX);
  }

  remove(symbol) {
    this.#write(this.list().filter((other) => other !== symbol));
  }

  #write(symbols) {
    try {
      this.storage().setItem(this.#key, symbols.join(","));
    } catch {
      // As above; it may be full as well.
    }
  }
}
