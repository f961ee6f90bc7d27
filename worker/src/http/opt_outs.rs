//! `/opt-outs`: the people who do not want any more messages.

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::{Instant, Problem};

use super::api::{About, Kept, NoContent, Part, Repeat, Routes};
use super::asked::{conversations as asked, people};
use super::body::Document;
use super::caller::{Administrator, Operator, Viewer};
use super::fields::Fields;
use super::params::{Listing, Page, Query, instant_of, number};
use super::senders::CHANNELS;
use super::{App, Failure};
use crate::import::{Rule, known_as};
use crate::jobs::erasures;
use crate::jobs::opt_outs::{respell, spelled};
use crate::model::{Caller, Channel};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::opt_outs::{self, EndRow, Filter, NewOptOut, OptOutRow, Place as At};
use crate::store::{Answer, Database, StoreError};

/// The longest reason, in characters.
pub const REASON_MOST: usize = 200;

/// The longest address, in characters: that of a mail address (RFC 5321) and some.
const ADDRESS_MOST: usize = 320;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("opt-outs", "The people who do not want any more messages.")
        .get(
            "/opt-outs",
            list::<W>,
            About::new("listOptOuts", "List the opt-outs, newest first")
                .says("With `address` and `channel`: those that begin so, by address.")
                .filters::<asked::OptOutFilter>(),
        )
        .post(
            "/opt-outs",
            create::<W>,
            About::new("createOptOut", "Put an address on the opt-outs")
                .says(
                    "Where it is there already, the first entry stays, and is answered. One that START \
                     from the person would lift gives way to the new one.",
                )
                .asks::<people::NewOptOut>()
                .repeated(Repeat::Finds),
        )
        .get(
            "/opt-outs/{channel}/{address}",
            show::<W>,
            About::new("showOptOut", "Show the opt-out of an address"),
        )
        .delete(
            "/opt-outs/{channel}/{address}",
            remove::<W>,
            About::new("deleteOptOut", "Take an address off the opt-outs")
                .filters::<asked::LiftFilter>(),
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
    /// Who put it there, where somebody did.
    by: Option<String>,
    /// The campaign that caused it.
    campaign_id: Option<String>,
    /// The message that said so.
    inbound_id: Option<String>,
}

impl From<OptOutRow> for OptOut {
    fn from(row: OptOutRow) -> Self {
        Self {
            channel: row.channel,
            address: row.address,
            reason: row.reason,
            source: row.source,
            created_at: row.created_ms,
            by: row.by_whom,
            campaign_id: row.campaign_id,
            inbound_id: row.inbound_id,
        }
    }
}

/// What a list is about.
enum Asked {
    /// Newest first.
    ByTime(Filter, Page<At>),
    /// The addresses that begin so, by address.
    ByPrefix(Channel, String, Page<String>),
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<OptOut>>, Failure> {
    let rows = match parse_filter(&query)? {
        Asked::ByPrefix(channel, prefix, page) => {
            let after = page.after.as_deref().unwrap_or("");
            let most = page.with_next();
            let asked = opt_outs::page_of_prefix(key.team_id(), channel, &prefix, after, most);
            let rows = app.db().run(asked).await?.all::<OptOutRow>()?;
            Listing::new(rows, &page, |row| URL_SAFE_NO_PAD.encode(&row.address))
        }
        Asked::ByTime(filter, page) => {
            let before = page.after.clone().unwrap_or_else(opt_outs::top);
            let asked = opt_outs::page(key.team_id(), &filter, &before, page.with_next());
            let mut answers = app.db().batch(asked.into()).await?.into_iter();
            let rows = answers.next().unwrap_or_default().all::<OptOutRow>()?;
            let end = answers.next().unwrap_or_default().first::<EndRow>()?;
            let cursor = |row: &OptOutRow| cursor(row.created_ms, row.channel.name(), &row.address);
            let mut rows = Listing::new(rows, &page, cursor);
            // Where the search for few among many stopped, it goes on.
            let end = end.filter(|_| rows.next_cursor.is_none());
            if let Some(end) = end {
                rows.next_cursor = Some(self::cursor(end.created_ms, &end.channel, &end.address));
            }
            rows
        }
    };
    Ok(Json(Listing {
        items: rows.items.into_iter().map(OptOut::from).collect(),
        next_cursor: rows.next_cursor,
    }))
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    place: Place,
) -> Result<Json<OptOut>, Failure> {
    let (team_id, channel, address) = (key.team_id(), place.channel, &place.address);
    for (address, pseudonym) in spelled(&*app.world, team_id, channel.name(), address) {
        let row = opt_outs::standing(team_id, channel, &address, &pseudonym);
        if let Some(row) = app.db().run(row).await?.first::<OptOutRow>()? {
            return Ok(Json(row.into()));
        }
    }
    Err(nowhere())
}

#[worker::send]
async fn create<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Document(document): Document,
) -> Result<Kept<OptOut>, Failure> {
    let new = parse(&document)?;
    let (is_new, row) = keep(
        &app,
        &key.caller(),
        &NewOptOut {
            team_id: key.team_id(),
            channel: new.channel,
            address: &new.address,
            reason: &new.reason,
            source: "manual",
            by: Some(&key.name),
            created_ms: app.now.millis(),
        },
    )
    .await?;
    Ok(Kept { is_new, is_repeated: false, kept: OptOut::from(row) })
}

