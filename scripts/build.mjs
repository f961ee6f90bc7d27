// Builds what `npm start` serves and what is published.
//
//     node scripts/run.mjs build [worker|engine|api-types|console|trap]...
//
// worker    build/worker   the compiled Worker and its entry module, for workerd
// engine    pkg            the engine as the npm package `tidegate`
// console   www/dist       the page; it imports the engine from pkg
// api-types www/src/api     schema.d.ts, the types of openapi.json; a part of `console`
// trap      build/trap     a Worker that panics when told to, for a test; left out unless named
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { API_TYPES, DOCUMENT, writeApiTypes } from "./api-types.mjs";
import { FIRST_PAGE, FIRST_PAGE_MOST, pageSizes, sizeLine } from "./console-size.mjs";
import { inRoot } from "./root.mjs";
import { giveUp, say } from "./say.mjs";
import { unlessUnchanged } from "./stamp.mjs";

const parts = { worker: buildWorker, engine: buildEngine, "api-types": buildApiTypes, console: buildConsole, trap: buildTrap };

export async function buildAll() {
  await buildWorker();
  await buildConsole();
}

export function buildWorker() {
  return buildForWorkerd({ name: "worker", crate: "tidegate-worker", what: "the Worker" });
}

function buildTrap() {
  return buildForWorkerd({ name: "trap", crate: "tidegate-trap", what: "the Worker that panics" });
}

async function buildForWorkerd({ name, crate, what }) {
  const [wasm, tool] = await Promise.all([compile(crate, what), compileTool()]);
  const entry = inRoot("worker", "entry.mjs");
  const output = inRoot("build", name);
  await unlessUnchanged(
    { name, inputs: [wasm, tool, entry], outputs: [join(output, "index.js"), join(output, "worker_bg.wasm")] },
    async () => {
      say(`bundling ${what}`);
      await publishing(output, async (folder) => {
        const bindings = join(folder, "bindings");
        await run(tool, ["worker", wasm, bindings]);
        await bundle(entry, join(bindings, "worker.js"), join(folder, "index.js"));
        renameSync(join(bindings, "worker_bg.wasm"), join(folder, "worker_bg.wasm"));
        rmSync(bindings, { recursive: true });
      });
    },
  );
}

export async function buildEngine() {
  const [wasm, tool] = await Promise.all([compile("tidegate-wasm", "the engine", DOWNLOADED), compileTool()]);
  const output = inRoot("pkg");
  const documents = packageDocuments();
  await unlessUnchanged(
    { name: "engine", inputs: [wasm, tool, ...documents.keys()], outputs: [join(output, "tidegate.js"), join(output, "tidegate_bg.wasm")] },
    async () => {
      say("writing the engine's package to pkg");
      await publishing(output, async (folder) => {
        await run(tool, ["engine", wasm, folder]);
        for (const [from, to] of documents) copyFileSync(from, join(folder, to));
      });
    },
  );
}

/** What npm shows of a package beside its code: where each file is, and its name in there. */
function packageDocuments() {
  const documents = new Map();
  const readme = inRoot("www", "wasm", "README.md");
  if (existsSync(readme)) documents.set(readme, "README.md");
  for (const name of readdirSync(inRoot())) if (name.startsWith("LICENSE")) documents.set(inRoot(name), name);
  return documents;
}

async function buildApiTypes() {
  const inputs = [DOCUMENT, inRoot("scripts", "api-types.mjs")];
  await unlessUnchanged({ name: "api-types", inputs, outputs: [API_TYPES] }, writeApiTypes);
}

export async function buildConsole() {
  await buildEngine();
  await buildApiTypes();
  const sources = readdirSync(inRoot("www")).filter((name) => !["dist", "wasm"].includes(name));
  await unlessUnchanged(
    {
      name: "console",
      inputs: [...sources.map((name) => inRoot("www", name)), inRoot("pkg"), inRoot("package-lock.json")],
      outputs: [inRoot("www", "dist", "index.html")],
    },
    async () => {
      say("building the console");
      const { build } = await import("vite");
      const { output } = await build({ root: inRoot("www"), configFile: inRoot("www", "vite.config.ts"), logLevel: "warn" });
      const pages = pageSizes(output);
      say(sizeLine(pages));
      if (pages.get(FIRST_PAGE) > FIRST_PAGE_MOST) giveUp(`the first page loads more than ${FIRST_PAGE_MOST / 1000} KB of JavaScript`);
    },
  );
}

