//! `/opt-outs/import` and `/opt-outs/export`: the list as a CSV file, in and out.
//!
//! A file is taken in as it arrives. Unlike a campaign's list it is not all or nothing: who is on the
//! list already gets nothing already, whatever becomes of the rest, and the same file again changes
//! nothing.

use std::collections::VecDeque;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::Problem;
use worker::send::SendFuture;

use super::api::{About, CsvFile, Repeat, Routes};
use super::asked::conversations as asked;
use super::body::require_type;
use super::caller::{Operator, Viewer};
use super::fields::{Fields, NAME_MOST};
use super::opt_outs::REASON_MOST;
use super::params::Query;
use super::senders::CHANNELS;
use super::{App, Failure};
use crate::contacts::csv;
use crate::import::{Known, REJECTIONS_LISTED, Reader, Rejection, Row, Rule, region};
use crate::jobs::inbound::excerpt;
use crate::model::{Caller, Channel, Person};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::opt_outs::{self, OptOutRow};
use crate::store::{Database, StoreError};

/// How many addresses are written at once, at most.
const WRITTEN_AT_ONCE: usize = 5_000;
/// How many bytes of them, at most: D1 takes 2 MB in a parameter.
const BYTES_AT_ONCE: usize = 1_500_000;
/// How many writes one request makes, at most, each of two queries: D1 takes 1,000 an invocation.
const WRITES_MOST: usize = 450;
/// How many rows of an export are read at once.
const READ_AT_ONCE: i64 = 2_000;
/// How many times that, at most: 1.8 million rows.
const READS_MOST: usize = 900;
/// Bytes that are read before it is looked whether something is to be written.
const PIECE: usize = 64 * 1024;

/// The columns of an export.
const COLUMNS: [&str; 7] =
    ["channel", "address", "reason", "source", "created_at", "by", "campaign_id"];

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("opt-outs")
        .post(
            "/opt-outs/import",
            import::<W>,
            About::new("importOptOuts", "Put the addresses of a CSV file on the opt-outs")
                .says(
                    "Rows stand by themselves: what came in is on the list, whatever becomes of the \
                     rest. The same file again changes nothing.",
                )
                .filters::<asked::OptOutFile>()
                .takes("text/csv")
                .repeated(Repeat::Streams),
        )
        .get(
            "/opt-outs/export",
            export::<W>,
            About::new("exportOptOuts", "Export the opt-outs as CSV")
                .filters::<asked::OptOutExport>(),
        )
}

/// What became of a file.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ImportedOptOuts"))]
struct Imported {
    /// The column that the addresses were taken from.
    column: String,
    /// Addresses that were not on the list.
    added: i64,
    /// Addresses that were, and rows that repeat one.
    known: i64,
    rejected: Vec<Rejection>,
    rejected_total: i64,
}

/// What has been read and is not written yet.
struct Intake {
    channel: Channel,
    reason: String,
    now_ms: i64,
    /// What is written at once, each; only the last one may become more.
    parts: VecDeque<Part>,
    taken: i64,
    rejected: Vec<Rejection>,
    rejected_total: i64,
}

/// Addresses that are written at once.
#[derive(Default)]
struct Part {
    rows: usize,
    /// JSON of them, without the bracket that ends the list.
    entries: String,
}

impl Part {
    fn has_room(&self, entry: &str) -> bool {
        self.rows < WRITTEN_AT_ONCE && self.entries.len() + entry.len() + 2 <= BYTES_AT_ONCE
    }

    fn put(&mut self, entry: &str) {
        self.entries.push(if self.rows == 0 { '[' } else { ',' });
        self.entries.push_str(entry);
        self.rows += 1;
    }
}

impl Intake {
    fn put(&mut self, entry: &str) {
        if !self.parts.back().is_some_and(|part| part.has_room(entry)) {
            self.parts.push_back(Part::default());
        }
        if let Some(part) = self.parts.back_mut() {
            part.put(entry);
        }
    }

    /// A part that becomes no more.
    fn full(&mut self) -> Option<Part> {
        if self.parts.len() > 1 { self.parts.pop_front() } else { None }
    }

