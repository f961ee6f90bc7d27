// `npm run bench`: the engine beside its peers, natively, in Node and in Chromium, and one table.
//
//     npm run bench                       all of it, in about ten minutes
//     npm run bench -- native node        these parts; there are native, node, chromium and size
//     npm run bench -- --quick            few questions and one round: shows that it runs, no more
//     npm run bench -- --instructions     how many instructions each native question takes, too
//     npm run bench -- --write            puts what came out into BENCHMARKS.md
//     npm run bench -- dispatch           a campaign on workerd, beside BullMQ and pg-boss
//     npm run bench -- senders            a tick over 100, 1,000 and 10,000 senders
//     npm run bench -- million            a campaign of a million people, and its stop
//     npm run bench -- scaling            a model of a deployment over several databases
//
//     npm run bench -- console            Lighthouse over the console's pages; fails below 95
//
// The last five are about the Worker and the console, and run only when they are named.
//
// What is asked is in benches/questions.mjs; how it is measured, and what came out, in BENCHMARKS.md.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { questions } from "../benches/questions.mjs";
import { disagreements, report } from "../benches/report.mjs";
import { buildConsole, buildEngine, buildWorker } from "./build.mjs";
import { inRoot } from "./root.mjs";
import { giveUp, say } from "./say.mjs";
import { unlessUnchanged } from "./stamp.mjs";

const parts = { native, node, chromium, size };

const ofTheWorker = {
  dispatch: () => import("../benches/dispatch/index.mjs"),
  senders: () => import("../benches/dispatch/senders.mjs"),
  million: () => import("../benches/dispatch/million.mjs"),
  scaling: () => import("../benches/dispatch/scaling.mjs"),
  console: async () => ({ console: measureConsole }),
};

const names = process.argv.slice(2).filter((name) => !name.startsWith("--"));
const options = process.argv.slice(2).filter((name) => name.startsWith("--"));
const KNOWN = ["--quick", "--instructions", "--write"];
const unknown = names.find((name) => !(name in parts || name in ofTheWorker)) ?? options.find((name) => !KNOWN.includes(name));
const known = [...Object.keys(parts), ...Object.keys(ofTheWorker), ...KNOWN];
if (unknown) giveUp(`\`${unknown}\` is no part and no option; there are ${known.join(", ")}`);
const isQuick = options.includes("--quick");
const worker = names.filter((name) => name in ofTheWorker);
if (worker.length) {
  if (worker.length < names.length) giveUp("the Worker and the console are measured apart from the engine; name one or the other");
  if (worker.some((name) => name !== "scaling")) await buildWorker();
  if (worker.includes("console")) await buildConsole();
  const { commit, date, load, processors, processor } = machine();
  console.log(`${date}, commit ${commit}; ${processors} processors (${processor}), load ${load.toFixed(1)}`);
  for (const name of worker) await (await ofTheWorker[name]())[name]({ isQuick });
  process.exit(0);
}
if (options.includes("--write") && (isQuick || names.length)) giveUp("only a whole run is written down; leave out what narrows it");

const asked = isQuick ? { messages: 20_000, instants: 500 } : { messages: 1_000_000, instants: 10_000 };
const effort = isQuick ? { rounds: 1, roundMs: 10, budgetMs: 0 } : { rounds: 5, roundMs: 300, budgetMs: 15_000 };

const folder = inRoot("build", "bench");
const questionsFile = join(folder, "questions.json");
const nativeFolder = inRoot("benches", "native");
const before = machine();

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(questionsFile, JSON.stringify(questions(asked)));

await buildEngine();
const found = {};
for (const part of names.length ? names : Object.keys(parts)) found[part] = await parts[part]();

const results = { asked, isQuick, machine: { ...before, load: [before.load, os.loadavg()[0]] }, ...found };
writeFileSync(join(folder, "results.json"), JSON.stringify(results, null, 1));
console.log(`\n${report(results)}\n`);
if (options.includes("--write")) write(report(results));
if (disagreements(found).length) giveUp("the engine does not give the same answers everywhere");
say(`all figures are in ${join("build", "bench", "results.json")}`);