// What a page downloads is linked as one and made small: a sixth smaller, and a plan is no slower.
// The Worker is too large to be linked so at each build. These are settings and not a profile of
// their own, because that would compile the macros once more.
const DOWNLOADED = ['lto="fat"', 'package.tidegate.opt-level="s"'];

/** Compiles one crate to wasm, in a call of its own: two in one call would share features. */
function compile(crate, what, settings = []) {
  const config = settings.flatMap((setting) => ["--config", `profile.wasm.${setting}`]);
  const args = ["--package", crate, "--profile", "wasm", "--target", "wasm32-unknown-unknown", ...config];
  return cargo(what, args, (message) => message.filenames?.find((path) => path.endsWith(".wasm")));
}

let tool;
function compileTool() {
  tool ??= cargo("the build tool", ["--package", "tidegate-build"], (message) => message.executable);
  return tool;
}

/** Has cargo build something, and answers the last file that `pick` finds in what it reports. */
async function cargo(what, args, pick) {
  const slow = setTimeout(() => say(`compiling ${what}`), 1000);
  const slower = setInterval(() => say(`still compiling ${what}`), 20_000);
  const reported = await run(
    "cargo",
    ["build", ...args, "--quiet", "--message-format=json-render-diagnostics"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  clearTimeout(slow);
  clearInterval(slower);
  const found = reported
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => pick(JSON.parse(line)))
    .filter(Boolean)
    .at(-1);
  return found ?? giveUp(`\`cargo build ${args.join(" ")}\` made no file`);
}

async function bundle(entry, bindings, outfile) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [entry],
    outfile,
    alias: { "tidegate-worker": bindings },
    bundle: true,
    format: "esm",
    target: "esnext",
    external: ["*.wasm", "cloudflare:*"],
    logLevel: "warning",
    plugins: [plainWasmImport],
  });
}

/** workerd has no `import source` yet; a plain import of a .wasm file gives the same module. */
const plainWasmImport = {
  name: "plain-wasm-import",
  setup(build) {
    build.onLoad({ filter: /bindings\/worker\.js$/ }, async ({ path }) => {
      const { readFile } = await import("node:fs/promises");
      const contents = await readFile(path, "utf8");
      return { contents: contents.replace(/^import source /m, "import "), loader: "js" };
    });
  },
};

/**
 * Lets `write` fill a folder of its own, then moves each file to `output` in one step: whoever
 * reads there meanwhile finds the old file or the new one, never half of one.
 */
async function publishing(output, write) {
  mkdirSync(inRoot("build"), { recursive: true });
  const folder = mkdtempSync(inRoot("build", "making-"));
  try {
    await write(folder);
    mkdirSync(output, { recursive: true });
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const target = join(output, entry.name);
      if (entry.isDirectory()) rmSync(target, { recursive: true, force: true });
      renameSync(join(folder, entry.name), target);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command to its end, answers what it wrote if that is piped, and gives up if it fails. */
function run(command, args, { stdio = "inherit" } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: inRoot(), stdio });
    let written = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => (written += text));
    child.on("error", (error) => giveUp(`\`${command}\` does not start: ${error.message}`));
    child.on("close", (code) => {
      if (code === 0) resolve(written);
      else giveUp(`\`${command} ${args.slice(0, 3).join(" ")}\` failed`);
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !(name in parts));
  if (unknown) giveUp(`no part named \`${unknown}\`; there are ${Object.keys(parts).join(", ")}`);
  if (wanted.length === 0) await buildAll();
  for (const name of wanted) await parts[name]();
  say("built");
}
