// Runs one of the scripts beside it on the Node in node_modules, installing what is missing.
//
//     node scripts/run.mjs start
//
// This file and what it imports work on any Node from 18 on and use no package: they are what
// a fresh clone has.
import { spawn } from "node:child_process";
import { install, node } from "./install.mjs";
import { whenLauncherEnds } from "./launcher.mjs";
import { inRoot } from "./root.mjs";

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
whenLauncherEnds(() => child.kill("SIGTERM"));

child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
