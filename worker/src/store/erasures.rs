//! Erasing a person: what is looked for, where the search stands, and what is left in the end.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use crate::sql;

/// Pages of people that one step of the search looks through: some 30 MB.
pub const PAGES_A_STEP: i64 = 2_000;

/// For so long after the end of an erasure its pseudonyms hold back what is on its way, in ms: longer than a
/// slice with its people is in memory.
pub const HELD_MS: i64 = 600_000;

/// Whether a file of contacts is on its way in: it may hold the person.
#[must_use]
pub fn busy(team_id: &str) -> Statement {
    sql!("SELECT id FROM contact_imports WHERE status <> 'done' AND +team_id = ?1 LIMIT 1", team_id,)
}

/// Whether people are being put into a campaign of the team, who were read before and may be the person: the
/// second statement has a row then. Whoever has let their time run out puts nobody in any more.
#[must_use]
pub fn filling(team_id: &str, now_ms: i64) -> Vec<Statement> {
    vec![
        sql!(
            "UPDATE campaigns INDEXED BY campaigns_filling SET import_token = NULL, import_until_ms = NULL
             WHERE team_id = ?1 AND import_token IS NOT NULL AND import_until_ms <= ?2",
            team_id,
            now_ms,
        ),
        sql!(
            "SELECT id FROM campaigns INDEXED BY campaigns_filling
             WHERE team_id = ?1 AND import_token IS NOT NULL LIMIT 1",
            team_id,
        ),
    ]
}

/// Whom an erasure is about.
#[derive(Clone, Debug)]
pub struct Whom {
    /// `[{channel, address}]`.
    pub addresses: Value,
    /// `[{channel, address, pseudonym}]`.
    pub pseudonyms: Value,
    /// `["Ada Lovelace"]`.
    pub names: Value,
    /// Addresses and names in lower case, as they would be quoted.
    pub texts: Value,
}

/// Begins an erasure. Opt-outs of its addresses are known by pseudonym from now on; nothing else goes to them
/// until it ends, as whoever sends looks at what is open.
#[must_use]
pub fn begin(team_id: &str, id: &str, whom: &Whom, by: &str, now_ms: i64) -> Vec<Statement> {
    let pseudonyms = whom.pseudonyms.to_string();
    // Why somebody opted out is told in free words, often by the person: it goes with them.
    vec![
        sql!(
            "INSERT INTO erasures (id, team_id, by_whom, made_ms, addresses, names)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            id,
            team_id,
            by,
            now_ms,
            &whom.addresses,
            &whom.names,
        ),
        sql!(
            "INSERT INTO opt_out_hashes (team_id, hash, reason, source, created_ms, until_ms)
             SELECT ?1, j.value ->> 'pseudonym', 'erased', o.source, o.created_ms, NULL
             FROM json_each(?2) j CROSS JOIN opt_outs o
             WHERE o.team_id = ?1
               AND o.channel = j.value ->> 'channel' AND o.address = j.value ->> 'address'
             ON CONFLICT (team_id, hash) DO UPDATE SET reason = excluded.reason,
               source = excluded.source, created_ms = excluded.created_ms,
               until_ms = excluded.until_ms
             WHERE opt_out_hashes.until_ms IS NOT NULL
                OR (opt_out_hashes.source IN ('reply', 'refusal', 'receipt')
                    AND excluded.source IN ('manual', 'one_click', 'complaint'))",
            team_id,
            pseudonyms.as_str(),
        ),
        sql!(
            "DELETE FROM opt_outs WHERE (team_id, channel, address) IN
               (SELECT ?1, value ->> 'channel', value ->> 'address' FROM json_each(?2))",
            team_id,
            pseudonyms.as_str(),
        ),
        sql!(
            "UPDATE contact_imports SET rejections = '[]'
             WHERE team_id = ?1 AND EXISTS (SELECT 1 FROM json_each(?2) j
               WHERE instr(lower(rejections), lower(j.value ->> 'address')) > 0)",
            team_id,
            pseudonyms.as_str(),
        ),
        sql!(
            "DELETE FROM sandbox_messages WHERE team_id = ?1 AND (channel, address) IN
               (SELECT value ->> 'channel', value ->> 'address' FROM json_each(?2))",
            team_id,
            pseudonyms.as_str(),
        ),
        sql!("DELETE FROM opt_out_hashes WHERE team_id = ?1 AND until_ms < ?2", team_id, now_ms),
    ]
}

/// Takes a contact off what was merged into it.
#[must_use]
pub fn forget_merges(team_id: &str, contact_id: &str) -> Statement {
    sql!("DELETE FROM merged_contacts WHERE team_id = ?1 AND into_id = ?2", team_id, contact_id)
}

