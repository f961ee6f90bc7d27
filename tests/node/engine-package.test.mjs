// The package in pkg, as somebody's Node program or bundler would find it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
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

test("npm publishes the module, its types, the licences and a page of its own", () => {
  const { stdout, stderr, status } = spawnSync("npm", ["pack", "--dry-run", "--json", "--loglevel=error"], {
    cwd: inRoot("pkg"),
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  assert.equal(status, 0, stderr);
  const [{ name, files }] = JSON.parse(stdout);
  assert.equal(name, "tidegate");
  assert.deepEqual(files.map(({ path }) => path).sort(), [
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "package.json",
    "tidegate.d.ts",
    "tidegate.js",
    "tidegate_bg.wasm",
    "tidegate_bg.wasm.d.ts",
  ]);
});

test("its page names every function", async () => {
  const page = readFileSync(inRoot("pkg", "README.md"), "utf8");
  const engine = await import("../../pkg/tidegate.js");
  const functions = Object.keys(engine).filter((name) => typeof engine[name] === "function");
  assert.ok(functions.length > 12);
  const absent = functions.filter((name) => name !== "default" && !page.includes(`${name}(`));
  assert.deepEqual(absent, []);
});

test("its size, for who watches it", (t) => {
  const level = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  for (const file of ["tidegate_bg.wasm", "tidegate.js"]) {
    const bytes = readFileSync(inRoot("pkg", file));
    const [raw, gzip, brotli] = [
      bytes,
      gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }),
      brotliCompressSync(bytes, { params: { ...level, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
    ].map((packed) => `${(packed.length / 1024).toFixed(1)} KB`);
    t.diagnostic(`${file}: ${raw}, ${gzip} with gzip, ${brotli} with brotli`);
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
  assert.match(types, /export default function __wbg_init \(module_or_path\?: /);
});