    fn take(&mut self, row: Row<'_>) {
        match row {
            Row::Person { address, json, .. } => {
                let person: Option<Person> = serde_json::from_str(json).ok();
                let field = |name: &str| {
                    let person = person.as_ref()?;
                    let text = person.fields.get(name)?.as_str()?;
                    Some(excerpt(text, REASON_MOST - 1))
                };
                let reason = field("reason").unwrap_or_else(|| self.reason.clone());
                self.put(&json!([self.channel.name(), address, reason, self.now_ms]).to_string());
                self.taken += 1;
            }
            Row::Rejected(rejection) => {
                if self.rejected.len() < REJECTIONS_LISTED {
                    self.rejected.push(rejection);
                }
                self.rejected_total += 1;
            }
        }
    }
}

#[worker::send]
async fn import<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Query(query): Query,
    request: Request,
) -> Result<Json<Imported>, Failure> {
    let asked = parse(&query)?;
    require_type(request.headers(), "text/csv")?;
    // Whoever gets nothing gets it in every zone and by every name: a bad one keeps nobody off the list.
    let columns = Known { address: asked.column, time_zone: Some(String::new()) };
    let mut reader = Reader::new(asked.rule, columns).with_nothing_beside("reason");
    let mut intake = Intake {
        channel: asked.channel,
        reason: format!("in the file `{}`", asked.file_name),
        now_ms: app.now.millis(),
        parts: VecDeque::new(),
        taken: 0,
        rejected: Vec::new(),
        rejected_total: 0,
    };
    let refused = |problem: Problem| Failure::invalid(vec![problem]);
    let (mut added, mut writes, mut rows) = (0, 0, 0);
    let mut file = request.into_body().into_data_stream();
    while let Some(bytes) = file.next().await {
        let bytes = bytes.map_err(|_| {
            Failure::malformed("the file stopped arriving; send it again, which is safe")
        })?;
        for piece in bytes.chunks(PIECE) {
            reader.push(piece, &mut |row| intake.take(row)).map_err(refused)?;
            while let Some(part) = intake.full() {
                if writes == WRITES_MOST {
                    return Err(refused(too_long(rows)));
                }
                (writes, rows) = (writes + 1, rows + part.rows);
                added += write(&app, &key.caller(), &asked.file_name, part).await?;
            }
        }
    }
    let header = reader.finish(&mut |row| intake.take(row)).map_err(refused)?;
    for part in std::mem::take(&mut intake.parts) {
        added += write(&app, &key.caller(), &asked.file_name, part).await?;
    }
    Ok(Json(Imported {
        column: header.label(header.address),
        added,
        known: intake.taken - added,
        rejected: intake.rejected,
        rejected_total: intake.rejected_total,
    }))
}

async fn write<W: World>(
    app: &App<W>,
    by: &Caller,
    file_name: &str,
    part: Part,
) -> Result<i64, StoreError> {
    let Part { rows, entries } = part;
    let insert = opt_outs::insert_all(&by.team_id, &by.name, format!("{entries}]"));
    let entry = Entry::new("opt_out.import", file_name, json!({ "rows": rows }));
    let entry = audit::entry_if_changed(by, &entry, app.now.millis());
    let answers = app.db().batch(vec![insert, entry]).await?;
    Ok(answers.first().map_or(0, |answer| answer.changes))
}

fn too_long(rows: usize) -> Problem {
    let message = format!(
        "the file has more than one request writes; its first {rows} addresses are on the list, so \
         split it and send the rest"
    );
    Problem { path: "file".into(), code: "too_large", message }
}

struct Asked {
    channel: Channel,
    rule: Rule,
    file_name: String,
    column: Option<String>,
}

fn parse(query: &Value) -> Result<Asked, Vec<Problem>> {
    let mut fields = Fields::of(query);
    let channel = fields.required("channel");
    let channel = channel.and_then(|value| fields.one_of("channel", value, &CHANNELS));
    let file_name = fields.required("file_name");
    let file_name = file_name.and_then(|value| fields.text("file_name", value, NAME_MOST));
    let column = fields.optional("column");
    let column = column.and_then(|value| fields.text("column", value, NAME_MOST));
    let country = fields.optional("region").and_then(Value::as_str);
    let known = country.map(region);
    if known == Some(None) {
        let message = "is no country with a numbering plan; write its two letters, such as `FR`";
        fields.refuse("region", "unknown_region", message);
    }
    let asked = (|| {
        let channel = channel?;
        let rule = Rule::of(channel, known.flatten());
        Some(Asked { channel, rule, file_name: file_name?, column })
    })();
    fields.finish(asked)
}

/// Where an export stands: behind this address.
#[derive(Default)]
struct Place {
    channel: String,
    address: String,
    /// How often it was read by then.
    reads: usize,
}

