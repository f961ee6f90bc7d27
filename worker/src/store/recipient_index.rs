//! Where in which campaigns an address is, without a row a person.
//!
//! The people of a campaign are indexed in parts of up to [`PART_MOST`], each in buckets of about a
//! thousand: one row holds the keyed hash and the place of each. Looking an address up in a campaign
//! reads one row of the part and one bucket.

use serde::Deserialize;
use serde_json::Value;

use super::{LAST_MS, Statement};
use crate::sql;

/// The most people of a part.
pub const PART_MOST: i64 = 100_000;
/// How many people a bucket has, about.
pub const BUCKET_PEOPLE: i64 = 1_000;
/// How many campaigns one look goes through, at most.
pub const LOOK_MOST: i64 = 200;
/// How many campaigns of a sender are looked at for the message that a reply answers, at most.
const ANSWERED_MOST: i64 = 500;

/// An address as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The upper half of its hash: which bucket it is in.
    pub high: u32,
    /// The rest, as it stands in an entry: `;` and ten characters.
    pub entry: String,
}

/// The statement's part that finds `?$entry`, `?$high` in the campaigns `c`.
macro_rules! places {
    ($entry:literal, $high:literal) => {
        concat!(
            "SELECT c.*, p.first + CAST(substr(i.entries, instr(i.entries, ",
            $entry,
            ") + 11, 6) AS INTEGER) AS ordinal
             FROM c
             CROSS JOIN recipient_parts p ON p.campaign_seq = c.seq
             CROSS JOIN recipient_index i ON i.campaign_seq = p.campaign_seq AND i.part = p.first
               AND i.bucket = (",
            $high,
            " * p.buckets) >> 32
             WHERE instr(i.entries, ",
            $entry,
            ") > 0"
        )
    };
}

/// A campaign whose people are not all in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PendingRow {
    /// Its number.
    pub seq: i64,
    /// How many people it has.
    pub total: i64,
    /// Below it they are in the index.
    pub indexed: i64,
}

/// The first [`PendingRow`].
#[must_use]
pub fn pending() -> Statement {
    sql!(
        "SELECT seq, total, indexed FROM campaigns
         WHERE indexed < total AND kind = 'broadcast' ORDER BY seq LIMIT 1"
    )
}

/// Writes a part, from `first` to before `end`; `buckets` are lists of `[bucket, entries]`, each
/// short enough for a parameter. Changes nothing when somebody else has.
#[must_use]
pub fn write(
    campaign_seq: i64,
    (first, end): (i64, i64),
    count: i64,
    buckets: &[Value],
) -> Vec<Statement> {
    let rows = buckets.iter().map(|rows| {
        sql!(
            "INSERT OR REPLACE INTO recipient_index (campaign_seq, part, bucket, entries)
             SELECT c.seq, ?2, j.value ->> 0, j.value ->> 1
             FROM campaigns c, json_each(?3) j WHERE c.seq = ?1 AND c.indexed = ?2",
            campaign_seq,
            first,
            rows,
        )
    });
    let mut statements: Vec<Statement> = rows.collect();
    statements.push(sql!(
        "INSERT OR REPLACE INTO recipient_parts (campaign_seq, first, buckets)
         SELECT seq, ?2, ?3 FROM campaigns WHERE seq = ?1 AND indexed = ?2",
        campaign_seq,
        first,
        count,
    ));
    statements.push(sql!(
        "UPDATE campaigns SET indexed = ?3 WHERE seq = ?1 AND indexed = ?2",
        campaign_seq,
        first,
        end,
    ));
    statements
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct MessageRow {
    /// Its campaign's number.
    pub campaign_seq: i64,
    /// Its ordinal.
    pub ordinal: i64,
    /// When it was sent, ms.
    pub sent_ms: i64,
}

/// The last messages that a sender sent to an address since `since_ms`, one of its broadcasts and
/// one of its singles: up to two [`MessageRow`]s.
#[must_use]
pub fn answered(
    (team_id, sender_seq): (&str, i64),
    (channel, address): (&str, &str),
    fingerprint: &Fingerprint,
    since_ms: i64,
) -> [Statement; 2] {
    [
        sql!(
            concat!(
                "WITH c AS (
                   SELECT seq FROM campaigns
                   WHERE team_id = ?1 AND kind = 'broadcast'
                     AND coalesce(ended_ms, 9007199254740991) >= ?5
                     AND sender_seq = ?2 AND started_ms IS NOT NULL
                   ORDER BY coalesce(ended_ms, 9007199254740991) DESC, seq DESC LIMIT ?6),
                 place AS (",
                places!("?3", "?4"),
                ")
                 SELECT m.campaign_seq, m.ordinal, m.sent_ms
                 FROM place CROSS JOIN messages m
                   ON m.campaign_seq = place.seq AND m.ordinal = place.ordinal
                 WHERE m.sent_ms >= ?5 ORDER BY m.sent_ms DESC LIMIT 1"
            ),
            team_id,
            sender_seq,
            &fingerprint.entry,
            i64::from(fingerprint.high),
            since_ms,
            ANSWERED_MOST,
        ),
        sql!(
            "SELECT m.campaign_seq, m.ordinal, m.sent_ms
             FROM (SELECT campaign_seq, sender_seq FROM singles
                   WHERE team_id = ?1 AND channel = ?3 AND address = ?4
                   ORDER BY at_ms DESC LIMIT 50) s
             CROSS JOIN messages m ON m.campaign_seq = s.campaign_seq AND m.ordinal = 0
             WHERE s.sender_seq = ?2 AND m.sent_ms >= ?5 ORDER BY m.sent_ms DESC LIMIT 1",
            team_id,
            sender_seq,
            channel,
            address,
            since_ms,
        ),
    ]
}

/// A place among the campaigns, by their ends and numbers. A look goes on below it.
pub type Place = (i64, i64);

/// Above every place.
pub const TOP: Place = (LAST_MS, LAST_MS);

/// A message of a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct FoundRow {
    /// Its campaign's number.
    pub seq: i64,
    /// Its ordinal.
    pub ordinal: i64,
    /// When it was sent, or was to be, ms; not behind the campaign's end.
    pub at_ms: i64,
}

/// How many campaigns a look went through, and the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct EndRow {
    /// How many.
    pub n: i64,
    /// When the last of them ended, ms; [`LAST_MS`]: it has not.
    pub end_ms: i64,
    /// Its number.
    pub seq: i64,
}

