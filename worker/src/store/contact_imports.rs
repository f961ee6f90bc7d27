//! Files of contacts: received, then taken in step by step.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use crate::sql;

/// An import.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImportRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Whose contacts they are.
    pub team_id: String,
    /// The file's name.
    pub file_name: String,
    /// `receiving`, `applying` or `done`.
    pub status: String,
    /// Who sent it.
    pub by_whom: String,
    /// When, ms.
    pub created_ms: i64,
    /// When it was done, ms.
    pub done_ms: Option<i64>,
    /// Rows of the file.
    pub rows: i64,
    /// The first page that is not taken in.
    pub next_page: i64,
    /// The first of its rows that is not.
    pub next_row: i64,
    /// Contacts that it made.
    pub created: i64,
    /// Rows that changed one that was there.
    pub updated: i64,
    /// Rows that said nothing new.
    pub unchanged: i64,
    /// Rows that were not taken.
    pub rejected: i64,
    /// JSON of the first of them.
    pub rejections: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT seq, id, team_id, file_name, status, by_whom, created_ms, done_ms, rows,
               next_page, next_row, created, updated, unchanged, rejected, rejections
             FROM contact_imports ",
            $rest
        )
    };
}

/// The [`ImportRow`] with this id.
#[must_use]
pub fn by_id(team_id: &str, id: &str) -> Statement {
    sql!(select!("WHERE id = ?2 AND team_id = ?1"), team_id, id)
}

/// Up to `most` [`ImportRow`]s, newest first, below `before_seq`.
#[must_use]
pub fn page(team_id: &str, before_seq: Option<i64>, most: i64) -> Statement {
    sql!(
        select!("WHERE team_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"),
        team_id,
        before_seq.unwrap_or(i64::from(i32::MAX)),
        most,
    )
}

/// The [`ImportRow`]s that have not got on for longest, of those that have not since `idle_since_ms`.
#[must_use]
pub fn idle(idle_since_ms: i64) -> Statement {
    sql!(
        select!("WHERE status <> 'done' AND active_ms < ?1 ORDER BY active_ms, seq LIMIT 5"),
        idle_since_ms,
    )
}

/// Lets all others have their turn before one that did not get on.
#[must_use]
pub fn put_off(seq: i64, now_ms: i64) -> Statement {
    sql!(
        "UPDATE contact_imports SET active_ms = ?2 WHERE seq = ?1 AND status <> 'done'",
        seq,
        now_ms,
    )
}

/// Begins an import.
#[must_use]
pub fn begin(team_id: &str, id: &str, file_name: &str, by: &str, now_ms: i64) -> Statement {
    sql!(
        "INSERT INTO contact_imports
           (id, team_id, file_name, status, by_whom, created_ms, active_ms)
         VALUES (?1, ?2, ?3, 'receiving', ?4, ?5, ?5)
         ON CONFLICT (id) DO NOTHING",
        id,
        team_id,
        file_name,
        by,
        now_ms,
    )
}

/// Keeps pages of rows, `[[page, [row]]]`. It changes none when the import is not being received.
#[must_use]
pub fn keep(id: &str, pages: String, now_ms: i64) -> Vec<Statement> {
    vec![
        sql!(
            "INSERT OR REPLACE INTO contact_import_pages (import_seq, page, rows)
             SELECT i.seq, page.value ->> 0, page.value -> 1
             FROM contact_imports i, json_each(?2) page
             WHERE i.id = ?1 AND i.status = 'receiving'",
            id,
            pages,
        ),
        sql!(
            "UPDATE contact_imports SET active_ms = ?2 WHERE id = ?1 AND status = 'receiving'",
            id,
            now_ms,
        ),
    ]
}

/// The file is there as a whole.
#[must_use]
pub fn received(id: &str, rows: i64, rejected: i64, rejections: &Value, now_ms: i64) -> Statement {
    sql!(
        "UPDATE contact_imports
         SET status = 'applying', rows = ?2, rejected = ?3, rejections = ?4, active_ms = ?5
         WHERE id = ?1 AND status = 'receiving'",
        id,
        rows,
        rejected,
        rejections,
        now_ms,
    )
}

/// Forgets a file that did not arrive.
#[must_use]
pub fn abandon(id: &str) -> Vec<Statement> {
    vec![
        sql!(
            "DELETE FROM contact_import_pages WHERE import_seq =
               (SELECT seq FROM contact_imports WHERE id = ?1 AND status = 'receiving')",
            id,
        ),
        sql!("DELETE FROM contact_imports WHERE id = ?1 AND status = 'receiving'", id),
    ]
}

/// A page of rows.
#[derive(Clone, Debug, Deserialize)]
pub struct PageRow {
    /// JSON of its rows.
    pub rows: String,
}

/// The [`PageRow`] of this number.
#[must_use]
pub fn rows(import_seq: i64, page: i64) -> Statement {
    sql!(
        "SELECT rows FROM contact_import_pages WHERE import_seq = ?1 AND page = ?2",
        import_seq,
        page,
    )
}

/// How far an import is after rows were taken in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// The first page that is not taken in.
    pub next_page: i64,
    /// The first of its rows that is not.
    pub next_row: i64,
    /// Contacts that were made.
    pub created: i64,
    /// Rows that changed one.
    pub updated: i64,
    /// Rows that said nothing new.
    pub unchanged: i64,
    /// Rows that were not taken.
    pub rejected: i64,
}

/// Notes how far an import is, unless somebody else has noted it; in the transaction of the rows.
#[must_use]
pub fn advance(import: &ImportRow, by: Progress, rejections: &Value, now_ms: i64) -> Statement {
    sql!(
        "UPDATE contact_imports SET next_page = ?4, next_row = ?5, created = created + ?6,
           updated = updated + ?7, unchanged = unchanged + ?8, rejected = rejected + ?9,
           rejections = ?10, active_ms = ?11
         WHERE seq = ?1 AND next_page = ?2 AND next_row = ?3 AND status = 'applying'",
        import.seq,
        import.next_page,
        import.next_row,
        by.next_page,
        by.next_row,
        by.created,
        by.updated,
        by.unchanged,
        by.rejected,
        rejections,
        now_ms,
    )
}

/// Ends an import and forgets its rows.
#[must_use]
pub fn end(import_seq: i64, now_ms: i64) -> Vec<Statement> {
    vec![
        sql!(
            "UPDATE contact_imports SET status = 'done', done_ms = ?2
             WHERE seq = ?1 AND status = 'applying'",
            import_seq,
            now_ms,
        ),
        sql!("DELETE FROM contact_import_pages WHERE import_seq = ?1", import_seq),
    ]
}
