import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { matchMedia: () => ({ matches: false }) };

const { connectionWords } = await import("../../../static/js/connection.js");
const { isNotRecorded, recordedMs, recordedWords } = await import("../../../static/js/replay.js");

const OPENED = Date.parse("2026-03-02T15:00:00Z");
const FROM = Date.parse("2014-06-09T09:30:00-04:00");
const feed = (speed = 1) => ({
  name: "replay", kind: "REPLAY", connected: true,
  replayed: { opened_ms: OPENED, from_ms: FROM, to_ms: FROM + 60_000, speed },
});
const open = { status: "open", attempt: 0, retryAt: null };
const screen = (played) => ({
  quotesSocket: open, accountSocket: open, skewMs: 0, clock: { is_open: true }, feed: played, ticks: { IBM: { t: Date.now() } },
});

test("the recorded moment runs at the replay's speed and stays inside the recording", () => {
  assert.equal(recordedMs(feed(), OPENED + 12_000), FROM + 12_000);
  assert.equal(recordedMs(feed(3), OPENED + 12_000), FROM + 36_000);
  assert.equal(recordedMs(feed(), OPENED - 4_000), FROM, "in the break before it begins again");
  assert.equal(recordedMs(feed(10), OPENED + 12_000), FROM + 60_000);
  assert.equal(recordedMs({ name: "alpaca" }, OPENED), null);
});

test("a replay names the recorded day and its time", () => {
  assert.equal(recordedWords(feed(), OPENED + 12_000), "Jun 9, 2014, 09:30:12 ET");
  assert.equal(recordedWords({ name: "alpaca", replayed: null }, OPENED), "");
  assert.match(connectionWords(screen(feed())).text, /^Replay of Jun 9, 2014, \d\d:\d\d:\d\d ET$/);
});

test("no market but the live one is green or called live", () => {
  for (const kind of ["REPLAY", "SIMULATED", "DELAYED"]) {
    const { tone, text } = connectionWords(screen({ ...feed(), kind }));
    assert.equal(tone, "unreal", kind);
    assert.doesNotMatch(text, /\blive\b/);
  }
});

test("a symbol that the recording has nothing of is known", () => {
  const state = { feed: feed(), carried: ["IBM"] };
  assert.equal(isNotRecorded(state, "AAPL"), true);
  assert.equal(isNotRecorded(state, "IBM"), false);
  assert.equal(isNotRecorded({ ...state, carried: null }, "AAPL"), false);
  assert.equal(isNotRecorded({ ...state, feed: { kind: "LIVE" } }, "AAPL"), false);
});