/// The messages of broadcasts to an address: the next [`LOOK_MOST`] campaigns below `from` that had
/// begun by `until_ms`, as [`FoundRow`]s; and their [`EndRow`]. No message of a campaign lies behind
/// its end, so what lies above the last one's end is all there is above it.
#[must_use]
pub fn broadcasts(
    team_id: &str,
    fingerprint: &Fingerprint,
    from: Place,
    until_ms: i64,
) -> [Statement; 2] {
    macro_rules! candidates {
        () => {
            "SELECT seq, coalesce(ended_ms, 9007199254740991) AS end_ms FROM campaigns
             WHERE team_id = ?1 AND kind = 'broadcast'
               AND coalesce(ended_ms, 9007199254740991) <= ?2
               AND (coalesce(ended_ms, 9007199254740991) < ?2 OR seq < ?3)
               AND started_ms <= ?4
             ORDER BY coalesce(ended_ms, 9007199254740991) DESC, seq DESC LIMIT ?5"
        };
    }
    let (end_ms, seq) = from;
    [
        sql!(
            concat!(
                "WITH c AS (",
                candidates!(),
                "), place AS (",
                places!("?6", "?7"),
                ")
                 SELECT place.seq, place.ordinal,
                        min(coalesce(m.sent_ms, m.planned_ms), place.end_ms) AS at_ms
                 FROM place CROSS JOIN messages m
                   ON m.campaign_seq = place.seq AND m.ordinal = place.ordinal"
            ),
            team_id,
            end_ms,
            seq,
            until_ms,
            LOOK_MOST,
            &fingerprint.entry,
            i64::from(fingerprint.high),
        ),
        sql!(
            concat!(
                "SELECT n, end_ms, seq FROM (
                   SELECT end_ms, seq, count(*) OVER () AS n FROM (",
                candidates!(),
                ")) ORDER BY end_ms, seq LIMIT 1"
            ),
            team_id,
            end_ms,
            seq,
            until_ms,
            LOOK_MOST,
        ),
    ]
}
