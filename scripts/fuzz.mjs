// `npm run fuzz`: gives each target inputs that reach new code, for as long as it may run.
//
//     npm run fuzz                          every target, ten minutes in all
//     npm run fuzz -- plan --minutes 60     one target, for an hour
//     npm run fuzz -- plan a/file           what that input does, once
//
// What reached something new stays in target/fuzz/corpus, and the next run goes on from there.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { questions, scenarios } from "../tests/node/scenarios.mjs";
import { inRoot } from "./root.mjs";
import { giveUp, say } from "./say.mjs";

const MINUTES = 10;
/** An input that takes longer is a finding: bounds are there so that none does. */
const SLOW_S = 30;
const MEMORY_MB = 2048;
const DAY_MS = 86_400_000;

/** What each target is fed first, and how long an input may get. */
const targets = {
  documents: { bytes: 16_384, seeds: documents },
  plan: { bytes: 2_048, seeds: () => Array.from({ length: 64 }, (_, index) => arbitrary(index, 512)) },
  calendar: { bytes: 8_192, seeds: () => choices(files("calendar/tests/files", ".ics"), [0, 51], [1, 56], [2, 40]) },
  import: { bytes: 8_192, seeds: () => choices(people(), [0, 0], [1, 1], [1, 255], [2, 7], [3, 255]) },
  texts: { bytes: 4_096, seeds: texts },
};

const { values, positionals } = parseArgs({ options: { minutes: { type: "string" } }, allowPositionals: true });
const [wanted, input] = positionals;
if (wanted && !(wanted in targets)) giveUp(`no target named \`${wanted}\`; there are ${Object.keys(targets).join(", ")}`);
const minutes = Number(values.minutes ?? MINUTES);
if (!(minutes > 0)) giveUp(`\`${values.minutes}\` is no number of minutes; write \`--minutes 10\``);

const names = wanted ? [wanted] : Object.keys(targets);
say(`build ${names.join(", ")}`);
// In its own folder, whose .cargo/config.toml asks for the coverage. Not `--locked`: whatever the
// workspace comes to depend on is new to the lock there.
const build = ["build", "--release", ...names.flatMap((name) => ["--bin", name])];
if (spawnSync("cargo", build, { cwd: inRoot("fuzz"), stdio: "inherit" }).status !== 0) process.exit(1);

if (input) process.exit(spawnSync(program(wanted), [resolve(input)], { stdio: "inherit" }).status ?? 1);

const outcomes = [];
for (const name of names) outcomes.push(await fuzz(name, Math.ceil((minutes * 60) / names.length)));
console.log("");
for (const { name, found, executions, covered, edges, seconds } of outcomes) {
  const reached = `${covered} of ${edges} edges`;
  console.log(`${found ? "FOUND " : "clean "}  ${name.padEnd(9)} ${seconds.toFixed(0).padStart(5)} s  ${executions.padStart(10)} executions  ${reached}`);
}
for (const { name, found } of outcomes.filter(({ found }) => found)) {
  console.log(`\n${name}: ${found.why}\n${found.input}\nagain: npm run fuzz -- ${name} ${found.file}`);
}
process.exit(outcomes.some(({ found }) => found) ? 1 : 0);

async function fuzz(name, seconds) {
  const { bytes, seeds } = targets[name];
  const [corpus, first, findings] = ["corpus", "seeds", "findings"].map((kind) => folder(kind, name));
  const texts = seeds().map((seed) => Buffer.from(seed));
  const words = join(folder("words"), name);
  for (const text of texts) writeFileSync(join(first, createHash("sha1").update(text).digest("hex")), text);
  writeFileSync(words, dictionary(texts));
  say(`${name}: ${seconds} s, from ${texts.length} seeds and ${readdirSync(corpus).length} inputs of earlier runs`);

  const options = {
    artifact_prefix: `${findings}/`,
    dict: words,
    max_len: bytes,
    max_total_time: seconds,
    print_final_stats: 1,
    report_slow_units: SLOW_S,
    rss_limit_mb: MEMORY_MB,
    timeout: SLOW_S,
    use_value_profile: 1,
  };
  const flags = Object.entries(options).map(([option, value]) => `-${option}=${value}`);
  const began = Date.now();
  const { code, output } = await run(program(name), [corpus, first, ...flags]);
  const last = (pattern) => [...output.matchAll(pattern)].at(-1)?.[1] ?? "?";
  return {
    name,
    seconds: (Date.now() - began) / 1000,
    executions: last(/^stat::number_of_executed_units: +(\d+)/gm),
    covered: last(/ cov: (\d+) /g),
    edges: last(/\((\d+) inline 8-bit counters\)/g),
    found: code === 0 ? undefined : finding(output),
  };
}

