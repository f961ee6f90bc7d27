// What people write back, and what becomes of it, on the real runtime: D1, the queue, the provider.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const ADA = "+33640000001";
const BOB = "+33640000002";

describe("conversations", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate({ counts: true });
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  async function expect(status, method, path, body, options) {
    const answer = await tidegate.api(method, `/api/v1${path}`, body, options);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A sender whose provider is the test's own, and a campaign of it for these people. */
  async function campaign(people, { channel = "sms", text = "Sale on Friday" } = {}) {
    const provider = { kind: "webhook", url: `${tidegate.provider.url}/send`, per_second: 1000 };
    const sender = await expect(201, "POST", "/senders", { name: "Shop", channel, provider, policy: {} });
    const plan = { name: "Sale", sender_id: sender.id, content: { text } };
    const made = await expect(201, "POST", "/campaigns", plan);
    if (people.length) await list(made.id, people);
    const inbound = new URL((await expect(200, "GET", `/senders/${sender.id}/inbound`)).url, "http://tidegate.test");
    return { sender, id: made.id, inbound: inbound.pathname };
  }

  const list = (id, people) =>
    expect(200, "POST", `/campaigns/${id}/recipients?file_name=a.csv&column=address`, `address\n${people.join("\n")}\n`, {
      headers: { "content-type": "text/csv" },
    });

  /** Hands the whole campaign over now, without waiting for its start. */
  async function handOver(id) {
    const { db } = tidegate;
    const { seq, sender_seq, total } = await db
      .prepare("SELECT seq, sender_seq, total FROM campaigns WHERE id = ?1").bind(id).first();
    const now = Date.now();
    const items = JSON.stringify([{ first: 0, count: total, start: now, every: 1 }]);
    await db.batch([
      db
        .prepare("UPDATE campaigns SET status = 'in_progress', cursor = total, starts_ms = ?2, started_ms = ?2 WHERE seq = ?1")
        .bind(seq, now),
      db
        .prepare(
          "INSERT INTO handovers (sender_seq, tick_no, slice, campaign_seq, rules_version, items, count, start_ms) " +
            "VALUES (?1, ?5, 0, ?2, 1, ?3, ?4, ?6)",
        )
        .bind(sender_seq, seq, items, total, 1_000 + seq, now),
    ]);
    await tidegate.handOver({ sender_seq, tick_no: 1_000 + seq, slice: 0 });
    // The minute in which the index is built.
    await tidegate.tick(Date.now());
    return seq;
  }

  const bring = (status, inbound, message) =>
    expect(status, "POST", inbound.slice("/api/v1".length), message, { key: null });

  const timeline = async (address, query = "") =>
    (await expect(200, "GET", `/conversations/sms/${encodeURIComponent(address)}/messages${query}`)).items;

  test("[S2.6] a STOP reply ends all messages by itself and is confirmed once, a wrong word is put there by hand", async () => {
    const { id, inbound } = await campaign([ADA, BOB]);
    await handOver(id);
    const stop = { id: "p-1", from: ADA, text: "Stop!" };
    assert.equal((await bring(200, inbound, stop)).meaning, "stop");
    assert.equal((await bring(200, inbound, stop)).meaning, "stop");
    await bring(200, inbound, { id: "p-2", from: ADA, text: "STOP" });
    await bring(401, `${inbound}A`, { id: "p-3", from: BOB, text: "STOP" });
    const { items } = await expect(200, "GET", "/opt-outs");
    assert.deepEqual(
      items.map(({ address, source, campaign_id, reason }) => [address, source, campaign_id, reason]),
      [[ADA, "reply", id, "replied `Stop!`"]],
    );

    const wrong = await bring(200, inbound, { id: "p-4", from: BOB, text: "Stpo" });
    assert.equal(wrong.meaning, "other");
    await expect(200, "POST", `/inbound/${wrong.id}/review`, { as: "stop" });
    assert.equal((await expect(200, "GET", "/opt-outs")).items.length, 2);
    assert.deepEqual(await expect(200, "GET", `/campaigns/${id}/replies`), { replies: 3, people: 2, stops: 2 });

    const sent = () => tidegate.provider.posts.filter(({ body }) => body.campaign_id !== id);
    await tidegate.until(() => sent().length > 0, { timeoutMs: 15_000 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(sent().map(({ body }) => body.to), [ADA], "one confirmation, to who said it in a word");
    assert.match(sent()[0].body.text, /^Shop: .*START/);
  });

  test("[S2.6] a refusal in somebody's own words is honoured at once and shown for review", async () => {
    const { id, inbound } = await campaign([ADA]);
    await handOver(id);
    const { id: message, meaning } = await bring(200, inbound, { id: "p-1", from: ADA, text: "please take me off your list" });
    assert.equal(meaning, "refusal");
    assert.equal((await expect(200, "GET", `/opt-outs/sms/${encodeURIComponent(ADA)}`)).source, "refusal");
    const { items } = await expect(200, "GET", "/inbound?review=open");
    assert.deepEqual(items.map(({ id, text }) => [id, text]), [[message, "please take me off your list"]]);
    await expect(200, "POST", `/inbound/${message}/review`, { as: "lift" });
    await expect(404, "GET", `/opt-outs/sms/${encodeURIComponent(ADA)}`);
  });

  test("[S2.7] who has opted out is skipped, said to be, and not charged", async () => {
    const { id, inbound } = await campaign([ADA, BOB], { text: "x".repeat(161) });
    await bring(200, inbound, { id: "p-1", from: BOB, text: "unsubscribe" });
    await handOver(id);
    const { items } = await expect(200, "GET", `/campaigns/${id}/messages`);
    assert.deepEqual(items.map(({ to, status, reason }) => [to, status, reason]), [
      [ADA, "sent", null],
      [BOB, "skipped", "opted_out"],
    ]);
    assert.deepEqual(tidegate.provider.posts.filter(({ body }) => body.campaign_id === id).map(({ body }) => body.to), [ADA]);
    const { segments } = await tidegate.db.prepare("SELECT segments FROM campaigns WHERE id = ?1").bind(id).first();
    assert.equal(segments, 2, "two segments for one person, none for who was skipped");
  });

  test("[S4.6] a campaign's message stands in the person's conversation, and the reply under it", async () => {
    const { id, inbound } = await campaign([BOB, ADA]);
    await handOver(id);
    await bring(200, inbound, { id: "p-1", from: ADA, text: "Until when?", at: Date.now(), attachments: ["shop.jpg"] });
    const [reply, message, ...more] = await timeline(ADA);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [message.kind, message.text, message.status, message.campaign_name, message.id],
      ["broadcast", "Sale on Friday", "sent", "Sale", `${id}-1`],
    );
    assert.deepEqual([reply.direction, reply.text, reply.reply_to, reply.attachments], ["in", "Until when?", `${id}-1`, ["shop.jpg"]]);
    const { items } = await expect(200, "GET", "/conversations?unread=true");
    assert.deepEqual(items.map(({ address, unread, last_text }) => [address, unread, last_text]), [[ADA, 1, "Until when?"]]);
  });

  test("[S4.7] replies count as contacts, what goes out does not", async () => {
    const { id, inbound } = await campaign([ADA, BOB]);
    await handOver(id);
    assert.deepEqual(await expect(200, "GET", `/campaigns/${id}/replies`), { replies: 0, people: 0, stops: 0 });
    for (const text of ["Yes!", "At what time?"]) await bring(200, inbound, { id: text, from: ADA, text });
    assert.deepEqual(await expect(200, "GET", `/campaigns/${id}/replies`), { replies: 2, people: 1, stops: 0 });
  });

  test("[S5.4] a message at a set time in a conversation stands in the list of broadcasts, and is moved and cancelled there", async () => {
    const { id, sender, inbound } = await campaign([ADA]);
    await handOver(id);
    await bring(200, inbound, { id: "p-1", from: ADA, text: "Remind me" });
    const path = `/conversations/sms/${encodeURIComponent(ADA)}/messages`;
    const soon = { content: { text: "It is on!" }, at: Date.now() + 200_000 };
    assert.equal((await expect(422, "POST", path, soon)).errors[0].code, "too_soon");
    const at = Date.now() + 3_600_000;
    const timed = await expect(202, "POST", path, { ...soon, at });
    assert.deepEqual([timed.kind, timed.at, timed.to], ["timed", at, ADA]);
    const { items } = await expect(200, "GET", "/campaigns");
    assert.deepEqual(
      items.map((item) => [item.id, item.status]),
      [[timed.campaign_id, "scheduled"], [id, "completed"]],
    );
    await expect(200, "POST", `/campaigns/${timed.campaign_id}/schedule`, { at: at + 60_000 });
    assert.equal((await timeline(ADA))[0].at, at + 60_000);
    await expect(200, "POST", `/campaigns/${timed.campaign_id}/stop`, {});
    assert.deepEqual([(await timeline(ADA))[0].kind, (await timeline(ADA))[0].status], ["timed", "cancelled"]);
    assert.ok(sender.id);
  });

  test("[S2.8] a message that came in is forwarded, and both are shown", async () => {
    const { id, inbound } = await campaign([ADA]);
    await handOver(id);
    const { id: message } = await bring(200, inbound, { id: "p-1", from: ADA, text: "My {{ order }} is broken", cost: 7_500 });
    const path = `/conversations/sms/${encodeURIComponent(ADA)}/forward`;
    const forwarded = await expect(202, "POST", path, { message_id: message, to: BOB });
    assert.equal(forwarded.kind, "forward");
    await tidegate.until(() => tidegate.provider.posts.some(({ body }) => body.to === BOB), { timeoutMs: 15_000 });
    const [shown] = await timeline(BOB);
    assert.deepEqual([shown.kind, shown.text], ["forward", "My {{ order }} is broken"]);
    assert.equal((await timeline(ADA))[0].cost, 7_500);
  });

  test("one click in a mail ends all mail, and a look at the link does not", async () => {
    const { id } = await campaign(["ada@example.org"], { channel: "email", text: "Hello, or {{ unsubscribe_url }}" });
    await handOver(id);
    const [{ body }] = tidegate.provider.posts;
    const link = body.headers["List-Unsubscribe"].slice(1, -1);
    assert.equal(body.headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    assert.ok(body.text.endsWith(link));
    const { pathname } = new URL(link, "http://tidegate.test");
    const click = (method, form) =>
      tidegate.api(method, pathname, form, { key: null, headers: { "content-type": "application/x-www-form-urlencoded" } });
    const page = await click("GET");
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
    assert.doesNotMatch(page.body, /<script|http/);
    assert.deepEqual((await expect(200, "GET", "/opt-outs")).items, []);
    assert.equal((await tidegate.api("POST", `${pathname}A`, "List-Unsubscribe=One-Click", { key: null, headers: { "content-type": "application/x-www-form-urlencoded" } })).status, 404);
    assert.equal((await click("POST", "List-Unsubscribe=One-Click")).status, 200);
    const { items } = await expect(200, "GET", "/opt-outs");
    assert.deepEqual(items.map(({ address, source, campaign_id }) => [address, source, campaign_id]), [["ada@example.org", "one_click", id]]);
  });

  test("a person's page over a thousand campaigns reads eight rows a campaign, and an import writes one row a thousand people", async (t) => {
    const { id, inbound } = await campaign([]);
    const people = Array.from({ length: 20_000 }, (_, n) => `+3364${1_000_000 + n}`);
    await list(id, people);
    await tidegate.tick(Date.now());
    const { seq } = await tidegate.db.prepare("SELECT seq FROM campaigns").first();
    const { n } = await tidegate.db.prepare("SELECT count(*) AS n FROM recipient_index").first();
    assert.ok(n >= 15 && n <= 21, `${n} rows for 20,000 people`);
    const me = people[12_345];

    // The campaign a thousand times, one after the other.
    const { db } = tidegate;
    await db.batch([
      db.prepare("UPDATE campaigns SET started_ms = 1, ended_ms = 2, status = 'completed'"),
      db.prepare("DELETE FROM handovers"),
      db.prepare("INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms) VALUES (?1, 12345, 'sent', 1, 1)").bind(seq),
      db.prepare(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000) " +
          "INSERT INTO campaigns (seq, id, team_id, sender_seq, name, content, status, total, indexed, created_ms, started_ms, ended_ms) " +
          "SELECT 1000 + n, 'cmp_' || n, team_id, sender_seq, 'C' || n, content, 'completed', total, total, n, n * 1000, n * 1000 + (n % 7) * 40000 " +
          "FROM n, (SELECT * FROM campaigns LIMIT 1)",
      ),
      db.prepare("INSERT INTO people SELECT c.seq, p.first, p.count, p.people FROM campaigns c JOIN people p ON p.campaign_seq = ?1 AND p.first = 12300 WHERE c.seq > 1000").bind(seq),
      db.prepare("INSERT INTO recipient_parts SELECT c.seq, p.first, p.buckets FROM campaigns c JOIN recipient_parts p ON p.campaign_seq = ?1 WHERE c.seq > 1000").bind(seq),
      db.prepare("INSERT INTO recipient_index SELECT c.seq, i.part, i.bucket, i.entries FROM campaigns c JOIN recipient_index i ON i.campaign_seq = ?1 WHERE c.seq > 1000 AND instr(i.entries, '12345') > 0").bind(seq),
      db.prepare("INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms) SELECT seq, 12345, 'sent', started_ms, started_ms + (ended_ms - started_ms) / 2 FROM campaigns WHERE seq > 1000"),
    ]);
    await tidegate.tallies();
    const seen = [];
    const costs = [];
    let cursor = "";
    do {
      const page = await expect(200, "GET", `/conversations/sms/${encodeURIComponent(me)}/messages?limit=100${cursor}`);
      const [{ read, queries }] = await tidegate.tallies();
      costs.push({ items: page.items.length, read, queries });
      seen.push(...page.items.map((item) => item.at));
      cursor = page.next_cursor && `&cursor=${page.next_cursor}`;
    } while (cursor && costs.length < 50);
    t.diagnostic(`rows read a page of a timeline over 1,000 campaigns: ${JSON.stringify(costs)}`);
    assert.equal(seen.length, 1_001);
    assert.deepEqual(seen, seen.toSorted((one, other) => other - one));
    for (const { read, queries } of costs) {
      assert.ok(read <= 6_000, `${read} rows`);
      assert.ok(queries <= 40, `${queries} queries`);
    }

    // Somebody who is in none of them.
    await expect(200, "GET", `/conversations/sms/${encodeURIComponent(BOB)}/messages?limit=100`);
    const [nobody] = await tidegate.tallies();
    t.diagnostic(`rows read for somebody who is in none: ${nobody.read}`);
    // Eight rows a campaign where their bucket is among those that were copied above, which the keyed
    // hash decides, and seven where it is not.
    assert.ok(nobody.read <= 8_500);

    // A reply: found, threaded, counted.
    await db.prepare("UPDATE campaigns SET ended_ms = ?1 WHERE seq > 1000").bind(Date.now()).run();
    await db.prepare("UPDATE messages SET sent_ms = ?1 WHERE campaign_seq = 1700").bind(Date.now() - 1_000).run();
    await tidegate.tallies();
    await bring(200, inbound, { id: "p-1", from: me, text: "Hello?" });
    const [reply] = await tidegate.tallies();
    t.diagnostic(`a reply over 1,000 campaigns of a month: ${reply.read} rows read, ${reply.written} written`);
    assert.ok(reply.read <= 4_000 && reply.written <= 16);
    const [entry] = await timeline(me);
    assert.equal(entry.reply_to, "cmp_700-12345");
  });
});
