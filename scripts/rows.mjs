// `npm run rows`: each row of the mission, and whether a test has shown it.
//
//     npm run rows             runs the tests that name a row, and says what they showed
//     npm run rows -- --last   goes by the last `npm test`, if nothing has changed since
//
// A test names a row in its name, in brackets: `[S2.6] a STOP reply ...`. A row is shown when every
// test that names it passes, and there is one. It exits with 1 while a row is not.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { requireChromium } from "./chromium.mjs";
import { inRoot } from "./root.mjs";
import { giveUp, say } from "./say.mjs";

const ROWS = inRoot("tests", "mission.json");
const NAMED = /\[([SB]\d+(?:\.\d+)?)\]/g;
/** Where tests are that may name a row, and what has to be built for them. */
const FOLDERS = { "tests/node": ["engine"], "tests/worker": ["engine", "worker"], "tests/console": ["engine", "worker", "console"] };

/** The file into which the results of a folder's tests go. */
export const resultsOf = (folder) => inRoot("target", "results", `${folder.replaceAll("/", "-")}.ndjson`);

/** Options of Node's test runner that have it write the results of a folder down. */
export function writeResults(folder) {
  const file = resultsOf(folder);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  return [`--test-reporter=${inRoot("scripts", "results.mjs")}`, `--test-reporter-destination=${file}`];
}

/** Each row with its tests, and what they showed: `proven`, `failing`, `skipped` or `missing`. */
export function judge(rows, results) {
  const byRow = new Map(rows.map(({ id }) => [id, []]));
  for (const result of results) {
    for (const [, id] of result.name.matchAll(NAMED)) {
      if (!byRow.has(id)) throw new Error(`\`${result.name}\` in ${result.file} names \`${id}\`, which is no row`);
      byRow.get(id).push(result);
    }
  }
  return rows.map(({ id, what }) => {
    const tests = byRow.get(id);
    const has = (outcome) => tests.some((test) => test.outcome === outcome);
    const state = has("failed") ? "failing" : has("skipped") ? "skipped" : has("passed") ? "proven" : "missing";
    return { id, what, state, tests };
  });
}

/** The test files of a folder in which a row is named. */
function filesOf(folder) {
  if (!existsSync(inRoot(folder))) return [];
  const files = readdirSync(inRoot(folder)).filter((name) => name.endsWith(".test.mjs"));
  return files.sort().map((name) => `${folder}/${name}`).filter((file) => readFileSync(inRoot(file), "utf8").match(NAMED));
}

/** Runs the tests of a folder that name a row. */
function run(folder) {
  const files = filesOf(folder);
  const reporter = writeResults(folder);
  if (files.length === 0) return;
  say(`${folder}: ${files.length} files`);
  const build = spawnSync(process.execPath, [inRoot("scripts", "build.mjs"), ...FOLDERS[folder]], { cwd: inRoot(), stdio: "inherit" });
  if (build.status !== 0) giveUp("the build failed");
  const environment = folder === "tests/console" ? { CHROME_PATH: requireChromium() } : {};
  const options = ["--test", "--test-reporter=dot", "--test-reporter-destination=stdout", ...reporter];
  spawnSync(process.execPath, [...options, ...files], { cwd: inRoot(), stdio: "inherit", env: { ...process.env, ...environment } });
}

function read(folder) {
  const file = resultsOf(folder);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** The first file of the repository that was written after the results of a folder, if there is one. */
function newerThan(folder) {
  const file = resultsOf(folder);
  if (!existsSync(file)) return filesOf(folder)[0];
  const { mtimeMs } = statSync(file);
  const { stdout } = spawnSync("git", ["ls-files"], { cwd: inRoot(), encoding: "utf8" });
  const isNewer = (name) => existsSync(inRoot(name)) && statSync(inRoot(name)).mtimeMs > mtimeMs;
  return stdout.split("\n").filter(Boolean).find(isNewer);
}

function main(args) {
  const rows = JSON.parse(readFileSync(ROWS, "utf8"));
  for (const folder of Object.keys(FOLDERS)) {
    if (!args.includes("--last")) run(folder);
    else if (newerThan(folder)) giveUp(`the last results of ${folder} are older than ${newerThan(folder)}; run \`npm test\`, or leave \`--last\` out`);
  }
  const judged = judge(rows, Object.keys(FOLDERS).flatMap(read));
  const marks = { proven: "shown", failing: "FAILS", skipped: "left out", missing: "-" };
  for (const { id, what, state, tests } of judged) {
    console.log(`${marks[state].padEnd(8)} ${id.padEnd(5)} ${what}`);
    for (const { file, name, outcome } of tests) console.log(`${" ".repeat(15)}${outcome}: ${name} (${file})`);
  }
  const proven = judged.filter(({ state }) => state === "proven").length;
  console.log(`${proven} of ${judged.length} rows are shown`);
  const without = judged.filter(({ state }) => state !== "proven").map(({ id }) => id);
  if (without.length > 0) console.log(`not shown: ${without.join(", ")}`);
  process.exit(proven === judged.length ? 0 : 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    giveUp(error.message);
  }
}
