// The API's document, made from the Worker's routes.
//
//     node scripts/run.mjs openapi
//
// writes openapi.json anew. A test holds the file to what is made here.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { inRoot, root } from "./root.mjs";
import { giveUp, say } from "./say.mjs";

const DOCUMENT = inRoot("openapi.json");

const cargo = spawnSync("cargo", ["run", "--quiet", "--locked", "--package", "tidegate-worker", "--example", "openapi"], {
  cwd: inRoot(),
  encoding: "utf8",
  maxBuffer: 16 << 20,
});
if (cargo.status !== 0) giveUp(`\`cargo run --example openapi\` failed: ${cargo.error?.message ?? cargo.stderr}`);
writeFileSync(DOCUMENT, cargo.stdout);
say(`wrote ${relative(root, DOCUMENT)}`);
