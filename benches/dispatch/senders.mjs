// `npm run bench -- senders`: one tick over many senders that all have something to send.
import { startOurs } from "./ours.mjs";
import { cpuSeconds, startedHere } from "./processes.mjs";
import { countedModules } from "../../tests/worker/harness.mjs";

/** Measures ticks over many senders, each with a campaign, and answers them. */
export async function senders({ isQuick }) {
  const rows = [];
  for (const count of isQuick ? [100] : [100, 1_000, 10_000]) {
    const rounds = [];
    for (let round = 0; round < (isQuick ? 1 : 3); round += 1) rounds.push(await tickOver(count));
    rows.push({ count, rounds });
  }
  console.log("\n| senders | seconds | CPU seconds | queries | rows written | rows read | messages |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const { count, rounds } of rows) {
    const [{ queries, written, read, messages }] = rounds;
    const list = (key) => rounds.map((round) => round[key].toFixed(2)).join(", ");
    console.log(`| ${count} | ${list("seconds")} | ${list("cpu")} | ${queries} | ${written} | ${read} | ${messages} |`);
  }
  return rows;
}

/** One tick over `count` senders of a fresh deployment, all of which are due. */
export async function tickOver(count) {
  const ours = await startOurs({ modules: countedModules(), queueConsumers: {} });
  try {
    await ours.tick(Date.now()); // Nobody is there yet; the Worker is warm after it.
    await fill(ours.db, count);
    await ours.tallies();
    const pids = startedHere("workerd");
    const cpu = cpuSeconds(pids);
    const began = performance.now();
    await ours.tick(Date.now());
    const seconds = (performance.now() - began) / 1_000;
    const used = cpuSeconds(pids) - cpu;
    const [{ queries, written, read }] = await ours.tallies();
    const sum = await ours.db
      .prepare("SELECT (SELECT sum(cursor) FROM campaigns) AS messages, (SELECT count(*) FROM senders WHERE tick_no > 0) AS ticked")
      .first();
    return { count, seconds, cpu: used, queries, written, read, ...sum };
  } finally {
    await ours.stop();
  }
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
        `${series} INSERT INTO campaigns (seq, id, team_id, sender_seq, name, content, status, created_ms, starts_ms, total, indexed)
         SELECT n, 'cmp_' || n, 'team_main', n, 'Campaign', '{"text":"Hi"}', 'in_progress', 0, ?2, 500, 500 FROM s`,
      )
      .bind(count, now - 1_000),
    db
      .prepare(`${series} INSERT INTO ledger (sender_seq, from_ms, until_ms, runs) SELECT n, ?2, ?2 + 86400000, ?3 FROM s`)
      .bind(count, (day - 1) * 86_400_000, JSON.stringify(runs)),
    db
      .prepare(`${series} INSERT INTO people (campaign_seq, first, count, people) SELECT n, 0, 100, ?2 FROM s`)
      .bind(count, people),
  ]);
}
