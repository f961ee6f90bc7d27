// People in several zones on the real runtime: hours on each recipient's own clock, planned together
// with the limits of the sender and the campaign, seen before launch, and sent exactly so.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let tidegate;
before(async () => (tidegate = await startTidegate({ counts: true })));
after(() => tidegate.stop());

async function ok(method, path, body, headers = {}) {
  const answer = await tidegate.api(method, `/api/v1/${path}`, body, { headers });
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body;
}

const clock = (at, zone) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);

/** An hour that has just begun to be open in one zone and is shut in another, whatever the time is now. */
function hours() {
  const now = Date.now();
  const from = clock(now - HOUR_MS, "Asia/Kolkata");
  const to = clock(now + 5 * HOUR_MS, "Asia/Kolkata");
  return { windows: [{ from, to }] };
}

test("[B5] recipients in several zones are planned together, as previewed, each in their own hours", async () => {
  const sender = await ok("POST", "senders", {
    name: "Front desk",
    channel: "sms",
    provider: { kind: "webhook", url: `${tidegate.provider.url}/hook` },
    policy: { gap: "200ms" },
  });
  const recipient_policy = hours();
  const campaign = await ok("POST", "campaigns", {
    name: "Everywhere",
    sender_id: sender.id,
    content: { text: "Hello" },
    policy: { limits: [{ max: 12, rolling: "1h" }] },
    recipient_policy,
  });
  assert.deepEqual(campaign.recipient_policy, recipient_policy);
  const row = (zone, index) => `+336120${String(index).padStart(5, "0")},${zone}`;
  const zones = ["Asia/Kolkata", "America/Los_Angeles", "Asia/Kolkata"];
  const rows = Array.from({ length: 24 }, (_, index) => row(zones[index % 3], index));
  const csv = `phone,time_zone\n${rows.join("\n")}\n+33612099999,Nowhere/Land\n`;
  const list = await ok("POST", `campaigns/${campaign.id}/recipients?file_name=a.csv`, csv, { "content-type": "text/csv" });
  assert.deepEqual([list.accepted, list.rejected[0].code, list.rejected[0].line], [24, "unknown_zone", 26]);

  const plan = await ok("POST", `campaigns/${campaign.id}/plan`, {});
  assert.deepEqual([plan.planned, plan.groups[0].planned, plan.lanes.length], [24, 24, 2]);
  const zoneOf = new Map(plan.zones.map(({ lane, time_zone }) => [lane, time_zone]));
  const planned = plan.runs.flatMap(({ start, count, every, lane }) =>
    Array.from({ length: count }, (_, index) => ({ at: start + index * every, zone: zoneOf.get(lane) })),
  );
  for (const { at, zone } of planned) {
    const [from, time, to] = [recipient_policy.windows[0].from, clock(at, zone), recipient_policy.windows[0].to];
    const inside = from < to ? from <= time && time < to : from <= time || time < to;
    assert.ok(inside, `${time} in ${zone} is not from ${from} to ${to}`);
  }
  // The limit of the campaign counts both zones: no hour has more than twelve.
  for (const { at } of planned) {
    assert.ok(planned.filter((other) => at - HOUR_MS < other.at && other.at <= at).length <= 12);
  }

  const scheduled = await ok("POST", `campaigns/${campaign.id}/schedule`, {});
  assert.equal(scheduled.starts_at, plan.starts_at);
  assert.deepEqual([scheduled.plan.first, scheduled.plan.last], [plan.first, plan.last]);
  const soon = planned.filter(({ at }) => at < scheduled.starts_at + 20_000);
  assert.equal(soon.length, 12);
  await tidegate.until(() => tidegate.provider.posts.length >= soon.length, { timeoutMs: 60_000, everyMs: 200 });
  const detail = await ok("GET", `campaigns/${campaign.id}`);
  assert.deepEqual(
    detail.zones.map(({ time_zone, people }) => [time_zone, people]),
    [
      ["America/Los_Angeles", 8],
      ["Asia/Kolkata", 16],
    ],
  );
  assert.equal(detail.zones[1].released, 12);
  const pace = await ok("GET", `campaigns/${campaign.id}/pace`);
  assert.ok(pace.late === null || pace.late.largest_ms < 2_000, JSON.stringify(pace.late));
});

test("a tick over a million people in 38 zones reads and writes few rows", async (t) => {
  const { db } = tidegate;
  await tidegate.reset();
  const zones = Intl.supportedValuesOf("timeZone").filter((zone) => zone.startsWith("Europe/")).slice(0, 38);
  const now = Date.now();
  const people = JSON.stringify(Array.from({ length: 100 }, (_, row) => ({ to: `+3364000000${row}`, fields: {} })));
  const ranges = (zone) => JSON.stringify(Array.from({ length: 26 }, (_, k) => [(k * 38 + zone) * 1_000, 1_000]));
  await db.batch([
    db
      .prepare(
        `INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms, due_ms)
         VALUES (1, 'snd_1', 'team_main', 'Sender', 'sms', '{"kind":"sandbox","per_second":50}', '{}', 0, 0)`,
      ),
    db
      .prepare(
        `INSERT INTO campaigns (seq, id, team_id, sender_seq, name, content, status, created_ms, starts_ms, total, indexed)
         VALUES (1, 'cmp_1', 'team_main', 1, 'Campaign', '{"text":"Hi"}', 'in_progress', 0, ?1, 988000, 988000)`,
      )
      .bind(now - 1_000),
    ...zones.map((zone, index) =>
      db
        .prepare("INSERT INTO campaign_zones (campaign_seq, time_zone, ranges, people) VALUES (1, ?1, ?2, 26000)")
        .bind(zone, ranges(index)),
    ),
    db.prepare("INSERT INTO people (campaign_seq, first, count, people) VALUES (1, 0, 100, ?1)").bind(people),
  ]);
  await tidegate.tallies();
  await tidegate.tick(now);
  const [tick] = await tidegate.tallies();
  const { slices, released, moved } = await db
    .prepare(
      `SELECT (SELECT count(*) FROM handovers) AS slices, (SELECT cursor FROM campaigns) AS released,
         (SELECT count(*) FROM campaign_zones WHERE cursor > 0) AS moved`,
    )
    .first();
  t.diagnostic(`${tick.read} rows read and ${tick.written} written for ${released} messages in ${slices} slices`);
  assert.ok(released >= 2_900, "a minute and more at 50 a second");
  assert.ok(tick.written <= 2 * slices + moved + 10, "each slice with its index, a cursor a zone, and little more");
  assert.ok(tick.read <= 4 * slices + 20 * zones.length + 100, "no page of people is looked at");
});
