// A campaign's hours, pace, most a day and end, on the real runtime: what is promised before launch, and
// what goes by itself after it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe("hours, limits and ends", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());

  async function ok(method, path, body, options) {
    const answer = await tidegate.api(method, `/api/v1/${path}`, body, options);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  let number = 0;
  async function campaign(people, { policy = {}, own = {} } = {}) {
    const provider = { kind: "webhook", url: `${tidegate.provider.url}/${(number += 1)}` };
    const sender = await ok("POST", "senders", { name: `Sender ${number}`, channel: "sms", provider, policy });
    const content = { text: "Hello" };
    const { id } = await ok("POST", "campaigns", { name: `Campaign ${number}`, sender_id: sender.id, content, policy: own });
    const rows = Array.from({ length: people }, (_, n) => `+3361${number}${String(n).padStart(6, "0")}\n`);
    await ok("POST", `campaigns/${id}/recipients?file_name=a.csv`, `to\n${rows.join("")}`, { headers: { "content-type": "text/csv" } });
    return { id, posts: () => tidegate.provider.posts.filter(({ path }) => path === new URL(provider.url).pathname) };
  }

  const schedule = async (id) => ok("POST", `campaigns/${id}/schedule`, { version: (await ok("GET", `campaigns/${id}`)).version });
  const plan = ({ id }, at) => ok("POST", `campaigns/${id}/plan`, { at });

  /** A Monday at 00:00 UTC, a week or two away. */
  const monday = (() => {
    const start = new Date(Date.now() + 7 * DAY_MS);
    start.setUTCHours(0, 0, 0, 0);
    return start.getTime() + ((8 - start.getUTCDay()) % 7) * DAY_MS;
  })();
  const at = (day, hour) => monday + day * DAY_MS + hour * HOUR_MS;
  const instants = ({ runs, lane_index: lane }) =>
    runs.filter((run) => run.lane === lane).flatMap(({ start, count, every }) => Array.from({ length: count }, (_, n) => start + n * every));

  test("[S4.4] messages go at a campaign's pace in its hours, and the rest goes on the next day", async () => {
    const own = { windows: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "11:00" }], gap: "1h" };
    const promised = await plan(await campaign(5, { own }), at(4, 8));
    // Friday at 9 and 10, Monday at 9 and 10, Tuesday at 9.
    assert.deepEqual(instants(promised), [at(4, 9), at(4, 10), at(7, 9), at(7, 10), at(8, 9)]);
  });

  test("[S4.8] hours for each weekday, closed days, and a start outside them that waits", async () => {
    const closed = new Date(at(1, 0)).toISOString().slice(0, 10);
    const own = {
      windows: [{ days: ["mon", "tue"], from: "09:00", to: "12:00" }, { days: ["wed"], from: "14:00", to: "15:00" }],
      blocked: [{ name: "Closed", date: closed }],
      gap: "2h",
    };
    const scene = await campaign(3, { own });
    // From Monday afternoon: Tuesday is closed, Wednesday has an hour, then Monday again.
    assert.deepEqual(instants(await plan(scene, at(0, 13))), [at(2, 14), at(7, 9), at(7, 11)]);
    const scheduled = await ok("POST", `campaigns/${scene.id}/schedule`, { at: at(0, 13), version: (await ok("GET", `campaigns/${scene.id}`)).version });
    assert.equal(scheduled.plan.first, at(2, 14));
  });

  test("[S1.6] a day is the last 24 hours, or the one since midnight, as chosen", async () => {
    const calendar = await campaign(3, { policy: { limits: [{ max: 2, calendar: "day" }] } });
    const rolling = await campaign(3, { policy: { limits: [{ max: 2, rolling: "24h" }] } });
    const third = async (scene) => instants(await plan(scene, at(0, 22)))[2];
    assert.equal(await third(calendar), at(1, 0));
    assert.equal(await third(rolling), at(1, 22));
  });

  test("[S1.5] [S4.5] a maximum holds the queue, which goes on by itself; an end names whom it left out, and warns before", async () => {
    const limited = await campaign(2, { policy: { limits: [{ max: 1, rolling: "20s" }, { max: 100, calendar: "day" }] } });
    await schedule(limited.id);
    // It would need an hour, and ends before: said with numbers before launch.
    const ends = new Date(Date.now() + 60_000).toISOString().slice(0, 19);
    const ending = await campaign(3, { policy: { gap: "1h" }, own: { ends_at: ends } });
    const before = await ok("POST", `campaigns/${ending.id}/plan`, {});
    assert.deepEqual([before.planned, before.unplanned], [1, 2]);
    const warning = before.warnings.find(({ code }) => code === "ends_before_finish");
    assert.ok(warning, JSON.stringify(before.warnings));
    await schedule(ending.id);
    await tidegate.tick(Date.now());
    await tidegate.until(() => limited.posts().length === 1, { timeoutMs: 60_000 });
    const held = await ok("GET", `campaigns/${limited.id}`);
    assert.deepEqual([held.status, held.progress.sent + held.progress.sending <= 1], ["in_progress", true]);
    await tidegate.until(async () => {
      await tidegate.tick(Date.now());
      return limited.posts().length === 2;
    }, { timeoutMs: 90_000, everyMs: 1000 });
    const [first, second] = limited.posts();
    // The instants are 20 s apart; each may go up to two seconds late.
    assert.ok(second.atMs - first.atMs > 18_000, `${second.atMs - first.atMs} ms apart`);
    await tidegate.until(async () => {
      await tidegate.tick(Date.now());
      return (await ok("GET", `campaigns/${ending.id}`)).status === "completed";
    }, { timeoutMs: 90_000, everyMs: 1000 });
    const { left_out: left } = await ok("GET", `campaigns/${ending.id}`);
    const named = (await tidegate.api("GET", left.at)).body.items;
    assert.deepEqual([left.people, named.length, ending.posts().length], [2, 2, 1]);
    assert.ok(named.every(({ reason }) => reason === "ended"), JSON.stringify(named));
  });
});