/// An erasure.
#[derive(Clone, Debug, Deserialize)]
pub struct ErasureRow {
    /// Its id.
    pub id: String,
    /// Whose people are meant.
    pub team_id: String,
    /// When it was asked for, ms.
    pub made_ms: i64,
    /// When it was done, ms.
    pub done_ms: Option<i64>,
    /// JSON of `[{channel, address}]`; none when it is done.
    pub addresses: Option<String>,
    /// JSON of the names beside them; none when it is done.
    pub names: Option<String>,
    /// The campaign at which the search stands.
    pub campaign_seq: i64,
    /// The first person there that was not looked at.
    pub ordinal: i64,
    /// Messages that were made nameless.
    pub found: i64,
}

/// The [`ErasureRow`] with this id.
#[must_use]
pub fn by_id(team_id: &str, id: &str) -> Statement {
    sql!(
        "SELECT id, team_id, made_ms, done_ms, addresses, names, campaign_seq, ordinal, found
         FROM erasures WHERE id = ?2 AND team_id = ?1",
        team_id,
        id,
    )
}

/// A few [`ErasureRow`]s that are not done: the next ones behind the id `from`, and behind the last
/// one the first.
#[must_use]
pub fn open(from: &str) -> Statement {
    sql!(
        "SELECT id, team_id, made_ms, done_ms, addresses, names, campaign_seq, ordinal, found
         FROM erasures WHERE done_ms IS NULL ORDER BY id < ?1, id LIMIT 5",
        from,
    )
}

/// A place among the pages of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PageKey {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The ordinal of the page's first person.
    pub first: i64,
}

/// The last of the next [`PAGES_A_STEP`] pages of the team's campaigns: a [`PageKey`], or none. By their
/// numbers, not by the index of the team, which would have all that are left sorted for each step.
#[must_use]
pub fn step(team_id: &str, from: PageKey) -> Statement {
    sql!(
        "SELECT campaign_seq, first FROM (
           SELECT p.campaign_seq, p.first FROM campaigns c CROSS JOIN people p
           WHERE +c.team_id = ?1 AND c.seq >= ?2 AND p.campaign_seq = c.seq
             AND (c.seq > ?2 OR p.first >= ?3)
           ORDER BY c.seq, p.first LIMIT ?4)
         ORDER BY campaign_seq DESC, first DESC LIMIT 1",
        team_id,
        from.campaign_seq,
        from.first,
        PAGES_A_STEP,
    )
}

/// A page of people that names somebody who is looked for.
#[derive(Clone, Debug, Deserialize)]
pub struct PageRow {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The ordinal of its first person.
    pub first: i64,
    /// JSON of its people.
    pub people: String,
}

/// The [`PageRow`]s from one place to another, both included, that hold any of these `[text]`, each
/// of a channel: `[[channel, text]]`. Older pages have mail addresses with capitals.
#[must_use]
pub fn pages(team_id: &str, from: PageKey, to: PageKey, texts: &Value) -> Statement {
    sql!(
        "SELECT p.campaign_seq, p.first, p.people
         FROM campaigns c CROSS JOIN senders s CROSS JOIN people p
         WHERE +c.team_id = ?1 AND c.seq >= ?2 AND c.seq <= ?4 AND s.seq = c.sender_seq
           AND p.campaign_seq = c.seq
           AND (c.seq > ?2 OR p.first >= ?3) AND (c.seq < ?4 OR p.first <= ?5)
           AND EXISTS (SELECT 1 FROM json_each(?6) j WHERE j.value ->> 0 = s.channel
                       AND instr(CASE s.channel WHEN 'email' THEN lower(p.people) ELSE p.people END,
                                 j.value ->> 1) > 0)",
        team_id,
        from.campaign_seq,
        from.first,
        to.campaign_seq,
        to.first,
        texts,
    )
}

