//! Campaigns that send another one again.

mod chosen;

pub use chosen::{COUNT_MOST, Choice, CountRow, PageRow, Whom, count, pages};

use serde::Deserialize;

use super::Statement;
use super::campaigns::is_personal;
use crate::model::Channel;
use crate::sql;

/// No import takes over while people are taken: this is the highest instant that JavaScript knows.
const NEVER_MS: i64 = (1 << 53) - 1;

/// A campaign that is to send another one again.
#[derive(Clone, Debug)]
pub struct NewResend<'a> {
    /// Its id.
    pub id: &'a str,
    /// The number of the other.
    pub parent_seq: i64,
    /// The number of its sender, where it is not that of the other.
    pub sender_seq: Option<i64>,
    /// Its name.
    pub name: &'a str,
    /// JSON of what it says.
    pub content: &'a str,
    /// Whom it takes.
    pub whom: Whom,
    /// JSON of the reasons that somebody asked for.
    pub reasons: Option<String>,
    /// JSON of when it starts by itself: `{at, by, user_id}`.
    pub starts: Option<String>,
    /// Now, ms.
    pub now_ms: i64,
}

/// Adds the draft, with the rules of the other, and its sender unless told.
#[must_use]
pub fn insert(new: &NewResend<'_>) -> Statement {
    let takes_people = new.whom != Whom::SomeoneElse;
    sql!(
        "INSERT INTO campaigns (id, team_id, sender_seq, name, content, policy, created_ms, lateness,
                                recipient_policy, parent_seq, import_token, import_until_ms)
         SELECT ?1, team_id, COALESCE(?8, sender_seq), ?3, ?4, policy, ?5, lateness, recipient_policy, seq,
                CASE ?6 WHEN 1 THEN ?1 END, CASE ?6 WHEN 1 THEN ?7 END
         FROM campaigns WHERE seq = ?2
         ON CONFLICT (id) DO UPDATE SET id = id",
        new.id,
        new.parent_seq,
        new.name,
        new.content,
        new.now_ms,
        i64::from(takes_people),
        NEVER_MS,
        new.sender_seq,
    )
}

/// Notes whom it takes. Goes after [`insert`].
#[must_use]
pub fn note(new: &NewResend<'_>) -> Statement {
    sql!(
        "INSERT OR IGNORE INTO resends
           (parent_seq, campaign_seq, whom, reasons, total, made_ms, moved_ms, done_ms, starts)
         SELECT p.seq, c.seq, ?3, ?4, p.total, ?5, ?5, CASE ?3 WHEN 'someone_else' THEN ?5 END, ?6
         FROM campaigns c JOIN campaigns p ON p.seq = c.parent_seq
         WHERE c.id = ?1 AND p.seq = ?2",
        new.id,
        new.parent_seq,
        new.whom.name(),
        new.reasons.clone(),
        new.now_ms,
        new.starts.clone(),
    )
}

/// One that takes people still.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenRow {
    /// The number of the other.
    pub parent_seq: i64,
    /// Its own.
    pub campaign_seq: i64,
    /// Its id.
    pub id: String,
    /// Its team.
    pub team_id: String,
    /// The channel of its sender.
    pub channel: Channel,
    /// Where it stands.
    pub status: String,
    /// JSON of what it says.
    pub content: String,
    /// The id of the other.
    pub parent_id: String,
    /// The name of the other.
    pub parent_name: String,
    /// Where the other stands.
    pub parent_status: String,
    /// Whom it takes.
    pub whom: Whom,
    /// JSON of the reasons that were asked for.
    pub reasons: Option<String>,
    /// People of the other.
    pub total: i64,
    /// Those who have been looked at.
    pub looked_at: i64,
    /// Taken so far.
    pub people: i64,
    /// Not taken, because they opted out since.
    pub opted_out: i64,
    /// JSON of what is known of those taken.
    pub so_far: String,
    /// JSON of the words and links that the team does not allow.
    pub words: Option<String>,
    /// Whether everybody is in it, and only its start is to come.
    pub is_filled: i64,
    /// JSON of when it starts by itself: `{at, by, user_id}`.
    pub starts: Option<String>,
}

/// The columns of an [`OpenRow`].
macro_rules! open {
    ($rest:literal) => {
        concat!(
            "SELECT r.parent_seq, r.campaign_seq, c.id, c.team_id, s.channel, c.status, c.content,
                    p.id AS parent_id, CASE WHEN ",
            is_personal!("p"),
            " THEN 'Message' ELSE p.name END AS parent_name, p.status AS parent_status, r.whom,
                    r.reasons, r.total, r.looked_at, r.people, r.opted_out, r.so_far, r.starts,
                    c.import_token IS NOT c.id AS is_filled,
                    (SELECT w.words FROM word_lists w WHERE w.team_id = c.team_id) AS words
             FROM resends r JOIN campaigns c ON c.seq = r.campaign_seq
               JOIN campaigns p ON p.seq = r.parent_seq JOIN senders s ON s.seq = c.sender_seq
             WHERE r.done_ms IS NULL AND ",
            $rest
        )
    };
}

/// The [`OpenRow`] of the campaign with this id.
#[must_use]
pub fn open(id: &str) -> Statement {
    sql!(open!("r.campaign_seq = (SELECT seq FROM campaigns WHERE id = ?1)"), id)
}

/// The [`OpenRow`] that has not got on for longest, if that is since `before_ms`.
#[must_use]
pub fn idle(before_ms: i64) -> Statement {
    sql!(open!("r.moved_ms <= ?1 ORDER BY r.moved_ms, r.campaign_seq LIMIT 1"), before_ms)
}

