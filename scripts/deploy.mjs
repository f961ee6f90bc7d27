// `npm run deploy`: builds what is published, brings the database's schema up, then publishes the Worker.
//
//     npm run deploy
//     npm run deploy -- --schema --local --persist-to FOLDER   the schema alone, in a local database
//
// In this order a build that fails changes nothing. Between the last two steps the Worker that is
// published already runs on the new schema: what it cannot do then fails, and is done again by the new one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildAll } from "./build.mjs";
import { TABLE, pending, together } from "./migrations.mjs";
import { inRoot, root } from "./root.mjs";
import { giveUp, say } from "./say.mjs";

const { values: options } = parseArgs({
  options: { schema: { type: "boolean", default: false }, local: { type: "boolean", default: false }, "persist-to": { type: "string" } },
});
if (options.local && !options.schema) giveUp("nothing is published locally; write --schema beside --local, or `npm start`");
const WHERE = options.local ? ["--local", ...(options["persist-to"] ? ["--persist-to", options["persist-to"]] : [])] : ["--remote"];

if (!options.schema) await buildAll();
bringSchemaUp();
if (!options.schema) wrangler(["deploy"]);

function bringSchemaUp() {
  const answer = wrangler(["d1", "execute", "DB", ...WHERE, "--yes", "--json", "--command", `${TABLE}; SELECT name FROM d1_migrations ORDER BY id`], { read: true });
  const applied = JSON.parse(answer).at(-1).results.map(({ name }) => name);
  const names = notApplied(applied);
  if (names.length === 0) return say("the schema is up to date");
  const folder = mkdtempSync(join(tmpdir(), "tidegate-schema-"));
  try {
    const file = join(folder, "pending.sql");
    writeFileSync(file, together(names));
    wrangler(["d1", "execute", "DB", ...WHERE, "--yes", "--file", file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const name of names) say(`applied migrations/${name}`);
}

function notApplied(applied) {
  try {
    return pending(applied);
  } catch (error) {
    return giveUp(error.message);
  }
}

/** Runs wrangler and, with `read`, answers what it prints. */
function wrangler(args, { read = false } = {}) {
  const stdio = ["inherit", read ? "pipe" : "inherit", "inherit"];
  const tool = inRoot("node_modules", "wrangler", "bin", "wrangler.js");
  const { status, stdout, error } = spawnSync(process.execPath, [tool, ...args], { cwd: root, encoding: "utf8", maxBuffer: 16 << 20, stdio });
  if (status === 0) return stdout;
  if (read) console.error(stdout);
  return giveUp(`\`wrangler ${args.slice(0, 3).join(" ")}\` failed${error ? `: ${error.message}` : ""}`);
}
