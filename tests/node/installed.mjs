// An example in a folder of its own, with the package installed as npm would: what is published
// and nothing else, under its name.
import { cpSync, mkdtempSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRoot } from "../../scripts/root.mjs";

/** The folder, and how to remove it. Without a name there is nothing in it but the package. */
export function installed(example) {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-example-"));
  if (example) cpSync(inRoot("examples", example), folder, { recursive: true, filter: (path) => !path.endsWith("node_modules") });
  const target = join(folder, "node_modules", "tidegate");
  mkdirSync(target, { recursive: true });
  const { files } = JSON.parse(readFileSync(inRoot("pkg", "package.json"), "utf8"));
  for (const file of ["package.json", ...files]) cpSync(inRoot("pkg", file), join(target, file));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
