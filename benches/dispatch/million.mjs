// `npm run bench -- million`: a campaign of a million people, imported from a CSV, previewed, scheduled
// and stopped, and what each step takes of what an invocation has: 128 MB, 30 s of CPU time, a
// thousand queries.
import assert from "node:assert/strict";
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { countedModules } from "../../tests/worker/harness.mjs";
import { startOurs } from "./ours.mjs";
import { cpuSeconds, peakMegabytes, startedHere } from "./processes.mjs";

const CITIES = ["Paris", "Lyon", "Saint-Étienne", "Marseille", "Aix-en-Provence"];

/** Measures, prints a table, and answers the rows. */
export async function million({ isQuick }) {
  const count = isQuick ? 20_000 : 1_000_000;
  const ours = await startOurs({ modules: countedModules() });
  const rows = [];
  try {
    const sender = await ours.post("senders", {
      name: "Shop",
      channel: "sms",
      region: "FR",
      provider: { kind: "sandbox", per_second: 1_000 },
      policy: { limits: [{ max: 50_000, rolling: "24h" }], gap: "200ms" },
    });
    const campaign = await ours.post("campaigns", { name: "Sale", sender_id: sender.id, content: { text: "Hi {{name}} of {{city}}" } });
    const path = `campaigns/${campaign.id}`;
    let answer = await step("import", () => upload(ours, `${path}/recipients?file_name=million.csv`, count));
    assert.equal(answer.accepted, count);
    answer = await step("the same again", () => upload(ours, `${path}/recipients?file_name=million.csv`, count));
    assert.deepEqual([answer.accepted, answer.duplicates], [0, count]);
    answer = await step("preview", () => ours.post(`${path}/plan`, {}));
    assert.equal(answer.planned + answer.unplanned, count);
    await step("schedule", () => ours.post(`${path}/schedule`, {}));
    await step("tick", () => ours.tick(Date.now()));
    answer = await step("pause", () => ours.post(`${path}/pause`, {}));
    await step("resume", () => ours.post(`${path}/resume`, {}));
    answer = await step("stop", () => ours.post(`${path}/stop`, {}));
    assert.ok(["stopped", "draft"].includes(answer.status), answer.status);
  } finally {
    await ours.stop();
  }
  console.log(`\n${count} people; CPU time and memory are workerd's, D1 and the queue included; queries and rows are the Worker's`);
  console.log("| step | seconds | CPU seconds | peak MB | queries | rows written | rows read |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const row of rows) {
    console.log(`| ${row.name} | ${row.seconds.toFixed(1)} | ${row.cpu.toFixed(2)} | ${row.peak} | ${row.queries} | ${row.written} | ${row.read} |`);
    assert.ok(row.queries <= 1_000, `${row.name} takes ${row.queries} queries, and an invocation has 1,000`);
  }
  return rows;

  async function step(name, act) {
    const pids = startedHere("workerd");
    await sleep(500);
    await ours.tallies();
    const cpu = cpuSeconds(pids);
    const began = performance.now();
    const answer = await act();
    const seconds = (performance.now() - began) / 1_000;
    const used = cpuSeconds(pids) - cpu;
    const tallies = await ours.tallies();
    const sum = (key) => tallies.reduce((sum, tally) => sum + tally[key], 0);
    const queries = Math.max(...tallies.map((tally) => tally.queries));
    rows.push({ name, seconds, cpu: used, peak: peakMegabytes(pids), queries, written: sum("written"), read: sum("read") });
    return answer;
  }
}

/** Sends the file as it is made: it is never in memory as a whole, here either. */
async function upload(ours, path, count) {
  const answered = Promise.withResolvers();
  const headers = { ...ours.headers, "content-type": "text/csv" };
  const sent = request(new URL(`api/v1/${path}`, ours.url), { method: "POST", headers }, answered.resolve);
  sent.on("error", answered.reject);
  await pipeline(Readable.from(file(count)), sent);
  const response = await answered.promise;
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += piece;
  assert.ok(response.statusCode < 300, text);
  return JSON.parse(text);
}

function* file(count) {
  let piece = "Name,Mobile,City\n";
  for (let row = 0; row < count; row += 1) {
    // 06 40 to 06 89 are mobile numbers, all fifty million of them.
    const number = String(640_000_000 + row * Math.floor(50_000_000 / count));
    piece += `Person ${row},0${number.replace(/(?<=^.)(..)(..)(..)(..)$/, " $1 $2 $3 $4")},${CITIES[row % CITIES.length]}\n`;
    if (piece.length > 60_000) {
      yield Buffer.from(piece);
      piece = "";
    }
  }
  yield Buffer.from(piece);
}
