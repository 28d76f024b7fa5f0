import assert from "node:assert/strict";
import test from "node:test";

import { Intentions, mintId, sendOrder } from "../../../static/js/intention.js";
import { forgetKept, keyOf } from "../../../static/js/kept.js";

function memory(content = {}) {
  const kept = new Map(Object.entries(content));
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
    key: (index) => [...kept.keys()][index] ?? null,
    get length() { return kept.size; },
    kept,
  };
}

function intentions(storage = memory(), { user = "alice", now = () => 0 } = {}) {
  let count = 0;
  return new Intentions({ user, storage: () => storage, mint: () => `id-${(count += 1)}`, now });
}

const order = { symbol: "IBM", qty: "1" };
const failure = (status, message = "") => Object.assign(new Error(message), { status });
const statuses = (made) => made.list().map(({ status }) => status);

test("minted ids are long, ours and different", () => {
  assert.match(mintId(), /^web-[0-9a-f]{32}$/);
  assert.notEqual(mintId(), mintId());
});

test("a second press while the first is under way sends nothing", () => {
  const made = intentions();
  assert.equal(made.begin(order).client_order_id, "id-1");
  assert.equal(made.begin(order), null);
});

test("an order without an answer keeps its own symbol and no other", () => {
  const made = intentions();
  made.begin(order);
  made.become("id-1", "asking");
  assert.equal(made.begin({ symbol: "IBM", qty: "999" }), null);
  assert.equal(made.begin({ symbol: "SPY", qty: "5" }).client_order_id, "id-2");
  assert.equal(made.lockOf("IBM").status, "asking");
  assert.equal(made.lockOf("AAPL"), null);
});

test("after a definite answer the next order is a new intention", () => {
  const made = intentions();
  made.begin(order);
  made.settle("id-1");
  assert.equal(made.begin(order).client_order_id, "id-2");
});

test("it is sent again only once it is known to be absent, and by one press of two", () => {
  const made = intentions();
  made.begin(order);
  assert.equal(made.become("id-1", "sending"), false);
  made.become("id-1", "asking");
  assert.equal(made.become("id-1", "sending"), false); // nobody knows whether it is there
  made.become("id-1", "absent");
  assert.equal(made.become("id-1", "sending"), true);
  assert.equal(made.become("id-1", "sending"), false);
  assert.equal(made.become("id-1", "dropped"), false); // it is on its way
  assert.equal(made.list()[0].isAgain, true);
});

test("a dropped order frees its symbol, is never sent again, and is told if it arrives", () => {
  const made = intentions();
  made.begin(order);
  made.become("id-1", "asking");
  made.become("id-1", "absent");
  assert.equal(made.become("id-1", "dropped"), true);
  assert.equal(made.lockOf("IBM"), null);
  assert.equal(made.become("id-1", "sending"), false);
  assert.equal(made.become("id-1", "absent"), false);
  assert.equal(made.become("id-1", "arrived"), true);
  assert.equal(made.lockOf("IBM"), null);
});

test("a refusal ends what was sent once; of what was sent again the first may still arrive", () => {
  const storage = memory();
  const made = intentions(storage);
  made.begin(order);
  made.refuse("id-1", "no money");
  assert.deepEqual(made.list(), []);
  made.begin(order);
  for (const status of ["asking", "absent", "sending"]) made.become("id-2", status);
  made.refuse("id-2", "no money");
  const [{ status, refusal }] = intentions(storage).list();
  assert.deepEqual([status, refusal], ["absent", "no money"]);
  assert.equal(made.lockOf("IBM").status, "absent");
  assert.equal(made.become("id-2", "sending"), true);
  assert.equal(made.list()[0].refusal, null);
  made.refuse("id-2", "no money");
  assert.equal(made.become("id-2", "dropped"), true);
  assert.equal(made.become("id-2", "arrived"), true);
});

test("a dropped order is watched for a quarter of an hour", () => {
  let time = 0;
  const made = intentions(memory(), { now: () => time });
  made.begin(order);
  for (const status of ["asking", "absent", "dropped"]) made.become("id-1", status);
  time = 15 * 60_000;
  assert.deepEqual(statuses(made), ["dropped"]);
  time += 1;
  assert.deepEqual(statuses(made), []);
});

test("what was being sent survives a reload as unanswered, under its id", () => {
  const storage = memory();
  const body = intentions(storage).begin(order);
  const reloaded = intentions(storage);
  assert.deepEqual(reloaded.list().map(({ body: kept, status }) => [kept, status]), [[body, "asking"]]);
  assert.equal(reloaded.begin(order), null);
  reloaded.settle("id-1");
  assert.equal(storage.kept.size, 0);
});

test("nobody is offered what another left in the tab", () => {
  const storage = memory({ "openbell.unsettled-order": JSON.stringify({ ...order, client_order_id: "old" }) });
  intentions(storage, { user: "alice" }).begin(order);
  const bob = intentions(storage, { user: "bob" });
  assert.deepEqual(bob.list(), []);
  assert.equal(bob.lockOf("IBM"), null);
});

test("what belongs to others, or to nobody, is forgotten; other programs' keys stay", () => {
  const storage = memory({ "openbell.unsettled-order": "x", [keyOf("alice", "a")]: "x", [keyOf("bob", "a")]: "x", other: "x" });
  forgetKept(storage, { but: "bob" });
  assert.deepEqual([...storage.kept.keys()], [keyOf("bob", "a"), "other"]);
  forgetKept(storage);
  assert.deepEqual([...storage.kept.keys()], ["other"]);
});

test("a storage that refuses, or holds nonsense, stops no order", () => {
  const refusing = () => { throw new Error("refused"); };
  for (const storage of [refusing, () => memory({ [keyOf("alice", "unsent-orders")]: "{nonsense" })]) {
    const made = new Intentions({ user: "alice", storage });
    assert.deepEqual(made.list(), []);
    assert.ok(made.begin(order));
    assert.equal(made.begin(order), null);
  }
});

test("an order that the server takes is accepted", async () => {
  const outcome = await sendOrder(order, { place: async () => ({ id: "1" }) });
  assert.deepEqual(outcome, { kind: "accepted", order: { id: "1" } });
});

test("a refusal is final", async () => {
  for (const status of [400, 401, 403, 404, 422, 429]) {
    const error = failure(status, "insufficient buying power");
    const outcome = await sendOrder(order, { place: async () => { throw error; } });
    assert.deepEqual(outcome, { kind: "refused", error });
  }
});

test("without a clear answer, or with an id that the server knows, it is sent once and asked for", async () => {
  for (const error of [...[0, 408, 500, 502, 503, 504].map((status) => failure(status)), failure(422, "client_order_id must be unique")]) {
    let placed = 0;
    const outcome = await sendOrder(order, { place: async () => { placed += 1; throw error; } });
    assert.deepEqual([outcome.kind, placed], ["unknown", 1]);
  }
});
