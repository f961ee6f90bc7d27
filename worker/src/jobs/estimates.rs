//! What a campaign will take before it goes: segments, money, and rows of the database.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::persons;
use super::state::parsed;
use super::wording::Wording;
use crate::content;
use crate::content::segments::{Encoding, count};
use crate::model::{Channel, Content, Person, Price};
use crate::ports::World;
use crate::store::handovers::{self, PageRow};
use crate::store::{Database, StoreError, people, prices};
use crate::tracking::address::alike;

/// Up to so many people, everybody's message is counted: a second of a Worker's time.
pub const EXACT_MOST: i64 = 50_000;
/// Pages of people that are looked at of a longer list, spread evenly over it.
pub(super) const SAMPLE_PAGES: i64 = 100;
/// Pages that one query brings.
pub(super) const PAGES: i64 = 200;
/// Rows that D1 writes for a message from its release to its receipt, in hundredths: its outcome
/// 1, its receipt 1, its share of a claim for six 1/6, of a slice for a hundred and of the lists 0.05.
const ROWS_A_HUNDRED: i64 = 222;
/// What Cloudflare asks for a million rows written, in millionths of a dollar.
const MILLION_ROWS: i64 = 1_000_000;

/// The campaign that is estimated.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its number.
    pub seq: i64,
    /// How it goes.
    pub channel: Channel,
    /// What it says.
    pub content: &'a Content,
    /// How many people are on it.
    pub total: i64,
    /// Its team.
    pub team_id: &'a str,
    /// JSON of what the team asks for each person, where it does.
    pub person_policy: Option<&'a str>,
    /// The clock of people of whom nobody knows where they are.
    pub clock: Option<&'a str>,
}

/// What was counted: messages by how many segments they take, and by alphabet.
#[derive(Debug, Default)]
struct Counted {
    people: i64,
    segments: i64,
    by_segments: BTreeMap<usize, i64>,
    wide: i64,
    /// People who cannot be written to; they take nothing.
    unwritable: i64,
    /// Segments a person, page by page: what the bound of a sample is made of.
    pages: Vec<(i64, i64)>,
}

impl Counted {
    /// Counts a text that so many `people` get.
    fn add(&mut self, text: Result<String, String>, people: i64) {
        self.people += people;
        let Ok(text) = text else {
            self.unwritable += people;
            return;
        };
        let segments = count(&text);
        self.segments += people * i64::try_from(segments.segments).unwrap_or(0);
        *self.by_segments.entry(segments.segments).or_default() += people;
        if segments.encoding == Encoding::Ucs2 {
            self.wide += people;
        }
    }
}

/// The estimate: `recipients`, `segments`, `cost` and `rows`.
///
/// # Errors
/// The database's.
pub async fn estimate<W: World>(world: &W, wanted: &Wanted<'_>) -> Result<Value, StoreError> {
    let db = world.database();
    let price = db.run(prices::of_campaign(wanted.seq)).await?.first::<prices::PriceRow>()?;
    let price = price.and_then(|row| row.price).map(|text| parsed::<Price>(&text)).transpose()?;
    let counted = tally(world, wanted).await?;
    let is_exact = counted.people == wanted.total;
    let (least, likely, most) = bounds(&counted, wanted.total);
    let is_text = wanted.channel == Channel::Sms;
    let cost = |segments: i64| {
        let price = price.as_ref()?;
        let text = segments.checked_mul(price.of_a_segment(wanted.channel))?;
        let messages = (wanted.total - counted.unwritable).checked_mul(price.per_message)?;
        Some(amount(text.checked_add(messages)?))
    };
    let full = persons::full(world, wanted).await?;
    // What a person was sent is a row of its own.
    let charges = if full.is_some() { 100 } else { 0 };
    let rows = wanted.total * (ROWS_A_HUNDRED + charges) / 100;
    Ok(json!({
        "recipients": wanted.total,
        "looked_at": counted.people,
        "exact": is_exact,
        "cannot_be_written": counted.unwritable,
        "at_their_limit": full,
        "segments": is_text.then(|| json!({
            "least": least,
            "likely": likely,
            "most": most,
            "messages_by_segments": counted.by_segments,
            "messages_in_ucs2": counted.wide,
        })),
        "cost": price.as_ref().map(|price| json!({
            "currency": price.currency,
            "least": cost(least),
            "likely": cost(likely),
            "most": cost(most),
        })),
        "rows": { "written": rows, "currency": "USD", "cost": amount(rows * 1_000_000 / MILLION_ROWS) },
    }))
}

