//! `/contacts/{id}`: one of the people that a team writes to.

use axum::Json;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tidegate::Problem;
use tidegate::zone::Zone;

use super::api::{About, Created, Found, NoContent, Routes};
use super::asked::contacts as asked;
use super::body::Document;
use super::caller::{Operator, Viewer};
use super::fields::{Fields, NAME_MOST};
use super::params::Id;
use super::senders::CHANNELS;
use super::{App, Failure};
use crate::contacts::file::is_reserved;
use crate::contacts::{
    ADDRESSES_MOST, Address, Contact, FIELD_MOST, LABEL_MOST, LABELS_MOST, Patch, ZoneSource,
};
use crate::content::field_name;
use crate::import::{Rule, region};
use crate::jobs::{CommandError, contact_lists, contacts};
use crate::model::Channel;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::{self, Database};

/// The longest address, in characters: that of a mail address (RFC 5321) and some.
const ADDRESS_MOST: usize = 320;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("contacts", "The people that a team writes to.")
        .post(
            "/contacts",
            create::<W>,
            About::new("createContact", "Make a contact")
                .says("An address belongs to one contact; where it is taken, the answer names whose.")
                .asks::<asked::NewContact>()
                .conflicts(&["address_taken", "overtaken"]),
        )
        .get(
            "/contacts/{id}",
            show::<W>,
            About::new("getContact", "Show a contact")
                .says("One that was merged into another answers 301 and names that one."),
        )
        .patch(
            "/contacts/{id}",
            change::<W>,
            About::new("changeContact", "Change a contact")
                .asks::<asked::ContactChange>()
                .conflicts(&["address_taken", "changed", "overtaken"]),
        )
        .delete(
            "/contacts/{id}",
            remove::<W>,
            About::new("deleteContact", "Take somebody off the contacts")
                .says("What was sent stays recorded; to remove a person, see `/erasures`."),
        )
        .post(
            "/contacts/{id}/merge",
            merge::<W>,
            About::new("mergeContacts", "Make two contacts one")
                .says(
                    "What this one says wins; addresses, tags and accounts are united; the other id \
                     leads here from then on.",
                )
                .asks::<asked::MergeAsked>()
                .conflicts(&["overtaken"]),
        )
}

/// A contact, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Contact"))]
pub struct Told {
    id: String,
    version: i64,
    name: String,
    addresses: Vec<ToldAddress>,
    tags: BTreeSet<String>,
    accounts: BTreeSet<String>,
    time_zones: Vec<String>,
    time_zone_source: ZoneSource,
    fields: BTreeMap<String, String>,
    created_at: i64,
    updated_at: i64,
}

/// Where somebody can be reached, and whether they do not want to be.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ContactAddress"))]
struct ToldAddress {
    channel: Channel,
    address: String,
    opted_out: bool,
}

/// Contacts as the API tells them, with what has opted out.
///
/// # Errors
/// The database's.
pub async fn told<W: World>(
    app: &App<W>,
    team_id: &str,
    contacts: Vec<Contact>,
) -> Result<Vec<Told>, Failure> {
    let opted_out = contact_lists::opted_out(app.db(), team_id, &contacts).await?;
    let tell = |contact: Contact| Told {
        id: contact.id,
        version: contact.version,
        name: contact.name,
        addresses: contact
            .addresses
            .into_iter()
            .map(|place| ToldAddress {
                opted_out: opted_out.contains(&place),
                channel: place.channel,
                address: place.address,
            })
            .collect(),
        tags: contact.tags,
        accounts: contact.accounts,
        time_zones: contact.zones,
        time_zone_source: contact.zone_source,
        fields: contact.fields,
        created_at: contact.created_ms,
        updated_at: contact.updated_ms,
    };
    Ok(contacts.into_iter().map(tell).collect())
}

