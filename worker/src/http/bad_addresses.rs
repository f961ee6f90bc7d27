//! `/campaigns/{id}/bad-addresses`: whom a campaign could not reach because of the address, for
//! correction.

use axum::Json;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

use super::api::{About, Routes};
use super::asked::Paged;
use super::caller::Viewer;
use super::campaigns::find;
use super::fields::Fields;
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::contacts::Address;
use crate::model::{Channel, Person};
use crate::ports::World;
use crate::reasons::{self, Reason};
use crate::store::messages::{self, MessageRow, PAGES_MOST, PeopleRow, SCAN_MOST, Wanted};
use crate::store::{Database, StoreError, contacts};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns").get(
        "/campaigns/{id}/bad-addresses",
        list::<W>,
        About::new("listBadAddresses", "List whom a campaign could not reach, for correction")
            .filters::<Paged>(),
    )
}

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
    let mut fields = Fields::of(&query);
    let page = Page::read(&mut fields, number);
    let page = fields.finish(page)?;
    let campaign = find(&app, key.team_id(), &id).await?;
    let from = page.after.unwrap_or(0);
    let until = campaign.total.min(from.saturating_add(SCAN_MOST));
    let wanted = Wanted { campaign_seq: campaign.seq, from, until, ..Wanted::default() };
    let pages = messages::pages(&[wanted], &json!(["failed"]), PAGES_MOST);
    let rows = app.db().run(pages).await?;
    let rows = rows.all::<PeopleRow>()?;
    let is_cut = i64::try_from(rows.len()).is_ok_and(|pages| pages == PAGES_MOST);
    let mut next = until;
    let mut items = Vec::new();
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
            if i64::try_from(items.len()).is_ok_and(|many| many == page.limit) {
                next = ordinal;
                break 'pages;
            }
            items.push(BadAddress {
                ordinal,
                channel: campaign.channel,
                address: person.to,
                fields: person.fields,
                reason: message.reason.clone(),
                detail: message.detail.clone(),
                contact_id: None,
            });
        }
    }
    let places: Vec<Address> = items
        .iter()
        .map(|item| Address { channel: item.channel, address: item.address.clone() })
        .collect();
    let owners = app.db().run(contacts::by_addresses(key.team_id(), &json!(places))).await?;
    let owners = contacts::contacts_of(owners)?;
    for (item, place) in items.iter_mut().zip(&places) {
        let owner = owners.iter().find(|owner| owner.addresses.contains(place));
        item.contact_id = owner.map(|owner| owner.id.clone());
    }
    let next_cursor = (next < campaign.total).then(|| next.to_string());
    Ok(Json(Listing { items, next_cursor }))
}

fn is_bad(message: &MessageRow) -> bool {
    let reason = message.reason.as_deref().unwrap_or_default();
    // A word of the provider's own may well be about the address.
    message.status == "failed" && reasons::known(reason).is_none_or(Reason::may_be_the_address)
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Failed(error.to_string()))
}
