// A million people into one campaign on workerd, then the same file again: how long it takes,
// how much memory, and how much is written. Takes minutes, so no suite runs it.
//
//     node scripts/build.mjs worker && node tests/worker/import-million.mjs [rows]
import assert from "node:assert/strict";
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { newKey } from "../../scripts/admin-key.mjs";
import { admit, migrate, startWorker } from "../../scripts/runtime.mjs";
import { cpuSeconds, peakMegabytes } from "./usage.mjs";

const ROWS = Number(process.argv[2] ?? 1_000_000);
const CITIES = ["Paris", "Lyon", "Saint-Étienne", "Marseille", "Aix-en-Provence"];

const instance = startWorker({ shared: { port: 0 } });
const url = await instance.ready;
const db = await instance.getD1Database("DB");
const key = newKey();
await migrate(db);
await admit(db, key, Date.now());

const sender = await post("senders", { name: "Shop", channel: "sms", region: "FR", provider: { kind: "sandbox" }, policy: {} });
const campaign = await post("campaigns", { name: "Sale", sender_id: sender.id, content: { text: "Hi {{name}} of {{city}}" } });

for (const [round, accepted] of [["new", ROWS], ["again", 0]]) {
  const cpu = cpuSeconds();
  const began = performance.now();
  const { bytes, answer } = await upload(`campaigns/${campaign.id}/recipients?file_name=million.csv`);
  const seconds = (performance.now() - began) / 1000;
  const { pages } = await db.prepare("SELECT count(*) AS pages FROM people").first();
  assert.deepEqual(
    [answer.accepted, answer.duplicates, answer.rejected_total, answer.total],
    [accepted, ROWS - accepted, 0, ROWS],
  );
  console.log(
    `${round}: ${ROWS} rows, ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s, ` +
      `${Math.round(ROWS / seconds)} rows/s; workerd used ${(cpuSeconds() - cpu).toFixed(1)} s of CPU, ` +
      `D1 included, and ${peakMegabytes()} MB at its peak; ${pages} rows of people`,
  );
}
await instance.dispose();

async function post(path, body) {
  const response = await fetch(new URL(`api/v1/${path}`, url), {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  assert.equal(response.status, 201, JSON.stringify(answer));
  return answer;
}

/** Sends the file as it is made: it is never in memory as a whole, here either. */
async function upload(path) {
  let bytes = 0;
  const answered = Promise.withResolvers();
  const headers = { authorization: `Bearer ${key}`, "content-type": "text/csv" };
  const sent = request(new URL(`api/v1/${path}`, url), { method: "POST", headers }, answered.resolve);
  sent.on("error", answered.reject);
  const counted = Readable.from(file()).on("data", (piece) => (bytes += piece.length));
  await pipeline(counted, sent);
  const response = await answered.promise;
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += piece;
  assert.ok(response.statusCode < 300, text);
  return { bytes, answer: JSON.parse(text) };
}

function* file() {
  let piece = "Name,Mobile,City\n";
  for (let row = 0; row < ROWS; row += 1) {
    // 06 40 to 06 89 are mobile numbers, all fifty million of them.
    const number = String(640_000_000 + row * Math.floor(50_000_000 / ROWS));
    piece += `Person ${row},0${number.replace(/(?<=^.)(..)(..)(..)(..)$/, " $1 $2 $3 $4")},${CITIES[row % CITIES.length]}\n`;
    if (piece.length > 60_000) {
      yield Buffer.from(piece);
      piece = "";
    }
  }
  yield Buffer.from(piece);
}