/// Counts everybody, or a sample. Where all get the same, but for the links that are their own, one
/// of each length is enough.
async fn tally<W: World>(world: &W, wanted: &Wanted<'_>) -> Result<Counted, StoreError> {
    let mut counted = Counted::default();
    let wording = Wording::of(world, wanted.seq, wanted.channel, wanted.content, None);
    let said = |ordinal, fields: &Map<String, Value>| {
        let text = wording.text(world, ordinal, fields)?;
        Ok(wording.tracked(world, ordinal, text))
    };
    if content::asked(wanted.content).is_empty() {
        for (ordinal, people) in alike(wanted.total) {
            counted.add(said(ordinal, &Map::new()), people);
        }
        return Ok(counted);
    }
    let db = world.database();
    if wanted.total > EXACT_MOST {
        let first = |page: i64| wanted.total / SAMPLE_PAGES * page;
        let spans: Value =
            (0..SAMPLE_PAGES).map(|page| json!([first(page), first(page)])).collect();
        let rows = db.run(handovers::people(wanted.seq, &spans)).await?.all::<PageRow>()?;
        for row in rows {
            page(said, &row, &mut counted)?;
        }
        return Ok(counted);
    }
    let mut next = 0;
    while next < wanted.total {
        let query = people::pages(wanted.seq, next, wanted.total, PAGES);
        let rows = db.run(query).await?.all::<PageRow>()?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            next = row.first + page(said, &row, &mut counted)?;
        }
    }
    Ok(counted)
}

fn page(
    said: impl Fn(i64, &Map<String, Value>) -> Result<String, String>,
    row: &PageRow,
    counted: &mut Counted,
) -> Result<i64, StoreError> {
    let people: Vec<Person> = parsed(&row.people)?;
    let before = (counted.people, counted.segments);
    for (ordinal, person) in (row.first..).zip(&people) {
        counted.add(said(ordinal, &person.fields), 1);
    }
    let page = (counted.people - before.0, counted.segments - before.1);
    counted.pages.push(page);
    Ok(page.0)
}

/// The segments of all: at least, likely, and at most. For a sample, the bounds hold in 95 of 100
/// cases: pages are drawn, so it is the pages' means that vary (a normal approximation, and never
/// beyond what the shortest and the longest message found would give).
fn bounds(counted: &Counted, total: i64) -> (i64, i64, i64) {
    if counted.people == total || counted.people == 0 {
        return (counted.segments, counted.segments, counted.segments);
    }
    let means: Vec<f64> =
        counted.pages.iter().map(|(people, segments)| float(*segments) / float(*people)).collect();
    let pages = float(i64::try_from(means.len()).unwrap_or(1));
    let mean = float(counted.segments) / float(counted.people);
    let spread: f64 =
        means.iter().map(|page| (page - mean).powi(2)).sum::<f64>() / (pages - 1.0).max(1.0);
    let off = 1.96 * (spread / pages).sqrt();
    let of = |mean: f64| whole(mean * float(total));
    let shortest = counted.by_segments.keys().next().copied().unwrap_or(0);
    let longest = counted.by_segments.keys().next_back().copied().unwrap_or(0);
    let all = |segments: usize| i64::try_from(segments).unwrap_or(0).saturating_mul(total);
    (of(mean - off).max(all(shortest).min(of(mean))), of(mean), of(mean + off).min(all(longest)))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
const fn float(number: i64) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, reason = "an estimate of at most 30 million segments")]
fn whole(number: f64) -> i64 {
    number.max(0.0).round() as i64
}

/// Millionths as people write them: `0.0079`, `12.50`, `3.00`.
#[must_use]
pub fn amount(millionths: i64) -> String {
    let text = format!("{}.{:06}", millionths / 1_000_000, (millionths % 1_000_000).abs());
    let keep = text.find('.').map_or(0, |dot| dot + 3);
    let cut = text.trim_end_matches('0').len().max(keep);
    text.get(..cut).unwrap_or(&text).to_owned()
}

/// The millionths that such a text stands for; none where it is none, or has more decimals.
#[must_use]
pub fn millionths(text: &str) -> Option<i64> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(rest) || rest.len() > 6 || whole.len() > 6 {
        return None;
    }
    format!("{whole}{rest:0<6}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_write_them() {
        for (text, number) in [
            ("0.0079", 7_900),
            ("12.50", 12_500_000),
            ("3.00", 3_000_000),
            ("0.00", 0),
            ("0.000001", 1),
        ] {
            assert_eq!((amount(number).as_str(), millionths(text)), (text, Some(number)));
        }
        assert_eq!(millionths("7"), Some(7_000_000));
        for text in ["", ".5", "1.", "-1", "1,5", "1e3", "0.0000001", "9999999", "٣"] {
            assert_eq!(millionths(text), None, "{text}");
        }
    }

    #[test]
    fn the_bounds_of_a_sample_hold_what_it_was_drawn_from() {
        let mut counted = Counted { people: 300, segments: 450, ..Counted::default() };
        counted.pages = vec![(100, 100), (100, 150), (100, 200)];
        counted.by_segments = [(1, 150), (2, 150)].into();
        let (least, likely, most) = bounds(&counted, 100_000);
        assert_eq!(likely, 150_000);
        assert!(least >= 100_000 && least < likely && most > likely && most <= 200_000);
    }
}
