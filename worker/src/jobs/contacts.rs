//! Contacts made, changed, merged and taken off.

use serde_json::{Value, json};
use tidegate::Problem;

use super::{CommandError, erasures};
use crate::contacts::{Address, Contact, FIELDS_MOST, Patch, new_id};
use crate::model::Caller;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::contacts as store;
use crate::store::{Database, Statement, StoreError};

/// How often a change is tried that others overtake.
const TRIES: usize = 4;

/// Makes a contact.
///
/// # Errors
/// [`CommandError::Conflict`] `address_taken` when an address belongs to another.
pub async fn create<W: World>(
    world: &W,
    by: &Caller,
    patch: &Patch,
) -> Result<Contact, CommandError> {
    let now_ms = world.now().millis();
    let id = new_id(now_ms, 0, &world.token());
    let mut contact = Contact { id, created_ms: now_ms, updated_ms: now_ms, ..Contact::default() };
    patch.apply(&mut contact);
    put(world, by, "contact.create", contact).await
}

/// Changes a contact; `version` is the one that was looked at.
///
/// # Errors
/// As [`create`], and where it is not there or has changed since.
pub async fn change<W: World>(
    world: &W,
    by: &Caller,
    id: &str,
    patch: &Patch,
    version: Option<i64>,
) -> Result<Contact, CommandError> {
    let mut tries = 1;
    loop {
        let mut contact = find(world, &by.team_id, id).await?;
        if let Some(version) = version.filter(|version| *version != contact.version) {
            return Err(conflict(
                "changed",
                format!(
                    "the contact was changed: version {version} was looked at, and it is at {}; \
                     look at it again",
                    contact.version
                ),
            ));
        }
        if !patch.apply(&mut contact) {
            return Ok(contact);
        }
        contact.updated_ms = world.now().millis();
        match put(world, by, "contact.change", contact).await {
            Err(CommandError::Conflict { code: "overtaken", .. }) if tries < TRIES => tries += 1,
            other => return other,
        }
    }
}

/// Makes two contacts one: `with` becomes part of `id`.
///
/// # Errors
/// Where one is not there, or both are one already.
pub async fn merge<W: World>(
    world: &W,
    by: &Caller,
    id: &str,
    with: &str,
) -> Result<Contact, CommandError> {
    let team_id = by.team_id.as_str();
    if id == with {
        let message = "is the contact itself; name the other one".to_owned();
        return Err(CommandError::Invalid(vec![Problem {
            path: "with".into(),
            code: "same",
            message,
        }]));
    }
    let db = world.database();
    let mut tries = 1;
    loop {
        let mut contact = find(world, team_id, id).await?;
        // Done before, by a request whose answer was lost.
        let into = store::into_of(db.run(store::merged_into(team_id, with)).await?)?;
        if into.as_deref() == Some(id) {
            return Ok(contact);
        }
        let gone = find(world, team_id, with).await?;
        contact.unite(&gone);
        within_bounds(&contact)?;
        contact.updated_ms = world.now().millis();
        let mut statements = store::note_merge(team_id, &gone, id, contact.updated_ms);
        statements.extend(store::remove(team_id, with));
        statements.extend(writing(team_id, &[&contact]));
        let entry = Entry::new("contact.merge", id, json!({ "with": with }));
        statements.push(audit::entry(by, &entry, contact.updated_ms));
        match db.batch(statements).await {
            Ok(_) => return find(world, team_id, id).await,
            Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            Err(StoreError::Conflict(_)) => return Err(overtaken()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The contact with this id.
///
/// # Errors
/// [`CommandError::NotFound`].
pub async fn find<W: World>(world: &W, team_id: &str, id: &str) -> Result<Contact, CommandError> {
    let found = world.database().run(store::by_id(team_id, id)).await?;
    store::contacts_of(found)?.into_iter().next().ok_or(CommandError::NotFound)
}

/// Writes a contact. What is known of a person stays out of the audit log.
async fn put<W: World>(
    world: &W,
    by: &Caller,
    what: &str,
    contact: Contact,
) -> Result<Contact, CommandError> {
    let (db, team_id) = (world.database(), by.team_id.as_str());
    within_bounds(&contact)?;
    if contact.addresses.is_empty() {
        return Err(invalid(
            "addresses",
            "empty",
            "is empty; give the contact an address, or delete it".into(),
        ));
    }
    let known = store::fields_of(db.run(store::fields(team_id)).await?)?;
    let new = contact.fields.keys().filter(|name| !known.contains(name)).count();
    if new > 0 && known.len() + new > FIELDS_MOST {
        return Err(too_many_fields("fields"));
    }
    let mut statements = writing(team_id, &[&contact]);
    statements.extend(erasures::remembered(world, team_id, &contact.addresses).await?);
    let id = contact.id.clone();
    statements.push(audit::entry(by, &Entry::new(what, &id, Value::Null), contact.updated_ms));
    match db.batch(statements).await {
        Ok(_) => find(world, team_id, &id).await,
        Err(StoreError::Conflict(_)) => {
            let owners = db.run(store::by_addresses(team_id, &json!(contact.addresses))).await?;
            let owners = store::contacts_of(owners)?;
            let other = owners.iter().find(|owner| owner.id != contact.id);
            Err(other.map_or_else(overtaken, |other| taken(&contact, other)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The statements that write contacts as they are to be.
#[must_use]
pub fn writing(team_id: &str, contacts: &[&Contact]) -> Vec<Statement> {
    let documents: Value = contacts.iter().map(|contact| contact.to_store()).collect();
    let names: std::collections::BTreeSet<&String> =
        contacts.iter().flat_map(|contact| contact.fields.keys()).collect();
    store::write(team_id, &documents, &json!(names))
}

fn within_bounds(contact: &Contact) -> Result<(), CommandError> {
    contact.excess().map_or(Ok(()), |(name, has, most)| {
        let message =
            format!("the contact would have {has}, and {most} is the most; take some out");
        Err(invalid(name, "too_many", message))
    })
}

/// With these the team's contacts would have more fields than there may be.
pub(super) fn too_many_fields(path: &str) -> CommandError {
    let message = format!(
        "with these the team's contacts have more than {FIELDS_MOST} different fields; use one \
         that is there"
    );
    invalid(path, "too_many_fields", message)
}

fn invalid(path: &str, code: &'static str, message: String) -> CommandError {
    CommandError::Invalid(vec![Problem { path: path.into(), code, message }])
}

fn taken(contact: &Contact, owner: &Contact) -> CommandError {
    let is_shared = |address: &&Address| owner.addresses.contains(address);
    let shared = contact.addresses.iter().find(is_shared).map_or("", |a| a.address.as_str());
    conflict(
        "address_taken",
        format!(
            "`{shared}` belongs to `{}`, the contact `{}`; change that one, or make the two one \
             with POST /contacts/{}/merge",
            if owner.name.is_empty() { shared } else { &owner.name },
            owner.id,
            owner.id,
        ),
    )
}

fn overtaken() -> CommandError {
    conflict("overtaken", "somebody else changed the contact at the same time; try again".into())
}

fn conflict(code: &'static str, detail: String) -> CommandError {
    CommandError::Conflict { code, detail, legal: Vec::new(), standing: None }
}
