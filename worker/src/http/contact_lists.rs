//! `/contacts`, `/tags`, `/accounts`: lists of contacts, what they are sorted by, and who may be one.

use axum::Json;
use axum::body::{Body, Bytes};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::stream;
use serde::Serialize;
use serde_json::{Value, json};
use worker::send::{SendFuture, SendWrapper};

use super::api::{About, CsvFile, Routes};
use super::asked::Paged;
use super::asked::contacts as asked;
use super::caller::Viewer;
use super::contacts::{Told, told};
use super::fields::{Fields, NAME_MOST};
use super::params::{Listing, Page, Query};
use super::senders::CHANNELS;
use super::{App, Failure};
use crate::contacts::csv::{self, split};
use crate::contacts::{Contact, LABELS_MOST};
use crate::jobs::contact_lists::{Cursor, List};
use crate::ports::World;
use crate::store::contact_lists::{
    End, Filter, LabelRow, Place, SCAN_MOST, SameNameRow, labels, same_names, same_names_end,
};
use crate::store::{Database, StoreError, contacts};

/// Contacts that one step of an export reads.
const EXPORT_STEP: i64 = 2_000;

/// Contacts of one name that are shown; there may be more.
const SAME_MOST: usize = 10;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("contacts")
        .get(
            "/contacts",
            list::<W>,
            About::new("listContacts", "List contacts")
                .says("Newest first; by name or by address with `text`. It looks at 10,000 at most.")
                .filters::<asked::ContactFilter>(),
        )
        .get(
            "/contacts/export",
            export::<W>,
            About::new("exportContacts", "Write contacts as CSV")
                .says("No spreadsheet takes a cell of it for a formula, and it can be imported again.")
                .filters::<asked::ContactsWanted>(),
        )
        .get(
            "/contacts/duplicates",
            duplicates::<W>,
            About::new("listSameNames", "List contacts of one name").filters::<Paged>(),
        )
        .get(
            "/tags",
            tags::<W>,
            About::new("listTags", "List the tags, and how many contacts have each")
                .filters::<asked::LabelFilter>(),
        )
        .get(
            "/accounts",
            accounts::<W>,
            About::new("listAccounts", "List the accounts, and how many contacts each has")
                .filters::<asked::LabelFilter>(),
        )
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Told>>, Failure> {
    let mut fields = Fields::of(&query);
    let (filter, text) = filter(&mut fields);
    let page = Page::read(&mut fields, cursor);
    let page = fields.finish(page)?;
    let list = List::of(app.db(), key.team_id(), filter, text.as_deref()).await?;
    let part = list.part(app.db(), key.team_id(), page.after, page.limit).await?;
    Ok(Json(Listing {
        items: told(&app, key.team_id(), part.contacts).await?,
        next_cursor: part.next.map(|next| text_of(&next)),
    }))
}

/// All contacts of a filter as CSV, written while they are read. Whoever gets it whole gets its last
/// row; one that breaks off breaks off.
#[worker::send]
async fn export<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<CsvFile, Failure> {
    let mut fields = Fields::of(&query);
    let (filter, text) = filter(&mut fields);
    fields.finish(Some(()))?;
    let team_id = key.team_id().to_owned();
    let list = List::of(app.db(), &team_id, filter, text.as_deref()).await?;
    let names = contacts::fields_of(app.db().run(contacts::fields(&team_id)).await?)?;
    let writer = Writer { app, team_id, list, names, at: At::Beginning };
    let pieces = stream::unfold(SendWrapper(writer), |SendWrapper(mut writer)| {
        SendFuture::new(async move {
            let piece = writer.piece().await?;
            Some((piece, SendWrapper(writer)))
        })
    });
    Ok(CsvFile::whole("contacts.csv", Body::from_stream(pieces)))
}

/// Where an export is.
enum At {
    Beginning,
    Middle(Cursor),
    End,
}

/// An export on its way.
struct Writer<W> {
    app: App<W>,
    team_id: String,
    list: List,
    names: Vec<String>,
    at: At,
}

