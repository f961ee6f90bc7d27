// A team that has sent for years, made in the database by SQL: what the tests of size ask the API about.

/** Everything begins so many ms after what came before it. */
const EVERY_MS = 1_000;
/** A page of people. */
const PAGE = 100;
/** Each so many-th message failed, was skipped, is in doubt, was answered. */
const RARE = 250;
/** Rows of one statement: D1 lets none run for longer than 30 s. */
const AT_ONCE = 200_000;

/** Where the numbers of the campaigns begin: large ones, small ones, single messages. */
const LARGE = 100_000_000;
const SMALL = 200_000_000;
const SINGLE = 300_000_000;
/** What the API makes comes behind it. */
const LAST = 400_000_000;

/** The id of the first large campaign, and the address of the person with a number. */
export const LARGE_ID = `cmp_${LARGE}`;
export const addressOf = (number) => `+336${String(number).padStart(8, "0")}`;

/**
 * Adds to a team with this sender until it has `size`: `contacts` (each with an opt-out that is another's, a
 * conversation and what they wrote), `people` of each of the `large` campaigns, `small` campaigns of one
 * person, and `singles`. Starts from `has`, another size.
 */
export async function grow(db, sender, has, size) {
  const add = async (from, until, sql) => {
    for (let first = from; first < until; first += AT_ONCE) {
      const last = Math.min(until, first + AT_ONCE) - 1;
      await db.prepare(`WITH RECURSIVE n(i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i < ${last}) ${sql}`).run();
    }
  };
  const address = "printf('+336%08d', i)";
  const contacts = (sql) => add(has.contacts, size.contacts, sql);
  await contacts(`INSERT INTO contacts (team_id, id, version, name, name_key, addresses, tags, accounts, zones,
      zone_source, fields, created_ms, updated_ms)
    SELECT 'team_main', printf('con_%09d', i), 1, printf('Ada %09d', i), printf('ada %09d', i / 2),
      json_array(json_object('channel', 'sms', 'address', ${address})),
      iif(i % 20000, '["all"]', '["all","rare"]'), '["North"]', '["Europe/Paris"]', 'inferred', '{"city":"Nantes"}', i, i FROM n`);
  await contacts(`INSERT INTO contact_addresses SELECT 'team_main', 'sms', ${address}, printf('con_%09d', i) FROM n`);
  await contacts("INSERT INTO contact_labels SELECT 'team_main', 'tag', 'all', printf('con_%09d', i) FROM n");
  await contacts("INSERT INTO contact_labels SELECT 'team_main', 'tag', 'rare', printf('con_%09d', i) FROM n WHERE i % 20000 = 0");
  await contacts("INSERT INTO contact_labels SELECT 'team_main', 'account', 'North', printf('con_%09d', i) FROM n");
  await db.prepare(`INSERT OR REPLACE INTO labels SELECT team_id, kind, label, COUNT(*) FROM contact_labels GROUP BY 1, 2, 3`).run();
  // Those who opted out are others: their numbers end elsewhere.
  await contacts(`INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms)
    SELECT 'team_main', 'sms', printf('+337%08d', i), 'stop', 'inbound', i FROM n`);
  await contacts(`INSERT INTO lifted_opt_outs (team_id, channel, address, entry, why, lifted_ms)
    SELECT 'team_main', 'sms', ${address}, '{"reason":"stop","source":"inbound","created_ms":1}', 'start', i FROM n WHERE i % 10 = 0`);
  await contacts(`INSERT INTO inbound (id, team_id, sender_seq, channel, address, text, attachments, received_ms, meaning, review)
    SELECT 'inb_' || i, 'team_main', ${sender.seq}, 'sms', ${address}, 'x', '[]', i, 'other', iif(i % ${RARE}, NULL, 'open') FROM n`);
  await contacts(`INSERT INTO conversations (team_id, channel, address, sender_seq, unread, last_ms, last_from, last_text)
    SELECT 'team_main', 'sms', ${address}, ${sender.seq}, 1, i, 'them', 'x' FROM n`);
  await contacts(`INSERT INTO audit (at_ms, team_id, by_whom, what, subject)
    SELECT i, 'team_main', 'Ada', 'contact.change', printf('con_%09d', i) FROM n`);

  const campaigns = (first, kind, total) => `INSERT INTO campaigns (seq, id, team_id, sender_seq, kind, name, content, status,
      created_ms, starts_ms, started_ms, ended_ms, total, cursor, sent, failed, skipped, unknown, indexed, replies, tracking)
    SELECT ${first} + i, '${kind === "single" ? "sgl" : "cmp"}_' || (${first} + i), 'team_main', ${sender.seq}, '${kind}',
      'Sale ' || i, '{"text":"Hi {{name}}"}', 'completed', i * ${EVERY_MS}, i * ${EVERY_MS}, i * ${EVERY_MS}, i * ${EVERY_MS} + 10,
      ${total}, ${total}, ${total} - 3 * (${total} / ${RARE}), ${total} / ${RARE}, ${total} / ${RARE}, ${total} / ${RARE}, ${total}, 0,
      '{"opens":true,"clicks":true}' FROM n`;
  const message = `iif(i % ${RARE} IN (7, 8, 9), CASE i % ${RARE} WHEN 7 THEN 'failed' WHEN 8 THEN 'skipped' ELSE 'unknown' END, 'sent'), i, i,
    CASE i % ${RARE} WHEN 7 THEN 'bad_address' WHEN 8 THEN 'opted_out' WHEN 9 THEN 'no_answer' END`;
  if (has.singles === 0) await add(0, 1, campaigns(LAST, "single", 1));
  await add(has.small, size.small, campaigns(SMALL, "broadcast", 1));
  await add(has.singles, size.singles, campaigns(SINGLE, "single", 1));
  for (const [first, key] of [[SMALL, "small"], [SINGLE, "singles"]]) {
    await add(has[key], size[key], `INSERT INTO people (campaign_seq, first, count, people)
      SELECT ${first} + i, 0, 1, json_array(json_object('to', ${address}, 'fields', json('{"name":"Ada"}'))) FROM n`);
    await add(has[key], size[key], `INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms, reason)
      SELECT ${first} + i, 0, ${message} FROM n`);
  }
  await add(has.singles, size.singles, `INSERT INTO singles (team_id, channel, address, at_ms, campaign_seq, sender_seq)
    SELECT 'team_main', 'sms', ${address}, i, ${SINGLE} + i, ${sender.seq} FROM n`);
  await add(has.small, size.small, `INSERT INTO lists (id, campaign_seq, file_name, columns, first_ordinal, accepted, duplicates, rejected, created_ms)
    SELECT 'list_' || i, ${SMALL} + i, 'people.csv', '["name"]', 0, 1, 0, 0, i FROM n`);
  await add(has.small, size.small, `INSERT INTO reviews (id, team_id, campaign_seq, state, found, wish, asked_ms, asked_by)
    SELECT 'rev_' || i, 'team_main', ${SMALL} + i, 'replaced', '[]', '{"do":"schedule","at":null}', i, 'Ada' FROM n`);

  for (let n = 0; n < size.large; n += 1) {
    const seq = LARGE + n;
    const from = n < has.large ? has.people : 0;
    if (from === size.people) continue;
    if (from === 0) await add(n, n + 1, campaigns(LARGE, "broadcast", size.people));
    if (from === 0) await add(n, n + 1, `INSERT INTO lists (id, campaign_seq, file_name, columns, first_ordinal, accepted, duplicates, rejected, created_ms)
      SELECT 'list_large_' || i, ${LARGE} + i, 'people.csv', '["name"]', 0, ${size.people}, 0, 0, i FROM n`);
    const some = `total = ${size.people}, cursor = ${size.people}, indexed = ${size.people}`;
    await db.prepare(`UPDATE lists SET accepted = ${size.people} WHERE campaign_seq = ${seq}`).run();
    await db.prepare(`UPDATE campaigns SET ${some}, failed = total / ${RARE}, skipped = total / ${RARE}, unknown = total / ${RARE} WHERE seq = ${seq}`).run();
    await add(from / PAGE, size.people / PAGE, `INSERT INTO people (campaign_seq, first, count, people)
      SELECT ${seq}, i * ${PAGE}, ${PAGE}, (SELECT json_group_array(json_object('to', printf('+336%08d', n.i * ${PAGE} + a.value * 10 + b.value), 'fields', json('{"name":"Ada"}')))
        FROM json_each('[0,1,2,3,4,5,6,7,8,9]') a, json_each('[0,1,2,3,4,5,6,7,8,9]') b) FROM n`);
    await add(from, size.people, `INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms, reason) SELECT ${seq}, i, ${message} FROM n`);
    if (n > 0) continue;
    await add(from, size.people, `INSERT INTO marks (campaign_seq, ordinal, link, by_machine, first_ms, last_ms) SELECT ${seq}, i, 0, 0, i, i FROM n WHERE i % 2`);
    await add(from, size.people, `UPDATE inbound SET campaign_seq = ${seq}, ordinal = n.i FROM n WHERE inbound.id = 'inb_' || (n.i * ${RARE})`);
  }
}
