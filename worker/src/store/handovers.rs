//! A slice on its way: lease and claim. What came of it is in [`outcomes`](super::outcomes).
//!
//! Every statement that changes something holds only for the one who holds the slice's lease, and
//! says so by the number of rows it changed.

use serde::Deserialize;
use serde_json::Value;

use super::{Param, Statement};
use crate::model::{Kind, Purpose, SliceKey};
use crate::sql;

/// How often a slice is leased without getting on before it is held up: after rests that double,
/// more than an hour.
pub const TRIES_MOST: i64 = 8;

/// Everything that handing a slice over needs to know.
#[derive(Clone, Debug, Deserialize)]
pub struct SliceRow {
    pub campaign_seq: i64,
    pub rules_version: i64,
    pub items: String,
    pub count: i64,
    pub open_until_ms: Option<i64>,
    pub expires_ms: Option<i64>,
    pub done: i64,
    pub claimed: i64,
    pub settled: i64,
    pub lease_token: Option<String>,
    pub lease_until_ms: i64,
    pub campaign_id: String,
    pub campaign_status: String,
    pub team_id: String,
    pub content: String,
    pub purpose: Option<Purpose>,
    pub price: Option<String>,
    pub sender_id: String,
    pub sender_name: String,
    pub sender_version: i64,
    pub hold_until_ms: i64,
    pub channel: String,
    pub provider: String,
    pub kind: Kind,
    /// What the team asks for each person, where it does.
    pub person_policy: Option<String>,
    /// The campaign's rules, where the team asks for something.
    pub campaign_policy: Option<String>,
    /// The zone of people of whom nobody knows where they are, likewise.
    pub clock: Option<String>,
    /// JSON of the words and links that the team does not allow.
    pub words: Option<String>,
    /// JSON of what the campaign carries: `[{id, seq, file_name, media_type, bytes}]`.
    pub attachments: Option<String>,
}

/// The slice, its campaign and its sender.
#[must_use]
pub fn load(key: SliceKey) -> Statement {
    sql!(
        "SELECT h.campaign_seq, h.rules_version, h.items, h.count, h.open_until_ms,
                h.expires_ms, h.done, h.claimed, h.settled, h.lease_token, h.lease_until_ms,
                c.id AS campaign_id, c.status AS campaign_status, c.team_id, c.content, c.purpose, s.price,
                s.id AS sender_id, s.name AS sender_name, s.version AS sender_version,
                s.hold_until_ms, s.channel, s.provider, c.kind, s.person_policy,
                CASE WHEN s.person_policy IS NOT NULL THEN c.policy END AS campaign_policy,
                CASE WHEN s.person_policy IS NOT NULL THEN
                  coalesce(s.person_policy ->> '$.hours.time_zone',
                           c.recipient_policy ->> '$.time_zone', s.policy ->> '$.time_zone')
                END AS clock,
                (SELECT w.words FROM word_lists w WHERE w.team_id = c.team_id) AS words,
                (SELECT json_group_array(json_object('id', a.id, 'seq', a.seq,
                   'file_name', a.file_name, 'media_type', a.media_type, 'bytes', a.bytes))
                 FROM attachment_uses u JOIN attachments a ON a.id = u.attachment_id
                 WHERE u.campaign_seq = c.seq AND a.team_id = c.team_id AND a.stored = 1) AS attachments
         FROM handovers h
         JOIN campaigns c ON c.seq = h.campaign_seq
         JOIN senders s ON s.seq = h.sender_seq
         WHERE h.sender_seq = ?1 AND h.tick_no = ?2 AND h.slice = ?3",
        key.sender_seq,
        key.tick_no,
        key.slice,
    )
}

/// A page of people.
#[derive(Clone, Debug, Deserialize)]
pub struct PageRow {
    pub first: i64,
    pub people: String,
}

/// The pages that hold the people of these ordinals: `[[first, last]]`.
#[must_use]
pub fn people(campaign_seq: i64, spans: &Value) -> Statement {
    sql!(
        "SELECT DISTINCT p.first, p.people
         FROM json_each(?2) j CROSS JOIN people p
         WHERE p.campaign_seq = ?1
           AND p.first > (j.value ->> 0) - 100 AND p.first <= j.value ->> 1
           AND p.first + p.count > j.value ->> 0",
        campaign_seq,
        spans,
    )
}

/// One person of a page.
#[derive(Clone, Debug, Deserialize)]
pub struct PersonRow {
    pub ordinal: i64,
    pub person: String,
}

/// The people of these ordinals, `[ordinal]`, and nobody else of their pages: [`PersonRow`]s.
#[must_use]
pub fn people_one_by_one(campaign_seq: i64, ordinals: &Value) -> Statement {
    sql!(
        "SELECT j.value AS ordinal, p.people -> ('$[' || (j.value - p.first) || ']') AS person
         FROM json_each(?2) j CROSS JOIN people p
         WHERE p.campaign_seq = ?1 AND p.first > j.value - 100 AND p.first <= j.value
           AND p.first + p.count > j.value",
        campaign_seq,
        ordinals,
    )
}

