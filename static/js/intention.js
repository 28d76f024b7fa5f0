/** One intention, one client_order_id, however often it is sent: nothing is ordered twice, or that nobody wants. */

import { keyOf } from "./kept.js";

const NAME = "unsent-orders";
const WATCHED_MS = 15 * 60_000; // a request that a proxy or a busy server held back arrives within that, or never

/** What an intention may become, and from what. */
const BEFORE = {
  asking: ["sending"], // no answer: the order may exist
  absent: ["asking"], // the server does not know it (yet), or refused it when it was sent again
  sending: ["absent"], // a person wants it all the same
  dropped: ["absent"], // a person does not want it any more; it may still arrive
  arrived: ["dropped"], // and it did
};

/** A fresh client_order_id. Works outside secure contexts too, where randomUUID does not exist. */
export function mintId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * The orders of one user whose fate is not known, each {body, status, sentAt, droppedAt, isAgain, refusal}:
 * sending, asking, absent, dropped or arrived; `isAgain`: it was sent once more, and `refusal` is why the server
 * refused that (null: it did not). They survive a reload in `storage`, under a key of that user.
 * A symbol with one that is not dropped takes no other order.
 */
export class Intentions {
  #storage;
  #key;
  #mint;
  #now;
  #entries = new Map(); // by client_order_id, the oldest first

  /** `storage()` may throw, and what it gives too: then intentions last until the page is left. */
  constructor({ user, storage, mint = mintId, now = () => Date.now() }) {
    this.#storage = storage;
    this.#key = keyOf(user, NAME);
    this.#mint = mint;
    this.#now = now;
    for (const entry of this.#read()) this.#entries.set(entry.body.client_order_id, entry);
  }

  /** Every intention that has not ended, the oldest first. */
  list() {
    this.#forgetOld();
    return [...this.#entries.values()];
  }

  /** The intention that keeps a symbol from another order; null if none does. */
  lockOf(symbol) {
    const isLock = ({ body, status }) => body.symbol === symbol && ["sending", "asking", "absent"].includes(status);
    return this.list().find(isLock) ?? null;
  }

  /** The body of a new order, with its id; null while its symbol is locked. */
  begin(order) {
    if (this.lockOf(order.symbol)) return null;
    const body = { ...order, client_order_id: this.#mint() };
    this.#entries.set(body.client_order_id, { body, status: "sending", sentAt: this.#now(), droppedAt: null, isAgain: false, refusal: null });
    this.#write();
    return body;
  }

  /** Move an intention on. False, and nothing moves, if it is not where that may follow. */
  become(id, status) {
    const entry = this.#entries.get(id);
    if (!entry || !BEFORE[status].includes(entry.status)) return false;
    const droppedAt = status === "dropped" ? this.#now() : entry.droppedAt;
    const refusal = status === "sending" ? null : entry.refusal;
    this.#entries.set(id, { ...entry, status, droppedAt, refusal, isAgain: entry.isAgain || status === "sending" });
    this.#write();
    return true;
  }

  /**
   * The server refused what was just sent, for a reason in words. That ends an intention which was sent once; of one
   * that was sent before, the first request may still arrive, so it is watched on.
   */
  refuse(id, refusal) {
    const entry = this.#entries.get(id);
    if (!entry?.isAgain) {
      this.settle(id);
      return;
    }
    this.#entries.set(id, { ...entry, status: "absent", refusal });
    this.#write();
  }

  /** It has ended: the order is there, or never will be. */
  settle(id) {
    this.#entries.delete(id);
    this.#write();
  }

  #forgetOld() {
    const oldest = this.#now() - WATCHED_MS;
    for (const [id, { status, droppedAt }] of this.#entries) {
      if (status === "dropped" && droppedAt < oldest) this.settle(id);
    }
  }

  #read() {
    try {
      const kept = JSON.parse(this.#storage().getItem(this.#key) ?? "[]");
      // What was being sent when the page was left has no answer any more.
      return kept.map((entry) => (entry.status === "sending" ? { ...entry, status: "asking" } : entry));
    } catch {
      return []; // storage is refused in some private windows, and anybody can write nonsense there
    }
  }

  #write() {
    try {
      if (this.#entries.size === 0) this.#storage().removeItem(this.#key);
      else this.#storage().setItem(this.#key, JSON.stringify([...this.#entries.values()]));
    } catch {
      // As above.
    }
  }
}

/**
 * Send a body: {kind: "accepted", order} | {kind: "refused", error} | {kind: "unknown", error}.
 * Without a clear answer it is never resent blind: whoever asks for it asks by client_order_id.
 */
export async function sendOrder(body, { place }) {
  try {
    return { kind: "accepted", order: await place(body) };
  } catch (error) {
    const isRefusal = error.status >= 400 && error.status < 500 && error.status !== 408;
    const isKnownId = isRefusal && /client_order_id must be unique/.test(error.message);
    return { kind: isRefusal && !isKnownId ? "refused" : "unknown", error };
  }
}
