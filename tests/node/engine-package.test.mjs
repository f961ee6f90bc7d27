// The package in pkg, as somebody's Node program or bundler would find it.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";

const manifest = JSON.parse(readFileSync(inRoot("pkg", "package.json"), "utf8"));

test("the package is named, versioned and complete", () => {
  const { version } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"));
  assert.equal(manifest.name, "tidegate");
  assert.equal(manifest.version, version);
  for (const file of manifest.files) assert.ok(existsSync(inRoot("pkg", file)), `${file} is missing`);
});

test("every entry of the manifest is a file that is published", () => {
  const entries = [manifest.main, manifest.types, ...Object.values(manifest.exports)];
  for (const entry of entries.filter((path) => path !== "./package.json")) {
    assert.ok(manifest.files.includes(entry.slice(2)), `${entry} is not among the files`);
  }
});

test("Node imports it and starts it from bytes", async () => {
  const engine = await import("../../pkg/tidegate.js");
  engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });
  assert.equal(engine.version(), manifest.version);
});

test("the types declare both ways to start it", () => {
  const types = readFileSync(inRoot("pkg", "tidegate.d.ts"), "utf8");
  assert.match(types, /export function initSync\(/);
  assert.match(types, /export default function __wbg_init/);
});
