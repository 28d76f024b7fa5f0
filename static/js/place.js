/** Where a trader was on the trade page, so that coming back from another page is coming back there. */

import { keyOf, pageOwner } from "./kept.js";

/** Kept in the tab and for its user; `storage()` may throw where storage is refused. */
export class Place {
  #key;

  constructor({ user = pageOwner(), storage = () => sessionStorage } = {}) {
    this.#key = keyOf(user, "place");
    this.storage = storage;
  }

  /** {symbol, timeframe} as far as they are known. */
  read() {
    try {
      const kept = JSON.parse(this.storage().getItem(this.#key) ?? "{}");
      return typeof kept === "object" && kept !== null ? kept : {};
    } catch {
      return {};
    }
  }

  keep(changed) {
    try {
      this.storage().setItem(this.#key, JSON.stringify({ ...this.read(), ...changed }));
    } catch {
      // Refused or full: the page begins as ever.
    }
  }
}
