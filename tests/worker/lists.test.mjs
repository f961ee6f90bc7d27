// The lists of what was sent, in everybody's words, on the real runtime: one afternoon of a team, looked
// at from every side. The tests go on from each other.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const HOUR_MS = 3_600_000;
const csv = { headers: { "content-type": "text/csv" } };

describe("lists of what was sent", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());

  async function ask(method, path, body, options) {
    return tidegate.api(method, `/api/v1/${path}`, body, options);
  }
  async function ok(method, path, body, options) {
    const answer = await ask(method, path, body, options);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Ids by the names that the tests have for them. */
  const made = {};
  const nameOf = (id) => Object.keys(made).find((name) => made[name] === id) ?? id;

  async function sender(name, { policy = {}, channel = "sms", hook = name } = {}) {
    const provider = { kind: "webhook", url: `${tidegate.provider.url}/${hook}` };
    return ok("POST", "senders", { name, channel, provider, policy });
  }

  let number = 0;
  async function campaign(name, from, people, file = `${name}.csv`) {
    const { id } = await ok("POST", "campaigns", { name: `The ${name}`, sender_id: from.id, content: { text: "Hello" } });
    made[name] = id;
    const rows = Array.from({ length: people }, () => `+336120${String((number += 1)).padStart(5, "0")}\n`);
    const address = (row, at) => (from.channel === "email" ? `${name}${at}@example.org\n` : row);
    await ok("POST", `campaigns/${id}/recipients?file_name=${file}`, `to\n${rows.map(address).join("")}`, csv);
    return id;
  }

  async function schedule(id, at) {
    const { version } = await ok("GET", `campaigns/${id}`);
    return ok("POST", `campaigns/${id}/schedule`, at ? { at, version } : { version });
  }

  /** The campaigns of a list, by the tests' names for them. */
  async function list(query) {
    const names = [];
    for (let cursor = ""; cursor !== null; ) {
      const page = await ok("GET", `campaigns?${query}${cursor && `&cursor=${cursor}`}`);
      names.push(...page.items.map(({ id }) => nameOf(id)));
      cursor = page.next_cursor;
    }
    return names;
  }
  const word = (lexicon, status) => list(`lexicon=${lexicon}&status=${encodeURIComponent(status)}`);
  const has = async (lexicon, status, name) => (await word(lexicon, status)).includes(name);
  const soon = (check) => tidegate.until(check, { timeoutMs: 60_000, everyMs: 250 });

  const start = Date.now();
  const inHours = (hours) => start + hours * HOUR_MS;

  test("[S5.3] a message goes now, or at a time that is five minutes away or more", async () => {
    const shop = await sender("shop");
    const later = await campaign("later", shop, 2, "March list.csv");
    const { version } = await ok("GET", `campaigns/${later}`);
    const early = await ask("POST", `campaigns/${later}/schedule`, { at: Date.now() + 4 * 60_000, version });
    assert.deepEqual([early.status, early.body.errors[0].code], [422, "too_soon"]);
    const scheduled = await schedule(later, inHours(2));
    assert.deepEqual([scheduled.status, scheduled.starts_at], ["scheduled", inHours(2)]);
    const sent = await campaign("sent", shop, 2);
    const now = await schedule(sent);
    assert.ok(now.starts_at - Date.now() < 40_000, "now is within the minute");
  });

  test("[B9] what a send-out costs in rows and money is shown before it goes", async () => {
    const { items } = await ok("GET", "senders");
    const shop = items.find(({ name }) => name === "shop");
    await ok("PUT", `senders/${shop.id}/price`, { currency: "EUR", per_message: "0.05" });
    const estimate = await ok("GET", `campaigns/${made.sent}/estimate`);
    assert.deepEqual([estimate.cost.likely, estimate.rows.written > 0, estimate.rows.currency], ["0.10", true, "USD"]);
  });

  test("[S3.4] what falls into a time that its team blocks is held, shown, and can be moved or left to roll", async () => {
    const day = new Date(inHours(48)).toISOString().slice(0, 10);
    const blocked = await sender("blocked", { policy: { blocked: [{ name: "Works council", date: day }] } });
    const noon = Date.parse(`${day}T12:00:00Z`);
    const held = await campaign("held", blocked, 1);
    // Left to roll, it goes when the time is over; nothing of it goes before.
    const scheduled = await schedule(held, noon);
    assert.equal(scheduled.plan.first, Date.parse(`${day}T00:00:00Z`) + 24 * HOUR_MS);
    assert.deepEqual(await word("sent_messages", "Blocked Time"), ["held"]);
    // Moved, it is programmed like any other.
    const at = noon + 20 * HOUR_MS;
    const { version } = await ok("GET", `campaigns/${held}`);
    const moved = await ok("POST", `campaigns/${held}/schedule`, { at, version });
    assert.equal(moved.plan.first, at);
    assert.deepEqual(await word("sent_messages", "Blocked Time"), []);
    assert.ok(await has("sent_messages", "Programmed", "held"));
    await ok("POST", `campaigns/${held}/schedule`, { at: noon, version: moved.version });
  });

  test("[S2.1] send-outs are listed from their making on, and their status moves on with the first of their people", async () => {
    assert.deepEqual(await word("delivery_tracking", "Sending..."), ["held", "sent", "later"]);
    await sender("mail", { channel: "email" }).then((mail) => campaign("letter", mail, 2)).then((id) => schedule(id));
    const slow = await sender("slow", { policy: { gap: "1h" } });
    await schedule(await campaign("sending", slow, 2));
    const refusing = await sender("refusing");
    await schedule(await campaign("error", refusing, 1));
    await schedule(await campaign("cancelled", slow, 1), inHours(5));
    await schedule(await campaign("paused", slow, 1), inHours(5));
    const bad = { status: 400, body: { error: "bad number" } };
    tidegate.provider.answerWith(({ path }) => (path === "/refusing" ? bad : { status: 202, body: {}, delayMs: path === "/shop" ? 3000 : 0 }));
    const opted = await ok("GET", `campaigns/${made.letter}/messages?limit=1`);
    await ok("POST", "opt-outs", { channel: "email", address: opted.items[0].to });
    await tidegate.tick(Date.now());
    await soon(() => has("sent_messages", "Processing", "sent"));
    await soon(() => has("delivery_tracking", "Sent", "sent"));
    const [post] = tidegate.provider.posts.filter(({ path }) => path === "/shop");
    const { pathname } = new URL(post.body.callback_url, "http://tidegate.test");
    await soon(async () => (await tidegate.api("POST", pathname, { status: "delivered" }, { key: null })).status < 300);
    await soon(() => has("delivery_tracking", "Delivered", "sent"));
    assert.ok(await has("delivery_tracking", "Sending...", "later"));
  });

  test("[S2.2] [S2.3] how far each is shows when it is looked at again, mail and text messages apart", async () => {
    const progress = async (name) => (await ok("GET", `campaigns/${made[name]}`)).progress;
    await soon(async () => (await progress("sent")).sent === 2);
    await soon(async () => (await progress("sending")).sent === 1);
    const { total, sent, delivered, queued } = await progress("sent");
    assert.deepEqual([total, sent, delivered, queued], [2, 2, 1, 0]);
    await soon(async () => (await progress("letter")).sent === 1);
    const letter = await progress("letter");
    assert.deepEqual([letter.total, letter.sent, letter.skipped], [2, 1, 1]);
    assert.deepEqual(await list("channel=email"), ["letter"]);
    assert.ok(!(await list("channel=sms")).includes("letter"));
    const counts = (await ok("GET", `reports?from=${start - HOUR_MS}&to=${inHours(1)}&by=channel`)).rows;
    assert.deepEqual(counts.map(({ id, sent: n, skipped }) => [id, n, skipped]), [["email", 1, 1], ["sms", 3, 0]]);
  });

  test("[S3.3] the seven words of sent messages mean what their users know", async () => {
    await ok("POST", `campaigns/${made.cancelled}/stop`);
    await ok("POST", `campaigns/${made.paused}/pause`);
    // A tick sees that there is nobody left, and ends what is done.
    await soon(async () => {
      await tidegate.tick(Date.now());
      return (await has("sent_messages", "Sent", "sent")) && (await has("sent_messages", "Error", "error"));
    });
    const expected = {
      Programmed: ["later"],
      "Blocked Time": ["held"],
      Processing: [],
      Sending: ["sending"],
      Cancelled: ["cancelled"],
      Error: ["error"],
      Sent: ["letter", "sent"],
    };
    for (const [status, names] of Object.entries(expected)) assert.deepEqual(await word("sent_messages", status), names, status);
  });

  test("[S3.2] the list is narrowed by status, batch, type, file name and date, and each trigger is a batch of its own", async () => {
    const all = (await ok("GET", "campaigns")).items;
    const batches = all.map(({ batch_id: batch }) => batch);
    assert.equal(new Set(batches).size, all.length);
    assert.deepEqual(await list(`batch_id=${all.find(({ id }) => id === made.later).batch_id}`), ["later"]);
    assert.deepEqual(await list("file_name=march"), ["later"]);
    assert.deepEqual(await list("channel=email&status=completed"), ["letter"]);
    assert.deepEqual(await list(`from=${inHours(1)}&to=${inHours(3)}`), ["later"]);
    assert.deepEqual((await list(`sort=start&from=${inHours(1)}`)).slice(0, 1), ["held"]);
    const { items } = await ok("GET", `messages?batch_id=${all.find(({ id }) => id === made.sent).batch_id}`);
    assert.deepEqual(items.map(({ status }) => status).sort(), ["delivered", "sent"]);
    const file = (await ask("GET", "messages/export?channel=sms&status=Sent&lexicon=sent_messages")).body;
    assert.equal(file.trim().split("\r\n").length, 1 + 3);
  });

  test("[S4.3] campaigns are sorted by where they stand", async () => {
    await ok("PATCH", "teams/team_main", { lexicon: "proactive_campaigns" });
    const tab = (status) => list(`status=${encodeURIComponent(status)}`);
    assert.deepEqual(await tab("Scheduled"), ["held", "later"]);
    assert.ok((await tab("In Progress")).includes("sending"));
    assert.deepEqual(await tab("Completed"), ["error", "letter", "sent"]);
    assert.deepEqual(await tab("Stopped"), ["cancelled"]);
  });

  test("[S5.5] broadcasts are narrowed by the five words of their list", async () => {
    assert.deepEqual(await word("broadcast", "Pending"), ["held", "later"]);
    assert.deepEqual(await word("broadcast", "In Progress"), ["sending"]);
    assert.deepEqual(await word("broadcast", "Paused"), ["paused"]);
    assert.deepEqual(await word("broadcast", "Canceled"), ["cancelled"]);
    assert.ok((await word("broadcast", "Completed")).includes("sent"));
  });

  test("[B7] each team reads the same facts in its own words", async () => {
    const team = await ok("POST", "teams", { name: "North" });
    const inNorth = { headers: { "tidegate-team": team.id } };
    await ok("PATCH", `teams/${team.id}`, { lexicon: "broadcast" }, inNorth);
    await ok("PATCH", "teams/team_main", { lexicon: "sent_messages" });
    assert.deepEqual(await list("status=Programmed"), ["later"]);
    assert.equal((await ask("GET", "campaigns?status=Pending")).status, 422);
    assert.deepEqual((await ok("GET", "campaigns?status=Pending", undefined, inNorth)).items, []);
    assert.equal((await ask("GET", "campaigns?status=Programmed", undefined, inNorth)).status, 422);
  });

  test("[S2.9] each message has its status and reason, and what to look at when it did not arrive", async () => {
    const [failed] = (await ok("GET", `messages?status=failed`)).items;
    assert.deepEqual([failed.campaign_id, failed.status], [made.error, "failed"]);
    assert.ok(failed.reason, JSON.stringify(failed));
    const [skipped] = (await ok("GET", `messages?status=skipped`)).items;
    assert.deepEqual([skipped.campaign_id, skipped.reason], [made.letter, "opted_out"]);
    const reasons = (await ok("GET", "reasons")).items ?? (await ok("GET", "reasons"));
    for (const { reason } of [failed, skipped]) {
      assert.ok(JSON.stringify(reasons).includes(`"${reason}"`), `/reasons tells of ${reason}`);
    }
  });

  test("[S5.6] who was not reached is named, and what has not begun is changed, paused or called off", async () => {
    const { items } = await ok("GET", `campaigns/${made.error}/messages?status=failed`);
    assert.equal(items.length, 1);
    const { version } = await ok("GET", `campaigns/${made.later}`);
    const changed = await ok("PATCH", `campaigns/${made.later}`, { content: { text: "Hello again" }, version });
    assert.equal(changed.content.text, "Hello again");
    const paused = await ok("POST", `campaigns/${made.later}/pause`);
    assert.deepEqual([paused.status, paused.in_flight], ["paused", 0]);
    assert.ok((await word("broadcast", "Paused")).includes("later"));
    await ok("POST", `campaigns/${made.later}/resume`, { version: paused.version });
    const stopped = await ok("POST", `campaigns/${made.later}/stop`);
    assert.deepEqual([stopped.status, stopped.progress.cancelled], ["stopped", 2]);
  });

  test("[B9] and after it went", async () => {
    const cost = await ok("GET", `campaigns/${made.sent}/cost`);
    assert.deepEqual([cost.currency, cost.total], ["EUR", 100_000]);
    const [{ costs }] = (await ok("GET", `reports?from=${start - HOUR_MS}&to=${inHours(1)}`)).rows;
    assert.deepEqual(costs, [{ currency: "EUR", sent: "0.10", inbound: "0.00", total: "0.10" }]);
  });

  test("[S3.7] only what has not begun can be called off", async () => {
    const stopped = await ok("POST", `campaigns/${made.sending}/stop`);
    assert.deepEqual([stopped.progress.sent, stopped.progress.cancelled], [1, 1]);
    const { items } = await ok("GET", `campaigns/${made.sending}/messages`);
    assert.deepEqual(items.map(({ status }) => status), ["sent", "cancelled"]);
    const refused = await ask("POST", `campaigns/${made.sent}/stop`);
    assert.deepEqual([refused.status, refused.body.legal], [409, []]);
  });
});
