/** Asks the server for orders by client_order_id until it has answered, with growing pauses. */

const PAUSES_MS = [0, 1000, 2000, 4000, 8000, 15_000, 30_000]; // the last one for ever

/**
 * `find(id)` gives the order or throws an error with its `status`. `found(id, order)` ends the
 * asking for it; `absent(id)` says that the server does not know it, and the asking goes on: a
 * request may still be on its way.
 */
export class Asker {
  #rounds = new Map(); // id -> {count, timer, isAsking}

  constructor({ find, found, absent }) {
    this.find = find;
    this.found = found;
    this.absent = absent;
  }

  /** Ask for these, and for no others any more. What is asked for already keeps its pauses. */
  follow(ids) {
    for (const [id, { timer }] of this.#rounds) {
      if (ids.includes(id)) continue;
      clearTimeout(timer);
      this.#rounds.delete(id);
    }
    for (const id of ids) {
      if (!this.#rounds.has(id)) this.#wait(id, { count: 0, timer: null, isAsking: false });
    }
  }

  /** Do not wait: the server may be back. The pauses begin anew. */
  hurry() {
    for (const [id, round] of this.#rounds) {
      clearTimeout(round.timer);
      round.count = 0;
      if (!round.isAsking) this.#wait(id, round);
    }
  }

  #wait(id, round) {
    const pause = PAUSES_MS[Math.min(round.count, PAUSES_MS.length - 1)];
    this.#rounds.set(id, round);
    round.count += 1;
    round.timer = setTimeout(() => this.#ask(id, round), pause);
  }

  async #ask(id, round) {
    round.isAsking = true;
    const answer = await this.find(id).then(
      (order) => ({ order }),
      (error) => ({ isAbsent: error.status === 404 }),
    );
    round.isAsking = false;
    if (this.#rounds.get(id) !== round) return; // nobody asks for it any more
    this.#wait(id, round);
    if (answer.order) this.found(id, answer.order);
    else if (answer.isAbsent) this.absent(id);
  }
}
