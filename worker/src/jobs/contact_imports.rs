//! A file of contacts: received as a whole, then taken in step by step.
//!
//! A million contacts are too much for one transaction, so a file is first kept as it was
//! understood. One that breaks off leaves nothing. One that is there as a whole is taken in to its
//! end, whatever happens in between: each step commits its contacts and how far it is together, and
//! the sweep goes on where nobody else does.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;

use futures_core::Stream;
use serde_json::{Value, json};
use tidegate::Instant;

use super::contacts::{too_many_fields, writing};
use super::state::parsed;
use super::{CommandError, erasures};
use crate::contacts::book::{Book, Said, Taken};
use crate::contacts::file::{FileReader, Row};
use crate::contacts::{Address, FIELDS_MOST};
use crate::import::{ImportError, REJECTIONS_LISTED, Rejection, region};
use crate::model::Caller;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::contact_imports::{self as store, ImportRow, PageRow, Progress};
use crate::store::contacts::{self, WRITE_FULL};
use crate::store::{Database, Statement, StoreError};

/// Rows of a page.
const PAGE_ROWS: usize = 2_000;
/// Bytes of a page's rows, about, and of what is kept with one statement.
const PAGE_FULL: usize = 500_000;
/// Steps of one go: each is up to eleven queries, and an invocation has a thousand.
const STEPS: usize = 60;
/// How often a step is tried that others overtake.
const TRIES: usize = 4;
/// An import that has not got on for so long is gone on with, in ms; one whose file stopped
/// arriving is forgotten.
const IDLE_MS: i64 = 90_000;

/// A file to take in.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Whose contacts they are.
    pub team_id: &'a str,
    /// Who sends it.
    pub by: &'a Caller,
    /// Its name.
    pub file_name: &'a str,
    /// The country of numbers without `+`.
    pub region: Option<&'a str>,
    /// How many bytes it has, if that is known.
    pub length: Option<u64>,
}

/// Receives a file and takes in what one go can.
///
/// # Errors
/// [`ImportError`]; nothing of the file is in then.
pub async fn receive<W: World, E: std::fmt::Display>(
    world: &W,
    wanted: &Wanted<'_>,
    file: impl Stream<Item = Result<Vec<u8>, E>>,
) -> Result<ImportRow, ImportError> {
    let id = format!("cim_{}", world.token());
    let now_ms = world.now().millis();
    let db = world.database();
    let entry = Entry::new("contact.import", &id, json!({ "file_name": wanted.file_name }));
    let statements = vec![
        store::begin(wanted.team_id, &id, wanted.file_name, &wanted.by.name, now_ms),
        audit::entry_if_changed(wanted.by, &entry, now_ms),
    ];
    db.batch(statements).await?;
    let begun = find(world, wanted.team_id, &id).await?;
    if begun.status != "receiving" {
        return Ok(begun); // The request was carried out before, and its answer lost.
    }
    let received = keep(world, wanted, &id, file).await;
    if received.is_err() {
        // Should this fail too, the sweep forgets it.
        drop(db.batch(store::abandon(&id)).await);
    }
    received?;
    let row = find(world, wanted.team_id, &id).await?;
    // It is in for good: what cannot be done now is done by the sweep.
    if let Err(StoreError::Failed(why)) = take_in(world, row).await {
        debug_assert!(!why.is_empty());
    }
    find(world, wanted.team_id, &id).await
}

async fn find<W: World>(world: &W, team_id: &str, id: &str) -> Result<ImportRow, ImportError> {
    let row = world.database().run(store::by_id(team_id, id)).await?.first::<ImportRow>()?;
    row.ok_or_else(|| StoreError::Failed("an import was not kept".into()).into())
}

