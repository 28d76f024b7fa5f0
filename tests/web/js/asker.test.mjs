import assert from "node:assert/strict";
import test from "node:test";

import { Asker } from "../../../static/js/asker.js";

const settled = () => new Promise((resolve) => { setImmediate(resolve); });
const failure = (status) => Object.assign(new Error(""), { status });

function asker(t, find) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const told = { asked: [], found: [], absent: [] };
  const made = new Asker({
    find: async (id) => { told.asked.push(id); return find(id); },
    found: (id, order) => told.found.push([id, order]),
    absent: (id) => told.absent.push(id),
  });
  return { made, told };
}

async function pass(t, seconds) {
  for (let second = 0; second < seconds; second += 1) {
    t.mock.timers.tick(1000);
    await settled();
  }
}

test("it asks at once, then with growing pauses, for as long as nobody answers", async (t) => {
  const { made, told } = asker(t, async () => { throw failure(0); });
  made.follow(["a"]);
  t.mock.timers.tick(0);
  await settled();
  assert.equal(told.asked.length, 1);
  await pass(t, 60);
  assert.equal(told.asked.length, 7); // after 1, 3, 7, 15, 30 and 60 s
  await pass(t, 60);
  assert.equal(told.asked.length, 9);
  assert.deepEqual([told.found, told.absent], [[], []]);
});

test("it says that an order is unknown and goes on asking, since it may still arrive", async (t) => {
  let order = null;
  const { made, told } = asker(t, async () => { if (!order) throw failure(404); return order; });
  made.follow(["a"]);
  await pass(t, 2);
  assert.equal(told.absent.length, 2);
  order = { id: "1" };
  await pass(t, 2);
  assert.deepEqual(told.found[0], ["a", order]);
});

test("only 404 means that it is not there", async (t) => {
  for (const status of [0, 401, 403, 429, 500, 503]) {
    const { made, told } = asker(t, async () => { throw failure(status); });
    made.follow(["a"]);
    await pass(t, 5);
    assert.deepEqual(told.absent, []);
    t.mock.timers.reset();
  }
});

test("at a reconnection it does not wait", async (t) => {
  const { made, told } = asker(t, async () => { throw failure(0); });
  made.follow(["a"]);
  await pass(t, 60);
  const before = told.asked.length;
  made.hurry();
  t.mock.timers.tick(0);
  await settled();
  assert.equal(told.asked.length, before + 1);
});

test("an answer that comes when nobody asks any more is not told", async (t) => {
  let answer;
  const { made, told } = asker(t, () => new Promise((resolve) => { answer = resolve; }));
  made.follow(["a"]);
  t.mock.timers.tick(0);
  await settled();
  made.follow([]);
  answer({ id: "1" });
  await settled();
  assert.deepEqual(told.found, []);
  await pass(t, 60);
  assert.equal(told.asked.length, 1);
});
