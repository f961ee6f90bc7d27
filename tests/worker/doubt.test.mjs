// Messages in doubt and what is held up, on the real runtime: the question to the provider, and
// what the platform gives up delivering.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

describe("in doubt", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  /** A campaign of `people` under way, at a webhook that can be asked. */
  async function underWay(people) {
    const { api, db, provider } = tidegate;
    const webhook = { kind: "webhook", url: `${provider.url}/send`, lookup_url: `${provider.url}/messages/{key}` };
    const sender = { name: "Shop", channel: "sms", provider: webhook, policy: { gap: "1h" } };
    const { body: made } = await api("POST", "/api/v1/senders", sender);
    const plan = { name: "Sale", sender_id: made.id, content: { text: "Hi" } };
    const { body: campaign } = await api("POST", "/api/v1/campaigns", plan);
    const rows = Array.from({ length: people }, (_, row) => `+3364000000${row}\n`).join("");
    await api("POST", `/api/v1/campaigns/${campaign.id}/recipients?file_name=a.csv`, `phone\n${rows}`, {
      headers: { "content-type": "text/csv" },
    });
    await db.prepare("UPDATE campaigns SET status = 'in_progress', cursor = total, starts_ms = 1, started_ms = 1").run();
    return { campaign, ...(await db.prepare("SELECT seq, sender_seq FROM campaigns").first()) };
  }

  test("a provider is asked with a GET, and what it says is what becomes of the message", async () => {
    const { db, provider } = tidegate;
    const { campaign, seq } = await underWay(6);
    await db.prepare("UPDATE campaigns SET unknown = 6").run();
    for (let ordinal = 0; ordinal < 6; ordinal += 1) {
      await db.batch([
        db.prepare("INSERT INTO messages (campaign_seq, ordinal, status, planned_ms) VALUES (?1, ?2, 'unknown', 7)").bind(seq, ordinal),
        db.prepare("INSERT INTO lookups (campaign_seq, ordinal, due_ms, place_ms) VALUES (?1, ?2, 7, 7)").bind(seq, ordinal),
      ]);
    }
    const answers = [
      { status: 200, body: { status: "accepted" } },
      { status: 200, body: { status: "delivered" } },
      { status: 200, body: { status: "failed", reason: "no such number" } },
      { status: 404 },
      { status: 302, headers: { location: `${provider.url}/elsewhere` } },
      { hangUp: true },
    ];
    provider.answerWith(({ method, path }) => (method === "GET" ? answers[Number(path.split("-").at(-1))] : { status: 202 }));
    await tidegate.tick(Date.now());
    const asked = provider.posts.filter(({ method }) => method === "GET");
    assert.deepEqual(asked.map(({ path }) => path).sort(), answers.map((_, row) => `/messages/${campaign.id}-${row}`));
    assert.equal(asked[0].headers.accept, "application/json");
    const { results } = await db.prepare("SELECT ordinal, status, reason FROM messages ORDER BY ordinal").all();
    assert.deepEqual(
      results.map(({ ordinal, status, reason }) => [ordinal, status, reason]),
      [
        [0, "sent", null],
        [1, "delivered", null],
        [2, "failed", "no such number"],
        [4, "unknown", null],
        [5, "unknown", null],
      ],
    );
    const again = await db.prepare("SELECT first, count, charged FROM backlog").first();
    assert.deepEqual([again.first, again.count, JSON.parse(again.charged)], [3, 1, { start: 7, every: 0 }]);
    const left = await db.prepare("SELECT ordinal, tries FROM lookups ORDER BY ordinal").all();
    assert.deepEqual(left.results, [{ ordinal: 4, tries: 1 }, { ordinal: 5, tries: 1 }]);
    const { body } = await tidegate.api("GET", `/api/v1/campaigns/${campaign.id}`);
    assert.deepEqual([body.status, body.progress.sent, body.progress.unknown], ["in_progress", 2, 2]);
  });

  test("what was tried too often is held up, and what names nothing; what the platform gave up is the sweep's", async () => {
    const { api, db } = tidegate;
    const { campaign, seq, sender_seq } = await underWay(1);
    const items = JSON.stringify([{ first: 0, count: 1, start: Date.now() - 60_000, every: 0 }]);
    await db
      .prepare(
        "INSERT INTO handovers (sender_seq, tick_no, slice, campaign_seq, rules_version, items, count, start_ms) " +
          "VALUES (?1, 1, 0, ?2, 1, ?3, 1, 7)",
      )
      .bind(sender_seq, seq, items)
      .run();
    const slice = { sender_seq, tick_no: 1, slice: 0 };
    const dead = { queue: "tidegate-handover-dead" };
    assert.equal((await tidegate.deliver([slice, { ...slice, tick_no: 99 }], dead)).outcome, "ok");
    // One that names nothing does not come back for ever either, whatever queue it is on.
    assert.equal((await tidegate.deliver([{ hello: "world" }])).outcome, "ok");
    const held = async () => (await api("GET", "/api/v1/dead-letters")).body.items;
    await tidegate.until(async () => (await held()).length > 0);
    assert.deepEqual((await held()).map(({ kind }) => kind), ["queue_message"]);
    await db.prepare("UPDATE handovers SET tries = 8").run();
    await tidegate.tick(Date.now());
    const letters = await tidegate.until(async () => {
      const items = await held();
      return items.length === 2 && items;
    });
    const of = (kind) => letters.find((letter) => letter.kind === kind);
    assert.deepEqual([of("messages").campaign_id, of("messages").messages], [campaign.id, 1]);
    assert.equal(of("queue_message").body, '{"hello":"world"}');
    assert.equal(tidegate.provider.posts.length, 0);

    assert.equal((await api("POST", `/api/v1/dead-letters/${of("messages").id}/release`, {})).status, 200);
    assert.equal((await api("POST", `/api/v1/dead-letters/${of("queue_message").id}/discard`)).status, 204);
    assert.deepEqual(await held(), []);
    // It was late by then, so it came back and is planned anew.
    await tidegate.until(async () => (await db.prepare("SELECT done FROM handovers").first()).done === 1);
    const back = await db.prepare("SELECT first, count FROM backlog").first();
    assert.deepEqual(back, { first: 0, count: 1 });
  });
});
