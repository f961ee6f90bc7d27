//! The state a tick is made from, and the transaction it commits.

use serde::Deserialize;
use serde_json::{Value, json};

use super::arrays::arrays;
use super::{Answer, Statement, StoreError};
use crate::model::{Kind, Purpose, SliceKey};
use crate::sql;

/// The most senders that are ticked at a time.
pub const SENDERS: i64 = 10_000;

/// A sender's row.
#[derive(Clone, Debug, Deserialize)]
pub struct SenderRow {
    pub seq: i64,
    pub id: String,
    pub version: i64,
    pub policy: String,
    /// The hours of its team, where it has any.
    pub team_policy: Option<String>,
    /// What its team asks for each person, where it does.
    pub person_policy: Option<String>,
    pub provider: String,
    pub lane_order: String,
    pub tick_no: i64,
    pub planned_until_ms: i64,
    pub due_ms: Option<i64>,
    pub hold_until_ms: i64,
    pub hold_reason: Option<String>,
    pub slow_ms: i64,
    pub slowed_tick: i64,
    pub slowed_until_ms: i64,
    pub behind: i64,
}

/// A campaign's row, as far as dispatch goes.
#[derive(Clone, Debug, Deserialize)]
pub struct CampaignRow {
    pub seq: i64,
    pub id: String,
    pub sender_seq: i64,
    pub kind: Kind,
    pub edition: i64,
    pub status: String,
    pub policy: String,
    pub starts_ms: Option<i64>,
    pub total: i64,
    pub cursor: i64,
    pub joined_at: i64,
    pub open_slices: i64,
    /// 0 or 1: whether anything is in the backlog.
    pub has_backlog: i64,
    pub lateness: String,
    pub purpose: Option<Purpose>,
    pub recipient_policy: String,
    /// JSON of [`ZoneRow`]s; none where nobody has a zone.
    pub zones: String,
}

/// People of a campaign who share a zone.
#[derive(Clone, Debug, Deserialize)]
pub struct ZoneRow {
    /// Empty for people without one.
    pub time_zone: String,
    /// JSON of `(first, count)` of their ordinals.
    pub ranges: String,
    pub cursor: i64,
}

/// Some of a campaign's backlog.
#[derive(Clone, Debug, Deserialize)]
pub struct BacklogRow {
    pub campaign_seq: i64,
    /// JSON: `[[first, count, due_ms, charged, doubts]]`.
    pub entries: String,
}

/// How much a campaign has in the backlog.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct BacklogSize {
    pub campaign_seq: i64,
    pub entries: i64,
}

macro_rules! senders_where {
    ($condition:literal) => {
        concat!(
            "SELECT seq, id, version, policy, team_policy, person_policy, provider, lane_order, tick_no,
                    planned_until_ms, due_ms, hold_until_ms, hold_reason, slow_ms, slowed_tick,
                    slowed_until_ms, behind
             FROM senders WHERE ",
            $condition
        )
    };
}

/// A sender that is due.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct DueRow {
    pub seq: i64,
    /// The size of its ledger since then, in bytes.
    pub ledger: i64,
}

/// The senders that may have something to release before `until_ms`, those first that were planned
/// the least far: up to [`SENDERS`] rows of [`DueRow`], with what is in
/// parts of their ledgers that begin at `since_ms` or later.
#[must_use]
pub fn due_senders(until_ms: i64, since_ms: i64) -> Statement {
    sql!(
        "SELECT s.seq, coalesce((SELECT sum(octet_length(l.runs)) FROM ledger l
                                 WHERE l.sender_seq = s.seq AND l.from_ms >= ?2), 0) AS ledger
         FROM senders s
         WHERE s.due_ms < ?1 AND s.planned_until_ms < ?1
         ORDER BY s.planned_until_ms, s.seq LIMIT ?3",
        until_ms,
        since_ms,
        SENDERS,
    )
}

