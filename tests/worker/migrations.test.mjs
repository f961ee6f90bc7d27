// Migrations go forward, once each, whole or not at all, and in wrangler's own table.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";
import { admit, migrate, withDatabase } from "../../scripts/runtime.mjs";

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

test("the keys that there were before there were users go on opening what they opened", async () => {
  const files = readdirSync(inRoot("migrations")).filter((name) => name.endsWith(".sql"));
  const copy = (wanted) =>
    files.filter(wanted).forEach((name) => cpSync(inRoot("migrations", name), join(folder, name)));
  await withDatabase({}, async (db) => {
    copy((name) => name < "0004");
    await migrate(db, folder);
    const key = (id, role, at, revoked) =>
      db
        .prepare("INSERT INTO keys (id, name, role, hash, created_ms, revoked_ms) VALUES (?1, ?1, ?2, 'h' || ?1, ?3, ?4)")
        .bind(id, role, at, revoked);
    await db.batch([
      key("gone", "administrator", 1, 5),
      key("late", "administrator", 3, null),
      key("first", "administrator", 2, null),
      key("reader", "viewer", 4, null),
    ]);
    copy(() => true);
    await migrate(db, folder);
    const rows = await db
      .prepare(
        "SELECT k.id, m.role, u.is_owner, k.revoked_ms FROM keys k JOIN users u ON u.id = k.user_id " +
          "JOIN memberships m ON m.user_id = u.id WHERE m.team_id = 'team_main' ORDER BY k.seq",
      )
      .raw();
    assert.deepEqual(rows, [
      ["gone", "administrator", 0, 5],
      ["first", "administrator", 1, null],
      ["late", "administrator", 0, null],
      ["reader", "viewer", 0, null],
    ]);
    assert.deepEqual(await column(db, "PRAGMA foreign_key_check"), []);
    // A new installation's first key is an owner's, once.
    await admit(db, "tg_new", 9);
    await admit(db, "tg_new", 10);
    assert.deepEqual(await column(db, "SELECT count(*) FROM users WHERE is_owner = 1 AND created_ms = 9"), [1]);
  });
});

test("stored addresses come into the form that they are compared in, and two of one person are one", async () => {
  const files = readdirSync(inRoot("migrations")).filter((name) => name.endsWith(".sql"));
  const copy = (wanted) =>
    files.filter(wanted).forEach((name) => cpSync(inRoot("migrations", name), join(folder, name)));
  await withDatabase({}, async (db) => {
    copy((name) => name < "0022");
    await migrate(db, folder);
    const run = (sql, ...params) => db.prepare(sql).bind(...params);
    const optOut = (channel, address, source) =>
      run(
        "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms) VALUES ('t', ?1, ?2, '', ?3, 1)",
        channel,
        address,
        source,
      );
    const lifted = run(
      "INSERT INTO lifted_opt_outs (team_id, channel, address, entry, why, lifted_ms) VALUES ('t', 'email', 'Ada@x.org', '{}', '', 1)",
    );
    const contact = (id, ...addresses) =>
      run(
        "INSERT INTO contacts (team_id, id, version, name, name_key, addresses, tags, accounts, zones, zone_source, " +
          "fields, created_ms, updated_ms) VALUES ('t', ?1, 1, '', '', ?2, '[]', '[]', '[]', 'unknown', '{}', 1, 1)",
        id,
        JSON.stringify(addresses.map(([channel, address]) => ({ channel, address }))),
      );
    const owned = (channel, address, id) =>
      run("INSERT INTO contact_addresses VALUES ('t', ?1, ?2, ?3)", channel, address, id);
    const conversation = (address, at, text, unread, confirmed) =>
      run(
        "INSERT INTO conversations (team_id, channel, address, sender_seq, state, unread, last_ms, last_from, last_text, " +
          "confirmed_ms) VALUES ('t', 'email', ?1, 1, 'closed', ?3, ?2, 'them', ?4, ?5)",
        address,
        at,
        unread,
        text,
        confirmed,
      );
    await db.batch([
      optOut("email", "Ada@x.org", "manual"),
      optOut("email", "ada@x.org", "reply"),
      optOut("email", "BOB@x.org", "one_click"),
      // Letters other than A to Z stay as they are; such an opt-out is asked for by this spelling too.
      optOut("email", "JOSÉ@EXÄMPLE.org", "reply"),
      optOut("direct", "Eve", "manual"),
      optOut("sms", "33612345678", "reply"),
      optOut("sms", "36100", "reply"),
      lifted,
      contact("c1", ["email", "Ada@x.org"], ["direct", "Ada"], ["email", "ADA@x.org"]),
      contact("c2", ["email", "BOB@x.org"], ["sms", "+33612345678"]),
      contact("c3", ["email", "bob@x.org"]),
      owned("email", "Ada@x.org", "c1"),
      owned("direct", "Ada", "c1"),
      owned("email", "ADA@x.org", "c1"),
      owned("email", "BOB@x.org", "c2"),
      owned("sms", "+33612345678", "c2"),
      owned("email", "bob@x.org", "c3"),
      conversation("Ada@x.org", 5, "late", 1, null),
      conversation("ada@x.org", 4, "early", 2, 3),
    ]);
    copy(() => true);
    await migrate(db, folder);
    assert.deepEqual(await db.prepare("SELECT channel, address, source FROM opt_outs").raw(), [
      ["direct", "Eve", "manual"],
      ["email", "ada@x.org", "manual"],
      ["email", "bob@x.org", "one_click"],
      ["email", "josÉ@exÄmple.org", "reply"],
      ["sms", "+33612345678", "reply"],
      ["sms", "36100", "reply"],
    ]);
    assert.deepEqual(await column(db, "SELECT address FROM lifted_opt_outs"), ["ada@x.org"]);
    assert.deepEqual(await db.prepare("SELECT id, version, addresses FROM contacts").raw(), [
      ["c1", 2, '[{"channel":"email","address":"ada@x.org"},{"channel":"direct","address":"Ada"}]'],
      ["c2", 2, '[{"channel":"sms","address":"+33612345678"}]'],
      ["c3", 1, '[{"channel":"email","address":"bob@x.org"}]'],
    ]);
    assert.deepEqual(await db.prepare("SELECT address, contact_id FROM contact_addresses").raw(), [
      ["Ada", "c1"],
      ["ada@x.org", "c1"],
      ["bob@x.org", "c3"],
      ["+33612345678", "c2"],
    ]);
    assert.deepEqual(
      await db.prepare("SELECT address, unread, last_ms, last_text, confirmed_ms FROM conversations").raw(),
      [["ada@x.org", 3, 5, "late", 3]],
    );
  });
});