async fn keep<W: World, E: std::fmt::Display>(
    world: &W,
    wanted: &Wanted<'_>,
    id: &str,
    file: impl Stream<Item = Result<Vec<u8>, E>>,
) -> Result<(), ImportError> {
    let db = world.database();
    let region = match wanted.region.map(str::trim) {
        None | Some("") => None,
        Some(code) => Some(region(code).ok_or_else(|| {
            ImportError::Refused(tidegate::Problem {
                path: "region".into(),
                code: "unknown_region",
                message: "is no country with a numbering plan; write its two letters of ISO 3166, \
                          such as `FR`"
                    .into(),
            })
        })?),
    };
    let known = contacts::fields_of(db.run(contacts::fields(wanted.team_id)).await?)?;
    let mut reader = FileReader::new(region);
    let mut intake = Intake::default();
    let mut arrived = 0_u64;
    let mut is_checked = false;
    let mut file = pin!(file);
    while let Some(bytes) = poll_fn(|context| file.as_mut().poll_next(context)).await {
        let bytes = bytes.map_err(|error| ImportError::Interrupted(error.to_string()))?;
        arrived += u64::try_from(bytes.len()).unwrap_or_default();
        for piece in bytes.chunks(PAGE_FULL / 8) {
            reader.push(piece, &mut |row| intake.take(row)).map_err(ImportError::Refused)?;
            if let Some(fields) = reader.fields().filter(|_| !is_checked) {
                check(&fields, &known)?;
                is_checked = true;
            }
            if intake.is_full() {
                write(world, id, &mut intake).await?;
            }
        }
    }
    if let Some(length) = wanted.length.filter(|length| *length != arrived) {
        return Err(ImportError::Interrupted(format!("{arrived} of {length} bytes came")));
    }
    let fields = reader.finish(&mut |row| intake.take(row)).map_err(ImportError::Refused)?;
    check(&fields, &known)?;
    if intake.total == 0 {
        return Err(ImportError::Refused(tidegate::Problem {
            path: "file".into(),
            code: "no_rows",
            message: "the file has a header and nobody below it; add a row for each person".into(),
        }));
    }
    intake.close_page();
    write(world, id, &mut intake).await?;
    let (total, rejected) = (intake.total, intake.rejected_total);
    let now_ms = world.now().millis();
    let done = store::received(id, total, rejected, &json!(intake.rejected), now_ms);
    match db.run(done).await {
        Ok(answer) if answer.changes == 1 => Ok(()),
        Ok(_) => Err(ImportError::Overtaken),
        // Not knowing whether it was done, ask.
        Err(error) => match find(world, wanted.team_id, id).await {
            Ok(row) if row.status == "applying" => Ok(()),
            _ => Err(error.into()),
        },
    }
}

fn check(fields: &[String], known: &[String]) -> Result<(), ImportError> {
    let new = fields.iter().filter(|name| !known.contains(name)).count();
    if new > 0 && known.len() + new > FIELDS_MOST {
        let CommandError::Invalid(problems) = too_many_fields("file") else { return Ok(()) };
        if let Some(problem) = problems.into_iter().next() {
            return Err(ImportError::Refused(problem));
        }
    }
    Ok(())
}

/// What has come in and is not kept yet.
#[derive(Default)]
struct Intake {
    /// Complete pages, as JSON without the brackets around them all.
    pages: String,
    page: String,
    page_rows: usize,
    page_no: i64,
    total: i64,
    rejected: Vec<Rejection>,
    rejected_total: i64,
}

impl Intake {
    fn take(&mut self, row: Row) {
        self.total += 1;
        match row {
            Row::Person { line, patch } => {
                let json = json!(Said { line, patch }).to_string();
                if self.page_rows == PAGE_ROWS || self.page.len() + json.len() > PAGE_FULL {
                    self.close_page();
                }
                if self.page_rows > 0 {
                    self.page.push(',');
                }
                self.page.push_str(&json);
                self.page_rows += 1;
            }
            Row::Rejected(rejection) => {
                if self.rejected.len() < REJECTIONS_LISTED {
                    self.rejected.push(rejection);
                }
                self.rejected_total += 1;
            }
        }
    }

    fn close_page(&mut self) {
        if self.page_rows == 0 {
            return;
        }
        let comma = if self.pages.is_empty() { "" } else { "," };
        let number = self.page_no.to_string();
        for part in [comma, "[", &number, ",[", &self.page, "]]"] {
            self.pages.push_str(part);
        }
        self.page_no += 1;
        self.page_rows = 0;
        self.page.clear();
    }

    const fn is_full(&self) -> bool {
        self.pages.len() >= PAGE_FULL
    }
}