/// These senders.
#[must_use]
pub fn senders(seqs: &[i64]) -> Statement {
    sql!(senders_where!("seq IN (SELECT value FROM json_each(?1))"), json!(seqs).to_string())
}

/// One sender, by number.
#[must_use]
pub fn sender(seq: i64) -> Statement {
    sql!(senders_where!("seq = ?1"), seq)
}

/// One sender of a team, by id.
#[must_use]
pub fn sender_by_id(team_id: &str, id: &str) -> Statement {
    sql!(senders_where!("id = ?2 AND team_id = ?1"), team_id, id)
}

/// The campaigns of these senders with work: active ones, those with something in the backlog
/// whose places have to be given back, and those with something in it although they have ended.
/// `also` is brought whatever its status. A message that is being looked up counts as open: it may
/// come back.
#[must_use]
pub fn campaigns(senders: &[i64], also: Option<i64>) -> Statement {
    sql!(
        // Whatever has a backlog, by one look for each: a campaign may have a hundred thousand rows there.
        "WITH RECURSIVE held(seq) AS (
           SELECT min(campaign_seq) FROM backlog
           UNION ALL
           SELECT (SELECT min(b.campaign_seq) FROM backlog b WHERE b.campaign_seq > h.seq)
           FROM held h WHERE h.seq IS NOT NULL)
         SELECT c.seq, c.id, c.sender_seq, c.kind, c.edition, c.status, c.policy, c.starts_ms, c.total,
                c.cursor, c.joined_at, c.lateness, c.purpose, c.recipient_policy, coalesce(o.slices, 0) +
                  (SELECT count(*) FROM lookups l WHERE l.campaign_seq = c.seq) AS open_slices,
                  EXISTS (SELECT 1 FROM backlog b WHERE b.campaign_seq = c.seq) AS has_backlog,
                  (SELECT json_group_array(json_object('time_zone', z.time_zone,
                     'ranges', z.ranges, 'cursor', z.cursor))
                   FROM campaign_zones z WHERE z.campaign_seq = c.seq) AS zones
         FROM campaigns c
         LEFT JOIN (SELECT campaign_seq, count(*) AS slices FROM handovers
                    WHERE done = 0 GROUP BY campaign_seq) o ON o.campaign_seq = c.seq
         WHERE c.seq IN (
           SELECT w.seq FROM json_each(?1) s CROSS JOIN campaigns w
           WHERE w.sender_seq = s.value AND w.status IN ('scheduled', 'in_progress')
           UNION SELECT k.seq FROM held h CROSS JOIN campaigns k
           WHERE k.seq = h.seq AND k.sender_seq IN (SELECT value FROM json_each(?1))
             AND (k.status IN ('completed', 'stopped', 'failed')
               OR k.status NOT IN ('scheduled', 'in_progress')
                 AND EXISTS (SELECT 1 FROM backlog b
                             WHERE b.campaign_seq = k.seq AND b.charged IS NOT NULL))
           UNION SELECT ?2)
         AND (c.sender_seq IN (SELECT value FROM json_each(?1)))
         ORDER BY c.starts_ms, c.seq",
        json!(senders).to_string(),
        also,
    )
}

/// How much these campaigns, `[[campaign_seq, is_whole]]`, have in the backlog, as [`backlog`] brings it:
/// [`BacklogSize`]s.
#[must_use]
pub fn backlog_sizes(campaigns: &Value) -> Statement {
    sql!(
        "SELECT b.campaign_seq, count(*) AS entries
         FROM json_each(?1) j CROSS JOIN backlog b
         WHERE b.campaign_seq = j.value ->> 0 AND (j.value ->> 1 OR b.charged IS NOT NULL)
         GROUP BY b.campaign_seq",
        campaigns,
    )
}