/// Takes the lease of a slice that nobody holds and that need not rest. A try is counted until the
/// slice gets on.
#[must_use]
pub fn lease(key: SliceKey, token: &str, until_ms: i64, now_ms: i64) -> Statement {
    sql!(
        "UPDATE handovers SET lease_token = ?4, lease_until_ms = ?5, tries = tries + 1
         WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3
           AND done = 0 AND dead = 0 AND tries < ?7
           AND lease_until_ms + CASE WHEN tries < 2 THEN 0 ELSE 15000 << tries END < ?6",
        key.sender_seq,
        key.tick_no,
        key.slice,
        token,
        until_ms,
        now_ms,
        TRIES_MOST,
    )
}

/// Notes how a try of a slice failed, for whoever looks at it once it is held up.
#[must_use]
pub fn note_error(key: SliceKey, error: &str) -> Statement {
    sql!(
        "UPDATE handovers SET error = ?4
         WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3 AND done = 0",
        key.sender_seq,
        key.tick_no,
        key.slice,
        error,
    )
}

/// Records that POSTs may begin for positions below `to`, the first of them at `at_ms`, if the
/// campaign may send, the rules are those that planned it, and the provider does not want to be
/// left alone, and the `people` it charges, `[{hash, was}]`, were sent nothing since they were read.
/// Changes one row, or none when it may not.
///
/// A completed campaign may send: no slice of it is open but of messages that are sent again.
#[must_use]
pub fn claim(
    key: SliceKey,
    token: &str,
    (from, to): (i64, i64),
    at_ms: i64,
    until_ms: i64,
    people: &Value,
) -> Statement {
    sql!(
        "UPDATE handovers SET claimed = ?6, lease_until_ms = ?7
         WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3
           AND done = 0 AND lease_token = ?4 AND claimed = ?5
           AND EXISTS (SELECT 1 FROM campaigns c JOIN senders s ON s.seq = c.sender_seq
                       WHERE c.seq = handovers.campaign_seq
                         AND c.status IN ('scheduled', 'in_progress', 'completed')
                         AND c.edition = handovers.edition
                         AND s.version = handovers.rules_version
                         AND s.hold_until_ms <= ?8)
           AND NOT EXISTS (SELECT 1 FROM json_each(?9) j
                           LEFT JOIN person_sends p ON p.hash = j.value ->> 'hash'
                           WHERE coalesce(p.sends, '') <> j.value ->> 'was')",
        key.sender_seq,
        key.tick_no,
        key.slice,
        token,
        from,
        to,
        until_ms,
        at_ms,
        people,
    )
}

/// A campaign is in progress from its first claim on, and what of it is `tracked` is noted with it.
/// `claimed` says that the claim in the same transaction held.
#[must_use]
pub fn start_campaign(
    key: SliceKey,
    campaign_seq: i64,
    to: i64,
    now_ms: i64,
    tracked: &Value,
) -> Statement {
    sql!(
        "UPDATE campaigns
         SET status = 'in_progress', started_ms = ?6, version = version + 1, tracking = ?7
         WHERE seq = ?4 AND status = 'scheduled'
           AND EXISTS (SELECT 1 FROM handovers
                       WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3 AND claimed = ?5)",
        key.sender_seq,
        key.tick_no,
        key.slice,
        campaign_seq,
        to,
        now_ms,
        tracked,
    )
}

/// A row with an address that must not be written to.
#[derive(Clone, Debug, Deserialize)]
pub struct AddressRow {
    pub address: String,
}

/// Which of these addresses, `[[address, pseudonym]]`, have opted out, were erased with their opt-out or not
/// long ago, or are being erased: however long that takes, whatever names them still.
#[must_use]
pub fn opted_out(
    team_id: &str,
    channel: &str,
    addresses: impl Into<Param>,
    now_ms: i64,
) -> Statement {
    let addresses: Param = addresses.into();
    sql!(
        "SELECT address FROM opt_outs
         WHERE team_id = ?1 AND channel = ?2
           AND address IN (SELECT value ->> 0 FROM json_each(?3))
         UNION ALL
         SELECT j.value ->> 0 FROM json_each(?3) j CROSS JOIN opt_out_hashes h
         WHERE h.team_id = ?1 AND h.hash = j.value ->> 1
           AND (h.until_ms IS NULL OR h.until_ms > ?4)
         UNION ALL
         SELECT j.value ->> 0 FROM erasures e INDEXED BY erasures_open
           CROSS JOIN json_each(e.addresses) a CROSS JOIN json_each(?3) j
         WHERE e.done_ms IS NULL AND e.team_id = ?1
           AND a.value ->> 'channel' = ?2 AND a.value ->> 'address' = j.value ->> 0",
        team_id,
        channel,
        addresses,
        now_ms,
    )
}

/// A message of which something has become.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct KnownRow {
    pub ordinal: i64,
}

/// Of which of these messages, `[ordinal]`, something has become by now.
#[must_use]
pub fn known(campaign_seq: i64, ordinals: &Value) -> Statement {
    sql!(
        "SELECT ordinal FROM messages
         WHERE campaign_seq = ?1 AND ordinal IN (SELECT value FROM json_each(?2))",
        campaign_seq,
        ordinals,
    )
}
