// Finds a Chromium for the console's tests, or installs Debian's where that is allowed.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const APPS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The path of a Chromium; throws with the remedy if there is none. */
export function requireChromium() {
  const found = findChromium() ?? (installChromium() ? findChromium() : undefined);
  if (found) return found;
  throw new Error("no Chromium found; install one (Debian: apt-get install chromium) or set CHROME_PATH to it");
}

function findChromium() {
  const { CHROME_PATH, PATH = "" } = process.env;
  if (CHROME_PATH) return isProgram(CHROME_PATH) ? CHROME_PATH : undefined;
  const folders = [...PATH.split(delimiter), "/usr/bin"];
  const candidates = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...APPS];
  return candidates.find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installChromium() {
  if (process.env.CHROME_PATH || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  console.log("installing Chromium with apt-get");
  const apt = (...args) =>
    spawnSync("apt-get", args, { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).status === 0;
  return apt("update") && apt("install", "--yes", "--no-install-recommends", "chromium");
}
