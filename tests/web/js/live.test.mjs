import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { matchMedia: () => ({ matches: false }) }; // all the page these modules need to load

const { backoff } = await import("../../../static/js/sockets.js");
const { bannerWords, connectionWords, sourceWords } = await import("../../../static/js/connection.js");
const { Previewer } = await import("../../../static/js/preview.js");

const open = { status: "open", attempt: 0, retryAt: null };
const waiting = { status: "waiting", attempt: 2, retryAt: Date.now() + 3000 };
const live = () => ({
  quotesSocket: open, accountSocket: open, skewMs: 0, clock: { is_open: true },
  feed: { name: "simulated", connected: true, detail: "" }, ticks: { IBM: { t: Date.now() } },
});

test("the wait doubles up to two seconds, half of it random, and longer only where nobody looks", () => {
  assert.deepEqual([0, 1, 2].map((n) => backoff(n, 0)), [250, 500, 1000]);
  assert.deepEqual([0, 1, 2].map((n) => backoff(n, 1)), [500, 1000, 2000]);
  assert.equal(backoff(50, 1), 2000);
  assert.equal(backoff(50, 1, { isSeen: false }), 30_000);
});

test("the connection line says live only when both sockets and the feed are", () => {
  const real = { ...live(), feed: { name: "alpaca", kind: "LIVE", connected: true, detail: "" } };
  assert.deepEqual(connectionWords(real), { tone: "live", text: "Alpaca · live" });
  assert.equal(connectionWords({ ...live(), accountSocket: waiting }).text, "Reconnecting in 3 s");
  assert.equal(connectionWords({ ...live(), quotesSocket: { status: "ended" } }).text, "Signed out");
  assert.equal(connectionWords({ ...live(), feed: { name: "replay", connected: false } }).text, "Replay stopped");
  assert.equal(connectionWords({ ...live(), ticks: {} }).text, "Simulated · no price yet");
  assert.equal(connectionWords({ ...live(), ticks: { IBM: { t: null } } }).text, "Simulated · no price yet");
  assert.equal(connectionWords({ ...live(), ticks: { IBM: { t: Date.now() - 90_000 } } }).tone, "warn");
  const closed = { ...live(), clock: { is_open: false } };
  assert.equal(connectionWords({ ...closed, ticks: {} }).text, "Simulated · market closed");
  assert.equal(connectionWords({ ...closed, ticks: { IBM: { t: Date.now() - 90_000 } } }).text, "Simulated · market closed");
});

test("each source of the feed says how it is", () => {
  const sources = [
    { name: "alpaca", connected: false, detail: "AUTHENTICATION_FAILED: auth failed" },
    { name: "polygon", connected: true, detail: "" },
  ];
  assert.equal(sourceWords({ feed: { sources } }), "Alpaca: AUTHENTICATION_FAILED: auth failed\nPolygon: connected");
  assert.equal(sourceWords({ feed: null }), "");
});

test("the banner is silent when all is well and names the most serious thing when not", () => {
  assert.equal(bannerWords(live()), null);
  assert.equal(bannerWords({ ...live(), quotesSocket: { status: "ended" }, accountSocket: waiting }).action, "sign-in");
  assert.equal(bannerWords({ ...live(), quotesSocket: waiting }).action, "retry");
  assert.match(bannerWords({ ...live(), feed: { connected: false, detail: "The recording has ended." } }).text, /recording has ended/);
  assert.match(bannerWords({ ...live(), clock: { is_open: false, next_open: "2026-11-27T14:30:00Z" } }).text, /opens Fri 09:30 ET/);
});

test("typing asks once for the last order typed, and a late answer to an older one is dropped", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const asked = [];
  const answered = [];
  const previewer = new Previewer({
    answer: ({ key }) => answered.push(key),
    ask: (order) => new Promise((resolve) => asked.push({ order, resolve })),
  });
  previewer.want({ qty: "1" }, { isTyped: true, key: "one" });
  previewer.want({ qty: "10" }, { isTyped: true, key: "ten" });
  t.mock.timers.tick(250);
  previewer.want({ qty: "100" }, { isTyped: true, key: "hundred" });
  t.mock.timers.tick(250);
  assert.deepEqual(asked.map(({ order }) => order.qty), ["10", "100"]);
  asked[1].resolve({});
  asked[0].resolve({});
  await Promise.resolve().then(() => {}).then(() => {});
  assert.deepEqual(answered, ["hundred"]);
});

test("a previewed order is not asked for again until it may have changed", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  let count = 0;
  const previewer = new Previewer({ answer: () => {}, ask: async () => { count += 1; } });
  for (let seconds = 0; seconds < 12; seconds += 1) {
    previewer.want({ qty: "1" });
    t.mock.timers.tick(1000);
    await Promise.resolve();
  }
  assert.ok(count >= 2 && count <= 3, `asked ${count} times in 12 s`);
});
