//! `/campaigns/{id}/bad-addresses`: whom a campaign could not reach because of the address, for
//! correction: as a list, and as a file that comes back corrected.

use axum::Json;
use axum::body::Body;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use worker::send::SendFuture;

use super::api::{About, CsvFile, Routes};
use super::asked::Paged;
use super::caller::Viewer;
use super::campaigns::find;
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::contacts::{Address, csv};
use crate::import::known_as;
use crate::model::{Channel, Person};
use crate::ports::World;
use crate::reasons::{self, Reason};
use crate::store::campaigns::CampaignRow;
use crate::store::messages::{self, MessageRow, PAGES_MOST, PeopleRow, SCAN_MOST, Wanted};
use crate::store::resends::{self, ColumnRow};
use crate::store::{Database, StoreError, contacts};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns").get(
        "/campaigns/{id}/bad-addresses",
        list::<W>,
        About::new("listBadAddresses", "List whom a campaign could not reach, for correction")
            .filters::<Paged>(),
    )
    .get(
        "/campaigns/{id}/bad-addresses.csv",
        table::<W>,
        About::new("getBadAddressTable", "Export them as a file to be corrected")
            .says(
                "Corrected, it is a list for a campaign that sends this one again to `someone_else`.",
            ),
    )
}

/// The heading of the zones.
const ZONE: &str = "time_zone";
/// The headings of what is there for whoever corrects the file.
const NOTES: [&str; 3] = ["bad_because", "provider_said", "contact_id"];
/// Parts of the list that one file has, at most, each of up to 4,000 people.
const READS_MOST: usize = 450;

/// An address that could not be reached.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct BadAddress {
    ordinal: i64,
    channel: Channel,
    address: String,
    /// What the row of the file or the contact says of the person.
    fields: serde_json::Map<String, serde_json::Value>,
    reason: Option<String>,
    detail: Option<String>,
    /// The contact who has the address, to be corrected with PATCH.
    contact_id: Option<String>,
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<Json<Listing<BadAddress>>, Failure> {
    let page = Page::of(&query, number)?;
    let campaign = find(&app, key.team_id(), &id).await?;
    let found = look(&app, &campaign, page.after.unwrap_or(0), page.limit).await?;
    let items = found.people.into_iter().map(|(bad, _)| bad).collect();
    Ok(Json(Listing { items, next_cursor: found.next.map(|next| next.to_string()) }))
}

/// The whole list, as a file to be corrected and put into a resend.
#[worker::send]
async fn table<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<CsvFile, Failure> {
    let campaign = find(&app, key.team_id(), &id).await?;
    let columns = app.db().run(resends::columns(campaign.seq)).await?.all::<ColumnRow>()?;
    let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
    let mut head = String::new();
    let address = address_column(campaign.channel, &columns);
    let names = columns.iter().map(String::as_str).chain(NOTES.iter().copied());
    csv::addressed_row(&mut head, address, [ZONE].into_iter().chain(names));
    let rows = stream::try_unfold(Some((0, 0)), move |place| {
        let (app, campaign, columns) = (app.clone(), campaign.clone(), columns.clone());
        SendFuture::new(async move {
            let Some((from, reads)) = place else { return Ok(None) };
            if reads == READS_MOST {
                let why = "the list is too long for one file; take it in pages".to_owned();
                return Err(StoreError::Failed(why));
            }
            let found = look(&app, &campaign, from, i64::MAX).await?;
            let mut rows = String::new();
            for (bad, zone) in &found.people {
                bad.write(&mut rows, zone.as_deref().unwrap_or_default(), &columns);
            }
            Ok::<_, StoreError>(Some((rows, found.next.map(|next| (next, reads + 1)))))
        })
    });
    let file = stream::once(async { Ok(head) }).chain(rows);
    Ok(CsvFile::whole("bad-addresses.csv", Body::from_stream(file)))
}

