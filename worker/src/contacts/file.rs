//! A file of contacts as it arrives: its bytes in, what each row says of somebody out.
//!
//! The shape of the file is read as a campaign's list is ([`crate::import`]). A column is a name,
//! addresses of a channel, tags, accounts or a zone by its heading; any other is a field. An empty
//! cell says nothing.

use std::collections::BTreeSet;

use rlibphonenumber::Region;
use tidegate::Problem;
use tidegate::zone::Zone;

use super::csv::split;
use super::{ADDRESSES_MOST, Address, FIELD_MOST, FIELDS_MOST, LABEL_MOST, LABELS_MOST, Patch};
use crate::content::cells::unguarded;
use crate::import::address::quoted;
use crate::import::header::{self, Column, channel_of, fold, rank};
use crate::import::records::{Body, Record};
use crate::import::row::{self, FIELD_MAX, Fault};
use crate::import::sheet::Sheet;
use crate::import::{Rejection, Rule};
use crate::model::Channel;

/// A row of the file.
#[derive(Debug, PartialEq)]
pub enum Row {
    /// What it says.
    Person {
        /// The line on which it begins.
        line: u64,
        /// What it says.
        patch: Patch,
    },
    /// Why it cannot be taken.
    Rejected(Rejection),
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Holds {
    Name,
    /// Of a channel, and how likely the heading is to name the preferred one: the lower, the likelier.
    Addresses(Channel, usize),
    Tags,
    Accounts,
    Zone,
    /// Nothing is kept of it: an export tells it, or whoever sends the file leaves it out.
    Nothing,
    Field(String),
}

type Columns = Vec<(Column, Holds)>;

/// Reads a file; how it is cut into pieces makes no difference.
#[derive(Debug)]
pub struct FileReader {
    region: Option<Region>,
    sheet: Sheet<Columns>,
}

impl FileReader {
    /// A reader of a file whose phone numbers without `+` are of `region`.
    #[must_use]
    pub const fn new(region: Option<Region>) -> Self {
        Self { region, sheet: Sheet::new() }
    }

    /// The names of the fields that the file has columns for, once they are known.
    #[must_use]
    pub fn fields(&self) -> Option<Vec<String>> {
        self.sheet.header().map(|columns| fields(columns))
    }

    /// Reads the next bytes and gives `take` each row that they complete.
    ///
    /// # Errors
    /// Why the file cannot be used at all. Nothing is to be read any more.
    pub fn push(&mut self, bytes: &[u8], take: &mut impl FnMut(Row)) -> Result<(), Problem> {
        let region = self.region;
        self.sheet.push(bytes, columns, &mut |columns, record| read(columns, region, record, take))
    }

    /// Reads the last row, and gives the names of the fields.
    ///
    /// # Errors
    /// Why the file cannot be used at all.
    pub fn finish(self, take: &mut impl FnMut(Row)) -> Result<Vec<String>, Problem> {
        let region = self.region;
        let take = &mut |columns: &Columns, record: &Record<'_>| {
            read(columns, region, record, take);
        };
        self.sheet.finish(columns, take).map(|columns| fields(&columns))
    }
}

fn fields(columns: &[(Column, Holds)]) -> Vec<String> {
    let field = |(_, holds): &(Column, Holds)| match holds {
        Holds::Field(name) => Some(name.clone()),
        _ => None,
    };
    columns.iter().filter_map(field).collect()
}

fn columns(record: &Record<'_>) -> Result<Columns, Problem> {
    let columns: Columns = header::columns(record)?
        .into_iter()
        .map(|column| {
            let holds = holds(&column);
            (column, holds)
        })
        .collect();
    let has_addresses = |(_, holds): &(Column, Holds)| matches!(holds, Holds::Addresses(..));
    if !columns.iter().any(has_addresses) {
        return Err(Problem {
            path: "file".into(),
            code: "no_address_column",
            message:
                "no column is known to hold addresses; name one `sms`, `whatsapp`, `email` or \
                      `direct`"
                    .into(),
        });
    }
    let fields = columns.iter().filter(|(_, holds)| matches!(holds, Holds::Field(_))).count();
    if fields > FIELDS_MOST {
        return Err(header::refused(
            "too_many_columns",
            format!(
                "the file has {fields} columns of fields, and {FIELDS_MOST} is the most; leave out \
                 those that no text uses"
            ),
        ));
    }
    Ok(columns)
}

/// Whether a column of this heading is something else than a field.
#[must_use]
pub fn is_reserved(heading: &str) -> bool {
    well_known(heading).is_some()
}

fn holds(column: &Column) -> Holds {
    well_known(&column.heading).unwrap_or_else(|| Holds::Field(column.field.clone()))
}

fn well_known(heading: &str) -> Option<Holds> {
    match fold(heading).as_str() {
        "name" | "fullname" | "contactname" | "nombre" | "nombrecompleto" | "nom"
        | "nomcomplet" | "nome" | "nomecompleto" | "naam" | "imię" | "имя" | "姓名" | "名前"
        | "氏名" | "이름" => Some(Holds::Name),
        "tags" | "tag" | "etiquetas" | "étiquettes" | "schlagwörter" => Some(Holds::Tags),
        "accounts" | "account" | "company" | "store" | "cuenta" | "compte" | "firma"
        | "empresa" | "entreprise" | "azienda" | "bedrijf" => Some(Holds::Accounts),
        "timezone" | "timezones" | "zone" | "tz" | "zonahoraria" | "fuseauhoraire" | "zeitzone"
        | "fusohorário" | "fusoorario" | "tijdzone" => Some(Holds::Zone),
        "inferredtimezones" => Some(Holds::Nothing),
        folded if is_left_out(folded) => Some(Holds::Nothing),
        _ => channel_of(heading).map(|channel| Holds::Addresses(channel, rank(heading))),
    }
}

