//! Campaigns that send another one again, and whom of it they take.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Statement;
use crate::model::Channel;
use crate::sql;

/// Pages of people that one step looks at, at most: 20,000 people.
const PAGES: i64 = 200;
/// Bytes of people that one step brings, about.
const BYTES_MOST: i64 = 8_000_000;
/// No import takes over while people are taken: this is the highest instant that JavaScript knows.
const NEVER_MS: i64 = (1 << 53) - 1;
/// Messages that one count looks at, at most: half a second of D1's time.
pub const COUNT_MOST: i64 = 1_000_000;

/// Whom a message is sent again to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ResendTo"))]
pub enum Whom {
    /// Those who have it and were not seen to open it.
    NotOpened,
    /// Those who have it and followed none of its links.
    NotClicked,
    /// Those whom it did not reach.
    Failed,
    /// Those who were skipped, or whose turn did not come.
    LeftOut,
    /// Nobody of it: people are put in as into any draft.
    SomeoneElse,
}

impl Whom {
    /// Each by its name in documents and in the database.
    pub const NAMES: [(&str, Self); 5] = [
        ("not_opened", Self::NotOpened),
        ("not_clicked", Self::NotClicked),
        ("failed", Self::Failed),
        ("left_out", Self::LeftOut),
        ("someone_else", Self::SomeoneElse),
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotOpened => "not_opened",
            Self::NotClicked => "not_clicked",
            Self::Failed => "failed",
            Self::LeftOut => "left_out",
            Self::SomeoneElse => "someone_else",
        }
    }
}

/// Whom of a campaign somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Those.
    pub whom: Whom,
    /// Of those who failed or were left out only these, as messages carry the reasons; none: all but
    /// the next.
    pub reasons: Option<Value>,
    /// And never these.
    pub without: Value,
}

/// What of a message says that it is wanted. `?1`: the campaign; `?2`, `?3`, `?4`: the [`Choice`].
macro_rules! wanted {
    () => {
        "CASE ?2
           WHEN 'not_opened' THEN m.status IN ('sent', 'delivered') AND NOT EXISTS
             (SELECT 1 FROM marks k WHERE k.campaign_seq = ?1 AND k.ordinal = m.ordinal
                AND k.link = 0 AND k.by_machine = 0)
           WHEN 'not_clicked' THEN m.status IN ('sent', 'delivered') AND NOT EXISTS
             (SELECT 1 FROM marks k WHERE k.campaign_seq = ?1 AND k.ordinal = m.ordinal
                AND k.link > 0 AND k.by_machine = 0)
           ELSE m.status = CASE ?2 WHEN 'failed' THEN 'failed' WHEN 'left_out' THEN 'skipped' END
             AND (?3 IS NULL
                  OR lower(trim(coalesce(m.reason, ''))) IN (SELECT value FROM json_each(?3)))
             AND lower(trim(coalesce(m.reason, ''))) NOT IN (SELECT value FROM json_each(?4))
         END"
    };
}

/// A page of people, and whom of them is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PageRow {
    /// The ordinal of the first.
    pub first: i64,
    /// How many.
    pub count: i64,
    /// JSON of a list of [`crate::model::Person`].
    pub people: String,
    /// JSON of the ordinals of messages that are wanted.
    pub wanted: String,
    /// JSON of the ordinals of all messages of which something has become; where people are wanted
    /// of whom nothing has.
    pub known: Option<String>,
}

