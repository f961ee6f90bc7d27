// `npm run bench -- senders`: one tick over many senders that all have something to send.
import { startOurs } from "./ours.mjs";
import { countedModules } from "../../tests/worker/harness.mjs";

const MINUTE_MS = 60_000;

/** Measures ticks over `count` senders, each with a campaign, and answers them. */
export async function senders({ isQuick }) {
  const rows = [];
  for (const count of isQuick ? [100] : [100, 1_000, 10_000]) rows.push(await tickOver(count, 3));
  console.log("\n| senders | seconds | queries | batches | rows written | rows read | messages |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const { count, seconds, queries, batches, written, read, messages } of rows) {
    console.log(`| ${count} | ${seconds.map((s) => s.toFixed(2)).join(", ")} | ${queries} | ${batches} | ${written} | ${read} | ${messages} |`);
  }
  return rows;
}

/** Ticks of consecutive minutes; the figures but the seconds are of the last. */
export async function tickOver(count, ticks) {
  const ours = await startOurs({ modules: countedModules(), queueConsumers: {} });
  try {
    await fill(ours.db, count);
    const seconds = [];
    let figures;
    for (let tick = 0; tick < ticks; tick += 1) {
      // As if each were a minute later: the clock is the Worker's, so the work is made due again.
      if (tick) await ours.db.prepare("UPDATE senders SET planned_until_ms = 0, due_ms = 0").run();
      const before = await released(ours.db);
      await ours.tallies();
      const began = performance.now();
      await ours.tick(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
      seconds.push((performance.now() - began) / 1_000);
      const [tally] = await ours.tallies();
      figures = { ...tally, messages: (await released(ours.db)) - before };
    }
    return { count, seconds, ...figures };
  } finally {
    await ours.stop();
  }
}

async function released(db) {
  return (await db.prepare("SELECT sum(cursor) AS sum FROM campaigns").first()).sum;
}

/** Senders with windows, a day's limit and a gap, each with a campaign of 500 people under way. */
export async function fill(db, count) {
  const policy = JSON.stringify({
    time_zone: "Europe/Paris",
    windows: [{ days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: "00:00", to: "24:00" }],
    limits: [{ max: 5_000, rolling: "24h" }],
    gap: "5s",
    breaks: [{ after: 50, pause: "5m" }],
  });
  const people = JSON.stringify(Array.from({ length: 100 }, (_, row) => ({ to: `+3364000000${row}`, fields: {} })));
  const now = Date.now();
  const series = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?1) ";
  const day = Math.floor(now / 86_400_000);
  // What went yesterday: fifty at a time, every ten minutes.
  const runs = Array.from({ length: 90 }, (_, k) => ({ start: (day - 1) * 86_400_000 + k * 600_000, count: 50, every: 5_000, campaign: 1 }));
  await db.batch([
    db
      .prepare(
        `${series} INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms, due_ms)
         SELECT n, 'snd_' || n, 'team_main', 'Sender ' || n, 'sms', '{"kind":"sandbox","per_second":50}', ?2, 0, 0 FROM s`,
      )
      .bind(count, policy),
    db
      .prepare(
        `${series} INSERT INTO campaigns (seq, id, team_id, sender_seq, name, content, status, created_ms, starts_ms, total)
         SELECT n, 'cmp_' || n, 'team_main', n, 'Campaign', '{"text":"Hi"}', 'in_progress', 0, ?2, 500 FROM s`,
      )
      .bind(count, now - 1_000),
    db
      .prepare(`${series} INSERT INTO ledger (sender_seq, day, runs) SELECT n, ?2, ?3 FROM s`)
      .bind(count, day - 1, JSON.stringify(runs)),
    db
      .prepare(`${series} INSERT INTO people (campaign_seq, first, count, people) SELECT n, 0, 100, ?2 FROM s`)
      .bind(count, people),
  ]);
}
