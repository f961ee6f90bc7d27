// What is seen of messages after they went out, and what is done about it: opens, clicks, sending
// again, bad addresses, cost. On the real runtime, with a provider of the test's own.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const READER = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Safari/604.1";
const ORIGIN = "https://tidegate.example";

describe("tracking", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate({ vars: { PUBLIC_URL: ORIGIN } });
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  async function call(expected, method, path, body, options) {
    const reply = await tidegate.api(method, `/api/v1${path}`, body, options);
    assert.equal(reply.status, expected, `${method} ${path}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  const put = (id, file) =>
    call(200, "POST", `/campaigns/${id}/recipients?file_name=people.csv`, file, { headers: { "content-type": "text/csv" } });

  /** A campaign for the people of a file, as a draft. */
  async function draft(channel, content, file) {
    const provider = { kind: "webhook", url: `${tidegate.provider.url}/send`, per_second: 1000 };
    const sender = await call(201, "POST", "/senders", { name: "Shop", channel, provider, policy: {} });
    const campaign = await call(201, "POST", "/campaigns", { name: "Sale", sender_id: sender.id, content });
    await put(campaign.id, file);
    return { sender, id: campaign.id };
  }

  /** Sends a campaign now and answers what its provider was given, by recipient. */
  async function send(id) {
    await call(200, "POST", `/campaigns/${id}/schedule`, {});
    return handOver(id);
  }

  /** Hands over what is committed. It lies half a minute ahead: brought nearer, so that nobody waits. */
  async function handOver(id) {
    const { db, provider } = tidegate;
    const before = provider.posts.length;
    const open = "FROM handovers WHERE done = 0 AND campaign_seq = (SELECT seq FROM campaigns WHERE id = ?1)";
    await tidegate.until(async () => {
      const { results } = await db.prepare(`SELECT sender_seq, tick_no, slice, items ${open}`).bind(id).all();
      for (const { sender_seq, tick_no, slice, items } of results) {
        const due = Date.now() + 300;
        const sooner = JSON.parse(items).map((item) => ({ ...item, start: due }));
        await db
          .prepare("UPDATE handovers SET items = ?4, start_ms = ?5 WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3 AND claimed = 0")
          .bind(sender_seq, tick_no, slice, JSON.stringify(sooner), due).run();
        await tidegate.deliver([{ sender_seq, tick_no, slice }]);
      }
      const { progress } = await call(200, "GET", `/campaigns/${id}`);
      if (progress.queued + progress.sending === 0) return true;
      // On a busy machine some were late and came back.
      await tidegate.tick(Date.now());
    }, { timeoutMs: 60_000 });
    // Whoever opens a message within two seconds is taken for a machine.
    await db.prepare("UPDATE messages SET sent_ms = sent_ms - 60000").run();
    return new Map(provider.posts.slice(before).map(({ body }) => [body.to, body]));
  }

  /** What a recipient's programme does with an address. */
  const visit = (url, agent = READER) => {
    assert.ok(url.startsWith(`${ORIGIN}/`), url);
    return tidegate.api("GET", url.slice(ORIGIN.length), undefined, { key: null, headers: { "user-agent": agent } });
  };

  const receipt = (message, body) =>
    call(204, "POST", new URL(message.callback_url).pathname.slice("/api/v1".length), body, { key: null });

  const linksOf = (message) => message.text.match(/https:\/\/tidegate\.example\/l\/[\w-]+/g) ?? [];

  const MAILS = "email,name\nada@shop.example,Ada\nbob@shop.example,Bob\ncy@shop.example,Cy\n";

  test("[S2.5] opens and clicks of a mail are seen, counted by person and by time, and told apart from machines", async () => {
    const text = "Hello {{ name }}, https://shop.example/sale?for={{ name }}";
    const { id } = await draft("email", { text, subject: "Sale" }, MAILS);
    const sent = await send(id);
    const [ada, bob] = [sent.get("ada@shop.example"), sent.get("bob@shop.example")];
    assert.equal(linksOf(ada).length, 1);
    assert.ok(!ada.text.includes("shop.example/sale"));
    const followed = await visit(linksOf(ada)[0]);
    assert.deepEqual([followed.status, followed.headers.get("location")], [302, "https://shop.example/sale?for=Ada"]);
    await visit(linksOf(ada)[0]);
    const image = await visit(bob.open_url);
    assert.equal(image.headers.get("content-type"), "image/gif");
    // A scanner looks at all of them.
    for (const message of sent.values()) await visit(linksOf(message)[0], "curl/8.9");
    assert.equal((await visit(`${linksOf(ada)[0]}A`)).status, 404);

    const { marks, tracking } = await call(200, "GET", `/campaigns/${id}`);
    assert.deepEqual(tracking, { opens: true, clicks: true, problem: null });
    assert.deepEqual(marks, {
      opened: { people: 2, times: 1, rate: 0.6667 },
      clicked: { people: 1, times: 2, rate: 0.3333 },
    });
    const report = await call(200, "GET", `/campaigns/${id}/report`);
    assert.deepEqual([report.opened.rate, report.clicked.rate, report.clicked.by_machines], [0.6667, 0.3333, 3]);
    const { items } = await call(200, "GET", `/campaigns/${id}/messages?marks=opened`);
    assert.deepEqual(items.map(({ to, opened_at, clicked_at }) => [to, opened_at > 0, clicked_at > 0]), [
      ["ada@shop.example", true, true],
      ["bob@shop.example", true, false],
    ]);
  });

  test("[S2.4] a mail is sent again to those who did not open it, with other words, and to somebody else", async () => {
    const { id } = await draft("email", { text: "Hello {{ name }}", subject: "Sale" }, MAILS);
    const sent = await send(id);
    await visit(sent.get("ada@shop.example").open_url);
    await receipt(sent.get("cy@shop.example"), { status: "failed", reason: "mailbox_full" });
    await tidegate.db.prepare("UPDATE campaigns SET status = 'completed' WHERE id = ?1").bind(id).run();
    await call(201, "POST", "/opt-outs", { channel: "email", address: "cy@shop.example" });

    const path = `/campaigns/${id}/resends`;
    assert.deepEqual(await call(200, "POST", `${path}/count`, { to: "not_opened" }), { people: 1, undecided: 0, already: 0 });
    const content = { text: "{{ name }}, did you see it?", subject: "Sale, once more" };
    const headers = { "idempotency-key": "again" };
    const again = await call(201, "POST", path, { to: "not_opened", name: "Once more", content }, { headers });
    const repeated = await call(201, "POST", path, { to: "not_opened", name: "Once more", content }, { headers });
    assert.deepEqual(repeated, again);
    assert.deepEqual([again.state, again.people, again.parent_id], ["ready", 1, id]);
    const second = await send(again.campaign_id);
    assert.deepEqual([...second].map(([to, { text, subject }]) => [to, text, subject]), [
      ["bob@shop.example", "Bob, did you see it?", "Sale, once more"],
    ]);
    // Who has opted out since gets nothing, although it failed to reach them.
    const failed = await call(201, "POST", path, { to: "failed" });
    assert.deepEqual([failed.people, failed.opted_out], [0, 1]);
    const others = await call(201, "POST", path, { to: "someone_else" });
    await put(others.campaign_id, "email,name\ndee@shop.example,Dee\n");
    assert.deepEqual([...(await send(others.campaign_id)).keys()], ["dee@shop.example"]);

    const { items } = await call(200, "GET", path);
    assert.deepEqual(items.map(({ to, people, status }) => [to, people, status]), [
      ["not_opened", 1, "in_progress"],
      ["failed", 0, "draft"],
      ["someone_else", 0, "in_progress"],
    ].map(([to, people, status], at) => [to, people, items[at].status === "completed" ? "completed" : status]));
    assert.equal((await call(200, "GET", `/campaigns/${again.campaign_id}`)).parent_id, id);
    assert.equal((await call(200, "GET", `/campaigns/${id}`)).resends, 3);
    const untracked = await draft("sms", { text: "Hi" }, "phone\n+33640000001\n");
    await send(untracked.id);
    const refused = await call(422, "POST", `/campaigns/${untracked.id}/resends`, { to: "not_opened" });
    assert.deepEqual([refused.errors[0].path, refused.errors[0].code], ["to", "opens_not_tracked"]);
  });

  test("[S2.8] what comes in and what is passed on is shown and charged, and the cost of a send-out adds up", async () => {
    const { sender, id } = await draft("sms", { text: "x".repeat(161) }, "phone\n+33640000001\n+33640000002\n");
    await call(200, "PUT", `/senders/${sender.id}/price`, { currency: "EUR", per_segment: "0.05", inbound: "0.01" });
    await send(id);
    // The minute in which the index of recipients is built.
    await tidegate.tick(Date.now());
    const inbound = new URL((await call(200, "GET", `/senders/${sender.id}/inbound`)).url).pathname.slice("/api/v1".length);
    const came = await call(200, "POST", inbound, { id: "p-1", from: "+33640000001", text: "Is it on?" }, { key: null });
    await call(200, "POST", inbound, { id: "p-2", from: "+33640000002", text: "Thanks", cost: 25_000 }, { key: null });
    assert.deepEqual(await call(200, "GET", `/campaigns/${id}/cost`), {
      currency: "EUR", segments: 4, sent: 200_000, inbound: 35_000, total: 235_000,
    });
    const to = "+33640000009";
    const passed = await call(202, "POST", `/conversations/sms/${encodeURIComponent("+33640000001")}/forward`, { message_id: came.id, to });
    assert.equal((await handOver(passed.campaign_id)).get(to).text, "Is it on?");
    const charged = await call(200, "GET", `/campaigns/${passed.campaign_id}/cost`);
    assert.deepEqual([charged.segments, charged.total], [1, 50_000]);
    const timeline = async (address) =>
      (await call(200, "GET", `/conversations/sms/${encodeURIComponent(address)}/messages`)).items;
    const [received] = await timeline("+33640000001");
    assert.deepEqual([received.direction, received.text, received.cost], ["in", "Is it on?", 10_000]);
    const [shown] = await timeline(to);
    assert.deepEqual([shown.kind, shown.text], ["forward", "Is it on?"]);
  });

  test("[S2.9] each message says what became of it and why, and the page of reasons what to look at", async () => {
    await call(201, "POST", "/opt-outs", { channel: "sms", address: "+33640000003" });
    const file = "phone,name\n+33640000001,Ada\n+33640000002,Bob\n+33640000003,Cy\n+33640000004,Dee\n";
    const { id } = await draft("sms", { text: "Hello {{ name }}" }, file);
    tidegate.provider.answerWith(({ body }) => (body.to.endsWith("4") ? { status: 400, body: { message: "no such number" } } : { status: 202 }));
    const sent = await send(id);
    await receipt(sent.get("+33640000001"), { status: "delivered" });
    await receipt(sent.get("+33640000002"), { status: "failed", reason: "21211" });
    const { items } = await call(200, "GET", `/campaigns/${id}/messages`);
    assert.deepEqual(items.map(({ status, reason }) => [status, reason]), [
      ["delivered", null],
      ["failed", "21211"],
      ["skipped", "opted_out"],
      ["failed", "refused"],
    ]);
    assert.match(items[3].detail, /no such number/);
    const { items: reasons } = await call(200, "GET", "/reasons?limit=200");
    for (const code of ["opted_out", "refused", "bad_address", "no_receipt"]) {
      const { means, check } = reasons.find((reason) => reason.code === code);
      assert.ok(means.length > 10 && check.length > 5, code);
    }
    const report = await call(200, "GET", `/campaigns/${id}/report`);
    assert.deepEqual(report.failed_by_reason.map(({ reason, count }) => [reason, count]), [["bad_address", 1], ["refused", 1]]);
  });

  test("[S2.10] after a large send-out its bad addresses come as a file, and corrected they are sent to", async () => {
    const people = Array.from({ length: 120 }, (_, n) => `+3364${1_000_000 + n},Person ${n}\n`);
    const { id } = await draft("sms", { text: "Hello {{ name }}" }, `phone,name\n${people.join("")}`);
    const sent = await send(id);
    assert.equal(sent.size, 120);
    const bad = [...sent.values()].filter((_, at) => at % 10 === 0);
    await call(204, "POST", "/receipts", [...sent.values()].map((message) =>
      bad.includes(message)
        ? { callback: message.callback_url, status: "failed", reason: "30005" }
        : { callback: message.callback_url, status: "delivered" },
    ), { key: null });
    const first = await call(200, "GET", `/campaigns/${id}/bad-addresses?limit=8`);
    const rest = await call(200, "GET", `/campaigns/${id}/bad-addresses?limit=8&cursor=${first.next_cursor}`);
    assert.deepEqual([first.items.length, rest.items.length, rest.next_cursor], [8, 4, null]);

    const file = await tidegate.api("GET", `/api/v1/campaigns/${id}/bad-addresses.csv`);
    const rows = file.body.trim().split("\r\n");
    assert.deepEqual([rows.length, rows[0]], [13, "phone,time_zone,name,bad_because,provider_said,contact_id"]);
    const again = await call(201, "POST", `/campaigns/${id}/resends`, { to: "someone_else", name: "Corrected" });
    const put_in = await put(again.campaign_id, file.body.replaceAll("+3364", "+3365"));
    assert.deepEqual([put_in.accepted, put_in.rejected_total], [12, 0]);
    const second = await send(again.campaign_id);
    assert.deepEqual(
      [...second].map(([to, { text }]) => [to, text]).sort(),
      bad.map(({ to, text }) => [to.replace("+3364", "+3365"), text]).sort(),
    );
  });
});
