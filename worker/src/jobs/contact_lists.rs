//! Walks a list of contacts, page by page, looking at a bounded number of them at a time.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::state::parsed;
use crate::contacts::{Address, Contact, name_key};
use crate::import::{known_as, spellings};
use crate::model::Channel;
use crate::store::contact_lists::{self as store, Along, End, Filter, LabelRow, Place, SCAN_MOST};
use crate::store::{Database, StoreError, contacts};

/// A list: its ways are walked one after the other.
#[derive(Clone, Debug)]
pub struct List {
    /// Along what.
    pub ways: Vec<Along>,
    /// Who of them.
    pub filter: Filter,
}

/// Where a list goes on: in which of its ways, and after which place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The way's number.
    pub way: usize,
    /// The place; none: its beginning.
    pub after: Option<Place>,
}

/// A part of a list.
#[derive(Debug)]
pub struct Part {
    /// Contacts.
    pub contacts: Vec<Contact>,
    /// Where the next part begins.
    pub next: Option<Cursor>,
}

impl List {
    /// The list of contacts for which all of `filter` holds, and that begin with `text` by name or,
    /// where it looks like one, by address. It goes along the rarest label that is asked for.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(
        db: &impl Database,
        team_id: &str,
        filter: Filter,
        text: Option<&str>,
    ) -> Result<Self, StoreError> {
        let ways = match text.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) if is_address(text) => addresses(text),
            Some(text) => vec![Along::Name(name_key(text))],
            None => vec![rarest(db, team_id, &filter).await?],
        };
        Ok(Self { ways, filter })
    }

    /// Up to `most` contacts from a place on.
    ///
    /// # Errors
    /// The database's.
    pub async fn part(
        &self,
        db: &impl Database,
        team_id: &str,
        from: Option<Cursor>,
        most: i64,
    ) -> Result<Part, StoreError> {
        #[derive(Deserialize)]
        struct Row {
            contact: String,
            #[serde(flatten)]
            place: Place,
        }
        let mut at = from.unwrap_or(Cursor { way: 0, after: None });
        let mut found: Vec<Contact> = Vec::new();
        while let Some(way) = self.ways.get(at.way) {
            let room = most - i64::try_from(found.len()).unwrap_or(most);
            let looked_from = at.after.clone();
            let page = way.page(team_id, &self.filter, at.after.as_ref(), SCAN_MOST, room + 1);
            let rows: Vec<Row> = db.run(page).await?.all()?;
            let room = usize::try_from(room).unwrap_or_default();
            let is_full = rows.len() > room;
            for row in rows.into_iter().take(room) {
                found.push(parsed(&row.contact)?);
                at.after = Some(row.place);
            }
            if is_full {
                return Ok(Part { contacts: once(found), next: Some(at) });
            }
            // Where everybody fits, a page that is not full is the last.
            let end = if self.filter == Filter::default() {
                None
            } else {
                let end = db.run(way.end(team_id, looked_from.as_ref(), SCAN_MOST)).await?;
                end.first::<End>()?
            };
            match end {
                Some(end) if end.scanned >= SCAN_MOST => {
                    let next = Cursor { way: at.way, after: Some(end.place) };
                    return Ok(Part { contacts: once(found), next: Some(next) });
                }
                _ => at = Cursor { way: at.way + 1, after: None },
            }
        }
        Ok(Part { contacts: once(found), next: None })
    }
}

/// Somebody with the number on two channels is found once.
fn once(contacts: Vec<Contact>) -> Vec<Contact> {
    let mut seen = BTreeSet::new();
    contacts.into_iter().filter(|contact| seen.insert(contact.id.clone())).collect()
}

fn is_address(text: &str) -> bool {
    text.contains('@') || text.starts_with(|c: char| c == '+' || c.is_ascii_digit())
}

fn addresses(text: &str) -> Vec<Along> {
    let number = match text.strip_prefix('+') {
        Some(_) => text.to_owned(),
        None => format!("+{text}"),
    };
    let number: String = number.chars().filter(|c| !" ()-./".contains(*c)).collect();
    vec![
        Along::Address(Channel::Sms, number.clone()),
        Along::Address(Channel::Whatsapp, number),
        Along::Address(Channel::Email, known_as(Channel::Email.name(), text).into_owned()),
        Along::Address(Channel::Direct, text.to_owned()),
    ]
}

async fn rarest(db: &impl Database, team_id: &str, filter: &Filter) -> Result<Along, StoreError> {
    let tags = filter.tags.iter().map(|label| ("tag", label));
    let labels: Vec<_> = tags.chain(filter.accounts.iter().map(|l| ("account", l))).collect();
    let mut rarest: Option<(i64, &str, &String)> = None;
    for (kind, label) in labels {
        let row = db.run(store::counts(team_id, &json!([[kind, label]]))).await?;
        let count = row.first::<LabelRow>()?.map_or(0, |row| row.contacts);
        if rarest.as_ref().is_none_or(|(least, ..)| count < *least) {
            rarest = Some((count, kind, label));
        }
    }
    Ok(match rarest {
        None => Along::Newest,
        Some((_, "tag", label)) => Along::Tag(label.clone()),
        Some((_, _, label)) => Along::Account(label.clone()),
    })
}

/// Which of the addresses of these contacts have opted out.
///
/// # Errors
/// The database's.
pub async fn opted_out(
    db: &impl Database,
    team_id: &str,
    people: &[Contact],
) -> Result<BTreeSet<Address>, StoreError> {
    let addresses: Vec<&Address> = people.iter().flat_map(|person| &person.addresses).collect();
    if addresses.is_empty() {
        return Ok(BTreeSet::new());
    }
    let spelled = |place: &Address| {
        let channel = place.channel;
        let all = spellings(channel.name(), &place.address).into_iter();
        all.map(move |address| Address { channel, address })
    };
    let asked: Vec<Address> = addresses.iter().flat_map(|place| spelled(place)).collect();
    let found = db.run(contacts::opted_out(team_id, &json!(asked))).await?;
    let found: BTreeSet<Address> = found.all::<Address>()?.into_iter().collect();
    let is_there = |place: &&&Address| spelled(place).any(|one| found.contains(&one));
    Ok(addresses.iter().filter(is_there).map(|place| (*place).clone()).collect())
}
