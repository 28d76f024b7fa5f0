/** Orders on their way: sent once, asked for without an answer, and sent again only by a person. */

import { announce } from "./announce.js";
import { Asker } from "./asker.js";
import { byId, syncRows } from "./dom.js";
import * as http from "./http.js";
import { Intentions, sendOrder } from "./intention.js";
import { cancelOrder } from "./orders.js";
import { applyOrder } from "./state.js";
import { createBox, updateBox } from "./unsent_box.js";
import { orderTerms } from "./words.js";

const refusalWords = ({ violations, message }) =>
  (violations?.length ? violations.map((violation) => violation.message).join("; ") : message);

export class Unsent {
  #hidden = new Set(); // dropped ones that a person has put out of sight; they are still asked for

  /**
   * `accepted(order)` and `refused(body, error)` are told of each end, `changed()` of every step.
   * `storage()` keeps the intentions of `user`.
   */
  constructor(store, { user, accepted, refused, changed, storage = () => sessionStorage }) {
    this.store = store;
    this.told = { accepted, refused, changed };
    this.intentions = new Intentions({ user, storage });
    this.asker = new Asker({
      find: http.findByClientId,
      found: (id, order) => this.#found(id, order),
      absent: (id) => this.#step(id, "absent"),
    });
    store.on(["orders"], (state) => this.#meet(state.orders));
    store.on(["connection"], ({ accountSocket }) => this.#reconnected(accountSocket.status));
    window.addEventListener("online", () => this.asker.hurry());
    this.#draw();
  }

  /** The intention that keeps a symbol from another order; null if none does. */
  lockOf(symbol) {
    return this.intentions.lockOf(symbol);
  }

  /** Send a new order. Nothing happens while its symbol is locked: a second press is no second order. */
  async send(order) {
    const body = this.intentions.begin(order);
    if (body !== null) await this.#post(body);
  }

  async #again(id) {
    const entry = this.intentions.list().find(({ body }) => body.client_order_id === id);
    if (entry && this.intentions.become(id, "sending")) await this.#post(entry.body);
  }

  async #post(body) {
    const id = body.client_order_id;
    this.#draw();
    const outcome = await sendOrder(body, { place: http.placeOrder });
    if (outcome.kind === "unknown") {
      this.#step(id, "asking");
      return;
    }
    if (outcome.kind === "accepted") {
      this.intentions.settle(id);
      this.#accept(outcome.order);
    } else {
      this.intentions.refuse(id, refusalWords(outcome.error));
      this.told.refused(body, outcome.error);
    }
    this.#draw();
  }

  /** The server has it. One that was dropped is shown as what nobody wants any more. */
  #found(id, order) {
    if (!this.#isFollowed(id)) return; // its own answer came first
    this.store.change((state) => applyOrder(state, order), "orders");
    if (this.intentions.become(id, "arrived")) {
      this.#hidden.delete(id);
      announce(`The order you dropped has arrived: ${orderTerms(order)}.`, "bad", { key: order.id });
    } else {
      this.intentions.settle(id);
      this.told.accepted(order);
    }
    this.#draw();
  }

  #accept(order) {
    this.store.change((state) => applyOrder(state, order), "orders");
    this.told.accepted(this.store.state.orders[order.id]);
  }

  #step(id, status) {
    if (this.intentions.become(id, status)) this.#draw();
  }

  /** The account's own news may be faster than our question. */
  #meet(orders) {
    const waited = this.intentions.list().filter(({ body }) => this.#isFollowed(body.client_order_id));
    for (const order of waited.length > 0 ? Object.values(orders ?? {}) : []) {
      if (waited.some(({ body }) => body.client_order_id === order.client_order_id)) this.#found(order.client_order_id, order);
    }
    if (this.intentions.list().length > 0) this.#draw();
  }

  #reconnected(status) {
    const isBack = status === "open" && this.wasStatus !== "open";
    this.wasStatus = status;
    if (isBack) this.asker.hurry();
  }

  #isFollowed(id) {
    const entry = this.intentions.list().find(({ body }) => body.client_order_id === id);
    return entry !== undefined && ["asking", "absent", "dropped"].includes(entry.status);
  }

  #draw() {
    const entries = this.intentions.list();
    this.asker.follow(entries.map(({ body }) => body.client_order_id).filter((id) => this.#isFollowed(id)));
    const shown = entries.filter(({ body, status, isAgain }) =>
      !this.#hidden.has(body.client_order_id) && (status !== "sending" || isAgain)); // at first the button says it
    syncRows(byId("unsettled-list"), shown, {
      key: ({ body }) => body.client_order_id,
      create: (entry) => createBox(entry, this.#actions(entry.body.client_order_id)),
      update: (row, entry) => updateBox(row, entry, this.#orderOf(entry)),
    });
    this.told.changed();
  }

  #orderOf({ body }) {
    return Object.values(this.store.state.orders ?? {}).find((order) => order.client_order_id === body.client_order_id);
  }

  #actions(id) {
    return {
      send: () => this.#again(id),
      drop: () => this.#step(id, "dropped"),
      cancel: (order) => cancelOrder(this.store, order.id),
      dismiss: () => {
        const entry = this.intentions.list().find(({ body }) => body.client_order_id === id);
        if (entry?.status === "dropped") this.#hidden.add(id);
        else this.intentions.settle(id);
        this.#draw();
      },
    };
  }
}
