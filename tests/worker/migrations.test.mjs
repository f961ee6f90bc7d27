// Migrations go forward, once each, whole or not at all, and in wrangler's own table.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { migrate, withDatabase } from "../../scripts/runtime.mjs";

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "migrations-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name, sql) => writeFileSync(join(folder, name), sql);
const column = async (db, sql) => (await db.prepare(sql).raw()).map(([value]) => value);

test("applies what is new, in order, and nothing twice", async () => {
  await withDatabase({}, async (db) => {
    write("0001_a.sql", "CREATE TABLE a (x INTEGER); -- a; comment\nINSERT INTO a VALUES (1);");
    assert.deepEqual(await migrate(db, folder), ["0001_a.sql"]);
    write("0003_c.sql", "INSERT INTO a VALUES (3);");
    write("0002_b.sql", "INSERT INTO a VALUES (2);");
    assert.deepEqual(await migrate(db, folder), ["0002_b.sql", "0003_c.sql"]);
    assert.deepEqual(await migrate(db, folder), []);
    assert.deepEqual(await column(db, "SELECT x FROM a ORDER BY rowid"), [1, 2, 3]);
    assert.deepEqual(await column(db, "SELECT name FROM d1_migrations ORDER BY id"), [
      "0001_a.sql",
      "0002_b.sql",
      "0003_c.sql",
    ]);
  });
});

test("a migration that fails half way leaves nothing behind", async () => {
  await withDatabase({}, async (db) => {
    write("0001_a.sql", "CREATE TABLE a (x INTEGER);\nINSERT INTO missing VALUES (1);");
    await assert.rejects(migrate(db, folder), /missing/);
    assert.deepEqual(await column(db, "SELECT name FROM sqlite_schema WHERE name = 'a'"), []);
    assert.deepEqual(await column(db, "SELECT name FROM d1_migrations"), []);
  });
});

test("a database that is ahead of the code is refused", async () => {
  await withDatabase({}, async (db) => {
    write("0001_a.sql", "CREATE TABLE a (x INTEGER);");
    await migrate(db, folder);
    rmSync(join(folder, "0001_a.sql"));
    await assert.rejects(migrate(db, folder), /`0001_a.sql`, which this version lacks/);
  });
});

test("the repository's own migrations make a sound database", async () => {
  await withDatabase({}, async (db) => {
    assert.notDeepEqual(await migrate(db), []);
    assert.deepEqual(await column(db, "PRAGMA foreign_key_check"), []);
  });
});