/** The input that a run ended with, as it can be read, and the last words before. */
function finding(output) {
  const file = output.match(/Test unit written to (.+)/)?.[1];
  const bytes = file ? readFileSync(file) : Buffer.from(output.slice(-4_000));
  const text = bytes.toString("utf8");
  const readable = Buffer.from(text, "utf8").equals(bytes) && !/[\0-\x08\x0e-\x1f]/.test(text);
  const why = output.match(/panicked at [^\n]*(\n[^\n]+){1,3}|ERROR: libFuzzer: [^\n]*/)?.[0] ?? "it ended by itself";
  return { file, why, input: readable ? text : bytes.toString("base64") };
}

function run(command, args) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: inRoot("target", "fuzz"), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (text) => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    process.once("SIGTERM", () => child.kill());
    child.on("error", (error) => done({ code: 1, output: error.message }));
    child.on("close", (code) => done({ code: code ?? 1, output }));
  });
}

function folder(...parts) {
  const path = inRoot("target", "fuzz", ...parts);
  if (parts[0] === "seeds") rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}

function program(name) {
  const host = spawnSync("rustc", ["--print", "host-tuple"], { cwd: inRoot("fuzz"), encoding: "utf8" }).stdout.trim();
  return inRoot("target", "fuzz", host, "release", name);
}

/** Every word of the seeds, in the form that libFuzzer reads. */
function dictionary(texts) {
  const words = texts.flatMap((text) => text.toString("latin1").match(/[A-Za-z0-9_:.+-]{2,40}/g) ?? []);
  return [...new Set(words)].sort().map((word) => `"${word}"\n`).join("");
}

/** Bytes without a meaning, the same each time. */
function arbitrary(number, length) {
  const block = (index) => createHash("sha512").update(`${number} ${index}`).digest();
  return Buffer.concat(Array.from({ length: length / 64 }, (_, index) => block(index)));
}

/** Each file behind each of the pairs of bytes that say how it is to be read. */
function choices(files, ...pairs) {
  return files.flatMap((file) => pairs.map((pair) => Buffer.concat([Buffer.from(pair), Buffer.from(file)])));
}

function files(path, end) {
  const names = readdirSync(inRoot(path)).filter((name) => name.endsWith(end)).sort();
  return names.map((name) => readFileSync(inRoot(path, name)));
}

/** What is asked of the engine anywhere: the arguments of each call, as a list. */
function documents() {
  const asked = questions();
  const timetables = asked
    .filter(([name, request]) => name === "decide" && request.now !== undefined)
    .map(([, { layers, now }]) => ["timetable", { layers, from: now, until: new Date(now).getTime() + 30 * DAY_MS }]);
  return [...[...asked, ...timetables].map(([, ...given]) => JSON.stringify(given)), ...lexicons()];
}

/** The shipped lexicons, by themselves and with a question. */
function lexicons() {
  const documents = files("src/lexicon/shipped", ".json").map((file) => JSON.parse(file));
  const facts = scenarios().map((scenario) => scenario.facts).filter(Boolean);
  return documents.flatMap((lexicon, index) => [
    JSON.stringify([lexicon, facts[index % facts.length] ?? {}]),
    JSON.stringify([lexicon, "campaign", lexicon.campaign?.[0]?.word ?? "Sent"]),
  ]);
}

function people() {
  return [
    "phone,first name,city\r\n+33 6 12 34 56 78,Zoé,Paris\r\n06 12 34 56 78,\"Ann, \"\"B\"\"\",\r\n,,\r\n12,x,y\r\n",
    "Email;Name;Name\nann@example.org;Ann;A\n\"bob@example.org\";\"Bob\nof two lines\";B\nnobody;;\n",
    "handle\t2nd line\n@ann\tone\n\"not closed\ttwo",
    "\ufeffmobile\n+1 416 555 0123\n3,36123E+10\n'+44 20 7946 0958\n",
    "0612345678\n0712345678\n",
  ];
}

function texts() {
  return [
    "first_name order\nHi {{ first_name | default(\"there\") }}, your order {{order}} is ready.",
    "name plan\n{% if plan == \"gold\" and name %}Dear {{ name | title }}{% elif not plan %}Hi{% else %}{{ plan|upper }}{% endif %}{# a remark #}",
    "a\n{% raw %}{{ a }}{% endraw %} {{ a | trim | lower | capitalize }} {{ a.b }} {{ a[0] }} {% for x in a %}{{ x }}{% endfor %}",
    "\n{{ missing }} {{ 1 + 1 }} {{ \"x\" * 9 }} {% set a = 1 %} }} {{ %}",
  ];
}
