// What a fresh clone lacks: the npm packages, and the Rust toolchain with its wasm target.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { inRoot } from "./root.mjs";
import { giveUp, say } from "./say.mjs";

const NODE_MAJOR = 24;

export function install() {
  installPackages();
  installToolchain();
}

/** The Node to run the scripts on: the one in node_modules, or the host's if it is new enough. */
export function node() {
  const own = inRoot("node_modules", "node", "bin", "node");
  if (existsSync(own)) return own;
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR) return process.execPath;
  return giveUp(
    `the npm package \`node\` has no binary, and this Node is ${process.version}; ` +
      `allow install scripts and run \`npm ci\`, or use Node ${NODE_MAJOR}`,
  );
}

function installPackages() {
  const missing = firstMissingPackage();
  if (!missing) return;
  const fresh = !existsSync(inRoot("node_modules"));
  say(fresh ? "installing npm packages" : `installing npm packages: ${missing} is missing or old`);
  run("npm", [...(fresh ? ["ci"] : ["install", "--no-save"]), "--loglevel=error"], "npm packages");
}

/** Compares the lock file with npm's own record of what it put into node_modules. */
function firstMissingPackage() {
  const wanted = lockedPackages("package-lock.json");
  const present = lockedPackages("node_modules/.package-lock.json");
  return Object.keys(wanted).find(
    (path) => path && !wanted[path].optional && wanted[path].version !== present[path]?.version,
  );
}

function lockedPackages(path) {
  return existsSync(inRoot(path)) ? JSON.parse(readFileSync(inRoot(path), "utf8")).packages : {};
}

/** rust-toolchain.toml names the toolchain and its targets; rustup reads it by itself. */
function installToolchain() {
  const sysroot = spawnSync("rustc", ["--print", "sysroot"], { cwd: inRoot(), encoding: "utf8" });
  if (sysroot.error) giveUp("there is no `rustc`; install Rust with rustup, https://rustup.rs");
  const library = `${sysroot.stdout.trim()}/lib/rustlib/wasm32-unknown-unknown`;
  if (sysroot.status === 0 && existsSync(library)) return;
  say("installing the Rust toolchain and its wasm target");
  const installed = spawnSync("rustup", ["toolchain", "install"], { cwd: inRoot(), stdio: "inherit" });
  if (installed.status === 0) return;
  run("rustup", ["target", "add", "wasm32-unknown-unknown"], "the wasm target");
}

function run(command, args, what) {
  const result = spawnSync(command, args, { cwd: inRoot(), stdio: "inherit" });
  if (result.error || result.status !== 0) {
    giveUp(`\`${command} ${args.join(" ")}\` failed, so ${what} cannot be installed`);
  }
}
