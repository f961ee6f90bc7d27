//! Erases a person: from the contacts at once, from the campaigns step by step, and for good.
//!
//! What is left is a pseudonym of each address that had opted out. Whoever sends compares
//! pseudonyms too, so the opt-out holds although nobody knows any more whose it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::CommandError;
use super::state::parsed;
use crate::contacts::Address;
use crate::import::{known_as, spellings};
use crate::model::Caller;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::erasures::{self as store, ErasureRow, PageKey, PageRow, Whom};
use crate::store::{Database, Statement, StoreError, contacts, erasure_traces};

/// Pages that are made nameless together, in bytes, about: twice that is a parameter, of which D1
/// takes 2 MB. The largest page is below twice as long.
const BLANK_BYTES: usize = 500_000;

/// How often a page is tried that changed while it was read.
const TRIES: usize = 3;

/// The pseudonym of an address, however a list of people spells it.
#[must_use]
pub fn pseudonym<W: World>(world: &W, team_id: &str, channel: &str, address: &str) -> String {
    let address = known_as(channel, address);
    world.pseudonym(&format!("{team_id}\n{channel}\n{address}"))
}

fn pseudonyms<W: World>(world: &W, team_id: &str, addresses: &[Address]) -> Value {
    let with = |place: &Address| {
        let pseudonym = pseudonym(world, team_id, place.channel.name(), &place.address);
        json!({ "channel": place.channel, "address": place.address, "pseudonym": pseudonym })
    };
    addresses.iter().map(with).collect()
}

/// The statements that put addresses on the opt-outs again whose owners were erased. None where
/// nobody of the team was.
///
/// # Errors
/// The database's.
pub async fn remembered<W: World>(
    world: &W,
    team_id: &str,
    addresses: &[Address],
) -> Result<Vec<Statement>, StoreError> {
    if world.database().run(store::any(team_id)).await?.rows.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![store::remember(team_id, &pseudonyms(world, team_id, addresses))])
}

/// Begins to erase whoever has these addresses, with all that a contact who has one of them has,
/// and searches as far as the statements of one invocation go. The rest goes on with the sweep.
///
/// # Errors
/// [`CommandError::Conflict`] `busy` while a file of contacts is being taken in.
pub async fn erase<W: World>(
    world: &W,
    team_id: &str,
    addresses: &[Address],
    by: &Caller,
) -> Result<ErasureRow, CommandError> {
    let db = world.database();
    if !db.run(store::busy(team_id)).await?.rows.is_empty() {
        return Err(CommandError::Conflict {
            code: "busy",
            detail: "a file of contacts is being taken in, and may hold the person; wait until it \
                     is done"
                .into(),
            legal: Vec::new(),
            standing: None,
        });
    }
    let asked: Vec<Address> = addresses.iter().flat_map(spelled).collect();
    let people = db.run(contacts::by_addresses(team_id, &json!(asked))).await?;
    let people = contacts::contacts_of(people)?;
    let theirs = people.iter().flat_map(|contact| contact.addresses.iter()).flat_map(spelled);
    let addresses: BTreeSet<Address> = theirs.chain(asked).collect();
    let addresses: Vec<Address> = addresses.into_iter().collect();
    let id = format!("ers_{}", world.token());
    let now_ms = world.now().millis();
    let names: BTreeSet<&str> = people
        .iter()
        .map(|contact| contact.name.as_str())
        .filter(|name| is_telling(name))
        .collect();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let whom = Whom {
        pseudonyms: pseudonyms(world, team_id, &addresses),
        texts: texts(&addresses, &names),
        names: json!(names),
        addresses: json!(addresses),
    };
    let mut statements = store::begin(team_id, &id, &whom, &by.name, now_ms);
    statements.extend(erasure_traces::forget(team_id, &whom.addresses, &whom.texts, now_ms));
    statements.push(audit::entry(by, &Entry::new("person.erase", &id, Value::Null), now_ms));
    for contact in &people {
        statements.push(store::forget_merges(team_id, &contact.id));
        statements.extend(contacts::remove(team_id, &contact.id));
    }
    db.batch(statements).await?;
    search(world, &find(world, team_id, &id).await?).await?;
    find(world, team_id, &id).await
}

/// An address by every spelling that it may be stored under.
fn spelled(place: &Address) -> impl Iterator<Item = Address> + use<> {
    let channel = place.channel;
    let all = spellings(channel.name(), &place.address).into_iter();
    all.map(move |address| Address { channel, address })
}

/// Whether texts that have a name in them are about whom it names: of three letters or more.
fn is_telling(name: &str) -> bool {
    name.chars().filter(|c| c.is_alphabetic()).count() >= 3
}

/// What a text has that is about the person, in lower case as SQLite's `lower` makes it.
fn texts(addresses: &[Address], names: &[String]) -> Value {
    let addresses = addresses.iter().map(|place| place.address.as_str());
    addresses.chain(names.iter().map(String::as_str)).map(str::to_ascii_lowercase).collect()
}

/// An erasure.
///
/// # Errors
/// [`CommandError::NotFound`].
pub async fn find<W: World>(
    world: &W,
    team_id: &str,
    id: &str,
) -> Result<ErasureRow, CommandError> {
    let row = world.database().run(store::by_id(team_id, id)).await?;
    row.first::<ErasureRow>()?.ok_or(CommandError::NotFound)
}

