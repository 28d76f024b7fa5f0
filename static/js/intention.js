/** One intention, one client_order_id, however often it must be sent: nothing is ordered twice. */

const KEY = "openbell.unsettled-order";

/** A fresh client_order_id. Works outside secure contexts too, where randomUUID does not exist. */
export function mintId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * idle -> sending -> idle (accepted or refused), or -> unknown (no answer) -> sending ... with the
 * same id. It survives a reload in `storage`, since a lost answer may be a placed order.
 */
export class Intention {
  #storage;
  #mint;

  constructor({ storage, mint = mintId }) {
    this.#storage = storage;
    this.#mint = mint;
    const kept = storage.getItem(KEY);
    this.body = kept ? JSON.parse(kept) : null;
    this.status = kept ? "unknown" : "idle";
  }

  /** The body to send, with its id; null while another send is under way. */
  begin(order) {
    if (this.status === "sending") return null;
    if (this.status === "idle") this.body = { ...order, client_order_id: this.#mint() };
    this.status = "sending";
    this.#storage.setItem(KEY, JSON.stringify(this.body));
    return this.body;
  }

  /** A definite answer: the order exists, or was refused and never will. */
  settle() {
    this.body = null;
    this.status = "idle";
    this.#storage.removeItem(KEY);
  }

  /** No answer: the order may exist. Only the same id may be sent again. */
  lose() {
    this.status = "unknown";
  }
}

/**
 * Send a body: {kind: "accepted", order} | {kind: "refused", error} | {kind: "unknown", error}.
 * Without a clear answer the server is asked by client_order_id; it is never resent blind.
 */
export async function sendOrder(body, { place, findByClientId }) {
  try {
    return { kind: "accepted", order: await place(body) };
  } catch (error) {
    const isRefusal = error.status >= 400 && error.status < 500 && error.status !== 408;
    const isKnownId = isRefusal && /client_order_id must be unique/.test(error.message);
    if (isRefusal && !isKnownId) return { kind: "refused", error };
    return askFor(body, { findByClientId }, error);
  }
}

/** Ask whether an order arrived; "unknown" covers "not there yet", since a slow request may still land. */
export async function askFor(body, { findByClientId }, cause = null) {
  try {
    return { kind: "accepted", order: await findByClientId(body.client_order_id) };
  } catch (error) {
    return { kind: "unknown", error: cause ?? error, isAbsent: error.status === 404 };
  }
}
