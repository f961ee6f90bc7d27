//! Chooses people for a campaign among the contacts: counts them, and puts them in as a list.
//!
//! The contacts are walked in pages and handed to the import as a file, row by row, so a list that
//! was chosen and one that was sent in are the same from there on: people are kept a hundred to a
//! row, nobody is in a campaign twice, and all of them are in or nobody.

use std::collections::BTreeSet;

use futures_util::stream;
use serde_json::{Value, json};
use tidegate::Problem;

use super::contact_lists::{Cursor, List, Part, opted_out};
use crate::contacts::{Contact, csv};
use crate::import::seen::Seen;
use crate::import::{self, ImportAnswer, ImportError, ImportRequest, Known, known_as};
use crate::model::{Caller, Channel};
use crate::ports::World;
use crate::store::contact_lists::{Along, Filter};
use crate::store::{Database, StoreError, contacts, lists, people};

/// Contacts of one step: a million are 334 queries of the thousand that an invocation has.
const STEP: i64 = 3_000;
/// Contacts by hand that one query brings.
const BY_HAND_STEP: usize = 1_000;
/// The column of the zones; no field is called so.
const ZONE: &str = "time_zone";
/// How often is tried to note where a list comes from.
const TRIES: usize = 3;

/// Whom somebody chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Everybody.
    pub all: bool,
    /// Those of these accounts.
    pub accounts: Vec<String>,
    /// Those with these tags.
    pub tags: Vec<String>,
    /// Whether all of the accounts and tags are asked for; otherwise one is enough.
    pub every_label: bool,
    /// These too, by id.
    pub contacts: Vec<String>,
    /// And these not, whatever else says so.
    pub except: BTreeSet<String>,
    /// Whether every address of the channel is written to, or the preferred alone.
    pub every_address: bool,
}

/// What taking a selection would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SelectionCount"))]
pub struct Count {
    /// Contacts that were chosen.
    pub contacts: i64,
    /// Messages that the campaign would have more.
    pub people: i64,
    /// Of these, those that will be skipped, because they opted out.
    pub opted_out: i64,
    /// Contacts without an address on the channel.
    pub without_address: i64,
    /// Addresses that are in the campaign already.
    pub duplicates: i64,
}

/// A campaign that people are chosen for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The team whose contacts are chosen.
    pub team_id: &'a str,
    /// The campaign's number.
    pub campaign_seq: i64,
    /// How many people it has.
    pub total: i64,
    /// The channel of its sender.
    pub channel: Channel,
}

impl Selection {
    /// The addresses of a contact that are written to.
    fn addresses<'a>(&self, contact: &'a Contact, channel: Channel) -> Vec<&'a str> {
        let most = if self.every_address { usize::MAX } else { 1 };
        contact.on(channel).take(most).collect()
    }

    /// In words, as the name of a list.
    #[must_use]
    pub fn name(&self) -> String {
        let mut parts = Vec::new();
        if self.all {
            parts.push("All contacts".to_owned());
        }
        for (what, labels) in [("Accounts", &self.accounts), ("Tags", &self.tags)] {
            if !labels.is_empty() {
                parts.push(format!("{what}: {}", labels.join(", ")));
            }
        }
        if !self.contacts.is_empty() {
            parts.push(format!("{} by hand", self.contacts.len()));
        }
        let name = parts.join("; ");
        if name.chars().count() <= NAME_MOST {
            return name;
        }
        name.chars().take(NAME_MOST - 1).chain(['…']).collect()
    }

    /// As it came.
    fn document(&self) -> Value {
        json!({
            "all": self.all,
            "accounts": self.accounts,
            "tags": self.tags,
            "match": if self.every_label { "all" } else { "any" },
            "contacts": self.contacts.len(),
            "except": self.except.len(),
            "addresses": if self.every_address { "every" } else { "preferred" },
        })
    }
}

/// Characters of a list's name.
const NAME_MOST: usize = 120;