impl Place {
    /// The place behind `rows`; none where they were the last ones. A file that would end too soon breaks
    /// off: nobody takes it for the whole.
    fn next(&self, rows: &[OptOutRow]) -> Result<Option<Self>, StoreError> {
        let is_last = i64::try_from(rows.len()).is_ok_and(|read| read < READ_AT_ONCE);
        let Some(row) = rows.last().filter(|_| !is_last) else { return Ok(None) };
        let reads = self.reads + 1;
        if reads == READS_MOST {
            let why =
                "the opt-outs are too many for one file; take each channel by itself, or pages";
            return Err(StoreError::Failed(why.to_owned()));
        }
        let channel = row.channel.name().to_owned();
        Ok(Some(Self { channel, address: row.address.clone(), reads }))
    }
}

/// The whole list, by channel and address, as it is read.
#[worker::send]
async fn export<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<CsvFile, Failure> {
    let mut fields = Fields::of(&query);
    let channel = fields.optional("channel");
    let channel = channel.and_then(|value| fields.one_of("channel", value, &CHANNELS));
    let channel = fields.finish(Some(channel))?;
    let team_id = key.team_id().to_owned();
    let mut head = String::new();
    csv::plain_row(&mut head, COLUMNS.into_iter());
    let begin = Some(Place::default());
    let pages = stream::try_unfold(begin, move |place| {
        let (app, team_id) = (app.clone(), team_id.clone());
        SendFuture::new(async move {
            let Some(place) = place else { return Ok(None) };
            let after = (place.channel.as_str(), place.address.as_str());
            let asked = opt_outs::page_of_all(&team_id, channel, after, READ_AT_ONCE);
            let rows = app.db().run(asked).await?.all::<OptOutRow>()?;
            let next = place.next(&rows)?;
            let text: String = rows.iter().map(line).collect();
            Ok::<_, StoreError>(Some((text, next)))
        })
    });
    let lines = stream::once(async { Ok(head) }).chain(pages);
    Ok(CsvFile::whole("opt-outs.csv", Body::from_stream(lines)))
}

fn line(row: &OptOutRow) -> String {
    let created = tidegate::Instant::from_millis(row.created_ms).to_utc().to_rfc3339();
    let cells = [
        row.channel.name(),
        &row.address,
        &row.reason,
        &row.source,
        &created,
        row.by_whom.as_deref().unwrap_or(""),
        row.campaign_id.as_deref().unwrap_or(""),
    ];
    let mut line = String::new();
    csv::row_with_numbers(&mut line, cells.into_iter());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: i64) -> Vec<OptOutRow> {
        let row = |n: i64| OptOutRow {
            channel: Channel::Sms,
            address: format!("+3361{n:07}"),
            reason: "asked".into(),
            source: "manual".into(),
            created_ms: n,
            by_whom: None,
            campaign_id: None,
            inbound_id: None,
        };
        (0..count).map(row).collect()
    }

    #[test]
    fn an_export_that_is_not_whole_breaks_off() {
        let mut place = Place::default();
        for _ in 1..READS_MOST {
            place = place.next(&rows(READ_AT_ONCE)).unwrap().unwrap();
        }
        assert_eq!((place.address.as_str(), place.reads), ("+33610001999", READS_MOST - 1));
        assert!(place.next(&rows(READ_AT_ONCE - 1)).unwrap().is_none());
        assert!(place.next(&rows(READ_AT_ONCE)).is_err());
    }

    #[test]
    fn no_part_is_longer_than_a_parameter_takes_and_none_has_too_many_rows() {
        for bytes in [10, 700, BYTES_AT_ONCE - 2, BYTES_AT_ONCE] {
            let mut intake = Intake {
                channel: Channel::Sms,
                reason: String::new(),
                now_ms: 0,
                parts: VecDeque::new(),
                taken: 0,
                rejected: Vec::new(),
                rejected_total: 0,
            };
            let entry = format!("\"{}\"", "x".repeat(bytes - 4));
            let count = if bytes < 1_000 { 12_000 } else { 3 };
            for _ in 0..count {
                intake.put(&entry);
            }
            let mut rows = 0;
            while let Some(part) = intake.full().or_else(|| intake.parts.pop_front()) {
                assert!(part.rows <= WRITTEN_AT_ONCE && part.entries.len() < BYTES_AT_ONCE);
                let entries: Vec<Value> =
                    serde_json::from_str(&format!("{}]", part.entries)).unwrap();
                assert_eq!(entries.len(), part.rows);
                rows += part.rows;
            }
            assert_eq!(rows, count);
        }
    }
}
