//! The people who do not want any more messages.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Statement;
use crate::model::Channel;
use crate::sql;

/// How many rows a filtered listing looks at, at most.
pub const SCAN_MOST: i64 = 20_000;

/// One address that nothing is sent to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OptOutRow {
    /// The channel.
    pub channel: Channel,
    /// The address, in its normal form.
    pub address: String,
    /// Why, in words.
    pub reason: String,
    /// Where it came from: see [`SOURCES`].
    pub source: String,
    /// Since when, ms.
    pub created_ms: i64,
    /// Who put it there, where somebody did.
    pub by_whom: Option<String>,
    /// The campaign that caused it.
    pub campaign_id: Option<String>,
    /// The message that said so.
    pub inbound_id: Option<String>,
}

/// Where an opt-out can come from: a word, a sentence, a person of the team, a link in a mail, a
/// file, a provider that knew before us, a complaint.
pub const SOURCES: [&str; 7] =
    ["reply", "refusal", "manual", "one_click", "import", "receipt", "complaint"];

/// An address that is to go on the list.
#[derive(Clone, Copy, Debug)]
pub struct NewOptOut<'a> {
    /// The team whose list it is.
    pub team_id: &'a str,
    /// The channel.
    pub channel: Channel,
    /// The address, in its normal form.
    pub address: &'a str,
    /// Why, in words.
    pub reason: &'a str,
    /// One of [`SOURCES`].
    pub source: &'static str,
    /// Who puts it there.
    pub by: Option<&'a str>,
    /// Since when, ms.
    pub created_ms: i64,
}

macro_rules! rows {
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT o.channel, o.address, o.reason, o.source, o.created_ms, o.by_whom,
                    (SELECT id FROM campaigns WHERE seq = o.campaign_seq) AS campaign_id,
                    o.inbound_id
             FROM ",
            $from,
            " o ",
            $rest
        )
    };
}

/// The first entry of an address stays, but where it holds for less than the new one. What was only taken
/// for a refusal, and may be found to be none, gives way to whatever says it clearly: nobody who said STOP
/// is written to again because of what they wrote before. And what START lifts gives way to what has
/// grounds of its own, in whichever order they came. A file is not among these, so that the same one again
/// changes nothing.
macro_rules! the_first_stays {
    () => {
        " ON CONFLICT (team_id, channel, address) DO UPDATE SET
            reason = excluded.reason, source = excluded.source, created_ms = excluded.created_ms,
            by_whom = excluded.by_whom, campaign_seq = excluded.campaign_seq,
            inbound_id = excluded.inbound_id
          WHERE (opt_outs.source = 'refusal' AND excluded.source <> 'refusal')
             OR (opt_outs.source IN ('reply', 'receipt')
                 AND excluded.source IN ('manual', 'one_click', 'complaint'))"
    };
}
pub(super) use the_first_stays;

/// Puts an address on the opt-outs, where the first entry stays or gives way, and gives its [`OptOutRow`].
#[must_use]
pub fn insert(new: &NewOptOut<'_>) -> Vec<Statement> {
    vec![
        sql!(
            concat!(
                "INSERT INTO opt_outs
                   (team_id, channel, address, reason, source, created_ms, by_whom)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                the_first_stays!()
            ),
            new.team_id,
            new.channel.name(),
            new.address,
            new.reason,
            new.source,
            new.created_ms,
            new.by,
        ),
        one(new.team_id, new.channel, new.address),
    ]
}

/// Puts many addresses there, `[[channel, address, reason, created_ms]]`; one row for each that is new.
#[must_use]
pub fn insert_all(team_id: &str, by: &str, entries: String) -> Statement {
    sql!(
        concat!(
            "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms, by_whom)
             SELECT ?1, value ->> 0, value ->> 1, value ->> 2, 'import', value ->> 3, ?2
             FROM json_each(?3) WHERE true",
            the_first_stays!()
        ),
        team_id,
        by,
        entries,
    )
}

/// The recipient of a message who wants nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Leaves {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// Which of its people.
    pub ordinal: i64,
    /// How that came here.
    pub source: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// The recipient of a message, as the list of people has them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RecipientRow {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// Which of its people.
    pub ordinal: i64,
    /// The name of the channel.
    pub channel: String,
    /// The address there; empty: they were erased.
    pub to: String,
}

