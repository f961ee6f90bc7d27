//! `/opt-outs`: the people who do not want any more messages.

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use tidegate::Problem;

use super::api::{About, Kept, NoContent, Part, Repeat, Routes};
use super::asked::people as asked;
use super::body::Document;
use super::caller::{Administrator, Operator, Viewer};
use super::fields::Fields;
use super::params::{Listing, Page, Query};
use super::senders::CHANNELS;
use super::{App, Failure};
use crate::import::Rule;
use crate::model::Channel;
use crate::ports::World;
use crate::store::opt_outs::{self, OptOutRow};
use crate::store::{Answer, Database, StoreError};

/// The longest reason, in characters.
const REASON_MOST: usize = 200;

/// The longest address, in characters: that of a mail address (RFC 5321) and some.
const ADDRESS_MOST: usize = 320;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("opt-outs", "The people who do not want any more messages.")
        .get(
            "/opt-outs",
            list::<W>,
            About::new("listOptOuts", "List the opt-outs by channel and address")
                .filters::<asked::OptOutFilter>(),
        )
        .post(
            "/opt-outs",
            create::<W>,
            About::new("createOptOut", "Put an address on the opt-outs")
                .says("Where it is there already, the first entry stays, and is answered.")
                .asks::<asked::NewOptOut>()
                .repeated(Repeat::Finds),
        )
        .delete(
            "/opt-outs/{channel}/{address}",
            remove::<W>,
            About::new("deleteOptOut", "Take an address off the opt-outs"),
        )
}

/// An opt-out, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OptOut {
    channel: Channel,
    address: String,
    reason: String,
    source: String,
    created_at: i64,
}

impl From<OptOutRow> for OptOut {
    fn from(row: OptOutRow) -> Self {
        Self {
            channel: row.channel,
            address: row.address,
            reason: row.reason,
            source: row.source,
            created_at: row.created_ms,
        }
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    _: Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<OptOut>>, Failure> {
    let (channel, page) = parse_filter(&query)?;
    let most = page.with_next();
    let statement = match channel {
        None => opt_outs::page(page.after.as_ref(), most),
        Some(channel) => {
            let after = page.after.as_ref().map_or("", |(_, address)| address);
            opt_outs::page_of_channel(channel, after, most)
        }
    };
    let rows = app.db().run(statement).await?.all::<OptOutRow>()?;
    let rows = Listing::new(rows, &page, |row| cursor(row.channel.name(), &row.address));
    Ok(Json(Listing {
        items: rows.items.into_iter().map(OptOut::from).collect(),
        next_cursor: rows.next_cursor,
    }))
}

#[worker::send]
async fn create<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Document(document): Document,
) -> Result<Kept<OptOut>, Failure> {
    let row = parse(&document, app.now.millis())?;
    let (is_new, row) = keep(&app, &row).await?;
    Ok(Kept { is_new, is_repeated: false, kept: OptOut::from(row) })
}

#[worker::send]
async fn remove<W: World + 'static>(
    _: Administrator,
    app: App<W>,
    place: Place,
) -> Result<NoContent, Failure> {
    let gone = app.db().run(opt_outs::delete(place.channel, &place.address)).await?;
    if gone.changes == 0 {
        return Err(Failure::not_found("this address is not on the opt-outs"));
    }
    Ok(NoContent)
}

/// Puts an address on the opt-outs: whether it is new there, and the entry that stands.
///
/// # Errors
/// The database's; repeating it is safe.
pub async fn keep<W: World>(
    app: &App<W>,
    row: &OptOutRow,
) -> Result<(bool, OptOutRow), StoreError> {
    let mut answers = app.db().batch(opt_outs::insert(row)).await?.into_iter();
    let is_new = answers.next().is_some_and(|answer| answer.changes == 1);
    let row = answers.next().map(Answer::first).transpose()?.flatten();
    let row = row.ok_or_else(|| StoreError::Failed("an opt-out was not kept".into()))?;
    Ok((is_new, row))
}

impl Part for Place {}

/// An opt-out in the path. What is not an address stays as it is written: it is then not found.
struct Place {
    channel: Channel,
    address: String,
}

impl<W: World + 'static> FromRequestParts<App<W>> for Place {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<W>) -> Result<Self, Failure> {
        let nowhere = || Failure::not_found("this address is not on the opt-outs");
        let Path((channel, address)) = Path::<(String, String)>::from_request_parts(parts, app)
            .await
            .map_err(|_| nowhere())?;
        let channel = CHANNELS.iter().find(|(name, _)| *name == channel);
        let (_, channel) = *channel.ok_or_else(nowhere)?;
        let normal = Rule::of(channel, None).normal(&address);
        Ok(Self { channel, address: normal.unwrap_or(address) })
    }
}

fn parse_filter(query: &Value) -> Result<(Option<Channel>, Page<At>), Vec<Problem>> {
    let mut fields = Fields::of(query);
    let channel = fields.optional("channel");
    let channel = channel.and_then(|value| fields.one_of("channel", value, &CHANNELS));
    let page = Page::read(&mut fields, place);
    fields.finish(page.map(|page| (channel, page)))
}

/// A place in the list: channel and address.
type At = (String, String);

/// A list's place as a text that needs no escaping.
fn cursor(channel: &str, address: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{channel}:{address}"))
}

fn place(cursor: &str) -> Option<At> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (channel, address) = text.split_once(':')?;
    Some((channel.to_owned(), address.to_owned()))
}

fn parse(document: &Value, now_ms: i64) -> Result<OptOutRow, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let channel = fields.required("channel");
    let channel = channel.and_then(|value| fields.one_of("channel", value, &CHANNELS));
    let address = fields.required("address");
    let address = address.and_then(|value| fields.text("address", value, ADDRESS_MOST));
    let reason = match fields.optional("reason") {
        None | Some(Value::Null) => Some("put here by hand".to_owned()),
        Some(value) => fields.text("reason", value, REASON_MOST),
    };
    let address = match (channel, address) {
        (Some(channel), Some(address)) => match Rule::of(channel, None).normal(&address) {
            Ok(address) => Some(address),
            Err(fault) => {
                fields.refuse("address", fault.code, fault.message);
                None
            }
        },
        _ => None,
    };
    let row = (|| {
        Some(OptOutRow {
            channel: channel?,
            address: address?,
            reason: reason?,
            source: "manual".into(),
            created_ms: now_ms,
        })
    })();
    fields.finish(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_its_place_back() {
        let there = ("email".to_owned(), "é:1@example.org".to_owned());
        assert_eq!(place(&cursor(&there.0, &there.1)), Some(there));
        for garbage in ["", "*", "AAAA", "ÿ", "_____w"] {
            assert_eq!(place(garbage), None, "{garbage}");
        }
    }
}
