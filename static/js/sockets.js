/** A WebSocket that comes back by itself, and always says how it is. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const SESSION_ENDED = 4401;

/** Wait before the nth retry (from 0): doubling to 30 s, half of it random so that clients spread out. */
export function backoff(attempt, random) {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(longest / 2 + (longest / 2) * random);
}

/**
 * `onState({status, attempt, retryAt})` where status is "connecting", "open", "waiting", "offline"
 * or "ended" (the session is over; it does not retry). `onOpen` runs at every (re)connection.
 */
export class LiveSocket {
  #socket = null;
  #timer = null;
  #attempt = 0;

  constructor({ path, onMessage, onState, onOpen = () => {} }) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    this.onMessage = onMessage;
    this.onState = onState;
    this.onOpen = onOpen;
    this.status = "connecting";
    window.addEventListener("online", () => this.retryNow());
    window.addEventListener("offline", () => this.#goOffline());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.retryNow();
    });
    this.#connect();
  }

  /** Do not wait for the backoff to end. */
  retryNow() {
    if (this.status !== "waiting" && this.status !== "offline") return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /** Send a message; dropped when not open, since `onOpen` says everything again. */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #say(status, retryAt = null) {
    this.status = status;
    this.onState({ status, attempt: this.#attempt, retryAt });
  }

  #connect() {
    this.#say("connecting");
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#say("open");
      this.onOpen();
    });
    socket.addEventListener("message", ({ data }) => {
      if (this.#attempt > 0) this.#recovered();
      this.onMessage(JSON.parse(data));
    });
    socket.addEventListener("close", ({ code }) => {
      if (socket === this.#socket) this.#closed(code);
    });
  }

  /** Only a message proves that the server is back: one in trouble accepts and closes at once. */
  #recovered() {
    this.#attempt = 0;
    this.#say("open");
  }

  #closed(code) {
    this.#socket = null;
    if (code === SESSION_ENDED) {
      this.#say("ended");
    } else if (navigator.onLine) {
      const wait = backoff(this.#attempt, Math.random());
      this.#attempt += 1;
      this.#timer = setTimeout(() => this.#connect(), wait);
      this.#say("waiting", Date.now() + wait);
    } else {
      this.#say("offline");
    }
  }

  #goOffline() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null; // its late close event must not start a retry
    socket?.close();
    if (this.status !== "ended") this.#say("offline");
  }
}
