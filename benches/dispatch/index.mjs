// `npm run bench -- dispatch`: a campaign on workerd beside a bare loop of POSTs in the same runtime,
// and beside what others use as queues. Rounds are interleaved; what is printed are medians.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { cpuSeconds, startedHere } from "./processes.mjs";
import { startOurs } from "./ours.mjs";
import { startPostgres, startProvider, startRedis } from "./services.mjs";
import { inRoot } from "../../scripts/root.mjs";
import { startWorker } from "../../scripts/runtime.mjs";
import { say } from "../../scripts/say.mjs";

/** The most that a sender can be set to, in messages a second. */
const PER_SECOND = 1_000;
/** How long the provider takes to answer, in ms, and how many POSTs the bare loop has in flight. */
const ANSWERS_AFTER_MS = 50;
const CONCURRENCY = 60;

/** Measures, prints a table, and answers the rows. */
export async function dispatch({ isQuick }) {
  const [messages, rounds] = isQuick ? [1_000, 1] : [10_000, 3];
  installPeers();
  const services = { bullmq: await startRedis(), "pg-boss": await startPostgres() };
  const provider = await startProvider(ANSWERS_AFTER_MS);
  const ours = await startOurs();
  const bare = startBare();
  const atBare = await bare.ready;
  const subjects = {
    "bare loop": () => bareRound(atBare, provider, messages),
    Tidegate: () => ourRound(ours, provider, messages),
    BullMQ: services.bullmq && (() => peerRound("bullmq", services.bullmq, provider, messages)),
    "pg-boss": services["pg-boss"] && (() => peerRound("pg-boss", services["pg-boss"], provider, messages)),
  };
  const measured = new Map();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, measure] of Object.entries(subjects)) {
        if (!measure) continue;
        say(`dispatch: round ${round + 1} of ${rounds}, ${name}`);
        await provider.counts();
        const cpu = await measure();
        const counts = await provider.counts();
        assert.equal(counts.different, messages, `${name} handed over each message`);
        assert.equal(counts.posts, messages, `${name} handed over each message once`);
        const rate = ((messages - 1) / (counts.lastMs - counts.firstMs)) * 1_000;
        measured.set(name, [...(measured.get(name) ?? []), { rate, cpu: (cpu / messages) * 1_000, open: counts.mostOpen }]);
      }
    }
  } finally {
    await ours.stop();
    await bare.dispose();
    await provider.stop();
    for (const service of Object.values(services)) await service?.stop();
  }
  const bareRate = median(measured.get("bare loop").map(({ rate }) => rate));
  console.log(`\n${messages} messages, ${rounds} rounds; the provider answers after ${ANSWERS_AFTER_MS} ms, the bare loop has ${CONCURRENCY} POSTs in flight`);
  console.log(`| who | messages a second | of the bare loop | CPU seconds per 1,000 | most in flight |`);
  console.log(`| --- | --- | --- | --- | --- |`);
  const rows = [...measured].map(([name, all]) => {
    const [rate, cpu] = ["rate", "cpu"].map((key) => median(all.map((one) => one[key])));
    const range = (key, digits) => `${Math.min(...all.map((one) => one[key])).toFixed(digits)} to ${Math.max(...all.map((one) => one[key])).toFixed(digits)}`;
    const open = Math.max(...all.map((one) => one.open));
    console.log(`| ${name} | ${rate.toFixed(0)} (${range("rate", 0)}) | ${((rate / bareRate) * 100).toFixed(0)} % | ${cpu.toFixed(3)} (${range("cpu", 3)}) | ${open} |`);
    return { name, rate, cpu, open };
  });
  for (const [name, measure] of Object.entries(subjects)) if (!measure) console.log(`${name} is left out: what it needs is not installed`);
  return rows;
}

async function ourRound(ours, provider, count) {
  const pids = startedHere("workerd");
  const before = cpuSeconds(pids);
  const webhook = { kind: "webhook", url: provider.url, per_second: PER_SECOND };
  const campaign = await ours.campaign({ provider: webhook, count });
  assert.ok(await ours.complete(campaign, 300_000), "the campaign was completed");
  return cpuSeconds(pids) - before;
}

async function bareRound(at, provider, count) {
  const pids = startedHere("workerd");
  const before = cpuSeconds(pids);
  const body = JSON.stringify({ url: provider.url, count, concurrency: CONCURRENCY });
  await (await fetch(at, { method: "POST", body })).text();
  return cpuSeconds(pids) - before;
}

function startBare() {
  const contents = readFileSync(inRoot("benches", "dispatch", "bare.mjs"), "utf8");
  const path = inRoot("build", "worker", "bare.mjs");
  return startWorker({ shared: { port: 0 }, worker: { modules: [{ type: "ESModule", path, contents }], queueConsumers: {} } });
}

/** A peer in a process of its own; its CPU time and its database's. */
async function peerRound(name, service, provider, count) {
  const before = cpuSeconds([service.pid]);
  const args = [inRoot("benches", "dispatch", `${name}.mjs`), service.where, provider.url, count, CONCURRENCY];
  const child = spawn(process.execPath, args.map(String), { stdio: ["ignore", "pipe", "inherit"] });
  let own = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (own += text));
  const [code] = await once(child, "close");
  assert.equal(code, 0, `${name} failed`);
  return Number(own) + cpuSeconds([service.pid]) - before;
}

function installPeers() {
  const cwd = inRoot("benches", "dispatch");
  if (existsSync(`${cwd}/node_modules`)) return;
  say("dispatch: installing the peers");
  execFileSync("npm", ["ci", "--loglevel=error"], { cwd, stdio: "inherit" });
}

function median(numbers) {
  return [...numbers].sort((one, other) => one - other)[numbers.length >> 1];
}