impl<W: World> Writer<W> {
    async fn piece(&mut self) -> Option<Result<Bytes, StoreError>> {
        let mut out = String::new();
        let from = match std::mem::replace(&mut self.at, At::End) {
            At::Beginning => {
                csv::write_header(&mut out, &self.names);
                None
            }
            At::Middle(cursor) => Some(cursor),
            At::End => return None,
        };
        match self.list.part(self.app.db(), &self.team_id, from, EXPORT_STEP).await {
            Ok(part) => {
                for contact in &part.contacts {
                    csv::write_row(&mut out, contact, &self.names);
                }
                self.at = part.next.map_or(At::End, At::Middle);
                Some(Ok(Bytes::from(out)))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// A group of contacts of one name.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SameName"))]
struct Same {
    name: String,
    contacts: Vec<Told>,
}

/// Contacts of one name, as it is compared: who may be the same person, written down twice.
#[worker::send]
async fn duplicates<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Same>>, Failure> {
    let page = Page::of(&query, key_of)?;
    let (db, team_id) = (app.db(), key.team_id());
    // Contacts without a name come before this, and are nobody's namesakes.
    let from = page.after.clone().unwrap_or_else(|| "\u{1}".into());
    let mut groups: Vec<SameNameRow> =
        db.run(same_names(team_id, &from, page.with_next())).await?.all()?;
    let is_full = i64::try_from(groups.len()).is_ok_and(|many| many > page.limit);
    groups.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    let mut next = None;
    if is_full {
        next = groups.last().map(|group| after(&group.key));
    } else if let Some(end) = db.run(same_names_end(team_id, &from)).await?.first::<End>()?
        && end.scanned >= SCAN_MOST
    {
        // The last group may go on; it is begun anew, unless there is nothing before it.
        let is_all = end.place.key == from;
        groups.retain(|group| is_all || group.key != end.place.key);
        next = Some(if is_all { after(&end.place.key) } else { end.place.key });
    }
    let mut items = Vec::new();
    for group in groups {
        let ids: Vec<String> =
            serde_json::from_str(&group.ids).map_err(|e| StoreError::Failed(e.to_string()))?;
        let shown: Vec<&String> = ids.iter().take(SAME_MOST).collect();
        let found = contacts::contacts_of(db.run(contacts::by_ids(team_id, &json!(shown))).await?)?;
        let name = found.first().map_or(group.key, |contact: &Contact| contact.name.clone());
        items.push(Same { name, contacts: told(&app, team_id, found).await? });
    }
    let next_cursor = next.map(|key: String| URL_SAFE_NO_PAD.encode(key));
    Ok(Json(Listing { items, next_cursor }))
}

/// The first key after this one: no key has a character below the blank.
fn after(key: &str) -> String {
    format!("{key}\u{1}")
}

fn key_of(cursor: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

/// A tag or an account.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ContactLabel"))]
struct Label {
    name: String,
    contacts: i64,
}

#[worker::send]
async fn tags<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Label>>, Failure> {
    labelled(&app, key.team_id(), "tag", &query).await
}

#[worker::send]
async fn accounts<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Label>>, Failure> {
    labelled(&app, key.team_id(), "account", &query).await
}

async fn labelled<W: World>(
    app: &App<W>,
    team_id: &str,
    kind: &str,
    query: &Value,
) -> Result<Json<Listing<Label>>, Failure> {
    let mut fields = Fields::of(query);
    let text = fields.optional("text").and_then(Value::as_str).unwrap_or_default();
    let page = Page::read(&mut fields, key_of);
    let page = fields.finish(page)?;
    let from = page.after.as_deref().unwrap_or_default();
    let rows = app.db().run(labels(team_id, kind, text, from, page.with_next())).await?;
    let rows = Listing::new(rows.all::<LabelRow>()?, &page, |r| URL_SAFE_NO_PAD.encode(&r.label));
    let items = rows.items.into_iter();
    Ok(Json(Listing {
        items: items.map(|row| Label { name: row.label, contacts: row.contacts }).collect(),
        next_cursor: rows.next_cursor,
    }))
}

/// Reads the filter of a list of contacts, and what a name or an address is to begin with.
fn filter(fields: &mut Fields<'_>) -> (Filter, Option<String>) {
    let several = |fields: &mut Fields<'_>, name: &'static str| {
        let texts = fields.optional(name).and_then(Value::as_str).map(split).unwrap_or_default();
        if texts.len() > LABELS_MOST {
            fields.refuse(name, "too_many", format!("names more than {LABELS_MOST}; name fewer"));
        }
        texts
    };
    let tags = several(fields, "tags");
    let accounts = several(fields, "accounts");
    let channel = fields.optional("channel");
    let channel = channel.and_then(|value| fields.one_of("channel", value, &CHANNELS));
    let zone = fields
        .optional("time_zone")
        .and_then(Value::as_str)
        .map(|zone| if zone == "unknown" { String::new() } else { zone.to_owned() });
    let known = [("true", true), ("false", false)];
    let opted_out = fields.optional("opted_out");
    let opted_out = opted_out.and_then(|value| fields.one_of("opted_out", value, &known));
    let text = fields.optional("text").and_then(|value| fields.text("text", value, NAME_MOST));
    (Filter { tags, accounts, channel, zone, opted_out }, text)
}

fn text_of(cursor: &Cursor) -> String {
    let after = cursor.after.as_ref().map(|place| json!([place.key, place.id]));
    URL_SAFE_NO_PAD.encode(json!([cursor.way, after]).to_string())
}

fn cursor(text: &str) -> Option<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (way, after): (usize, Option<(String, String)>) = serde_json::from_slice(&bytes).ok()?;
    Some(Cursor { way, after: after.map(|(key, id)| Place { key, id }) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_its_place_back() {
        for after in [None, Some(Place { key: "ada é".into(), id: "con_1".into() })] {
            let there = Cursor { way: 2, after };
            assert_eq!(cursor(&text_of(&there)), Some(there));
        }
        for garbage in ["", "*", "AAAA", "W10", "WyJhIl0"] {
            assert_eq!(cursor(garbage), None, "{garbage}");
        }
    }
}