async function native() {
  say("native: building");
  const environment = {
    ...process.env,
    TIDEGATE_ROUNDS: String(effort.rounds),
    TIDEGATE_ROUND_MS: String(effort.roundMs),
  };
  const cargo = (...args) => run("cargo", [...args, "--quiet", "--locked"], { cwd: nativeFolder, env: environment });
  cargo("build", "--release", "--bins");
  cargo("bench", "--bench", "speed", "--no-run");
  const program = (name) => join(nativeFolder, "target", "release", name);
  say("native: comparing the answers");
  const checked = JSON.parse(run(program("check"), [], { env: environment }));
  say("native: measuring");
  const criterion = join(nativeFolder, "target", "criterion");
  rmSync(criterion, { recursive: true, force: true });
  cargo("bench", "--bench", "speed");
  const samples = estimates(criterion);
  return {
    version: run("rustc", ["--version"], { cwd: nativeFolder }).trim(),
    measured: checked.map((subject) => {
      const own = samples.get(`${subject.row}/${subject.name}`).map((ns) => ns / subject.operations);
      return { ...subject, ns: median(own), samples: own, ...(options.includes("--instructions") && counted(subject)) };
    }),
  };

  /** The difference between asking twice and asking once: what comes before and after is left out. */
  function counted({ row, name, operations }) {
    say(`native: counting instructions of ${row}, ${name}`);
    const [once, twice] = ["1", "2"].map((times) => {
      const log = join(folder, "callgrind.log");
      const valgrind = ["--tool=callgrind", "--callgrind-out-file=/dev/null", `--log-file=${log}`];
      run("valgrind", [...valgrind, program("repeat"), row, name, times], { env: environment });
      return Number(readFileSync(log, "utf8").match(/Collected : (\d+)/)[1]);
    });
    return { instructions: (twice - once) / operations };
  }
}

/** The median of each round that criterion measured, in nanoseconds a batch, by row and name. */
function estimates(folder) {
  const found = new Map();
  const files = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith(join("new", "benchmark.json")));
  for (const file of files) {
    const { group_id, function_id } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const { median } = JSON.parse(readFileSync(join(folder, file, "..", "estimates.json"), "utf8"));
    const key = `${group_id}/${function_id}`;
    found.set(key, [...(found.get(key) ?? []), median.point_estimate]);
  }
  return found;
}

async function node() {
  const peers = inRoot("benches", "js");
  await unlessUnchanged(
    {
      name: "bench-js",
      inputs: [join(peers, "package.json"), join(peers, "package-lock.json")],
      outputs: [join(peers, "node_modules", ".package-lock.json")],
    },
    () => {
      say("node: installing the peers");
      run("npm", ["ci", "--loglevel=error"], { cwd: peers });
    },
  );
  say("node: measuring");
  const results = join(folder, "node.json");
  // Some peers know no zone but the process's own.
  const env = { ...process.env, TZ: questions(asked).zone };
  run(process.execPath, [join(peers, "node.mjs"), questionsFile, JSON.stringify(effort), results], { env });
  return JSON.parse(readFileSync(results, "utf8"));
}

/** In a process of its own: Lighthouse wants the Node that is in node_modules, and a Chromium that it attaches to. */
async function measureConsole() {
  const folder = inRoot("benches", "console");
  const { requireChromium } = await import("./chromium.mjs");
  process.env.CHROME_PATH = requireChromium();
  await unlessUnchanged(
    {
      name: "bench-console",
      inputs: [join(folder, "package.json"), join(folder, "package-lock.json")],
      outputs: [join(folder, "node_modules", ".package-lock.json")],
    },
    () => {
      say("console: installing Lighthouse");
      run("npm", ["ci", "--loglevel=error"], { cwd: folder });
    },
  );
  say("console: measuring");
  const results = inRoot("build", "lighthouse");
  const { status } = spawnSync(process.execPath, [join(folder, "lighthouse.mjs"), results], { stdio: "inherit" });
  say(`each report is in ${join("build", "lighthouse")}`);
  if (status !== 0) giveUp("a page is below what it has to reach");
}