/// A [`RecipientRow`] for each of these messages.
#[must_use]
pub fn recipients(leaves: &[Leaves]) -> Statement {
    sql!(
        "SELECT j.campaign_seq, j.ordinal, s.channel,
                coalesce(p.people ->> ('$[' || (j.ordinal - p.first) || '].to'), '') AS \"to\"
         FROM (SELECT value ->> 'campaign_seq' AS campaign_seq,
                      CAST(value ->> 'ordinal' AS INTEGER) AS ordinal FROM json_each(?1)) j
         CROSS JOIN campaigns c ON c.seq = j.campaign_seq
         JOIN senders s ON s.seq = c.sender_seq
         JOIN people p ON p.campaign_seq = c.seq AND p.first > j.ordinal - 100
           AND p.first <= j.ordinal AND p.first + p.count > j.ordinal",
        &json!(leaves),
    )
}

/// One of them, with the address of the opt-out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeavesAs {
    /// Who, and why.
    #[serde(flatten)]
    pub leaves: Leaves,
    /// Their address as the list of people has it: older lists have mail addresses in other spellings.
    pub to: String,
    /// The same in its normal form.
    pub address: String,
}

/// Puts the recipients of messages there. Who was erased since they were read stays forgotten.
#[must_use]
pub fn insert_recipients(recipients: &[LeavesAs], now_ms: i64) -> Vec<Statement> {
    let recipients = json!(recipients).to_string();
    vec![
        sql!(
            "UPDATE campaigns SET stops = stops + of.many
             FROM (SELECT m.campaign_seq, count(DISTINCT m.ordinal) AS many
                   FROM json_each(?1) j CROSS JOIN messages m
                   WHERE m.campaign_seq = j.value ->> 'campaign_seq'
                     AND m.ordinal = j.value ->> 'ordinal' AND m.stopped_ms IS NULL
                   GROUP BY m.campaign_seq) of
             WHERE campaigns.seq = of.campaign_seq",
            recipients.as_str(),
        ),
        sql!(
            "UPDATE messages SET stopped_ms = ?2
             WHERE (campaign_seq, ordinal) IN
                 (SELECT value ->> 'campaign_seq', value ->> 'ordinal' FROM json_each(?1))
               AND stopped_ms IS NULL",
            recipients.as_str(),
            now_ms,
        ),
        sql!(
            concat!(
                "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms,
                                       campaign_seq)
                 SELECT c.team_id, s.channel, j.address, j.reason, j.source, ?2, c.seq
                 FROM (SELECT value ->> 'campaign_seq' AS campaign_seq,
                              CAST(value ->> 'ordinal' AS INTEGER) AS ordinal,
                              value ->> 'to' AS \"to\", value ->> 'address' AS address,
                              value ->> 'reason' AS reason, value ->> 'source' AS source
                       FROM json_each(?1)) j
                 CROSS JOIN campaigns c ON c.seq = j.campaign_seq
                 JOIN senders s ON s.seq = c.sender_seq
                 JOIN people p ON p.campaign_seq = c.seq AND p.first > j.ordinal - 100
                   AND p.first <= j.ordinal AND p.first + p.count > j.ordinal
                 WHERE j.\"to\" <> ''
                   AND p.people ->> ('$[' || (j.ordinal - p.first) || '].to') = j.\"to\"",
                the_first_stays!()
            ),
            recipients.as_str(),
            now_ms,
        ),
    ]
}

/// Brings the opt-outs of `others`, `[[address, pseudonym]]`, which are older spellings of one address, to
/// that address and its pseudonym. Of two entries the one that START does not lift stays.
#[must_use]
pub fn respell(
    team_id: &str,
    channel: Channel,
    (address, pseudonym): (&str, &str),
    others: &Value,
) -> [Statement; 3] {
    let others = others.to_string();
    [
        sql!(
            "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms, by_whom,
                                   campaign_seq, inbound_id)
             SELECT team_id, channel, ?3, reason, source, created_ms, by_whom, campaign_seq, inbound_id
             FROM opt_outs WHERE team_id = ?1 AND channel = ?2
               AND address IN (SELECT value ->> 0 FROM json_each(?4))
             ON CONFLICT (team_id, channel, address) DO UPDATE SET
               reason = excluded.reason, source = excluded.source,
               created_ms = excluded.created_ms, by_whom = excluded.by_whom,
               campaign_seq = excluded.campaign_seq, inbound_id = excluded.inbound_id
             WHERE opt_outs.source IN ('reply', 'refusal', 'receipt')
               AND excluded.source NOT IN ('reply', 'refusal', 'receipt')",
            team_id,
            channel.name(),
            address,
            others.as_str(),
        ),
        sql!(
            "DELETE FROM opt_outs WHERE team_id = ?1 AND channel = ?2
               AND address IN (SELECT value ->> 0 FROM json_each(?3))",
            team_id,
            channel.name(),
            others.as_str(),
        ),
        sql!(
            "UPDATE OR IGNORE opt_out_hashes SET hash = ?2
             WHERE team_id = ?1 AND hash IN (SELECT value ->> 1 FROM json_each(?3))",
            team_id,
            pseudonym,
            others.as_str(),
        ),
    ]
}