/// Takes an address off the list. Why (`?reason=`) is kept, with what the entry was.
#[worker::send]
async fn remove<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    place: Place,
    Query(query): Query,
) -> Result<NoContent, Failure> {
    let mut fields = Fields::of(&query);
    let why = match fields.optional("reason") {
        None => Some("taken off by hand".to_owned()),
        Some(value) => fields.text("reason", value, REASON_MOST),
    };
    let why = fields.finish(why)?;
    let (team_id, now_ms) = (key.team_id(), app.now.millis());
    let (channel, address) = (place.channel, place.address.as_str());
    let pseudonym = erasures::pseudonym(&*app.world, team_id, channel.name(), address);
    let respelled = respell(&*app.world, team_id, channel, address);
    if !respelled.is_empty() {
        app.db().batch(respelled).await?;
    }
    let mut statements =
        opt_outs::lift(team_id, channel, (address, &pseudonym), &why, &key.name, now_ms);
    let subject = subject(&app, team_id, channel, address);
    let entry = Entry::new("opt_out.delete", &subject, Value::Null);
    statements.insert(1, audit::entry_if_changed(&key.caller(), &entry, now_ms));
    let answers = app.db().batch(statements).await?;
    if answers.first().is_none_or(|noted| noted.changes == 0) {
        return Err(nowhere());
    }
    Ok(NoContent)
}

/// What an entry in the audit log is about: the address by another name, so that it can be erased.
fn subject<W: World>(app: &App<W>, team_id: &str, channel: Channel, address: &str) -> String {
    let name = erasures::pseudonym(&*app.world, team_id, channel.name(), address);
    format!("{}:{name}", channel.name())
}

/// Puts an address on the opt-outs: whether it is new there, and the entry that stands.
///
/// # Errors
/// The database's; repeating it is safe.
pub async fn keep<W: World>(
    app: &App<W>,
    by: &Caller,
    new: &NewOptOut<'_>,
) -> Result<(bool, OptOutRow), StoreError> {
    let subject = subject(app, new.team_id, new.channel, new.address);
    let entry = Entry::new("opt_out.create", &subject, json!({ "source": new.source }));
    let mut statements = opt_outs::insert(new);
    statements.insert(1, audit::entry_if_changed(by, &entry, new.created_ms));
    let mut answers = app.db().batch(statements).await?.into_iter();
    let is_new = answers.next().is_some_and(|answer| answer.changes == 1);
    let row = answers.nth(1).map(Answer::first).transpose()?.flatten();
    let row = row.ok_or_else(|| StoreError::Failed("an opt-out was not kept".into()))?;
    Ok((is_new, row))
}

fn nowhere() -> Failure {
    Failure::not_found("this address is not on the opt-outs")
}

impl Part for Place {}

