// The crons that `npm start` fires, under a clock that the test turns.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { startCrons } from "../../scripts/crons.mjs";

const MINUTE = 60_000;
const NINE = Date.UTC(2026, 0, 5, 9, 0);

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"], now: NINE + 12_345 }));
afterEach(() => mock.timers.reset());

/** Lets time pass in steps small enough that each timer is set from where it fires. */
async function pass(ms) {
  for (let passed = 0; passed < ms; passed += 1000) {
    mock.timers.tick(1000);
    await Promise.resolve();
  }
}

test("each minute fires once, at the full minute", async () => {
  const fired = [];
  const stop = startCrons(["* * * * *"], async (expression, ms) => fired.push([expression, ms]));
  await pass(3 * MINUTE);
  await stop();
  assert.deepEqual(fired, [1, 2, 3].map((minutes) => ["* * * * *", NINE + minutes * MINUTE]));
});

test("each expression keeps its own time, in UTC", async () => {
  const fired = [];
  const stop = startCrons(["*/5 * * * *", "2 9 * * *"], async (expression, ms) => fired.push([expression, ms - NINE]));
  await pass(6 * MINUTE);
  await stop();
  assert.deepEqual(fired, [["2 9 * * *", 2 * MINUTE], ["*/5 * * * *", 5 * MINUTE]]);
});

test("a firing that is due while the last one runs is left out, not made up for", async () => {
  const fired = [];
  let finish;
  const stop = startCrons(["* * * * *"], (_, ms) => {
    fired.push(ms - NINE);
    return new Promise((resolve) => (finish = resolve));
  });
  await pass(2.5 * MINUTE);
  assert.deepEqual(fired, [MINUTE]);
  finish();
  await pass(MINUTE);
  finish();
  await stop();
  assert.deepEqual(fired, [MINUTE, 3 * MINUTE]);
});

test("stopping waits for what is running, and fires no more", async () => {
  const fired = [];
  let finish;
  const stop = startCrons(["* * * * *"], (_, ms) => {
    fired.push(ms);
    return new Promise((resolve) => (finish = resolve));
  });
  await pass(MINUTE);
  let stopped = false;
  const stopping = stop().then(() => (stopped = true));
  await pass(2 * MINUTE);
  assert.equal(stopped, false);
  finish();
  await stopping;
  assert.equal(fired.length, 1);
});