/// Lets all others have their turn before one that did not get on.
#[must_use]
pub fn put_off(row: &OpenRow, now_ms: i64) -> Statement {
    sql!(
        "UPDATE resends SET moved_ms = ?3
         WHERE parent_seq = ?1 AND campaign_seq = ?2 AND done_ms IS NULL",
        row.parent_seq,
        row.campaign_seq,
        now_ms,
    )
}

/// What a step has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// People of the other who have been looked at by now.
    pub looked_at: i64,
    /// Taken by now.
    pub people: i64,
    /// Opted out by now.
    pub opted_out: i64,
    /// JSON of what is known of those taken.
    pub so_far: String,
}

/// Notes a step. Where it is not the next one, it fails, and all that goes with it.
#[must_use]
pub fn advance(row: &OpenRow, step: &Step, now_ms: i64) -> Statement {
    sql!(
        "UPDATE resends
         SET looked_at = CASE WHEN looked_at = ?3 AND done_ms IS NULL THEN ?4 ELSE -1 END,
             people = ?5, opted_out = ?6, so_far = ?7, moved_ms = ?8
         WHERE parent_seq = ?1 AND campaign_seq = ?2",
        row.parent_seq,
        row.campaign_seq,
        row.looked_at,
        step.looked_at,
        step.people,
        step.opted_out,
        step.so_far.as_str(),
        now_ms,
    )
}

/// Notes that it takes nobody any more: it has those it has, or it is no draft any more and has
/// nobody.
#[must_use]
pub fn end(row: &OpenRow, people: i64, now_ms: i64) -> Statement {
    sql!(
        "UPDATE resends SET done_ms = ?3, moved_ms = ?3, people = ?4, so_far = '{}'
         WHERE parent_seq = ?1 AND campaign_seq = ?2 AND done_ms IS NULL",
        row.parent_seq,
        row.campaign_seq,
        now_ms,
        people,
    )
}

/// Notes that it was let go, or why it was not. There is nothing more to do for it.
#[must_use]
pub fn end_started(row: &OpenRow, why_not: Option<&str>, now_ms: i64) -> Statement {
    sql!(
        "UPDATE resends SET done_ms = ?3, moved_ms = ?3, so_far = '{}', not_started = ?4
         WHERE parent_seq = ?1 AND campaign_seq = ?2 AND done_ms IS NULL",
        row.parent_seq,
        row.campaign_seq,
        now_ms,
        why_not,
    )
}

/// The fields that any list of a campaign has a column for: [`ColumnRow`]s.
#[must_use]
pub fn columns(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT DISTINCT j.value AS name FROM lists l, json_each(l.columns) j
         WHERE l.campaign_seq = ?1 ORDER BY 1",
        campaign_seq,
    )
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ColumnRow {
    /// Its name.
    pub name: String,
}

/// One that sends a campaign again, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ResendRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: String,
    /// Whom it takes.
    pub whom: Whom,
    /// JSON of the reasons that were asked for.
    pub reasons: Option<String>,
    /// People of the other.
    pub total: i64,
    /// Those who have been looked at.
    pub looked_at: i64,
    /// Taken so far.
    pub people: i64,
    /// Not taken, because they opted out since.
    pub opted_out: i64,
    /// When it was made, ms.
    pub made_ms: i64,
    /// When it had everybody, ms.
    pub done_ms: Option<i64>,
    /// JSON of when it starts by itself: `{at, by, user_id}`.
    pub starts: Option<String>,
    /// Why it was not scheduled.
    pub not_started: Option<String>,
}

/// Up to `most` [`ResendRow`]s of a campaign, oldest first, after the one with number `after`.
#[must_use]
pub fn page(parent_seq: i64, after: i64, most: i64) -> Statement {
    sql!(
        "SELECT c.seq, c.id, c.name, c.status, r.whom, r.reasons, r.total, r.looked_at, r.people,
                r.opted_out, r.made_ms, r.done_ms, r.starts, r.not_started
         FROM resends r JOIN campaigns c ON c.seq = r.campaign_seq
         WHERE r.parent_seq = ?1 AND r.campaign_seq > ?2 ORDER BY r.campaign_seq LIMIT ?3",
        parent_seq,
        after,
        most,
    )
}

/// How many people were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PeopleRow {
    /// How many.
    pub people: i64,
}

/// How many people of a campaign it was sent again to before, those who were chosen in the same way, by
/// what was let go: a [`PeopleRow`].
#[must_use]
pub fn before(parent_seq: i64, whom: Whom) -> Statement {
    sql!(
        "SELECT coalesce(sum(r.people), 0) AS people
         FROM resends r JOIN campaigns c ON c.seq = r.campaign_seq
         WHERE r.parent_seq = ?1 AND r.whom = ?2 AND c.status <> 'draft'",
        parent_seq,
        whom.name(),
    )
}

/// The [`ResendRow`] with this id.
#[must_use]
pub fn by_id(parent_seq: i64, id: &str) -> Statement {
    sql!(
        "SELECT c.seq, c.id, c.name, c.status, r.whom, r.reasons, r.total, r.looked_at, r.people,
                r.opted_out, r.made_ms, r.done_ms, r.starts, r.not_started
         FROM campaigns c JOIN resends r ON r.parent_seq = ?1 AND r.campaign_seq = c.seq
         WHERE c.id = ?2",
        parent_seq,
        id,
    )
}