/// A heading by which an import finds the addresses, and which no field has.
fn address_column(channel: Channel, columns: &[String]) -> &'static str {
    let names: &[&str] = match channel {
        Channel::Email => &["email", "mail", "to"],
        Channel::Direct => &["handle", "to"],
        Channel::Sms | Channel::Whatsapp => &["phone", "mobile", "to"],
    };
    let is_free = |name: &&&str| !columns.iter().any(|column| column == **name);
    names.iter().find(is_free).copied().unwrap_or("to")
}

impl BadAddress {
    fn write(&self, rows: &mut String, zone: &str, columns: &[String]) {
        let field = |name: &String| self.fields.get(name).and_then(Value::as_str);
        let fields = columns.iter().map(|name| field(name).unwrap_or_default());
        let notes = [&self.reason, &self.detail, &self.contact_id];
        let notes = notes.map(|note| note.as_deref().unwrap_or_default());
        let cells = [zone].into_iter().chain(fields).chain(notes);
        csv::addressed_row(rows, &self.address, cells);
    }
}

/// Part of the list, each with the zone that is known, and the ordinal to go on from.
struct Found {
    people: Vec<(BadAddress, Option<String>)>,
    next: Option<i64>,
}

/// Up to `most` of them from ordinal `from` on.
async fn look<W: World>(
    app: &App<W>,
    campaign: &CampaignRow,
    from: i64,
    most: i64,
) -> Result<Found, StoreError> {
    let until = campaign.total.min(from.saturating_add(SCAN_MOST));
    let wanted = Wanted { campaign_seq: campaign.seq, from, until, ..Wanted::default() };
    let pages = messages::pages(&[wanted], &json!(["failed"]), None, PAGES_MOST);
    let rows = app.db().run(pages).await?;
    let rows = rows.all::<PeopleRow>()?;
    let is_cut = i64::try_from(rows.len()).is_ok_and(|pages| pages == PAGES_MOST);
    let mut next = until;
    let mut found = Vec::new();
    'pages: for row in rows {
        let people: Vec<Person> = read(&row.people)?;
        let failed: Vec<MessageRow> = read(&row.messages)?;
        let failed: BTreeMap<_, _> = failed.into_iter().map(|m| (m.ordinal, m)).collect();
        if is_cut {
            next = row.first + row.count;
        }
        for (ordinal, person) in (row.first..).zip(people) {
            let message = failed.get(&ordinal).filter(|m| ordinal >= from && is_bad(m));
            let Some(message) = message.filter(|_| !person.to.is_empty()) else { continue };
            if i64::try_from(found.len()).is_ok_and(|many| many == most) {
                next = ordinal;
                break 'pages;
            }
            let bad = BadAddress {
                ordinal,
                channel: campaign.channel,
                address: person.to,
                fields: person.fields,
                reason: message.reason.clone(),
                detail: message.detail.clone(),
                contact_id: None,
            };
            found.push((bad, person.zone));
        }
    }
    let place = |bad: &BadAddress| Address {
        channel: bad.channel,
        address: known_as(bad.channel.name(), &bad.address).into_owned(),
    };
    let places: Vec<Address> = found.iter().map(|(bad, _)| place(bad)).collect();
    let owners = app.db().run(contacts::by_addresses(&campaign.team_id, &json!(places))).await?;
    let owners = contacts::contacts_of(owners)?;
    let owners: BTreeMap<&Address, &str> = owners
        .iter()
        .flat_map(|owner| owner.addresses.iter().map(|place| (place, owner.id.as_str())))
        .collect();
    for ((bad, _), place) in found.iter_mut().zip(&places) {
        bad.contact_id = owners.get(place).map(|id| (*id).to_owned());
    }
    Ok(Found { people: found, next: (next < campaign.total).then_some(next) })
}

fn is_bad(message: &MessageRow) -> bool {
    let reason = message.reason.as_deref().unwrap_or_default();
    // A word of the provider's own may well be about the address.
    message.status == "failed" && reasons::known(reason).is_none_or(Reason::may_be_the_address)
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Failed(error.to_string()))
}
