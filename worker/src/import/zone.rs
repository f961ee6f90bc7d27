//! A person's time zone: which column says it, and what may stand there.

use tidegate::Problem;
use tidegate::zone::Zone;

use super::address::quoted;
use super::header::{Column, fold, named};
use super::phone_zones;
use crate::zones::Zones;

/// Headings that name a zone, folded. Where a file has several of them, the first in this list is
/// taken.
const HEADINGS: &[&str] = &[
    "timezone",
    "ianatimezone",
    "tz",
    "fuseauhoraire",
    "zonahoraria",
    "husohorario",
    "fusohorário",
    "fusohorario",
    "zeitzone",
    "fusoorario",
    "tijdzone",
    "tidszon",
    "tidssone",
    "tidszone",
    "aikavyöhyke",
    "strefaczasowa",
    "časovépásmo",
    "часовойпояс",
    "时区",
    "時區",
    "タイムゾーン",
    "시간대",
    "المنطقةالزمنية",
    "zone",
];

/// The column that says the zone. `wanted` is its name, if the caller knows it; empty where the
/// file has none, whatever its columns are called.
///
/// # Errors
/// When no column has that name.
pub(super) fn column(
    columns: &[Column],
    address: usize,
    wanted: Option<&str>,
) -> Result<Option<usize>, Problem> {
    match wanted.map(str::trim) {
        Some("") => Ok(None),
        Some(wanted) => named(columns, wanted, "time_zone_column").map(Some),
        None => {
            let folded: Vec<String> = columns.iter().map(|c| fold(&c.heading)).collect();
            let found = |word: &&str| folded.iter().position(|heading| heading == word);
            Ok(HEADINGS.iter().find_map(found).filter(|column| *column != address))
        }
    }
}

/// The zones of a person in whose row `said` stands. Where it says nothing, those of the number
/// `address` where `infers`.
///
/// # Errors
/// A code and a message.
pub(super) fn of_person(
    said: &str,
    address: &str,
    infers: bool,
) -> Result<Zones, (&'static str, String)> {
    if said.is_empty() {
        return Ok(if infers { of_number(address) } else { Zones::default() });
    }
    // Spreadsheets are filled in by people.
    let zones = Zones::named(said).or_else(|| Zones::named(&said.replace(' ', "_")));
    zones.ok_or_else(|| {
        let message = format!(
            "{} is no time zone; write an IANA name such as `Europe/Paris`, or leave it empty. If \
             the column means something else, import the file with an empty `time_zone_column`",
            quoted(said)
        );
        ("unknown_zone", message)
    })
}

/// The zones that a phone number may be in.
#[must_use]
pub fn of_number(e164: &str) -> Zones {
    if !e164.starts_with('+') {
        return Zones::default();
    }
    Zones::of(phone_zones::of_number(e164).into_iter().filter_map(Zone::named))
}
