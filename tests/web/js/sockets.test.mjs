import assert from "node:assert/strict";
import test from "node:test";

const heard = {};
const page = { addEventListener: (name, act) => (heard[name] ??= []).push(act) };
Object.assign(globalThis, {
  window: page,
  document: { ...page, visibilityState: "visible" },
  location: { protocol: "http:", host: "here" },
});
const network = { onLine: true };
Object.defineProperty(globalThis, "navigator", { value: network, configurable: true });

/** A socket that does what the test says. */
class FakeSocket {
  static all = [];
  static OPEN = 1;
  #acts = {};

  constructor() {
    FakeSocket.all.push(this);
  }

  addEventListener(name, act) {
    this.#acts[name] = act;
  }

  tell(name, event = {}) {
    this.#acts[name](event);
  }

  close() {
    this.isClosed = true;
  }
}
globalThis.WebSocket = FakeSocket;
const { LiveSocket } = await import("../../../static/js/sockets.js");

const last = () => FakeSocket.all.at(-1);
const tell = (name) => heard[name].forEach((act) => act());

function begin(t) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  FakeSocket.all.length = 0;
  for (const name of Object.keys(heard)) heard[name].length = 0;
  network.onLine = true;
  const states = [];
  const socket = new LiveSocket({ path: "/ws", onMessage: () => {}, onState: (state) => states.push(state) });
  return { socket, states };
}

/** Try until the server is back after `ms`; how long it then takes, ms. */
function outage(t, ms) {
  last().tell("open");
  last().tell("message", { data: "{}" });
  last().tell("close", { code: 1006 });
  for (let passed = 0; ; passed += 50) {
    const tries = FakeSocket.all.length;
    t.mock.timers.tick(50);
    if (FakeSocket.all.length === tries) continue;
    if (passed >= ms) return passed - ms;
    last().tell("close", { code: 1006 });
  }
}

test("however long the server was away, a page tries again within two seconds", (t) => {
  begin(t);
  for (const ms of [1000, 20_000, 600_000]) assert.ok(outage(t, ms) <= 2050, `${ms}`);
});

test("a page that sees the network again tries at once, whatever it was doing", (t) => {
  const { socket } = begin(t);
  last().tell("open");
  network.onLine = false;
  tell("offline");
  assert.equal(socket.status, "offline");
  assert.ok(FakeSocket.all[0].isClosed);
  network.onLine = true;
  tell("online");
  assert.equal(FakeSocket.all.length, 2);
  tell("online"); // the attempt on the network before hangs
  assert.equal(FakeSocket.all.length, 3);
  assert.ok(FakeSocket.all[1].isClosed);
  last().tell("open");
  tell("online");
  assert.equal(FakeSocket.all.length, 3);
});

test("without a network it goes on trying: the server may be on this machine", (t) => {
  const { socket } = begin(t);
  network.onLine = false;
  last().tell("close", { code: 1006 });
  assert.equal(socket.status, "offline");
  t.mock.timers.tick(600);
  assert.equal(FakeSocket.all.length, 2);
  last().tell("open");
  assert.equal(socket.status, "open");
});

test("an attempt that nobody answers is given up and made anew", (t) => {
  const { states } = begin(t);
  t.mock.timers.tick(4000);
  assert.equal(FakeSocket.all.length, 2);
  assert.ok(FakeSocket.all[0].isClosed);
  assert.equal(states.at(-1).attempt, 1);
  FakeSocket.all[0].tell("open"); // too late
  FakeSocket.all[0].tell("close", { code: 1006 });
  assert.equal(states.at(-1).status, "connecting");
});

test("an ended session is not tried again", (t) => {
  const { socket } = begin(t);
  last().tell("close", { code: 4401 });
  tell("online");
  t.mock.timers.tick(60_000);
  assert.equal(socket.status, "ended");
  assert.equal(FakeSocket.all.length, 1);
});