/// The [`BacklogRow`]s of the rows `b` of the backlog that are in `$rows`.
macro_rules! backlog_from {
    ($rows:literal) => {
        concat!(
            "SELECT b.campaign_seq, json_group_array(
               json_array(b.first, b.count, b.due_ms, json(b.charged), b.doubtful)) AS entries
             FROM ",
            $rows,
            " GROUP BY b.campaign_seq, b.first / 10000 ORDER BY b.campaign_seq, b.first / 10000"
        )
    };
}

/// The backlog of these campaigns, `[[campaign_seq, is_whole]]`: of those that are not whole, what has
/// places to be given back. [`BacklogRow`]s with up to ten thousand entries each, as a row for each entry
/// would be many times as large.
#[must_use]
pub fn backlog(campaigns: &Value) -> Statement {
    sql!(
        backlog_from!(
            "json_each(?1) j CROSS JOIN backlog b
             WHERE b.campaign_seq = j.value ->> 0 AND (j.value ->> 1 OR b.charged IS NOT NULL)"
        ),
        campaigns,
    )
}

/// The soonest of a campaign's backlog, up to `most` entries: those with places to be given back, then
/// those that may go first. [`BacklogRow`]s, as of [`backlog`].
#[must_use]
pub fn soonest_backlog(campaign_seq: i64, is_whole: bool, most: i64) -> Statement {
    sql!(
        backlog_from!(
            "(SELECT * FROM backlog WHERE campaign_seq = ?1 AND (?2 OR charged IS NOT NULL)
              ORDER BY charged IS NULL, due_ms, first LIMIT ?3) b"
        ),
        campaign_seq,
        i64::from(is_whole),
        most,
    )
}

/// What a tick commits for one sender, laid out for the statements.
#[derive(Clone, Debug)]
pub struct Commit {
    pub sender_seq: i64,
    pub after_tick_no: i64,
    pub rules_version: i64,
    pub planned_until_ms: i64,
    pub due_ms: Option<i64>,
    /// What it was when it was read: where it is not that any more, something has come that the tick
    /// does not know, see [`wake`](super::commands::wake).
    pub due_had_ms: Option<i64>,
    /// `[slow_ms, slowed_tick, slowed_until_ms]`.
    pub own_pace: [i64; 3],
    /// How many that fell behind are counted no more; none: all.
    pub behind_had: Option<i64>,
    /// JSON documents, as are all that follow: `[sender_seq, [{from, until, runs}]]`.
    pub ledger: Vec<String>,
    /// `{sender_seq, tick_no, slice, rules_version, campaign_seq, edition, items, count, start_ms,
    /// open_until_ms, expires_ms}`.
    pub slices: Vec<String>,
    /// `{campaign_seq, cursor, joined_at}`.
    pub cursors: Vec<String>,
    /// `{campaign_seq, time_zone, cursor}`.
    pub zone_cursors: Vec<String>,
    /// `[campaign_seq, first]`.
    pub backlog_had: Vec<String>,
    /// `{campaign_seq, first, count, due_ms, charged, doubts}`.
    pub backlog_has: Vec<String>,
    /// `{campaign_seq, from, to, reason}`.
    pub endings: Vec<String>,
    /// `{campaign_seq, ordinal, status, planned_ms, reason, look_up_ms}`; the last is when the
    /// provider is asked about one that is `unknown`, and missing where it cannot be.
    pub left_out: Vec<String>,
}

