/** A WebSocket that comes back by itself, and always says how it is. */

import { pageOwner } from "./kept.js";

const FIRST_MS = 500;
const LONGEST_MS = 2000; // a page that somebody looks at is back so soon after the server
const LONGEST_UNSEEN_MS = 30_000; // one that nobody looks at tries at once when it is looked at
const OPENING_MS = 4000; // an attempt on a network that swallows it would hang for minutes
const SESSION_ENDED = 4401;

/** Wait before the nth retry (from 0): doubling, half of it random so that clients spread out. */
export function backoff(attempt, random, { isSeen = true } = {}) {
  const longest = Math.min(isSeen ? LONGEST_MS : LONGEST_UNSEEN_MS, FIRST_MS * 2 ** attempt);
  return Math.round(longest / 2 + (longest / 2) * random);
}

/**
 * `onState({status, attempt, retryAt})` where status is "connecting", "open", "waiting", "offline"
 * or "ended" (the session is over; it does not retry). `attempt` counts the tries since the last
 * message. Offline is what the browser says of its network; it goes on trying, since a server on the
 * same machine needs none. `onOpen` runs at every (re)connection.
 */
export class LiveSocket {
  #socket = null;
  #timer = null;
  #attempt = 0;

  constructor({ path, onMessage, onState, onOpen = () => {} }) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}?${new URLSearchParams({ user: pageOwner() })}`;
    this.onMessage = onMessage;
    this.onState = onState;
    this.onOpen = onOpen;
    this.status = "connecting";
    window.addEventListener("online", () => this.#startAnew());
    window.addEventListener("offline", () => this.#abandon("offline"));
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

  /** The network is another one: what was begun on the old one may hang. */
  #startAnew() {
    if (this.status === "open" || this.status === "ended") return;
    this.#drop();
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
    this.#say(navigator.onLine ? "connecting" : "offline");
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#hung(), OPENING_MS);
    socket.addEventListener("open", () => {
      if (socket !== this.#socket) return;
      clearTimeout(this.#timer);
      this.#say("open");
      this.onOpen();
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket !== this.#socket) return;
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
    this.#drop();
    if (code === SESSION_ENDED) this.#say("ended");
    else this.#retryLater(navigator.onLine ? "waiting" : "offline");
  }

  #retryLater(status) {
    const wait = backoff(this.#attempt, Math.random(), { isSeen: document.visibilityState === "visible" });
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#say(status, Date.now() + wait);
  }

  /** Nobody answered: begin anew at once, the time that it took was pause enough. */
  #hung() {
    this.#drop();
    this.#attempt += 1;
    this.#connect();
  }

  /** Give up what is open or opening and try again later. */
  #abandon(status) {
    if (this.status === "ended") return;
    this.#drop();
    this.#retryLater(status);
  }

  #drop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null; // its late events must not start a retry
    socket?.close();
  }
}
