// A panic ends the calls in flight, visibly, and none that comes after it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorker } from "../../scripts/runtime.mjs";

const QUEUE = "tidegate-handover";

let instance;
let worker;
before(async () => {
  instance = startWorker({ built: "trap", shared: { handleStructuredLogs: () => {} } });
  worker = await instance.getWorker();
});
after(() => instance.dispose());

const status = async (path) => (await instance.dispatchFetch(`http://tidegate.test${path}`)).status;
const tick = (ms) => worker.scheduled({ cron: "* * * * *", scheduledTime: new Date(ms) });
const deliver = (body) => worker.queue(QUEUE, [{ id: "m", timestamp: new Date(), attempts: 1, body }]);
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

for (const path of ["/now", "/later"]) {
  test(`a request that panics (${path}) is a 500, and the next one is answered`, async () => {
    assert.equal(await status(path), 500);
    assert.equal(await status("/"), 200);
  });
}

test("a cron that panics ends with an exception, and the next one runs", async () => {
  assert.equal((await tick(0)).outcome, "exception");
  assert.equal((await tick(60_000)).outcome, "ok");
});

test("a batch that panics is not acked, so the queue delivers it again", async () => {
  const { outcome, ackAll, explicitAcks } = await deliver("panic");
  assert.deepEqual({ outcome, ackAll, explicitAcks }, { outcome: "exception", ackAll: false, explicitAcks: [] });
  assert.equal((await deliver("fine")).ackAll, true);
});

test("a panic beside them fails a cron and a batch in flight: neither is taken for done", async () => {
  const inFlight = Promise.all([tick(60_000), deliver("fine")]);
  await soon();
  assert.equal(await status("/now"), 500);
  const [cron, batch] = await inFlight;
  assert.equal(cron.outcome, "exception");
  assert.deepEqual([batch.outcome, batch.ackAll], ["exception", false]);
  assert.equal(await status("/"), 200);
});

test("a request in flight beside a panic is a 500, and never hangs", async () => {
  const slow = status("/slow");
  await soon();
  assert.equal(await status("/now"), 500);
  assert.equal(await slow, 500);
});
