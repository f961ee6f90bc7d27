// `npm run sim -- --from SEED --seeds N [--jobs N]`: the simulation of dispatch, built for speed.
// `npm run sim -- --mutants` shows which seed finds each deliberate fault.
import { spawn } from "node:child_process";
import { inRoot } from "./root.mjs";
import { giveUp } from "./say.mjs";

const SIM = ["run", "--release", "--locked", "--quiet", "--package", "tidegate-world", "--bin", "sim", "--"];

const child = spawn("cargo", [...SIM, ...process.argv.slice(2)], { cwd: inRoot(), stdio: "inherit" });
child.on("error", (error) => giveUp(`\`cargo\` does not start: ${error.message}`));
child.on("close", (code) => process.exit(code ?? 1));