/// Goes on with what is not done, the rows of [`store::open`].
///
/// # Errors
/// The database's first one, which keeps no other from being gone on with; a later sweep goes on.
pub async fn go_on<W: World>(world: &W, open: Vec<ErasureRow>) -> Result<(), StoreError> {
    let mut done = Ok(());
    for erasure in open {
        done = done.and(search(world, &erasure).await);
    }
    done
}

async fn search<W: World>(world: &W, erasure: &ErasureRow) -> Result<(), StoreError> {
    let db = world.database();
    let Some(addresses) = &erasure.addresses else { return Ok(()) };
    let addresses: Vec<Address> = parsed(addresses)?;
    let names: Vec<String> = erasure.names.as_deref().map_or_else(|| Ok(Vec::new()), parsed)?;
    let texts = texts(&addresses, &names);
    // As a page has it: what stands there is written by us, without blanks.
    let needle =
        |place: &Address| json!([place.channel, format!("\"to\":{}", json!(place.address))]);
    let needles: Value = addresses.iter().map(needle).collect();
    let is_begin = (erasure.campaign_seq, erasure.ordinal) == (0, 0);
    if is_begin {
        let filling = store::filling(&erasure.team_id, world.now().millis());
        if db.batch(filling).await?.iter().any(|answer| !answer.rows.is_empty()) {
            return Ok(()); // What it puts in behind the search would not be found.
        }
    }
    let mut erasure = erasure.clone();
    while !db.is_spent() {
        let from = PageKey { campaign_seq: erasure.campaign_seq, first: erasure.ordinal };
        let Some(to) = db.run(store::step(&erasure.team_id, from)).await?.first::<PageKey>()?
        else {
            let pseudonyms = pseudonyms(world, &erasure.team_id, &addresses);
            db.batch(store::end(&erasure, &pseudonyms, world.now().millis())).await?;
            return Ok(());
        };
        db.batch(erasure_traces::quotes(&erasure.team_id, from, to, &texts)).await?;
        let mut next = PageKey { campaign_seq: to.campaign_seq, first: to.first + 1 };
        let mut tries = 1;
        let mut found = 0;
        loop {
            let pages = store::pages(&erasure.team_id, from, to, &needles);
            let pages = db.run(pages).await?.all::<PageRow>()?;
            if pages.is_empty() || tries > TRIES {
                break;
            }
            let (more, is_all) = blank(db, &pages, &addresses, &texts).await?;
            found += more;
            if !is_all {
                next = from;
                break;
            }
            // Looked at again: a page that changed meanwhile still has them.
            tries += 1;
        }
        let moved = db.run(store::advance(&erasure, next, found)).await?;
        if moved.changes == 0 {
            return Ok(()); // Somebody else is at it.
        }
        erasure.campaign_seq = next.campaign_seq;
        erasure.ordinal = next.first;
    }
    Ok(())
}

/// Makes nameless whoever has these addresses on these pages, as far as it gets: how many they are, and
/// whether that were all.
async fn blank(
    db: &impl Database,
    pages: &[PageRow],
    addresses: &[Address],
    texts: &Value,
) -> Result<(i64, bool), StoreError> {
    let mut found = 0;
    let mut left = pages;
    while let [first, ..] = left {
        if db.is_spent() {
            return Ok((found, false));
        }
        let mut bytes = 0;
        let fits = |page: &&PageRow| {
            bytes += page.people.len();
            bytes <= BLANK_BYTES || std::ptr::eq(*page, first)
        };
        let (some, rest) = left.split_at(left.iter().take_while(fits).count());
        left = rest;
        let blanked = some.iter().map(|page| nameless(page, addresses));
        let blanked = blanked.collect::<Result<Vec<_>, _>>()?;
        let counts: BTreeMap<(i64, i64), usize> = blanked
            .iter()
            .zip(some)
            .map(|((_, count), page)| ((page.campaign_seq, page.first), *count))
            .collect();
        let blanked: Vec<String> = blanked.into_iter().map(|(page, _)| page).collect();
        let blanked = format!("[{}]", blanked.join(","));
        let answers = db.batch(store::blank(&blanked, texts)).await?;
        for key in answers.into_iter().next().unwrap_or_default().all::<PageKey>()? {
            let count = counts.get(&(key.campaign_seq, key.first)).copied().unwrap_or_default();
            found += i64::try_from(count).unwrap_or_default();
        }
    }
    Ok((found, true))
}

/// A page for [`store::blank`], and how many of its people have these addresses.
fn nameless(page: &PageRow, addresses: &[Address]) -> Result<(String, usize), StoreError> {
    let mut people: Vec<Value> = parsed(&page.people)?;
    let mut ordinals = Vec::new();
    for (ordinal, entry) in (page.first..).zip(people.iter_mut()) {
        let to = entry.get("to").and_then(Value::as_str).unwrap_or_default();
        let is = |place: &Address| known_as(place.channel.name(), to) == place.address;
        if addresses.iter().any(is) {
            *entry = json!({ "to": "" });
            ordinals.push(ordinal);
        }
    }
    // The people as they stand and not as texts, which would be longer with each quote in them.
    let PageRow { campaign_seq, first, people: was } = page;
    let (is, of) = (json!(people), json!(ordinals));
    let page = format!(
        r#"{{"campaign_seq":{campaign_seq},"first":{first},"was":{was},"is":{is},"ordinals":{of}}}"#
    );
    Ok((page, ordinals.len()))
}
