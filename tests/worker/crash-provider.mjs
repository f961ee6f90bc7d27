// The provider of the crash test: it notes every POST, answers after a few ms, and reports on some.
// It outlives the servers that are killed, and says when something happens that is a good moment
// to kill one.
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** An answer takes this long, in ms. */
const ANSWER_MS = [1, 8];
/** Of how many messages there is a receipt, and of how many of these that they failed. */
const RECEIPTS = 0.2;
const UNDELIVERABLE = 0.1;
/** A receipt goes out this long after the POST, in ms: now and then before the POST is answered. */
const RECEIPT_MS = [0, 3_000];
/** A receipt that nobody takes is sent again after this time, in ms. */
const AGAIN_MS = 1_000;

/**
 * Answers `{ url, events, posts, receipts, open, close }`.
 *
 * `posts` holds every POST in the order of arrival: `{ number, atMs, key, to, answeredMs, repeated }`,
 * `key` the idempotency key. With `deduplicates` a repeated key is taken for the first and said to
 * be taken; without, each POST is a message of its own. `receipts` maps a key to the status that
 * was reported and acknowledged. `events` emits `post` and `answer`, each with the POST. `open` is
 * the number of receipts that nobody has acknowledged yet.
 */
export async function startCrashProvider({ deduplicates, random }) {
  const events = new EventEmitter();
  const posts = [];
  const receipts = new Map();
  const seen = new Set();
  const reports = new Set();
  let closed = false;

  const server = createServer(async (request, response) => {
    const text = await readAll(request);
    if (text === null) return;
    const atMs = Date.now();
    const { to, callback_url: callback } = JSON.parse(text);
    const key = request.headers["idempotency-key"];
    const post = { number: posts.length, atMs, key, to, answeredMs: null, repeated: seen.has(key) };
    posts.push(post);
    seen.add(key);
    if (!post.repeated && random.chance(RECEIPTS)) report(key, callback);
    events.emit("post", post);
    await sleep(random.between(...ANSWER_MS));
    if (request.socket.destroyed) return;
    response.writeHead(post.repeated && deduplicates ? 200 : 202, { "content-type": "application/json" });
    response.end(JSON.stringify({ id: `p-${key}` }));
    post.answeredMs = Date.now();
    events.emit("answer", post);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

  function report(key, callback) {
    const status = random.chance(UNDELIVERABLE) ? "failed" : "delivered";
    const reporting = deliver(key, callback, status, random.between(...RECEIPT_MS)).finally(() => reports.delete(reporting));
    reports.add(reporting);
  }

  async function deliver(key, callback, status, afterMs) {
    await sleep(afterMs);
    while (!closed) {
      const answered = await fetch(callback, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ status }),
      }).catch(() => null);
      await answered?.arrayBuffer().catch(() => null);
      if (answered?.status === 204) return receipts.set(key, status);
      await sleep(AGAIN_MS);
    }
  }

  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    events,
    posts,
    receipts,
    open: () => reports.size,
    async close() {
      closed = true;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(reports);
    },
  };
}

/** The whole body, or null when whoever sends it dies in the middle. */
async function readAll(request) {
  let text = "";
  try {
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
  } catch {
    return null;
  }
  return text;
}
