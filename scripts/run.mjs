// Runs one of the scripts beside it on the Node in node_modules, installing what is missing.
//
//     node scripts/run.mjs start
//
// This file and scripts/install.mjs work on any Node from 18 on and import no package: they are
// what a fresh clone has.
import { spawn } from "node:child_process";
import { inRoot } from "./root.mjs";
import { install, node } from "./install.mjs";

const [script, ...rest] = process.argv.slice(2);

install();

const child = spawn(node(), [inRoot("scripts", `${script}.mjs`), ...rest], {
  // The channel tells the child when this process is gone, even by SIGKILL.
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});

// Ctrl-C reaches the child by itself, as one of the terminal's group; a plain kill does not.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
process.on("SIGHUP", () => child.kill("SIGTERM"));

// npm is this process's parent, and cannot pass on a SIGKILL of its own.
const parent = process.ppid;
setInterval(() => {
  if (process.env.npm_lifecycle_event && process.ppid !== parent) child.kill("SIGTERM");
}, 1000).unref();

child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
