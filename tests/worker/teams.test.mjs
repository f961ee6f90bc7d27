// Teams, keys, goals and the audit log on the real runtime: what D1 reads and writes for them, and
// the rows of the mission that they are for.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

describe("teams on workerd", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  async function expect(status, method, path, body, options) {
    const answer = await tidegate.api(method, `/api/v1${path}`, body, options);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const csv = { headers: { "content-type": "text/csv" } };

  /** A sender, and a campaign with two people on it. */
  async function draft(options = {}) {
    const sender = await expect(
      201, "POST", "/senders",
      { name: "Front desk", channel: "sms", provider: { kind: "sandbox" }, policy: {} }, options,
    );
    const campaign = await expect(
      201, "POST", "/campaigns", { name: "Dates", sender_id: sender.id, content: { text: "Hello" } }, options,
    );
    await expect(
      200, "POST", `/campaigns/${campaign.id}/recipients?file_name=p.csv`,
      "phone\n+14165550100\n+14165550101\n", { ...options, headers: { ...csv.headers, ...options.headers } },
    );
    return { sender, campaign };
  }

  const sms = async (options) => {
    const { channels } = await expect(200, "GET", "/me/goals", undefined, options);
    return channels.find(({ channel }) => channel === "sms");
  };

  /** Lets a campaign go, and its messages out. */
  async function send(campaign, options) {
    const { starts_at } = await expect(200, "POST", `/campaigns/${campaign.id}/schedule`, {}, options);
    await tidegate.until(
      async () => (await expect(200, "GET", `/campaigns/${campaign.id}`, undefined, options)).status === "completed",
      { timeoutMs: starts_at - Date.now() + 20_000, everyMs: 250 },
    );
  }

  test("[S1.1] what one sends through us, what the queue sends and what was sent elsewhere are told apart and counted", async () => {
    const { sender, campaign } = await draft();
    await expect(200, "PUT", "/me/goals", { goals: { sms: 150 } });
    const elsewhere = [{ at: Date.now() - 1000, count: 3 }];
    await expect(201, "POST", `/senders/${sender.id}/sends`, elsewhere, { headers: { "idempotency-key": "a" } });
    await expect(202, "POST", `/senders/${sender.id}/messages`, { to: "+14165550102", content: { text: "Hi" } });
    await send(campaign);
    const isSent = async () => (await expect(200, "GET", "/campaigns?kind=single")).items[0].progress.sent === 1;
    await tidegate.until(isSent, { timeoutMs: 60_000, everyMs: 250 });
    const { sent, queued, single, manual } = await sms();
    assert.deepEqual({ sent, queued, single, manual }, { sent: 6, queued: 2, single: 1, manual: 3 });

    // Each is where one would look for it, and nowhere else.
    const list = async (query) => (await expect(200, "GET", query)).items;
    assert.deepEqual((await list("/campaigns")).map(({ id }) => id), [campaign.id]);
    assert.deepEqual((await list(`/senders/${sender.id}/sends`)).map(({ count }) => count), [3]);
    assert.equal((await list("/messages")).length, 3);
    const { shared } = await expect(200, "GET", `/senders/${sender.id}/outlook`);
    const { history } = shared.find(({ name }) => name === "sender");
    const of = (origin) => history.filter((run) => (run.origin ?? "queued") === origin).reduce((sum, run) => sum + (run.count ?? 1), 0);
    assert.deepEqual(["queued", "single", "manual"].map(of), [2, 1, 3]);
  });

  test("[S1.2] a goal counts what a user sent since midnight, queued and by hand, over all teams", async () => {
    const team = await expect(201, "POST", "/teams", { name: "North" });
    const north = { headers: { "tidegate-team": team.id } };
    const [here, there] = [await draft(), await draft(north)];
    await expect(200, "PUT", "/me/goals", { time_zone: "America/Toronto", goals: { sms: 150 } });
    const at = Date.now() - 1000;
    await expect(201, "POST", `/senders/${here.sender.id}/sends`, [{ at }], { headers: { "idempotency-key": "a" } });
    await Promise.all([send(here.campaign), send(there.campaign, north)]);
    const { sent, queued, manual, goal } = await sms(north);
    assert.deepEqual({ sent, queued, manual, goal }, { sent: 5, queued: 4, manual: 1, goal: 150 });
    const { results } = await tidegate.db.prepare("SELECT count(*) AS n FROM user_sends WHERE origin = 'queued'").all();
    assert.ok(results[0].n <= 2, "rows are quarters of an hour, not messages");
  });

  test("[S1.3] a goal that is reached holds nothing back", async () => {
    const { sender } = await draft();
    await expect(200, "PUT", "/me/goals", { goals: { sms: 1 } });
    const at = Date.now() - 1000;
    await expect(201, "POST", `/senders/${sender.id}/sends`, [{ at, count: 3 }], { headers: { "idempotency-key": "a" } });
    const { goal, left, sent } = await sms();
    assert.deepEqual({ goal, left, sent }, { goal: 1, left: 0, sent: 3 });
    const single = { to: "+14165550100", content: { text: "Hi" } };
    const { at: goes } = await expect(202, "POST", `/senders/${sender.id}/messages`, single);
    assert.ok(goes - Date.now() < 60_000);
  });

  test("[S1.7] a team's queue is switched off, and the rest keeps working", async () => {
    const { sender, campaign } = await draft();
    const at = Date.now() + 3_600_000;
    await expect(200, "POST", `/campaigns/${campaign.id}/schedule`, { at });
    const off = await expect(200, "PATCH", "/teams/team_main", { queue: "off" });
    assert.deepEqual([off.queue, off.held], ["off", 1]);
    const held = await expect(200, "GET", `/campaigns/${campaign.id}`);
    assert.deepEqual([held.status, held.waiting.because[0].code], ["paused", "queue_off"]);
    const refused = await expect(403, "POST", `/campaigns/${campaign.id}/resume`);
    assert.equal(refused.type, "/problems/queue_off");
    await expect(202, "POST", `/senders/${sender.id}/messages`, { to: "+14165550100", content: { text: "Hi" } });
    await expect(200, "PATCH", "/teams/team_main", { queue: "on" });
    await expect(200, "POST", `/campaigns/${campaign.id}/resume`);
  });

  test("[S4.1] only those whom a team lets act on campaigns do", async () => {
    const { sender, campaign } = await draft();
    const user = await expect(201, "POST", "/users", { name: "Ada" });
    await expect(200, "PUT", `/teams/team_main/members/${user.id}`, { role: "viewer" });
    const { key } = await expect(201, "POST", "/keys", { name: "laptop", user_id: user.id });
    const content = { text: "Hello" };
    for (const [method, path, body] of [
      ["POST", "/campaigns", { name: "x", sender_id: sender.id, content }],
      ["POST", `/campaigns/${campaign.id}/schedule`, {}],
      ["POST", `/campaigns/${campaign.id}/stop`, {}],
    ]) {
      await expect(403, method, path, body, { key });
    }
    await expect(200, "GET", `/campaigns/${campaign.id}`, undefined, { key });
    // A team may leave campaigns to its administrators alone; operators write to people one by one.
    await expect(200, "PUT", `/teams/team_main/members/${user.id}`, { role: "operator" });
    await expect(200, "PATCH", "/teams/team_main", { campaigns_for: "administrator" });
    assert.equal((await expect(200, "GET", "/me", undefined, { key })).limits.campaigns_for, "administrator");
    const address = "+14165550123";
    const selection = { addresses: [address] };
    for (const [method, path, body] of [
      ["POST", "/campaigns", { name: "x", sender_id: sender.id, content }],
      ["PATCH", `/campaigns/${campaign.id}`, { name: "y" }],
      ["POST", `/campaigns/${campaign.id}/recipients/selection`, selection],
      ["POST", `/campaigns/${campaign.id}/schedule`, {}],
      ["POST", `/campaigns/${campaign.id}/pause`, {}],
      ["POST", `/campaigns/${campaign.id}/resends`, { of: "failed" }],
      ["POST", `/campaigns/${campaign.id}/unknown/send-again`, {}],
    ]) {
      const refused = await expect(403, method, path, body, { key });
      assert.match(refused.detail, /leaves campaigns to its administrators/, path);
    }
    await expect(403, "POST", `/campaigns/${campaign.id}/recipients`, "phone\n+14165550100\n", { ...csv, key });
    await expect(202, "POST", `/senders/${sender.id}/messages`, { to: address, content }, { key });
    const timed = await expect(202, "POST", `/conversations/sms/${address}/messages`,
      { sender_id: sender.id, content, at: Date.now() + 3_600_000 }, { key });
    await expect(200, "POST", `/campaigns/${timed.campaign_id}/pause`, {}, { key });
    // Nobody is added to it, so it stays to one person.
    await expect(403, "POST", `/campaigns/${timed.campaign_id}/recipients/selection`, selection, { key });
    await expect(200, "POST", `/campaigns/${timed.campaign_id}/stop`, {}, { key });
    await expect(200, "PATCH", "/teams/team_main", { campaigns_for: "operator" });
    await expect(200, "PATCH", `/campaigns/${campaign.id}`, { name: "y" }, { key });
    await expect(200, "PUT", `/teams/team_main/members/${user.id}`, { role: "administrator" });
    await expect(200, "PATCH", "/teams/team_main", { campaigns_for: "administrator" });
    await expect(200, "POST", `/campaigns/${campaign.id}/stop`, {}, { key });
    await expect(200, "PATCH", "/teams/team_main", { campaigns_for: "operator" });
  });

  test("[S3.5] a campaign says which user let it go, in which team, and the log says who did what", async () => {
    const { campaign } = await draft();
    const me = await expect(200, "GET", "/me");
    await expect(200, "POST", `/campaigns/${campaign.id}/schedule`, { at: Date.now() + 3_600_000 });
    const { by_user, team } = await expect(200, "GET", `/campaigns/${campaign.id}`);
    assert.deepEqual([by_user, team.id], [me.user_id, "team_main"]);
    const { items } = await expect(200, "GET", `/audit?subject=${campaign.id}`);
    assert.deepEqual(items.map(({ what }) => what), ["campaign.schedule", "campaign.create"]);
    assert.deepEqual([items[0].user_id, items[0].before.status, items[0].after.status], [me.user_id, "draft", "scheduled"]);
    // An entry that stands behind a change that changed nothing is not made.
    const optOut = { channel: "sms", address: "+14165550100" };
    await expect(201, "POST", "/opt-outs", optOut);
    await expect(200, "POST", "/opt-outs", optOut);
    assert.equal((await expect(200, "GET", "/audit?what=opt_out")).items.length, 1);
  });

  test("lists of a team read as many rows as they show, whatever the others have", async () => {
    const many = 20_000;
    const generated = (sql) => tidegate.db.prepare(sql).bind(many).run();
    const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
    const { sender } = await draft();
    await tidegate.db.batch([
      tidegate.db.prepare("INSERT INTO teams (id, name, created_ms) VALUES ('team_b', 'B', 1)"),
      tidegate.db.prepare(
        "INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms) " +
          "VALUES (999, 'snd_b', 'team_b', 'B', 'sms', '{}', '{}', 0)",
      ),
    ]);
    await generated(`${numbers} INSERT INTO campaigns (id, team_id, sender_seq, name, content, created_ms)
      SELECT 'b' || i, 'team_b', 999, 'B', '{}', 0 FROM n`);
    await generated(`${numbers} INSERT INTO audit (at_ms, team_id, by_whom, what, subject)
      SELECT i, CASE WHEN i % 2 THEN 'team_b' ELSE 'team_main' END, 'x', 'campaign.edit', 's' || i FROM n`);
    const reads = async (sql, ...values) => {
      const { meta, results } = await tidegate.db.prepare(sql).bind(...values).all();
      return [meta.rows_read, results.length];
    };
    const [campaigns] = await reads(
      "SELECT seq FROM campaigns c WHERE c.seq < ?2 AND c.kind = 'broadcast' AND c.team_id = ?1 ORDER BY c.seq DESC LIMIT 50",
      "team_main", 2 ** 50,
    );
    assert.ok(campaigns <= 52, `${campaigns} rows read`);
    const page = await expect(200, "GET", "/campaigns");
    assert.deepEqual(page.items.map(({ sender_id }) => sender_id), [sender.id]);
    // Nothing matches: it looks at 10,000 entries, says where it stands, and comes to the end.
    const empty = await expect(200, "GET", "/audit?subject=nothing");
    assert.deepEqual([empty.items.length, typeof empty.next_cursor], [0, "string"]);
    const end = await expect(200, "GET", `/audit?subject=nothing&cursor=${empty.next_cursor}`);
    assert.deepEqual(end, { items: [], next_cursor: null });
  });
});
