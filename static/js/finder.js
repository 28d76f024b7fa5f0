/** Asks the server which instruments match: soon after typing, and only the newest wish is answered. */

import { searchInstruments } from "./http.js";

const AFTER_TYPING_MS = 150;

/** Decides when to ask. `answer({assets, error})` gets the newest wish's answer only. */
export class Finder {
  #wish = null; // an object of its own for each wish, so that an older one's answer is told apart
  #timer = null;

  constructor({ answer, ask = searchInstruments }) {
    this.answer = answer;
    this.ask = ask;
  }

  get isWaiting() {
    return this.#wish !== null;
  }

  /** Want the matches of a text. */
  want(query) {
    this.drop();
    this.#wish = { query };
    this.#timer = setTimeout(() => this.#run(), AFTER_TYPING_MS);
  }

  /** Do not wait for more typing. */
  hurry() {
    if (this.#timer !== null) this.#run();
  }

  /** Want nothing any more: an answer that is on its way is dropped. */
  drop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#wish = null;
  }

  async #run() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const wish = this.#wish;
    const found = await this.ask(wish.query).then(
      (assets) => ({ assets, error: null }),
      (error) => ({ assets: [], error }),
    );
    if (wish !== this.#wish) return;
    this.#wish = null;
    this.answer(found);
  }
}
