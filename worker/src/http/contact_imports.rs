//! `/contacts/import`: a CSV file of contacts, as it arrives, and what became of it.

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::Value;

use super::api::{About, Begun, Repeat, Routes};
use super::asked::Paged;
use super::asked::contacts as asked;
use super::body::{require_type, stated_length};
use super::caller::{Operator, Viewer};
use super::fields::{Fields, NAME_MOST};
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::jobs::contact_imports::{self, Wanted};
use crate::ports::World;
use crate::store::contact_imports::{self as store, ImportRow};
use crate::store::{Database, StoreError};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("contacts")
        .post(
            "/contacts/import",
            import::<W>,
            About::new("importContacts", "Take contacts in from a CSV file")
                .says(
                    "What a row says is added to the contact who has one of its addresses, or makes \
                     one. 200: all of it is in; 202: it has arrived, and is being taken in.",
                )
                .filters::<asked::ContactFile>()
                .takes("text/csv")
                .conflicts(&["overtaken"])
                .repeated(Repeat::Streams),
        )
        .get(
            "/contacts/imports",
            list::<W>,
            About::new("listContactImports", "List the files that were sent in").filters::<Paged>(),
        )
        .get(
            "/contacts/imports/{id}",
            show::<W>,
            About::new("getContactImport", "Show how far a file is, and the rows that were not taken"),
        )
}

/// An import, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ContactImport"))]
struct Import {
    id: String,
    file_name: String,
    status: String,
    by: String,
    created_at: i64,
    done_at: Option<i64>,
    /// Rows of the file that are not blank.
    rows: i64,
    /// Rows of which something has become: their sum is `rows` in the end.
    created: i64,
    updated: i64,
    unchanged: i64,
    rejected_total: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<crate::import::Rejection>>"))]
    rejected: Option<Value>,
}

impl Import {
    fn of(row: ImportRow, with_rejections: bool) -> Result<Self, StoreError> {
        let rejected = with_rejections.then(|| serde_json::from_str(&row.rejections)).transpose();
        Ok(Self {
            id: row.id,
            file_name: row.file_name,
            status: row.status,
            by: row.by_whom,
            created_at: row.created_ms,
            done_at: row.done_ms,
            rows: row.rows,
            created: row.created,
            updated: row.updated,
            unchanged: row.unchanged,
            rejected_total: row.rejected,
            rejected: rejected.map_err(|error| StoreError::Failed(error.to_string()))?,
        })
    }
}

/// 200: all of it is in. 202: it is there as a whole and is being taken in.
#[worker::send]
async fn import<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Query(query): Query,
    request: Request<Body>,
) -> Result<Begun<Import>, Failure> {
    let mut fields = Fields::of(&query);
    let file_name = fields.required("file_name");
    let file_name = file_name.and_then(|value| fields.text("file_name", value, NAME_MOST));
    let region = fields.optional("region").and_then(Value::as_str);
    let file_name = fields.finish(file_name)?;
    require_type(request.headers(), "text/csv")?;
    let by = key.caller();
    let wanted = Wanted {
        team_id: key.team_id(),
        by: &by,
        file_name: &file_name,
        region,
        length: stated_length(request.headers()),
    };
    let file = request.into_body().into_data_stream().map_ok(|piece| piece.to_vec());
    let row = contact_imports::receive(&*app.world, &wanted, file).await?;
    Ok(Begun { is_done: row.done_ms.is_some(), what: Import::of(row, true)? })
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Import>, Failure> {
    let row = app.db().run(store::by_id(key.team_id(), &id)).await?.first::<ImportRow>()?;
    let row = row.ok_or_else(|| Failure::not_found("no such import"))?;
    Ok(Json(Import::of(row, true)?))
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Import>>, Failure> {
    let page = Page::of(&query, number)?;
    let rows = app.db().run(store::page(key.team_id(), page.after, page.with_next())).await?;
    let rows = Listing::new(rows.all::<ImportRow>()?, &page, |row| row.seq.to_string());
    let items = rows.items.into_iter().map(|row| Import::of(row, false));
    Ok(Json(Listing { items: items.collect::<Result<_, _>>()?, next_cursor: rows.next_cursor }))
}