/// `leave_out`, `leave_out 2` and so on: headings differ, so that several columns can be left out.
fn is_left_out(folded: &str) -> bool {
    folded.strip_prefix("leaveout").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

fn read(
    columns: &[(Column, Holds)],
    region: Option<Region>,
    record: &Record<'_>,
    take: &mut impl FnMut(Row),
) {
    let read = match record.body {
        Body::Fields(fields) if row::is_blank(fields) => return,
        Body::Fields(fields) if fields.count() < columns.len() => {
            Err(row::too_few_fields(columns.len(), fields.count()))
        }
        Body::Fields(fields) if fields.count() > columns.len() => {
            Err(row::too_many_fields(columns.len(), fields.count()))
        }
        Body::Fields(fields) => {
            let cells = fields.iter().zip(columns).enumerate();
            patch(cells.map(|(place, (bytes, (_, holds)))| (place, bytes, holds)), region, record)
        }
        Body::TooManyFields(given) => Err(row::too_many_fields(columns.len(), given)),
        Body::TooLong { field, length } if length > FIELD_MAX => {
            Err(row::field_too_long(field, length, record))
        }
        Body::TooLong { field, .. } => Err(row::row_too_long(field)),
        Body::QuoteNotClosed { field } => Err(row::quote_not_closed(field, record)),
    };
    take(match read {
        Ok(patch) => Row::Person { line: record.line, patch },
        Err((place, code, message)) => {
            let named = columns.get(place).map(|(column, _)| column.heading.clone());
            let column = named.unwrap_or_else(|| (place + 1).to_string());
            Row::Rejected(Rejection { line: record.line, column, code, message })
        }
    });
}

fn patch<'a>(
    cells: impl Iterator<Item = (usize, &'a [u8], &'a Holds)>,
    region: Option<Region>,
    record: &Record<'_>,
) -> Result<Patch, Fault> {
    let mut patch = Patch { adds: true, ..Patch::default() };
    let mut addresses = Vec::new();
    for (place, bytes, holds) in cells {
        let text = str::from_utf8(bytes).map_err(|error| row::not_utf8(place, bytes, &error))?;
        let cell = text.trim();
        if cell.is_empty() {
            continue;
        }
        if cell.len() > FIELD_MAX {
            return Err(row::field_too_long(place, cell.len(), record));
        }
        match holds {
            Holds::Nothing => {}
            Holds::Name => patch.name = Some(bounded(place, unguarded(cell), 200)?),
            Holds::Field(name) => {
                let value = bounded(place, unguarded(cell), FIELD_MOST)?;
                patch.fields.insert(name.clone(), Some(value));
            }
            Holds::Tags => patch.tags = Some(labels(place, cell)?),
            Holds::Accounts => patch.accounts = Some(labels(place, cell)?),
            Holds::Zone => patch.zone = Some(zone(place, unguarded(cell))?),
            Holds::Addresses(channel, rank) => {
                let is_phone = matches!(channel, Channel::Sms | Channel::Whatsapp);
                let rule = Rule::of(*channel, region);
                for text in split(if is_phone { cell } else { unguarded(cell) }) {
                    let normal = rule.normal(&text);
                    let address = normal.map_err(|fault| (place, fault.code, fault.message))?;
                    addresses.push((*rank, Address { channel: *channel, address }));
                }
            }
        }
    }
    if addresses.is_empty() {
        let message = "the row has no address; fill one in, or delete the row".to_owned();
        return Err((0, "no_address", message));
    }
    if addresses.len() > ADDRESSES_MOST {
        let message = format!(
            "the row has {} addresses, and {ADDRESSES_MOST} is the most; take some out",
            addresses.len()
        );
        return Err((0, "too_many", message));
    }
    patch.addresses = Some(preferred_first(addresses));
    Ok(patch)
}

/// The numbers for text messages in the order of their ranks, where they stand: the first is the preferred
/// one, and a landline may come before the mobile number in the file.
fn preferred_first(addresses: Vec<(usize, Address)>) -> Vec<Address> {
    let is_number = |address: &Address| address.channel == Channel::Sms;
    let mut numbers: Vec<(usize, Address)> =
        addresses.iter().filter(|(_, address)| is_number(address)).cloned().collect();
    numbers.sort_by_key(|(rank, _)| *rank);
    let mut numbers = numbers.into_iter().map(|(_, number)| number);
    let placed = addresses.into_iter().map(|(_, address)| {
        if is_number(&address) { numbers.next().unwrap_or(address) } else { address }
    });
    placed.collect()
}

fn bounded(place: usize, text: &str, most: usize) -> Result<String, Fault> {
    let length = text.chars().count();
    if length > most {
        let message =
            format!("the text has {length} characters, and {most} is the most; shorten it");
        return Err((place, "too_long", message));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        let message = format!("{} has a character that cannot be shown; take it out", quoted(text));
        return Err((place, "control_character", message));
    }
    Ok(text.to_owned())
}

fn labels(place: usize, cell: &str) -> Result<BTreeSet<String>, Fault> {
    let labels = split(unguarded(cell));
    if labels.len() > LABELS_MOST {
        let given = labels.len();
        let message =
            format!("the cell names {given}, and {LABELS_MOST} is the most; take some out");
        return Err((place, "too_many", message));
    }
    labels.iter().map(|label| bounded(place, label, LABEL_MOST)).collect()
}

fn zone(place: usize, text: &str) -> Result<String, Fault> {
    Zone::named(text).map(|zone| zone.name().to_owned()).ok_or_else(|| {
        (
            place,
            "unknown_zone",
            format!("{} is no time zone; write an IANA name such as `Europe/Paris`", quoted(text)),
        )
    })
}