/// The transaction for these senders. It fails whole, with [`StoreError::Conflict`], when another
/// tick was committed for one of them since the state was read, or it goes by other rules: then
/// `tick_no` becomes NULL, which the schema forbids. What a tick ends is ended for good, so it has to be
/// by the rules that hold.
#[must_use]
pub fn commit(commits: &[Commit], now_ms: i64) -> Vec<Statement> {
    let of_each = |of: fn(&Commit) -> Value| commits.iter().map(of).collect::<Value>();
    // A sender may have more to write than a parameter holds.
    let joined = |of: fn(&Commit) -> &Vec<String>| arrays(commits.iter().flat_map(of));
    let mut statements = vec![sql!(
        "UPDATE senders SET
           tick_no = CASE WHEN tick_no = j.value ->> 1 AND version = j.value ->> 7
             THEN tick_no + 1 ELSE NULL END,
           planned_until_ms = j.value ->> 2,
           due_ms = CASE WHEN senders.due_ms IS j.value ->> 6 THEN j.value ->> 3
             ELSE min(coalesce(j.value ->> 3, senders.due_ms), senders.due_ms) END,
           slow_ms = j.value ->> 4, slowed_tick = j.value ->> 5,
           slowed_until_ms = j.value ->> 8, behind = coalesce(behind - (j.value ->> 9), 0)
         FROM json_each(?1) j WHERE senders.seq = j.value ->> 0",
        &of_each(|of| {
            let [slow_ms, slowed_tick, slowed_until_ms] = of.own_pace;
            json!([
                of.sender_seq,
                of.after_tick_no,
                of.planned_until_ms,
                of.due_ms,
                slow_ms,
                slowed_tick,
                of.due_had_ms,
                of.rules_version,
                slowed_until_ms,
                of.behind_had
            ])
        }),
    )];
    let mut add = |of: fn(&Commit) -> &Vec<String>, sql: &'static str| {
        statements.extend(joined(of).into_iter().map(|array| sql!(sql, array)));
    };
    add(
        |of| &of.slices,
        "INSERT INTO handovers (sender_seq, tick_no, slice, campaign_seq, rules_version, edition,
                                items, count, start_ms, open_until_ms, expires_ms)
         SELECT value ->> 'sender_seq', value ->> 'tick_no', value ->> 'slice',
                value ->> 'campaign_seq', value ->> 'rules_version', value ->> 'edition',
                value -> 'items', value ->> 'count', value ->> 'start_ms',
                value ->> 'open_until_ms', value ->> 'expires_ms'
         FROM json_each(?1)",
    );
    add(
        |of| &of.cursors,
        "UPDATE campaigns SET cursor = j.value ->> 'cursor', joined_at = j.value ->> 'joined_at'
         FROM json_each(?1) j WHERE campaigns.seq = j.value ->> 'campaign_seq'",
    );
    add(
        |of| &of.zone_cursors,
        "UPDATE campaign_zones SET cursor = j.value ->> 'cursor'
         FROM json_each(?1) j
         WHERE campaign_zones.campaign_seq = j.value ->> 'campaign_seq'
           AND campaign_zones.time_zone = j.value ->> 'time_zone'",
    );
    add(
        |of| &of.backlog_had,
        "DELETE FROM backlog WHERE (campaign_seq, first) IN
           (SELECT value ->> 0, value ->> 1 FROM json_each(?1))",
    );
    add(
        |of| &of.backlog_has,
        "INSERT INTO backlog (campaign_seq, first, count, due_ms, charged, doubtful)
         SELECT value ->> 'campaign_seq', value ->> 'first', value ->> 'count',
                value ->> 'due_ms', value ->> 'charged', value ->> 'doubts'
         FROM json_each(?1)",
    );
    for endings in joined(|of| &of.endings) {
        statements.push(sql!(
            "UPDATE campaigns SET status = j.value ->> 'to', end_reason = j.value ->> 'reason',
                                  ended_ms = ?2, version = version + 1
             FROM json_each(?1) j
             WHERE campaigns.seq = j.value ->> 'campaign_seq'
               AND campaigns.status = j.value ->> 'from'",
            endings,
            now_ms,
        ));
    }
    statements.extend(joined(|of| &of.ledger).into_iter().map(super::ledger::write));
    statements.extend(joined(|of| &of.left_out).iter().flat_map(left_out));
    statements
}

