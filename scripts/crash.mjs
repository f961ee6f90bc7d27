// `npm run crash`: kills the real server with SIGKILL at drawn moments in the middle of dispatch,
// starts it again, and checks afterwards what every message came to.
//
//     npm run crash -- --rounds 3                a campaign of 10,000 a round, for each kind of provider
//     npm run crash -- --rounds 1 --seed 7       the moments that seed 7 draws
//
// --messages N            people in the campaign; 10000
// --deduplicates KIND     the provider takes a repeated key for the first: yes, no, or both in turn
// --kills N               at least so many a round; 10
// --jobs N                rounds at once; 2
// --verbose               a line a kill
//
// A seed draws the same moments again; what the server is doing then depends on the machine too.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crashRound } from "../tests/worker/crash.mjs";
import { buildWorker } from "./build.mjs";
import { inRoot } from "./root.mjs";
import { giveUp, say } from "./say.mjs";

const KINDS = { yes: [true], no: [false], both: [true, false] };
/** Findings of one check that are printed. */
const SHOWN = 5;

const COLUMNS = [
  ["round", ({ number }) => number],
  ["seed", ({ seed }) => seed],
  ["deduplicates", ({ deduplicates }) => (deduplicates ? "yes" : "no")],
  ["kills", ({ figures }) => figures.kills],
  ["POSTs", ({ figures }) => figures.posts],
  ["repeated", ({ figures }) => figures.repeated],
  ["in doubt", ({ figures }) => figures.inDoubt],
  ["unknown", ({ figures }) => figures.unknown],
  ["receipts", ({ figures }) => figures.receipts],
  ["latest ms", ({ figures }) => figures.latestMs],
  ["seconds", ({ figures }) => Math.round(figures.seconds)],
  ["verdict", ({ wrong }) => (wrong.length ? "WRONG" : "holds")],
];

const options = read();
await buildWorker();
const rounds = Array.from({ length: options.rounds }, (_, index) => KINDS[options.deduplicates].map((deduplicates) => ({ index, deduplicates })))
  .flat()
  .map(({ index, deduplicates }, number) => ({ number: number + 1, seed: options.seed + index, deduplicates }));
say(`${rounds.length} rounds of ${options.messages} messages, from seed ${options.seed}`);

const done = [];
console.log(line(COLUMNS.map(([name]) => name)));
const waiting = [...rounds];
await Promise.all(Array.from({ length: options.jobs }, work));

const failed = done.filter(({ wrong }) => wrong.length > 0);
const struck = Object.keys(done[0].figures.struck).map((name) => {
  const count = done.reduce((sum, { figures }) => sum + figures.struck[name], 0);
  return `${count} with messages ${name}`;
});
say(`${done.reduce((sum, { figures }) => sum + figures.kills, 0)} kills: ${struck.join("; ")}`);
say(failed.length ? `${failed.length} of ${done.length} rounds went wrong` : `all ${done.length} rounds hold`);
process.exit(failed.length ? 1 : 0);

async function work() {
  for (let round = waiting.shift(); round; round = waiting.shift()) {
    const { number, seed, deduplicates } = round;
    const { messages, kills } = options;
    const told = options.verbose ? (text) => say(`round ${number}: ${text}`) : undefined;
    const { figures, wrong, evidence } = await crashRound({ seed, messages, deduplicates, kills, say: told });
    done.push({ ...round, figures, wrong });
    console.log(line(COLUMNS.map(([, value]) => value({ ...round, figures, wrong }))));
    if (wrong.length) explain(round, wrong, evidence);
  }
}

function explain({ number, seed, deduplicates }, wrong, evidence) {
  for (const { check, found } of wrong) {
    console.log(`  ${check}: ${found.length} found`);
    for (const text of found.slice(0, SHOWN)) console.log(`    ${text}`);
  }
  const folder = inRoot("build", "crash");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `round-${number}-seed-${seed}.json`);
  writeFileSync(file, JSON.stringify({ wrong, evidence }));
  const kind = deduplicates ? "yes" : "no";
  console.log(`  all that is known is in ${file}; again: npm run crash -- --rounds 1 --seed ${seed} --deduplicates ${kind}`);
}

function line(cells) {
  return cells.map((cell, index) => String(cell).padStart(COLUMNS[index][0].length)).join("  ");
}

function read() {
  const { values } = parse();
  const whole = (name, least, otherwise) => {
    const number = Number(values[name] ?? otherwise);
    if (Number.isInteger(number) && number >= least) return number;
    return giveUp(`--${name} is \`${values[name]}\`; write a whole number from ${least} on`);
  };
  const deduplicates = values.deduplicates ?? "both";
  if (!Object.hasOwn(KINDS, deduplicates)) giveUp(`--deduplicates is \`${deduplicates}\`; write yes, no or both`);
  return {
    rounds: whole("rounds", 1, 1),
    messages: whole("messages", 100, 10_000),
    kills: whole("kills", 1, 10),
    jobs: whole("jobs", 1, 2),
    seed: whole("seed", 0, Math.floor(Math.random() * 1_000_000)),
    verbose: values.verbose ?? false,
    deduplicates,
  };
}

function parse() {
  const texts = ["rounds", "messages", "deduplicates", "kills", "jobs", "seed"];
  const options = Object.fromEntries(texts.map((name) => [name, { type: "string" }]));
  try {
    return parseArgs({ options: { ...options, verbose: { type: "boolean" } } });
  } catch (error) {
    return giveUp(error.message);
  }
}