/// Counts what taking a selection would do; changes nothing.
///
/// # Errors
/// [`ImportError::Refused`] for contacts that are not there, or the database's.
pub async fn count<W: World>(
    world: &W,
    target: &Target<'_>,
    selection: &Selection,
) -> Result<Count, ImportError> {
    let db = world.database();
    let mut walk = Walk::begin(world, target.team_id, selection).await?;
    let mut seen = Seen::new(&world.token());
    let mut next = 0;
    while next < target.total {
        let query = people::addresses(target.campaign_seq, next, target.total);
        let (addresses, end) = people::addresses_of(db.run(query).await?)?;
        for address in addresses {
            seen.insert(&known_as(target.channel.name(), &address));
        }
        next = end.unwrap_or(target.total);
    }
    let mut count = Count::default();
    while let Some(page) = walk.page(db).await? {
        let barred = opted_out(db, target.team_id, &page).await?;
        for contact in &page {
            count.contacts += 1;
            let addresses = selection.addresses(contact, target.channel);
            count.without_address += i64::from(addresses.is_empty());
            for address in addresses {
                if !seen.insert(address) {
                    count.duplicates += 1;
                    continue;
                }
                count.people += 1;
                let is_barred = |place: &&crate::contacts::Address| {
                    place.channel == target.channel && place.address == address
                };
                let place = contact.addresses.iter().find(is_barred);
                count.opted_out += i64::from(place.is_some_and(|place| barred.contains(place)));
            }
        }
    }
    Ok(count)
}

/// Puts a selection into a campaign, as a list.
///
/// # Errors
/// As [`import::run`].
pub async fn take<W: World>(
    world: &W,
    by: &Caller,
    target: &Target<'_>,
    selection: &Selection,
) -> Result<ImportAnswer, ImportError> {
    let db = world.database();
    let walk = Walk::begin(world, target.team_id, selection).await?;
    let names = contacts::fields_of(db.run(contacts::fields(target.team_id)).await?)?;
    let column = free_name(&names);
    let request = ImportRequest {
        campaign_seq: target.campaign_seq,
        channel: target.channel,
        file_name: selection.name(),
        columns: Known { address: Some(column.clone()), time_zone: Some(ZONE.into()) },
        region: None,
        length: None,
        by: by.clone(),
        infers_zones: false,
    };
    let mut head = String::new();
    let columns = [column.as_str(), ZONE, "name"].into_iter();
    csv::plain_row(&mut head, columns.chain(names.iter().map(String::as_str)));
    let file = stream::unfold((Some(head), walk), |(head, mut walk)| {
        let names = &names;
        async move {
            if let Some(head) = head {
                return Some((Ok(head.into_bytes()), (None, walk)));
            }
            let page = walk.page(db).await.transpose()?;
            let rows = page.map(|page| {
                let mut rows = String::new();
                for contact in &page {
                    for address in selection.addresses(contact, target.channel) {
                        write_person(&mut rows, address, contact, names);
                    }
                }
                rows.into_bytes()
            });
            Some((rows, (None, walk)))
        }
    });
    let answer = import::run(db, world, world, &request, file).await.map_err(told)?;
    let note = lists::note_selection(&answer.list_id, &selection.document());
    // It says where the list comes from, and nothing hangs on it.
    for _ in 0..TRIES {
        if db.run(note.clone()).await.is_ok() {
            break;
        }
    }
    Ok(answer)
}

fn told(error: ImportError) -> ImportError {
    match error {
        ImportError::Refused(problem) if problem.code == "no_rows" => {
            ImportError::Refused(Problem {
                path: String::new(),
                code: "nobody",
                message:
                    "nobody of the selection has an address on the campaign's channel; choose \
                          others"
                        .into(),
            })
        }
        other => other,
    }
}