/// Records messages that are too late, or in doubt for good.
fn left_out(news: &String) -> [Statement; 3] {
    [
        // Counters first: they look at the rows that there are before.
        sql!(
            "WITH news AS (
               SELECT value ->> 'campaign_seq' AS campaign_seq,
                      sum(value ->> 'status' = 'skipped') AS skipped,
                      sum(value ->> 'status' = 'unknown') AS unknown
               FROM json_each(?1) j
               WHERE NOT EXISTS (SELECT 1 FROM messages m
                 WHERE m.campaign_seq = j.value ->> 'campaign_seq'
                   AND m.ordinal = j.value ->> 'ordinal')
               GROUP BY 1)
             UPDATE campaigns SET skipped = campaigns.skipped + news.skipped,
                                  unknown = campaigns.unknown + news.unknown
             FROM news WHERE campaigns.seq = news.campaign_seq",
            news,
        ),
        sql!(
            "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, reason)
             SELECT value ->> 'campaign_seq', value ->> 'ordinal', value ->> 'status',
                    value ->> 'planned_ms', value ->> 'reason'
             FROM json_each(?1) WHERE true
             ON CONFLICT (campaign_seq, ordinal) DO NOTHING",
            news,
        ),
        sql!(
            "INSERT INTO lookups (campaign_seq, ordinal, due_ms)
             SELECT value ->> 'campaign_seq', value ->> 'ordinal', value ->> 'look_up_ms'
             FROM json_each(?1)
             WHERE value ->> 'status' = 'unknown' AND value ->> 'look_up_ms' IS NOT NULL
               AND value ->> 'reason' IS NOT 'other_provider'
             ON CONFLICT (campaign_seq, ordinal) DO NOTHING",
            news,
        ),
    ]
}

/// Puts off the next look at a sender that was due at `due_had_ms`: unless it was committed for, or
/// [woken](super::commands::wake), since that was read.
#[must_use]
pub fn put_off(sender_seq: i64, tick_no: i64, due_had_ms: Option<i64>, due_ms: i64) -> Statement {
    sql!(
        "UPDATE senders SET due_ms = ?4 WHERE seq = ?1 AND tick_no = ?2 AND due_ms IS ?3",
        sender_seq,
        tick_no,
        due_had_ms,
        due_ms,
    )
}

/// A slice that nobody holds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct IdleRow {
    pub sender_seq: i64,
    pub tick_no: i64,
    pub slice: i64,
    pub tries: i64,
}

impl IdleRow {
    /// Which slice it is.
    #[must_use]
    pub const fn key(&self) -> SliceKey {
        SliceKey { sender_seq: self.sender_seq, tick_no: self.tick_no, slice: self.slice }
    }
}

/// Slices whose time has come, that nobody holds and that need not rest, oldest first: those to be
/// tried again, and those that were tried often enough.
#[must_use]
pub fn idle_slices(started_before_ms: i64, now_ms: i64) -> Statement {
    sql!(
        "SELECT sender_seq, tick_no, slice, tries FROM handovers
         WHERE done = 0 AND dead = 0 AND start_ms < ?1
           AND lease_until_ms + CASE WHEN tries BETWEEN 2 AND ?3 - 1 THEN 15000 << tries ELSE 0 END < ?2
         ORDER BY start_ms LIMIT 1000",
        started_before_ms,
        now_ms,
        super::handovers::TRIES_MOST,
    )
}

/// Slices that nobody holds, whether their time has come or not, oldest first: rows of
/// [`SliceKey`](crate::model::SliceKey) with `start_ms`.
#[must_use]
pub fn unheld_slices(now_ms: i64) -> Statement {
    sql!(
        "SELECT sender_seq, tick_no, slice, start_ms FROM handovers
         WHERE done = 0 AND dead = 0 AND lease_until_ms < ?1
         ORDER BY start_ms LIMIT 1000",
        now_ms,
    )
}

/// The rows of an answer.
///
/// # Errors
/// [`StoreError::Failed`] when a row has another shape.
pub fn rows<T: serde::de::DeserializeOwned>(answer: Option<Answer>) -> Result<Vec<T>, StoreError> {
    answer.unwrap_or_default().all()
}
