//! Whom of a campaign somebody wants, when it is sent again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sql;
use crate::store::Statement;

/// Pages of people that one step looks at, at most: 20,000 people.
const PAGES: i64 = 200;
/// Bytes of people that one step brings, about.
const BYTES_MOST: i64 = 8_000_000;
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