/// A channel and an address in the path. What is not an address stays as it is written.
pub struct Place {
    /// The channel.
    pub channel: Channel,
    /// The address, in its normal form where it has one.
    pub address: String,
}

impl<W: World + 'static> FromRequestParts<App<W>> for Place {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<W>) -> Result<Self, Failure> {
        let Path((channel, address)) = Path::<(String, String)>::from_request_parts(parts, app)
            .await
            .map_err(|_| nowhere())?;
        let channel = CHANNELS.iter().find(|(name, _)| *name == channel);
        let (_, channel) = *channel.ok_or_else(nowhere)?;
        let normal = Rule::of(channel, None).normal(&address);
        Ok(Self { channel, address: normal.unwrap_or(address) })
    }
}

fn parse_filter(query: &Value) -> Result<Asked, Vec<Problem>> {
    let mut fields = Fields::of(query);
    let channel = fields.optional("channel");
    let channel = channel.and_then(|value| fields.one_of("channel", value, &CHANNELS));
    let prefix = fields.optional("address");
    let sources = opt_outs::SOURCES.map(|source| (source, source));
    let source = fields.optional("source");
    let source = source.and_then(|value| fields.one_of("source", value, &sources));
    let from = instant_of(&mut fields, "from");
    let until = instant_of(&mut fields, "to");
    let Some(prefix) = prefix else {
        let filter = Filter {
            channel,
            source,
            from_ms: from.map(Instant::millis),
            until_ms: until.map(Instant::millis),
        };
        let page = Page::read(&mut fields, place);
        return fields.finish(page.map(|page| Asked::ByTime(filter, page)));
    };
    let prefix = fields.text("address", prefix, ADDRESS_MOST);
    let prefix = prefix.map(|prefix| match channel {
        Some(channel) => known_as(channel.name(), &prefix).into_owned(),
        None => prefix,
    });
    if channel.is_none() {
        let message = "is needed with `address`: write one, or leave `address` out";
        fields.refuse("channel", "missing", message);
    }
    if source.is_some() || from.is_some() || until.is_some() {
        let message = "does not go with `source`, `from` or `to`; leave these out, or it";
        fields.refuse("address", "not_together", message);
    }
    let page = Page::read(&mut fields, |cursor| {
        String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
    });
    let asked = (|| Some(Asked::ByPrefix(channel?, prefix?, page?)))();
    fields.finish(asked)
}

/// A list's place as a text that needs no escaping.
pub fn cursor(at_ms: i64, channel: &str, address: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{at_ms}:{channel}:{address}"))
}

/// The place of a [`cursor`].
pub fn place(cursor: &str) -> Option<At> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (at_ms, rest) = text.split_once(':')?;
    let (channel, address) = rest.split_once(':')?;
    Some((number(at_ms)?, channel.to_owned(), address.to_owned()))
}

struct New {
    channel: Channel,
    address: String,
    reason: String,
}

fn parse(document: &Value) -> Result<New, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let channel = fields.required("channel");
    let channel = channel.and_then(|value| fields.one_of("channel", value, &CHANNELS));
    let address = fields.required("address");
    let address = address.and_then(|value| fields.text("address", value, ADDRESS_MOST));
    let reason = parse_reason(&mut fields);
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
    let new = (|| Some(New { channel: channel?, address: address?, reason: reason? }))();
    fields.finish(new)
}

/// Why somebody puts an address there.
pub fn parse_reason(fields: &mut Fields<'_>) -> Option<String> {
    match fields.optional("reason") {
        None | Some(Value::Null) => Some("put here by hand".to_owned()),
        Some(value) => fields.text("reason", value, REASON_MOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_its_place_back() {
        let there = (7, "email".to_owned(), "é:1@example.org".to_owned());
        assert_eq!(place(&cursor(there.0, &there.1, &there.2)), Some(there));
        for garbage in ["", "*", "AAAA", "ÿ", "_____w", &URL_SAFE_NO_PAD.encode("x:y:z")] {
            assert_eq!(place(garbage), None, "{garbage}");
        }
    }
}