async fn one<W: World>(app: &App<W>, team_id: &str, contact: Contact) -> Result<Told, Failure> {
    let told = told(app, team_id, vec![contact]).await?;
    told.into_iter().next().ok_or_else(|| Failure::not_found("no such contact"))
}

/// Where a contact that was merged is now.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MergedContact {
    id: String,
    merged_into: String,
}

#[worker::send]
async fn create<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Document(document): Document,
) -> Result<Created<Told>, Failure> {
    let (patch, _) = parse(&document, true)?;
    let made = contacts::create(&*app.world, &key.caller(), &patch).await?;
    let place = format!("/api/v1/contacts/{}", made.id);
    Ok(Created { place, made: one(&app, key.team_id(), made).await? })
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Found<Told, MergedContact>, Failure> {
    let team_id = key.team_id();
    match contacts::find(&*app.world, team_id, &id).await {
        Ok(contact) => Ok(Found::Here(one(&app, team_id, contact).await?)),
        Err(CommandError::NotFound) => {
            let into = app.db().run(store::contacts::merged_into(team_id, &id)).await?;
            let into = store::contacts::into_of(into)?.ok_or_else(no_such_contact)?;
            let place = format!("/api/v1/contacts/{into}");
            Ok(Found::Moved { place, into: MergedContact { id, merged_into: into } })
        }
        Err(error) => Err(error.into()),
    }
}

#[worker::send]
async fn change<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<Told>, Failure> {
    let (patch, version) = parse(&document, false)?;
    let changed = contacts::change(&*app.world, &key.caller(), &id, &patch, version).await;
    Ok(Json(one(&app, key.team_id(), changed.map_err(named)?).await?))
}

/// Takes somebody off the contacts. What was sent stays recorded; see `/erasures`.
#[worker::send]
async fn remove<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
) -> Result<NoContent, Failure> {
    contacts::find(&*app.world, key.team_id(), &id).await.map_err(named)?;
    let mut statements = store::contacts::remove(key.team_id(), &id);
    let entry = Entry::new("contact.delete", &id, Value::Null);
    statements.push(audit::entry_if_changed(&key.caller(), &entry, app.now.millis()));
    app.db().batch(statements).await?;
    Ok(NoContent)
}

#[worker::send]
async fn merge<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<Told>, Failure> {
    let mut fields = Fields::of(&document);
    let with = fields.required("with").and_then(|value| fields.text("with", value, NAME_MOST));
    let with = fields.finish(with)?;
    let merged = contacts::merge(&*app.world, &key.caller(), &id, &with).await.map_err(named)?;
    Ok(Json(one(&app, key.team_id(), merged).await?))
}

fn no_such_contact() -> Failure {
    Failure::not_found("no such contact")
}

fn named(error: CommandError) -> Failure {
    match error {
        CommandError::NotFound => no_such_contact(),
        error => error.into(),
    }
}

/// What a document says of a contact, and the version that was looked at. A new one needs an
/// address.
fn parse(document: &Value, is_new: bool) -> Result<(Patch, Option<i64>), Vec<Problem>> {
    let mut fields = Fields::of(document);
    let name = match fields.optional("name") {
        None => None,
        Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) if text.trim().is_empty() => Some(String::new()),
        Some(value) => fields.text("name", value, NAME_MOST),
    };
    let home = fields.optional("region").and_then(|value| {
        let code = fields.text("region", value, 2)?;
        let found = region(&code);
        if found.is_none() {
            let message = "is no country with a numbering plan; write its two letters of ISO 3166";
            fields.refuse("region", "unknown_region", message);
        }
        found
    });
    let given = if is_new { fields.required("addresses") } else { fields.optional("addresses") };
    let addresses = given.map(|value| addresses(&mut fields, value, home));
    let tags = labels(&mut fields, "tags");
    let accounts = labels(&mut fields, "accounts");
    let zone = match fields.optional("time_zone") {
        None => None,
        Some(Value::Null) => Some(String::new()),
        Some(value) => fields.text("time_zone", value, NAME_MOST).and_then(|name| {
            let zone = Zone::named(&name);
            if zone.is_none() {
                let message = "is no time zone; write an IANA name such as `Europe/Paris`";
                fields.refuse("time_zone", "unknown_zone", message);
            }
            zone.map(|zone| zone.name().to_owned())
        }),
    };
    let custom = fields.optional("fields").map(|value| custom(&mut fields, value));
    let patch = Patch {
        adds: false,
        name,
        addresses,
        tags,
        accounts,
        zone,
        fields: custom.unwrap_or_default(),
    };
    let looked_at = if is_new { None } else { fields.optional("version") };
    let version = looked_at.and_then(|value| fields.whole("version", value, 1, i64::MAX));
    fields.finish_if_sound((patch, version))
}