/// The next [`PageRow`]s of a campaign from ordinal `from` on, which is where a page begins.
#[must_use]
pub fn pages(campaign_seq: i64, choice: &Choice, from: i64, end: i64) -> Statement {
    sql!(
        concat!(
            "SELECT p.first, p.count, p.people,
               (SELECT json_group_array(m.ordinal) FROM messages m
                WHERE m.campaign_seq = ?1 AND m.ordinal >= p.first
                  AND m.ordinal < p.first + p.count AND ",
            wanted!(),
            ") AS wanted,
               CASE ?2 WHEN 'left_out' THEN
                 (SELECT json_group_array(m.ordinal) FROM messages m WHERE m.campaign_seq = ?1
                    AND m.ordinal >= p.first AND m.ordinal < p.first + p.count) END AS known
             FROM (SELECT first, count, people,
                     SUM(length(people)) OVER (ORDER BY first) - length(people) AS before
                   FROM (SELECT first, count, people FROM people
                         WHERE campaign_seq = ?1 AND first >= ?5 AND first < ?6
                         ORDER BY first LIMIT ?7)) p
             WHERE p.before < ?8 ORDER BY p.first"
        ),
        campaign_seq,
        choice.whom.name(),
        choice.reasons.as_ref().map(Value::to_string),
        &choice.without,
        from,
        end,
        PAGES,
        BYTES_MOST,
    )
}

/// How many messages are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct CountRow {
    /// These.
    pub wanted: i64,
    /// Messages of which something has become.
    pub known: i64,
}

/// The [`CountRow`] of [`COUNT_MOST`] messages from ordinal `from` on.
#[must_use]
pub fn count(campaign_seq: i64, choice: &Choice, from: i64) -> Statement {
    sql!(
        concat!(
            "SELECT COUNT(*) AS known, COUNT(CASE WHEN ",
            wanted!(),
            " THEN 1 END) AS wanted
             FROM messages m WHERE m.campaign_seq = ?1 AND m.ordinal >= ?5 AND m.ordinal < ?5 + ?6"
        ),
        campaign_seq,
        choice.whom.name(),
        choice.reasons.as_ref().map(Value::to_string),
        &choice.without,
        from,
        COUNT_MOST,
    )
}

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
           (parent_seq, campaign_seq, whom, reasons, total, made_ms, moved_ms, done_ms)
         SELECT p.seq, c.seq, ?3, ?4, p.total, ?5, ?5, CASE ?3 WHEN 'someone_else' THEN ?5 END
         FROM campaigns c JOIN campaigns p ON p.seq = c.parent_seq
         WHERE c.id = ?1 AND p.seq = ?2",
        new.id,
        new.parent_seq,
        new.whom.name(),
        new.reasons.clone(),
        new.now_ms,
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
}

/// The columns of an [`OpenRow`].
macro_rules! open {
    ($rest:literal) => {
        concat!(
            "SELECT r.parent_seq, r.campaign_seq, c.id, c.team_id, s.channel, c.status, c.content,
                    p.id AS parent_id, p.name AS parent_name, p.status AS parent_status, r.whom,
                    r.reasons, r.total, r.looked_at, r.people, r.opted_out, r.so_far,
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

/// An [`OpenRow`] that has not got on since `before_ms`.
#[must_use]
pub fn idle(before_ms: i64) -> Statement {
    sql!(open!("r.moved_ms <= ?1 ORDER BY r.campaign_seq LIMIT 1"), before_ms)
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
}

/// Up to `most` [`ResendRow`]s of a campaign, oldest first, after the one with number `after`.
#[must_use]
pub fn page(parent_seq: i64, after: i64, most: i64) -> Statement {
    sql!(
        "SELECT c.seq, c.id, c.name, c.status, r.whom, r.reasons, r.total, r.looked_at, r.people,
                r.opted_out, r.made_ms, r.done_ms
         FROM resends r JOIN campaigns c ON c.seq = r.campaign_seq
         WHERE r.parent_seq = ?1 AND r.campaign_seq > ?2 ORDER BY r.campaign_seq LIMIT ?3",
        parent_seq,
        after,
        most,
    )
}

/// The [`ResendRow`] with this id.
#[must_use]
pub fn by_id(parent_seq: i64, id: &str) -> Statement {
    sql!(
        "SELECT c.seq, c.id, c.name, c.status, r.whom, r.reasons, r.total, r.looked_at, r.people,
                r.opted_out, r.made_ms, r.done_ms
         FROM campaigns c JOIN resends r ON r.parent_seq = ?1 AND r.campaign_seq = c.seq
         WHERE c.id = ?2",
        parent_seq,
        id,
    )
}