/// Of several zones nobody can say which, so all of them are told.
fn write_person(rows: &mut String, address: &str, contact: &Contact, names: &[String]) {
    let zones = contact.zones.join("|");
    let fields = names.iter().map(|name| contact.fields.get(name).map_or("", String::as_str));
    csv::plain_row(
        rows,
        [address, zones.as_str(), contact.name.as_str()].into_iter().chain(fields),
    );
}

/// A name for the column of addresses that no field has.
fn free_name(names: &[String]) -> String {
    let mut name = "to".to_owned();
    while names.contains(&name) {
        name.push('o');
    }
    name
}

/// The contacts of a selection, each once, page by page.
struct Walk<'a> {
    team_id: &'a str,
    lists: Vec<List>,
    by_hand: std::slice::Chunks<'a, String>,
    except: &'a BTreeSet<String>,
    at: Option<Cursor>,
    /// Who was there already; none where nobody can come twice.
    seen: Option<Seen>,
}

impl<'a> Walk<'a> {
    async fn begin<W: World>(
        world: &W,
        team_id: &'a str,
        selection: &'a Selection,
    ) -> Result<Self, ImportError> {
        let db = world.database();
        let mut lists = Vec::new();
        let with = |ways, filter| List { ways, filter };
        let is_labelled = !selection.tags.is_empty() || !selection.accounts.is_empty();
        if selection.all {
            lists.push(with(vec![Along::Newest], Filter::default()));
        } else if selection.every_label && is_labelled {
            let filter = Filter {
                tags: selection.tags.clone(),
                accounts: selection.accounts.clone(),
                ..Filter::default()
            };
            lists.push(List::of(db, team_id, filter, None).await?);
        } else if is_labelled {
            let tags = selection.tags.iter().cloned().map(Along::Tag);
            let ways = tags.chain(selection.accounts.iter().cloned().map(Along::Account));
            lists.push(with(ways.collect(), Filter::default()));
        }
        let ways: usize = lists.iter().map(|list| list.ways.len()).sum();
        let can_repeat = ways > 1 || (ways > 0 && !selection.contacts.is_empty());
        for (place, ids) in (0..).zip(selection.contacts.chunks(BY_HAND_STEP)) {
            let first: usize = place * BY_HAND_STEP;
            all_there(db, team_id, first, ids).await?;
        }
        lists.reverse();
        Ok(Self {
            team_id,
            lists,
            by_hand: selection.contacts.chunks(BY_HAND_STEP),
            except: &selection.except,
            at: None,
            seen: can_repeat.then(|| Seen::new(&world.token())),
        })
    }

    async fn page(&mut self, db: &impl Database) -> Result<Option<Vec<Contact>>, StoreError> {
        let page = if let Some(list) = self.lists.last() {
            let Part { contacts, next } = list.part(db, self.team_id, self.at.take(), STEP).await?;
            if next.is_none() {
                self.lists.pop();
            }
            self.at = next;
            contacts
        } else if let Some(ids) = self.by_hand.next() {
            contacts::contacts_of(db.run(contacts::by_ids(self.team_id, &json!(ids))).await?)?
        } else {
            return Ok(None);
        };
        let (except, seen) = (self.except, &mut self.seen);
        let is_new = |contact: &Contact| {
            !except.contains(&contact.id)
                && seen.as_mut().is_none_or(|seen| seen.insert(&contact.id))
        };
        Ok(Some(page.into_iter().filter(is_new).collect()))
    }
}

async fn all_there(
    db: &impl Database,
    team_id: &str,
    first: usize,
    ids: &[String],
) -> Result<(), ImportError> {
    let found = contacts::contacts_of(db.run(contacts::by_ids(team_id, &json!(ids))).await?)?;
    let found: BTreeSet<&str> = found.iter().map(|contact| contact.id.as_str()).collect();
    match ids.iter().position(|id| !found.contains(id.as_str())) {
        None => Ok(()),
        Some(place) => Err(ImportError::Refused(Problem {
            path: format!("contacts[{}]", first + place),
            code: "unknown_contact",
            message: "is no contact of the team, or was merged into another; take it out".into(),
        })),
    }
}
