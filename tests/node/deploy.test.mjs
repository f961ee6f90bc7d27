// What `npm run deploy` does to a database, on a local one.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pending, together } from "../../scripts/migrations.mjs";
import { inRoot } from "../../scripts/root.mjs";

const folder = mkdtempSync(join(tmpdir(), "deploy-"));
after(() => rmSync(folder, { recursive: true }));

const node = (...args) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: inRoot(), encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};
const schema = () => node(inRoot("scripts", "deploy.mjs"), "--schema", "--local", "--persist-to", folder);
const names = readdirSync(inRoot("migrations")).filter((name) => name.endsWith(".sql")).sort();

test("the schema is brought up in one file, its triggers whole, and only once", () => {
  const said = schema();
  assert.deepEqual([...said.matchAll(/applied migrations\/(\S+)/g)].map(([, name]) => name), names);
  assert.match(schema(), /up to date/);
  const wrangler = inRoot("node_modules", "wrangler", "bin", "wrangler.js");
  const query = "SELECT count(*) AS n FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%END'";
  const answer = node(wrangler, "d1", "execute", "DB", "--local", "--persist-to", folder, "--json", "--command", query);
  const text = names.map((name) => readFileSync(inRoot("migrations", name), "utf8")).join("\n");
  const count = (word) => text.match(new RegExp(`^${word} `, "gm"))?.length ?? 0;
  assert.equal(JSON.parse(answer)[0].results[0].n, count("CREATE TRIGGER") - count("DROP TRIGGER"));
});

test("a database of a later version is left alone", () => {
  assert.deepEqual(pending(names.slice(0, -1)), names.slice(-1));
  assert.throws(() => pending([...names, "9999_later.sql"]), /`9999_later\.sql`, which this version lacks/);
  assert.equal(together([]), "");
});
