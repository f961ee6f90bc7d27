// The first admin key of a local installation. It is a file's content and nothing else: the
// database holds its hash, and no line on the terminal ever shows it.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function newKey() {
  return `tg_${randomBytes(32).toString("base64url")}`;
}

/** Reads the key in the state folder, or makes one there that only its owner can read. */
export function adminKey(stateFolder) {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  const path = join(stateFolder, "admin.key");
  try {
    writeFileSync(path, `${newKey()}\n`, { mode: 0o600, flag: "wx" });
    return { path, key: readFileSync(path, "utf8").trim(), created: true };
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return { path, key: readFileSync(path, "utf8").trim(), created: false };
  }
}