/// Makes people of pages nameless, `[{campaign_seq, first, was, is, ordinals}]`: `was` are the people as they
/// were read, `is` the same without them. A page that is not what was read is left alone. Takes out what is
/// known of their messages too, and a reason where it quotes one of `texts`, `[text]`, as providers do.
/// The first statement gives the [`PageKey`]s of those that it changed.
#[must_use]
pub fn blank(pages: &str, texts: &Value) -> Vec<Statement> {
    // Those of the pages that were written for their person, and what they were sent again as.
    macro_rules! personal {
        () => {
            "(SELECT seq FROM campaigns
              WHERE seq IN (SELECT value ->> 'campaign_seq' FROM json_each(?1))
                AND (kind = 'single' OR purpose = 'timed')
              UNION ALL
              SELECT r.campaign_seq FROM resends r CROSS JOIN campaigns p ON p.seq = r.parent_seq
              WHERE r.parent_seq IN (SELECT value ->> 'campaign_seq' FROM json_each(?1))
                AND (p.kind = 'single' OR p.purpose = 'timed'))"
        };
    }
    let params = |sql: &'static str| sql!(sql, pages);
    vec![
        params(
            "UPDATE people SET people = j.value -> 'is' FROM json_each(?1) j
             WHERE campaign_seq = j.value ->> 'campaign_seq' AND first = j.value ->> 'first'
               AND json(people) = j.value -> 'was'
             RETURNING campaign_seq, first",
        ),
        sql!(
            "UPDATE messages SET detail = NULL, reference = NULL,
               reason = CASE WHEN EXISTS (SELECT 1 FROM json_each(?2) t
                               WHERE instr(lower(reason), ltrim(lower(t.value), '+')) > 0)
                        THEN NULL ELSE reason END
             WHERE (campaign_seq, ordinal) IN
                 (SELECT j.value ->> 'campaign_seq', o.value
                  FROM json_each(?1) j CROSS JOIN json_each(j.value, '$.ordinals') o)
               AND (detail IS NOT NULL OR reference IS NOT NULL OR reason IS NOT NULL)",
            pages,
            texts,
        ),
        // The text of a message to one person was written for this person alone, also where it was sent
        // again to others, and one that was timed is named after them.
        params(concat!(
            "UPDATE campaigns SET content = json_object('text', ''),
               name = CASE kind WHEN 'single' THEN name ELSE 'Message' END
             WHERE seq IN ",
            personal!()
        )),
        params(concat!(
            "UPDATE campaign_versions SET content = json_object('text', ''), name = 'Message'
             WHERE campaign_seq IN ",
            personal!()
        )),
    ]
}

/// Notes how far the search is, from where it was read to stand.
#[must_use]
pub fn advance(erasure: &ErasureRow, to: PageKey, found: i64) -> Statement {
    sql!(
        "UPDATE erasures SET campaign_seq = ?4, ordinal = ?5, found = found + ?6
         WHERE id = ?1 AND campaign_seq = ?2 AND ordinal = ?3 AND done_ms IS NULL",
        &erasure.id,
        erasure.campaign_seq,
        erasure.ordinal,
        to.campaign_seq,
        to.first,
        found,
    )
}

/// Ends an erasure and forgets whom it was about: `[{pseudonym}]` of those that were not on the opt-outs hold
/// back for [`HELD_MS`] what was read before.
#[must_use]
pub fn end(erasure: &ErasureRow, pseudonyms: &Value, now_ms: i64) -> Vec<Statement> {
    vec![
        sql!(
            "INSERT INTO opt_out_hashes (team_id, hash, reason, source, created_ms, until_ms)
             SELECT ?1, value ->> 'pseudonym', 'erased', 'erasure', ?3, ?3 + ?4
             FROM json_each(?2) WHERE true
             ON CONFLICT (team_id, hash) DO UPDATE SET until_ms = excluded.until_ms
             WHERE opt_out_hashes.until_ms IS NOT NULL",
            &erasure.team_id,
            pseudonyms,
            now_ms,
            HELD_MS,
        ),
        sql!(
            "UPDATE erasures SET addresses = NULL, names = NULL, done_ms = ?2
             WHERE id = ?1 AND done_ms IS NULL",
            &erasure.id,
            now_ms,
        ),
    ]
}

/// Whether anybody of the team opted out and was erased.
#[must_use]
pub fn any(team_id: &str) -> Statement {
    sql!("SELECT 1 AS found FROM opt_out_hashes WHERE team_id = ?1 LIMIT 1", team_id)
}

/// Puts those of `[{channel, address, pseudonym}]` on the opt-outs again that were erased from them:
/// the address has come back, so it is no secret any more.
#[must_use]
pub fn remember(team_id: &str, pseudonyms: &Value) -> Statement {
    sql!(
        "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms)
         SELECT ?1, j.value ->> 'channel', j.value ->> 'address', h.reason, h.source, h.created_ms
         FROM json_each(?2) j CROSS JOIN opt_out_hashes h
         WHERE h.team_id = ?1 AND h.hash = j.value ->> 'pseudonym' AND h.until_ms IS NULL
         ON CONFLICT DO NOTHING",
        team_id,
        pseudonyms,
    )
}
