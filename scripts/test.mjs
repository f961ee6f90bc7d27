// `npm test`: every suite in order, each to its end, then one line a suite.
//
//     npm test                     all of them
//     npm test -- rust worker      these
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { requireChromium } from "./chromium.mjs";
import { inRoot } from "./root.mjs";
import { writeResults } from "./rows.mjs";
import { giveUp, say } from "./say.mjs";

const WASM = ["--target", "wasm32-unknown-unknown"];
const DENY = ["--", "-D", "warnings"];
/** Two at once: much of what they do is to wait for the clock. */
const TWO_FILES = "--test-concurrency=2";

// A suite is a list of steps. A step is what to run, and how its closing line is read.
const suites = {
  style: [
    cargo("fmt", "--all", "--check"),
    cargo("clippy", "--workspace", "--all-targets", "--locked", ...DENY),
    cargo("clippy", "--package", "tidegate-worker", "--locked", ...WASM, ...DENY),
    cargo("clippy", "--package", "tidegate-wasm", "--locked", ...WASM, ...DENY),
  ],
  rust: [{ ...cargo("test", "--workspace", "--locked"), closing: cargoTestResults }],
  node: [build("engine"), nodeTests("tests/node")],
  worker: [build("engine", "worker", "trap"), nodeTests("tests/worker", TWO_FILES)],
  console: [
    build("engine", "worker", "console"),
    { ...bin("svelte-check", "--tsconfig", "www/tsconfig.json", "--fail-on-warnings"), closing: svelteCheckResult },
    { ...nodeTests("tests/console", TWO_FILES), environment: () => ({ CHROME_PATH: requireChromium() }) },
  ],
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in suites));
if (unknown) giveUp(`no suite named \`${unknown}\`; there are ${Object.keys(suites).join(", ")}`);

const outcomes = [];
for (const name of wanted.length ? wanted : Object.keys(suites)) outcomes.push(await runSuite(name));

console.log("");
for (const { name, passed, seconds, lines } of outcomes) {
  console.log(`${passed ? "passed" : "FAILED"}  ${name.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${lines.join("; ")}`);
}
const failed = outcomes.filter((outcome) => !outcome.passed);
console.log(failed.length ? `${failed.length} of ${outcomes.length} suites failed` : `all ${outcomes.length} suites passed`);
process.exit(failed.length ? 1 : 0);

/** Runs a suite's steps until one fails: what comes after it builds on it. */
async function runSuite(name) {
  const started = Date.now();
  const lines = [];
  let passed = true;
  for (const step of suites[name]) {
    say(`${name}: ${step.title}`);
    const { code, output, remark } = await runStep(step);
    passed = code === 0;
    const closing = remark ?? step.closing?.(output);
    if (closing) lines.push(closing);
    else if (!passed) lines.push(`${step.title} failed`);
    if (!passed) break;
  }
  return { name, passed, seconds: (Date.now() - started) / 1000, lines: lines.length ? lines : ["no remarks"] };
}

function runStep({ command, args, added: more, files, environment }) {
  const found = files?.();
  if (found?.length === 0) return { code: 1, output: "", remark: "no test file found" };
  let added;
  try {
    added = environment?.() ?? {};
  } catch (error) {
    return { code: 1, output: "", remark: error.message };
  }
  const colour = process.stdout.isTTY ? { FORCE_COLOR: "1", CARGO_TERM_COLOR: "always" } : {};
  return new Promise((resolve) => {
    const child = spawn(command, [...args, ...(more?.() ?? []), ...(found ?? [])], {
      cwd: inRoot(),
      env: { ...process.env, ...colour, ...added },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const pass = (from, to) =>
      from.setEncoding("utf8").on("data", (text) => {
        output += text;
        to.write(text);
      });
    pass(child.stdout, process.stdout);
    pass(child.stderr, process.stderr);
    child.on("error", (error) => resolve({ code: 1, output, remark: `\`${command}\` does not start: ${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output: stripVTControlCharacters(output) }));
  });
}

function cargo(...args) {
  return { title: `cargo ${args.slice(0, 3).join(" ")}`, command: "cargo", args };
}

function build(...parts) {
  return { title: `build ${parts.join(", ")}`, command: process.execPath, args: [inRoot("scripts", "build.mjs"), ...parts] };
}

function bin(name, ...args) {
  return { title: name, command: inRoot("node_modules", ".bin", name), args };
}

function nodeTests(folder, ...options) {
  const files = () =>
    existsSync(inRoot(folder))
      ? readdirSync(inRoot(folder)).filter((name) => name.endsWith(".test.mjs")).sort().map((name) => `${folder}/${name}`)
      : [];
  return {
    title: `node --test ${folder}`,
    command: process.execPath,
    args: ["--test", "--test-reporter=spec", "--test-reporter-destination=stdout", ...options],
    // For `npm run rows`.
    added: () => writeResults(folder),
    files,
    closing: nodeTestResult,
  };
}

/** cargo prints a result for each test program; the suite's is their sum. */
function cargoTestResults(output) {
  const results = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)];
  if (results.length === 0) return "cargo test ran nothing";
  const [passed, failed, ignored] = [1, 2, 3].map((column) => results.reduce((sum, result) => sum + Number(result[column]), 0));
  return `cargo test: ${passed} passed, ${failed} failed, ${ignored} ignored in ${results.length} programs`;
}

function nodeTestResult(output) {
  const count = (word) => output.match(new RegExp(`^\\S+ ${word} (\\d+)$`, "m"))?.[1] ?? "?";
  return `node --test: ${count("pass")} passed, ${count("fail")} failed, ${count("skipped")} skipped`;
}

function svelteCheckResult(output) {
  return output.match(/svelte-check found .*/)?.[0];
}
