//! Who changed what: an entry goes into the transaction of each change.

use serde::Deserialize;
use serde_json::Value;

use super::{Param, Statement};
use crate::model::Caller;
use crate::sql;

/// Entries that one filtered listing looks at, at most.
pub const SCAN_MOST: i64 = 10_000;

/// What somebody does.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The kind of thing and the verb: `campaign.schedule`.
    pub what: &'a str,
    /// The id of the thing.
    pub subject: &'a str,
    /// What is different, as it was; null where there was nothing. Never a secret.
    pub before: Value,
    /// The same as it is.
    pub after: Value,
}

impl<'a> Entry<'a> {
    /// Something that was made, or done without a state before it.
    #[must_use]
    pub const fn new(what: &'a str, subject: &'a str, after: Value) -> Self {
        Self { what, subject, before: Value::Null, after }
    }
}

fn params(caller: &Caller, entry: &Entry<'_>, now_ms: i64) -> Vec<Param> {
    let document = |value: &Value| match value {
        Value::Null => Param::Null,
        value => Param::from(value),
    };
    vec![
        now_ms.into(),
        caller.team_id.as_str().into(),
        caller.user_id.clone().into(),
        caller.key_id.clone().into(),
        caller.name.as_str().into(),
        entry.what.into(),
        entry.subject.into(),
        document(&entry.before),
        document(&entry.after),
    ]
}

/// The entry for a change that fails its transaction when it cannot be made.
#[must_use]
pub fn entry(caller: &Caller, entry: &Entry<'_>, now_ms: i64) -> Statement {
    Statement {
        sql: "INSERT INTO audit (at_ms, team_id, user_id, key_id, by_whom, what, subject, before,
                                 after)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params: params(caller, entry, now_ms),
    }
}

/// The entry for a change that may change nothing: stands right behind its statement, and is made
/// where that changed a row.
#[must_use]
pub fn entry_if_changed(caller: &Caller, entry: &Entry<'_>, now_ms: i64) -> Statement {
    Statement {
        sql: "INSERT INTO audit (at_ms, team_id, user_id, key_id, by_whom, what, subject, before,
                                 after)
              SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE changes() > 0",
        params: params(caller, entry, now_ms),
    }
}

/// An entry, as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EntryRow {
    /// Its number.
    pub seq: i64,
    /// When, ms.
    pub at_ms: i64,
    /// Whose key it was.
    pub user_id: Option<String>,
    /// The key.
    pub key_id: Option<String>,
    /// The user's name at the time.
    pub by_whom: String,
    /// The kind of thing and the verb.
    pub what: String,
    /// The id of the thing.
    pub subject: String,
    /// JSON of what is different, as it was.
    pub before: Option<String>,
    /// JSON of the same as it is.
    pub after: Option<String>,
}

/// Which entries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this user.
    pub user_id: Option<String>,
    /// Those of this name, or of the names that begin with it and a point.
    pub what: Option<String>,
    /// Those about this thing.
    pub subject: Option<String>,
    /// Those from then on, ms.
    pub from_ms: Option<i64>,
    /// Those before, ms.
    pub to_ms: Option<i64>,
    /// None about users, who are of no one team: for whoever is no owner.
    pub without_users: bool,
}

/// Up to `most` [`EntryRow`]s of a team, newest first, before the place `(at_ms, seq)`, among the
/// next [`SCAN_MOST`]; and where these end, as a [`PlaceRow`], if the list goes on behind them.
#[must_use]
pub fn page(
    team_id: &str,
    filter: &Filter,
    before: Option<(i64, i64)>,
    most: i64,
) -> Vec<Statement> {
    let to_ms = filter.to_ms.unwrap_or(i64::MAX >> 11);
    let (at_ms, seq) = before.filter(|(at_ms, _)| *at_ms < to_ms).unwrap_or((to_ms, 0));
    let from_ms = filter.from_ms.unwrap_or(0);
    // A time is a stretch of the index.
    let is_narrowed = filter.user_id.is_some() || filter.what.is_some() || filter.subject.is_some();
    let looks_at = if is_narrowed { SCAN_MOST } else { most };
    vec![
        sql!(
            "SELECT seq, at_ms, user_id, key_id, by_whom, what, subject, before, after
             FROM (SELECT * FROM audit
                   WHERE team_id = ?1 AND (at_ms, seq) < (?2, ?3) AND at_ms >= ?4
                   ORDER BY at_ms DESC, seq DESC LIMIT ?5)
             WHERE (?6 IS NULL OR user_id = ?6)
               AND (?7 IS NULL OR what = ?7 OR substr(what, 1, length(?7) + 1) = ?7 || '.')
               AND (?8 IS NULL OR subject = ?8)
               AND (?9 = 0 OR substr(what, 1, 5) <> 'user.')
             ORDER BY at_ms DESC, seq DESC LIMIT ?10",
            team_id,
            at_ms,
            seq,
            from_ms,
            looks_at,
            filter.user_id.clone(),
            filter.what.clone(),
            filter.subject.clone(),
            i64::from(filter.without_users),
            most,
        ),
        sql!(
            "SELECT at_ms, seq FROM audit
             WHERE team_id = ?1 AND (at_ms, seq) < (?2, ?3) AND at_ms >= ?4
             ORDER BY at_ms DESC, seq DESC LIMIT 1 OFFSET ?5",
            team_id,
            at_ms,
            seq,
            from_ms,
            looks_at - 1,
        ),
    ]
}

/// A place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PlaceRow {
    /// When, ms.
    pub at_ms: i64,
    /// The entry's number.
    pub seq: i64,
}
