// What a webhook's provider gets on the real runtime, and what becomes of each of its answers.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

describe("a webhook", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  /** Hands one message to each answer over, all due now, and gives what was recorded of each. */
  async function handOver(answers, { deduplicates = false } = {}) {
    const { api, db, provider } = tidegate;
    provider.answerWith((post) => answers[Number(post.body.id.split("-").at(-1))]);
    const webhook = { kind: "webhook", url: `${provider.url}/send?to=us`, deduplicates, per_second: 1000 };
    const sender = { name: "Shop", channel: "sms", provider: webhook, policy: {} };
    const { body: made } = await api("POST", "/api/v1/senders", sender);
    const plan = { name: "Sale", sender_id: made.id, content: { text: "Hi {{Name}}" } };
    const { body: campaign } = await api("POST", "/api/v1/campaigns", plan);
    const rows = answers.map((_, row) => `Person ${row},+3364000000${row}\n`).join("");
    await api("POST", `/api/v1/campaigns/${campaign.id}/recipients?file_name=a.csv`, `name,phone\n${rows}`, {
      headers: { "content-type": "text/csv" },
    });
    const { seq, sender_seq } = await db.prepare("SELECT seq, sender_seq FROM campaigns").first();
    const now = Date.now();
    const items = JSON.stringify([{ first: 0, count: answers.length, start: now, every: 1 }]);
    await db.batch([
      db.prepare("UPDATE campaigns SET status = 'in_progress', cursor = total, starts_ms = ?1, started_ms = ?1").bind(now),
      db
        .prepare(
          "INSERT INTO handovers (sender_seq, tick_no, slice, campaign_seq, rules_version, items, count, start_ms) " +
            "VALUES (?1, 1, 0, ?2, 1, ?3, ?4, ?5)",
        )
        .bind(sender_seq, seq, items, answers.length, now),
    ]);
    await tidegate.handOver({ sender_seq, tick_no: 1, slice: 0 });
    const { results } = await db
      .prepare("SELECT ordinal, status, reason, detail, reference FROM messages ORDER BY ordinal")
      .all();
    return { campaign, sender: made, recorded: new Map(results.map(({ ordinal, ...rest }) => [ordinal, rest])) };
  }

  test("is a POST of the message with its id as the idempotency key", async () => {
    const { campaign, sender, recorded } = await handOver([{ status: 202, body: { id: "ref-1" } }]);
    const [post, ...more] = tidegate.provider.posts;
    assert.deepEqual(more, []);
    assert.deepEqual([post.method, post.path], ["POST", "/send?to=us"]);
    const id = `${campaign.id}-0`;
    assert.equal(post.headers["idempotency-key"], id);
    assert.equal(post.headers["content-type"], "application/json");
    assert.match(post.headers["user-agent"], /^tidegate\/\d/);
    const { callback_url, ...rest } = post.body;
    assert.deepEqual(rest, {
      id,
      to: "+33640000000",
      channel: "sms",
      text: "Hi Person 0",
      campaign_id: campaign.id,
      sender_id: sender.id,
    });
    assert.match(callback_url, /\/api\/v1\/receipts\/./);
    assert.deepEqual(recorded.get(0), { status: "sent", reason: null, detail: null, reference: "ref-1" });
  });

  test("sorts what comes back, and sends nothing twice", async () => {
    const { recorded } = await handOver([
      { status: 422, body: { message: "no such number" } },
      { status: 500, body: {} },
      { hangUp: true },
      { status: 307, headers: { location: `${tidegate.provider.url}/elsewhere` } },
      { status: 200, body: { id: "x", padding: "y".repeat(100_000) } },
      { status: 429, headers: { "retry-after": "120" } },
    ]);
    assert.equal(tidegate.provider.posts.length, 6, "nothing is repeated, no redirect is followed");
    const of = (ordinal) => [recorded.get(ordinal)?.status, recorded.get(ordinal)?.reason];
    assert.deepEqual(of(0), ["failed", "refused"]);
    assert.match(recorded.get(0).detail, /HTTP 422: no such number/);
    assert.equal(of(1)[0], "unknown");
    assert.match(recorded.get(1).detail, /HTTP 500/);
    assert.equal(of(2)[0], "unknown");
    assert.deepEqual(of(3), ["failed", "redirected"]);
    assert.match(recorded.get(3).detail, /redirects within `http:[^`]*`/);
    assert.doesNotMatch(recorded.get(3).detail, /elsewhere/);
    assert.deepEqual(of(4), ["sent", null], "a body that is not read to its end says nothing against it");
    assert.deepEqual(of(5), [undefined, undefined]);
    const later = await tidegate.db.prepare("SELECT first, count, due_ms FROM backlog").first();
    assert.deepEqual([later.first, later.count], [5, 1]);
    const wait = later.due_ms - Date.now();
    assert.ok(wait > 100_000 && wait <= 121_000, `${wait} ms`);
  });

  test("goes by the status where the body never ends", async () => {
    const { recorded } = await handOver([{ status: 202, stalls: true }]);
    assert.deepEqual([recorded.get(0).status, recorded.get(0).reason], ["sent", null]);
  });
});