async fn write<W: World>(world: &W, id: &str, intake: &mut Intake) -> Result<(), ImportError> {
    let pages = std::mem::take(&mut intake.pages);
    if pages.is_empty() {
        return Ok(());
    }
    let statements = store::keep(id, format!("[{pages}]"), world.now().millis());
    let mut tries = 1;
    let answers = loop {
        match world.database().batch(statements.clone()).await {
            Err(StoreError::Failed(_)) if tries < TRIES => tries += 1,
            answers => break answers?,
        }
    };
    if answers.first().is_some_and(|answer| answer.changes > 0) {
        Ok(())
    } else {
        Err(ImportError::Overtaken)
    }
}

/// What has stood still: rows for [`go_on`].
#[must_use]
pub fn idle(now: Instant) -> Statement {
    store::idle(now.millis() - IDLE_MS)
}

/// Goes on with what has stood still.
///
/// # Errors
/// The database's first one. It keeps no other from being gone on with, and that one waits until the
/// others have had their turn.
pub async fn go_on<W: World>(world: &W, idle: Vec<ImportRow>) -> Result<(), StoreError> {
    let db = world.database();
    let mut done = Ok(());
    for row in idle {
        let seq = row.seq;
        let went_on = if row.status == "receiving" {
            db.batch(store::abandon(&row.id)).await.map(drop)
        } else {
            take_in(world, row).await
        };
        if went_on.is_err() {
            let put_off = db.run(store::put_off(seq, world.now().millis())).await;
            done = done.and(went_on).and(put_off.map(drop));
        }
    }
    done
}

/// Takes rows in, as many as one go can.
async fn take_in<W: World>(world: &W, mut import: ImportRow) -> Result<(), StoreError> {
    let db = world.database();
    let mut tries = 1;
    let mut steps = 0;
    while steps < STEPS && !db.is_spent() {
        let page = db.run(store::rows(import.seq, import.next_page)).await?;
        let Some(page) = page.first::<PageRow>()? else {
            db.batch(store::end(import.seq, world.now().millis())).await?;
            return Ok(());
        };
        let rows: Vec<Said> = parsed(&page.rows)?;
        match step(world, &import, &rows).await {
            Ok(()) => (steps, tries) = (steps + 1, 1),
            // Somebody changed a contact meanwhile, or the answer was lost: look again.
            Err(_) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
        let again = db.run(store::by_id(&import.team_id, &import.id)).await?;
        let Some(again) = again.first::<ImportRow>()? else { return Ok(()) };
        import = again;
    }
    Ok(())
}

/// Takes rows of a page in, from where the import stands to the end of the page or of what one
/// transaction takes.
async fn step<W: World>(world: &W, import: &ImportRow, rows: &[Said]) -> Result<(), StoreError> {
    let db = world.database();
    let now_ms = world.now().millis();
    let begin = usize::try_from(import.next_row).unwrap_or(usize::MAX);
    let rest = rows.get(begin..).unwrap_or_default();
    let addresses: BTreeSet<&Address> =
        rest.iter().flat_map(|row| row.patch.addresses.iter().flatten()).collect();
    let there = db.run(contacts::by_addresses(&import.team_id, &json!(addresses))).await?;
    let mut book = Book::of(contacts::contacts_of(there)?, world.token(), now_ms);
    let mut rejections: Vec<Value> = parsed(&import.rejections)?;
    let mut progress =
        Progress { next_page: import.next_page, next_row: import.next_row, ..Progress::default() };
    for row in rest {
        if book.bytes() > WRITE_FULL / 2 {
            break;
        }
        progress.next_row += 1;
        match book.take(row) {
            Taken::Created => progress.created += 1,
            Taken::Updated => progress.updated += 1,
            Taken::Unchanged => progress.unchanged += 1,
            Taken::Rejected(rejection) => {
                progress.rejected += 1;
                if rejections.len() < REJECTIONS_LISTED {
                    rejections.push(json!(rejection));
                }
            }
        }
    }
    if usize::try_from(progress.next_row).is_ok_and(|next| next >= rows.len()) {
        (progress.next_page, progress.next_row) = (progress.next_page + 1, 0);
    }
    let changed = book.changed();
    let mut statements = Vec::new();
    if !changed.is_empty() {
        statements = writing(&import.team_id, &changed);
        let places: Vec<Address> =
            changed.iter().flat_map(|contact| contact.addresses.iter().cloned()).collect();
        statements.extend(erasures::remembered(world, &import.team_id, &places).await?);
    }
    statements.push(store::advance(import, progress, &json!(rejections), now_ms));
    db.batch(statements).await.map(|_| ())
}
