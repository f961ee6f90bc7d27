//! `/audit`: who changed what.
//!
//! A page can be shorter than asked for, or empty, where a filter lets little through; the list ends
//! where `next_cursor` is null.

use axum::Json;
use serde::Serialize;
use serde_json::Value;
use tidegate::{Instant, Problem};

use super::api::{About, Routes};
use super::asked::teams::AuditFilter;
use super::caller::Administrator;
use super::fields::{Fields, NAME_MOST, shown};
use super::params::{Listing, Page, Query};
use super::{App, Failure};
use crate::ports::World;
use crate::store::audit::{self, EntryRow, Filter, PlaceRow};
use crate::store::{Database, StoreError};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("audit", "Who changed what.").get(
        "/audit",
        list::<W>,
        About::new("listAudit", "List what was changed, newest first")
            .says("What was changed about users is for owners.")
            .filters::<AuditFilter>(),
    )
}

/// An entry, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AuditEntry"))]
struct Told {
    at: Instant,
    user_id: Option<String>,
    key_id: Option<String>,
    by: String,
    what: String,
    subject: String,
    before: Value,
    after: Value,
}

impl Told {
    fn from_row(row: EntryRow) -> Result<Self, StoreError> {
        let read = |text: Option<String>| match text {
            None => Ok(Value::Null),
            Some(text) => serde_json::from_str(&text)
                .map_err(|error| StoreError::Failed(format!("an audit entry: {error}"))),
        };
        Ok(Self {
            at: Instant::from_millis(row.at_ms),
            user_id: row.user_id,
            key_id: row.key_id,
            by: row.by_whom,
            what: row.what,
            subject: row.subject,
            before: read(row.before)?,
            after: read(row.after)?,
        })
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Told>>, Failure> {
    let (filter, page) = parse(&query, key.is_owner)?;
    let statements = audit::page(key.team_id(), &filter, page.after, page.with_next());
    let mut answers = app.db().batch(statements).await?.into_iter();
    let rows = answers.next().unwrap_or_default().all::<EntryRow>()?;
    let scanned = answers.next().unwrap_or_default().first::<PlaceRow>()?;
    let rows = Listing::new(rows, &page, |row| cursor(row.at_ms, row.seq));
    let end = scanned.map(|place| cursor(place.at_ms, place.seq));
    Ok(Json(Listing {
        items: rows.items.into_iter().map(Told::from_row).collect::<Result<_, _>>()?,
        next_cursor: rows.next_cursor.or(end),
    }))
}

fn cursor(at_ms: i64, seq: i64) -> String {
    format!("{at_ms}.{seq}")
}

fn place(cursor: &str) -> Option<At> {
    let (at_ms, seq) = cursor.split_once('.')?;
    Some((super::params::number(at_ms)?, super::params::number(seq)?))
}

/// A place in the list: an instant and an entry's number.
type At = (i64, i64);

fn parse(query: &Value, is_owner: bool) -> Result<(Filter, Page<At>), Vec<Problem>> {
    let mut fields = Fields::of(query);
    let (who, what) = (fields.optional("user_id"), fields.optional("what"));
    let (subject, from, to) =
        (fields.optional("subject"), fields.optional("from"), fields.optional("to"));
    let filter = Filter {
        user_id: who.and_then(|value| fields.text("user_id", value, NAME_MOST)),
        what: what.and_then(|value| fields.text("what", value, NAME_MOST)),
        subject: subject.and_then(|value| fields.text("subject", value, NAME_MOST)),
        from_ms: from.and_then(|value| instant(&mut fields, "from", value)),
        to_ms: to.and_then(|value| instant(&mut fields, "to", value)),
        without_users: !is_owner,
    };
    let page = Page::read(&mut fields, place);
    fields.finish(page.map(|page| (filter, page)))
}

/// An instant in a query, where numbers are texts too.
fn instant(fields: &mut Fields<'_>, name: &str, value: &Value) -> Option<i64> {
    let text = value.as_str().unwrap_or_default();
    let number = super::params::number(text);
    let at = number.map(Instant::from_millis).or_else(|| tidegate::time::parse_rfc3339(text));
    let at = at.filter(|at| at.is_covered());
    if at.is_none() {
        let message = format!(
            "`{}` is not an instant; write milliseconds since 1970, or a text such as \
             `2026-11-24T09:00:00Z`",
            shown(text)
        );
        fields.refuse(name, "bad_instant", message);
    }
    at.map(Instant::millis)
}