/// The [`OptOutRow`] of an address.
#[must_use]
pub fn one(team_id: &str, channel: Channel, address: &str) -> Statement {
    sql!(
        rows!("opt_outs", "WHERE o.team_id = ?1 AND o.channel = ?2 AND o.address = ?3"),
        team_id,
        channel.name(),
        address,
    )
}

/// The [`OptOutRow`] of an address, or what an erasure has left of it under its pseudonym.
#[must_use]
pub fn standing(team_id: &str, channel: Channel, address: &str, pseudonym: &str) -> Statement {
    sql!(
        concat!(
            rows!("opt_outs", "WHERE o.team_id = ?1 AND o.channel = ?2 AND o.address = ?3"),
            " UNION ALL
             SELECT ?2, ?3, h.reason, h.source, h.created_ms, NULL, NULL, NULL
             FROM opt_out_hashes h WHERE h.team_id = ?1 AND h.hash = ?4 AND h.until_ms IS NULL
             LIMIT 1"
        ),
        team_id,
        channel.name(),
        address,
        pseudonym,
    )
}

/// Takes an address off the opt-outs, with what an erasure has left of it under its pseudonym: the first
/// statement changes one row where it was there. Who, when and why is kept. What holds back for a while
/// what was on its way at an erasure stays.
#[must_use]
pub fn lift(
    team_id: &str,
    channel: Channel,
    (address, pseudonym): (&str, &str),
    why: &str,
    by: &str,
    now_ms: i64,
) -> Vec<Statement> {
    vec![
        sql!(
            "INSERT INTO lifted_opt_outs (team_id, channel, address, entry, why, lifted_ms, by_whom)
             SELECT ?1, ?2, ?3,
                    json_object('reason', reason, 'source', source, 'created_ms', created_ms,
                                'by_whom', by_whom), ?4, ?5, ?6
             FROM (SELECT reason, source, created_ms, by_whom FROM opt_outs
                   WHERE team_id = ?1 AND channel = ?2 AND address = ?3
                   UNION ALL
                   SELECT reason, source, created_ms, NULL FROM opt_out_hashes
                   WHERE team_id = ?1 AND hash = ?7 AND until_ms IS NULL
                   LIMIT 1)",
            team_id,
            channel.name(),
            address,
            why,
            now_ms,
            by,
            pseudonym,
        ),
        sql!(
            "DELETE FROM opt_outs WHERE team_id = ?1 AND channel = ?2 AND address = ?3",
            team_id,
            channel.name(),
            address,
        ),
        sql!(
            "DELETE FROM opt_out_hashes WHERE team_id = ?1 AND hash = ?2 AND until_ms IS NULL",
            team_id,
            pseudonym,
        ),
    ]
}

/// An opt-out that was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LiftedRow {
    /// Its number.
    pub seq: i64,
    /// The channel.
    pub channel: Channel,
    /// The address.
    pub address: String,
    /// JSON of what it was: `{reason, source, created_ms, by_whom}`.
    pub entry: String,
    /// Why it was taken back.
    pub why: String,
    /// When, ms.
    pub lifted_ms: i64,
    /// Who did; none: the person themselves.
    pub by_whom: Option<String>,
}

/// Up to `most` [`LiftedRow`]s of a team, newest first, below `before_seq`.
#[must_use]
pub fn lifted(team_id: &str, before_seq: Option<i64>, most: i64) -> Statement {
    sql!(
        "SELECT seq, channel, address, entry, why, lifted_ms, by_whom FROM lifted_opt_outs
         WHERE team_id = ?1 AND (?2 IS NULL OR seq < ?2) ORDER BY seq DESC LIMIT ?3",
        team_id,
        before_seq,
        most,
    )
}