/// The values of a list, each with its path; none where it is no list.
pub fn items<'a>(
    fields: &mut Fields<'_>,
    name: &str,
    value: &'a Value,
    most: usize,
) -> Vec<(String, &'a Value)> {
    let Some(list) = value.as_array() else {
        fields.refuse(name, "type", "is no list; write one");
        return Vec::new();
    };
    if list.len() > most {
        let message = format!("has {} items; write {most} at most", list.len());
        fields.refuse(name, "too_many", message);
        return Vec::new();
    }
    (0..).zip(list).map(|(place, item): (usize, _)| (format!("{name}[{place}]"), item)).collect()
}

fn labels(fields: &mut Fields<'_>, name: &'static str) -> Option<BTreeSet<String>> {
    let value = fields.optional(name)?;
    let items = items(fields, name, value, LABELS_MOST);
    Some(items.iter().filter_map(|(path, item)| fields.text(path, item, LABEL_MOST)).collect())
}

fn addresses(
    fields: &mut Fields<'_>,
    value: &Value,
    home: Option<rlibphonenumber::Region>,
) -> Vec<Address> {
    let items = items(fields, "addresses", value, ADDRESSES_MOST);
    if value.as_array().is_some_and(Vec::is_empty) {
        fields.refuse("addresses", "empty", "is empty; give the contact an address");
    }
    items.iter().filter_map(|(path, item)| address(fields, path, item, home)).collect()
}

/// An address, `{channel, address}`, in its normal form.
pub fn address(
    fields: &mut Fields<'_>,
    path: &str,
    item: &Value,
    home: Option<rlibphonenumber::Region>,
) -> Option<Address> {
    let mut inner = Fields::of(item);
    let channel = inner.required("channel");
    let channel = channel.and_then(|value| inner.one_of("channel", value, &CHANNELS));
    let text = inner.required("address");
    let text = text.and_then(|value| inner.text("address", value, ADDRESS_MOST));
    let address =
        channel.zip(text).and_then(|(channel, text)| match Rule::of(channel, home).normal(&text) {
            Ok(address) => Some(Address { channel, address }),
            Err(fault) => {
                inner.refuse("address", fault.code, fault.message);
                None
            }
        });
    match inner.finish(address) {
        Ok(address) => Some(address),
        Err(problems) => {
            fields.refuse_within(path, problems);
            None
        }
    }
}

fn custom(fields: &mut Fields<'_>, value: &Value) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    let Some(object) = value.as_object() else {
        fields.refuse("fields", "type", "is no object; write names with their texts");
        return found;
    };
    for (name, value) in object {
        let path = format!("fields.{}", super::fields::shown(name));
        if field_name(name) != *name || name.chars().count() > LABEL_MOST {
            let message = format!("is no name of a field; write `{}`", field_name(name));
            fields.refuse(&path, "bad_name", message);
        } else if is_reserved(name) {
            let message = "is the name of a column that is no field; name it differently";
            fields.refuse(&path, "reserved", message);
        } else if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
            found.insert(name.clone(), None);
        } else if let Some(text) = fields.text(&path, value, FIELD_MOST) {
            found.insert(name.clone(), Some(text));
        }
    }
    found
}