async function chromium() {
  const { requireChromium } = await import("./chromium.mjs");
  process.env.CHROME_PATH = requireChromium();
  const { openBrowser } = await import("../tests/console/browser.mjs");
  const { serveFolders } = await import("../tests/console/static.mjs");
  say("chromium: measuring");
  const site = join(folder, "site");
  mkdirSync(site);
  symlinkSync(inRoot("pkg"), join(site, "pkg"));
  symlinkSync(inRoot("benches", "js"), join(site, "js"));
  symlinkSync(questionsFile, join(site, "questions.json"));
  const server = await serveFolders(site);
  const browser = await openBrowser(server.url);
  try {
    const tools = await browser.page.context().newCDPSession(browser.page);
    await tools.send("Performance.enable");
    await browser.page.exposeFunction("cpuMs", async () => {
      const { metrics } = await tools.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "ThreadTime").value * 1_000;
    });
    await browser.page.goto("/js/");
    browser.page.setDefaultTimeout(0);
    return await browser.page.evaluate(async (effort) => (await import("/js/page.mjs")).run(effort), effort);
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** In bytes, by brotli at its best: what a page downloads of ours, and what chrono-tz adds to a module. */
async function size() {
  say("size: building a module with chrono-tz and one without");
  const module = join(nativeFolder, "target", "wasm32-unknown-unknown", "wasm", "tidegate_bench_zones.wasm");
  const [without, withZones] = [[], ["--features", "zones"]].map((features) => {
    const args = ["--package", "tidegate-bench-zones", "--profile", "wasm", "--target", "wasm32-unknown-unknown"];
    run("cargo", ["build", "--quiet", "--locked", ...args, ...features], { cwd: nativeFolder });
    return compressed(module);
  });
  const [wasm, glue] = ["tidegate_bg.wasm", "tidegate.js"].map((name) => compressed(inRoot("pkg", name)));
  return { wasm, glue, all: wasm + glue, chronoTz: withZones - without };
}

function compressed(file) {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params }).length;
}

function machine() {
  const git = (...args) => execFileSync("git", args, { cwd: inRoot(), encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", "src", "worker", "www/wasm", "Cargo.lock", "Cargo.toml", "benches");
  return {
    processors: os.cpus().length,
    processor: os.cpus()[0]?.model.trim() ?? "unknown",
    architecture: os.machine(),
    load: os.loadavg()[0],
    commit: git("rev-parse", "--short", "HEAD") + (changed ? " with changes" : ""),
    date: new Date().toISOString().slice(0, 10),
  };
}

function median(numbers) {
  return numbers.sort((one, other) => one - other)[numbers.length >> 1];
}

/** What stands between the marks of BENCHMARKS.md is replaced. */
function write(figures) {
  const file = inRoot("BENCHMARKS.md");
  const [from, to] = ["<!-- figures: by `npm run bench -- --write` -->\n", "<!-- end of figures -->\n"];
  const [before, rest] = readFileSync(file, "utf8").split(from);
  const after = rest?.split(to)[1] ?? giveUp("BENCHMARKS.md has no marks between which figures go");
  writeFileSync(file, `${before}${from}\n${figures}\n\n${to}${after}`);
}

/** Runs a command to its end and answers what it wrote; what it complains of is shown if it fails. */
function run(command, args, settings) {
  try {
    return execFileSync(command, args, { cwd: inRoot(), encoding: "utf8", stdio: "pipe", maxBuffer: 1e8, ...settings });
  } catch (error) {
    if (error.stderr) console.error(error.stderr);
    return giveUp(error.code === "ENOENT" ? `\`${command}\` is not there` : `\`${command} ${args[0] ?? ""}\` failed`);
  }
}