/// Which opt-outs a list is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of this channel.
    pub channel: Option<Channel>,
    /// Only those from there.
    pub source: Option<&'static str>,
    /// Only those made at or after it, ms.
    pub from_ms: Option<i64>,
    /// Only those made before it, ms.
    pub until_ms: Option<i64>,
}

/// A place in the list by time: `(created_ms, channel, address)`. The list goes on below it.
pub type Place = (i64, String, String);

/// Above every place.
#[must_use]
pub fn top() -> Place {
    (super::LAST_MS, String::new(), String::new())
}

/// Up to `most` [`OptOutRow`]s, newest first, below `before`, among the next [`SCAN_MOST`] there; and
/// the [`EndRow`] of those, where the list may go on behind it.
#[must_use]
pub fn page(team_id: &str, filter: &Filter, before: &Place, most: i64) -> [Statement; 2] {
    let (at_ms, channel, address) = before;
    // Nothing made at or after `until_ms` is of interest, so the list begins there.
    let (at_ms, channel, address) = match filter.until_ms {
        Some(until_ms) if until_ms <= *at_ms => (until_ms, "", ""),
        _ => (*at_ms, channel.as_str(), address.as_str()),
    };
    let from_ms = filter.from_ms.unwrap_or(0);
    // A time is a stretch of the index.
    let is_narrowed = filter.channel.is_some() || filter.source.is_some();
    let looks_at = if is_narrowed { SCAN_MOST } else { most };
    [
        sql!(
            rows!(
                "(SELECT * FROM opt_outs
                  WHERE team_id = ?1 AND created_ms >= ?5
                    AND (created_ms, channel, address) < (?2, ?3, ?4)
                  ORDER BY created_ms DESC, channel DESC, address DESC LIMIT ?9)",
                "WHERE (?6 IS NULL OR o.channel = ?6) AND (?7 IS NULL OR o.source = ?7)
                 ORDER BY o.created_ms DESC, o.channel DESC, o.address DESC LIMIT ?8"
            ),
            team_id,
            at_ms,
            channel,
            address,
            from_ms,
            filter.channel.map(Channel::name),
            filter.source,
            most,
            looks_at,
        ),
        sql!(
            "SELECT created_ms, channel, address FROM opt_outs
             WHERE team_id = ?1 AND created_ms >= ?5
               AND (created_ms, channel, address) < (?2, ?3, ?4)
             ORDER BY created_ms DESC, channel DESC, address DESC LIMIT 1 OFFSET ?6",
            team_id,
            at_ms,
            channel,
            address,
            from_ms,
            looks_at - 1,
        ),
    ]
}

/// The last row that a listing may look at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EndRow {
    /// When the last was made, ms.
    pub created_ms: i64,
    /// Its channel.
    pub channel: String,
    /// Its address.
    pub address: String,
}

/// Up to `most` [`OptOutRow`]s of one channel whose addresses begin with `prefix`, after `after`, by
/// address.
#[must_use]
pub fn page_of_prefix(
    team_id: &str,
    channel: Channel,
    prefix: &str,
    after: &str,
    most: i64,
) -> Statement {
    sql!(
        rows!(
            "opt_outs",
            "WHERE o.team_id = ?1 AND o.channel = ?2 AND o.address >= ?3 AND o.address > ?4
               AND o.address < ?3 || char(1114111)
             ORDER BY o.address LIMIT ?5"
        ),
        team_id,
        channel.name(),
        prefix,
        after,
        most,
    )
}

/// Up to `most` [`OptOutRow`]s of a team, or of one of its channels, by channel and address, after the
/// pair `after`.
#[must_use]
pub fn page_of_all(
    team_id: &str,
    channel: Option<Channel>,
    (after_channel, after): (&str, &str),
    most: i64,
) -> Statement {
    let first = channel.map_or("", Channel::name).max(after_channel);
    sql!(
        rows!(
            "opt_outs",
            "WHERE o.team_id = ?1 AND (o.channel, o.address) > (?2, ?3)
               AND (?4 IS NULL OR o.channel = ?4)
             ORDER BY o.channel, o.address LIMIT ?5"
        ),
        team_id,
        first,
        after,
        channel.map(Channel::name),
        most,
    )
}
