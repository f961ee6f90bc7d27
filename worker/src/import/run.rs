//! An import from its first byte to its last transaction.

use std::future::poll_fn;
use std::pin::pin;

use futures_core::Stream;
use serde_json::json;
use tidegate::Problem;

use super::address::{Rule, known_as};
use super::fields::FieldFacts;
use super::header::{Header, refused};
use super::intake::Intake;
use super::pages::{Pages, ZoneRanges};
use super::ready::Ready;
use super::seen::Seen;
use super::{ImportAnswer, ImportError, ImportRequest, PEOPLE_MAX, Reader, phone};
use crate::content;
use crate::model::Content;
use crate::ports::{Clock, Entropy};
use crate::store::audit::{self, Entry};
use crate::store::imports::{self, Begun, NewList};
use crate::store::ticks::ZoneRow;
use crate::store::{Answer, Database, Statement, StoreError, people, words, zones};
use crate::zones::Zones;

/// How long an import that has gone silent keeps others out.
const LEASE_MS: i64 = 60_000;

/// Bytes that are read before it is looked whether something is to be written.
const PIECE: usize = 64 * 1024;

/// Statements that write people, at most: D1 takes 1,000 queries an invocation, and up to 151 may
/// have gone into reading the addresses of [`PEOPLE_MAX`] people.
const WRITES_MAX: usize = 800;

/// How often a statement is tried that may be repeated.
const TRIES: usize = 3;

/// How long to wait before a statement is tried again.
const TRY_AGAIN_MS: i64 = 250;

/// Imports `file`, which arrives in pieces of any size.
///
/// # Errors
/// See [`ImportError`]. After any of them the campaign is as it was. One exception:
/// [`ImportError::Store`] at the very end, when not even the database can be asked any more
/// whether its last transaction was done.
pub async fn run<E: std::fmt::Display>(
    db: &impl Database,
    entropy: &impl Entropy,
    clock: &impl Clock,
    request: &ImportRequest,
    file: impl Stream<Item = Result<Vec<u8>, E>>,
) -> Result<ImportAnswer, ImportError> {
    let rule = rule(request).map_err(ImportError::Refused)?;
    let token = entropy.token();
    let mut import = Import::begin(db, clock, request, token).await?;
    let list_id = format!("list_{}", entropy.token());
    let seen = Seen::new(&entropy.token());
    let answer = import.transfer(rule, list_id, seen, file).await;
    if answer.is_err() {
        // Should this fail too, what stays behind is invisible and the next import removes it.
        let abandon = imports::abandon(request.campaign_seq, &import.token);
        drop(db.batch(abandon).await);
    }
    answer
}

fn rule(request: &ImportRequest) -> Result<Rule, Problem> {
    let region = match request.region.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(code) => Some(phone::region(code).ok_or_else(|| Problem {
            path: "region".into(),
            code: "unknown_region",
            message: format!(
                "{} is no country with a numbering plan; write its two letters of ISO 3166, such \
                 as `FR`",
                super::address::quoted(code)
            ),
        })?),
    };
    Ok(Rule::of(request.channel, region))
}

/// An import that holds the campaign's token.
struct Import<'a, D, C> {
    db: &'a D,
    clock: &'a C,
    request: &'a ImportRequest,
    token: String,
    /// As it was when the import began: its `total` is the ordinal of the first new person.
    campaign: Begun,
    lease_until_ms: i64,
    writes: usize,
}

impl<'a, D: Database, C: Clock> Import<'a, D, C> {
    async fn begin(
        db: &'a D,
        clock: &'a C,
        request: &'a ImportRequest,
        token: String,
    ) -> Result<Self, ImportError> {
        let seq = request.campaign_seq;
        let now_ms = clock.now().millis();
        let lease_until_ms = now_ms + LEASE_MS;
        let begin = imports::begin(seq, &token, lease_until_ms, now_ms);
        if let Some(campaign) = imports::begun(repeat(db, clock, begin).await?)? {
            repeat(db, clock, imports::clear(seq, &token)).await?;
            return Ok(Self { db, clock, request, token, campaign, lease_until_ms, writes: 0 });
        }
        let status = imports::status_of(db.run(imports::status(seq)).await?)?;
        Err(match status {
            None => ImportError::NoCampaign,
            Some(status) if status == "draft" || status == "scheduled" => ImportError::Busy,
            Some(status) => ImportError::Closed { status },
        })
    }

    async fn transfer<E: std::fmt::Display>(
        &mut self,
        rule: Rule,
        list_id: String,
        seen: Seen,
        file: impl Stream<Item = Result<Vec<u8>, E>>,
    ) -> Result<ImportAnswer, ImportError> {
        let list = words::listed(self.repeat(words::list_for(self.request.campaign_seq)).await?)?;
        let mut intake = Intake {
            seen: self.remember(seen).await?,
            fields: FieldFacts::new(list.as_deref())?,
            ready: self.looks()?,
            pages: Pages::new(self.campaign.total, self.zones().await?),
            accepted: 0,
            duplicates: 0,
            rejected: Vec::new(),
            rejected_total: 0,
        };
        let mut reader = Reader::new(rule, self.request.columns.clone())
            .inferring_zones(self.request.infers_zones);
        let mut file = pin!(file);
        let mut arrived = 0_u64;
        let mut checked = None;
        while let Some(bytes) = poll_fn(|context| file.as_mut().poll_next(context)).await {
            let bytes = bytes.map_err(|error| ImportError::Interrupted(error.to_string()))?;
            arrived += u64::try_from(bytes.len()).unwrap_or_default();
            for piece in bytes.chunks(PIECE) {
                reader.push(piece, &mut |row| intake.take(row)).map_err(ImportError::Refused)?;
                if checked.is_none() {
                    checked = reader.header().map(|header| self.check(header)).transpose()?;
                }
                if intake.pages.is_full() {
                    self.write(&mut intake, false).await?;
                }
            }
            self.renew().await?;
        }
        if let Some(length) = self.request.length.filter(|length| *length != arrived) {
            let why = format!("{arrived} of {length} bytes came");
            return Err(ImportError::Interrupted(why));
        }
        let header = reader.finish(&mut |row| intake.take(row)).map_err(ImportError::Refused)?;
        if checked.is_none() {
            self.check(&header)?;
        }
        if intake.rows() == 0 {
            return Err(ImportError::Refused(refused(
                "no_rows",
                "the file has a header and nobody below it; add a row for each person".into(),
            )));
        }
        self.check_filled(&header, &intake)?;
        self.write(&mut intake, true).await?;
        self.finish(list_id, &header, intake).await
    }

    /// A campaign that waits for its time was found to have every field that its text asks for,
    /// and has to stay so. A draft is looked at when it is scheduled.
    fn check(&self, header: &Header) -> Result<(), ImportError> {
        if self.campaign.status == "draft" {
            return Ok(());
        }
        let columns: Vec<String> = header.fields().map(str::to_owned).collect();
        let missing = content::lacking(&self.content()?, &columns);
        let Some(first) = missing.first() else {
            return Ok(());
        };
        Err(ImportError::Refused(refused(
            "missing_field",
            format!(
                "the campaign is scheduled and its text asks for `{}`, which is not a column of \
                 the file; add the column, or write `{{{{ {first} | default(\"...\") }}}}` in the \
                 text",
                missing.join("`, `")
            ),
        )))
    }

    /// What looks at each person, where the columns do not say enough.
    fn looks(&self) -> Result<Option<Ready>, ImportError> {
        Ok(if self.campaign.status == "draft" { None } else { Ready::of(self.content()?) })
    }

    fn content(&self) -> Result<Content, ImportError> {
        serde_json::from_str(&self.campaign.content)
            .map_err(|error| StoreError::Failed(error.to_string()).into())
    }

    /// Likewise everybody has to have something in each field that the text cannot do without.
    fn check_filled(&self, header: &Header, intake: &Intake) -> Result<(), ImportError> {
        if self.campaign.status == "draft" {
            return Ok(());
        }
        let empty = |message| Err(ImportError::Refused(refused("empty_field", message)));
        if let Some(ready) = &intake.ready {
            let Some((count, why)) = &ready.at_fault else { return Ok(()) };
            return empty(format!(
                "the campaign is scheduled and {count} people of the file cannot be written to \
                 ({why}); complete the file, or say in the text what to write instead"
            ));
        }
        let counts = intake.fields.empty(header.fields(), intake.accepted);
        let needed = content::lacking(&self.content()?, &[]);
        let lacking = needed.iter().filter_map(|field| Some((field, counts.get(field).copied()?)));
        let Some((field, count)) = lacking.filter(|(_, count)| *count > 0).max_by_key(|(_, n)| *n)
        else {
            return Ok(());
        };
        empty(format!(
            "the campaign is scheduled and its text asks for `{field}`, which {count} rows of the \
             file leave empty; fill it in, or write `{{{{ {field} | default(\"...\") }}}}` in the text"
        ))
    }

    /// Reads the addresses that the campaign has already.
    async fn remember(&mut self, mut seen: Seen) -> Result<Seen, ImportError> {
        let mut next = 0;
        let total = self.campaign.total;
        while next < total {
            let query = people::addresses(self.request.campaign_seq, next, total);
            let (addresses, end) = people::addresses_of(self.repeat(query).await?)?;
            for address in addresses {
                seen.insert(&known_as(self.request.channel.name(), &address));
            }
            next = end.unwrap_or(total);
            self.renew().await?;
        }
        Ok(seen)
    }

    /// Who of the people that the campaign has already is in which zone.
    async fn zones(&self) -> Result<Vec<ZoneRanges>, ImportError> {
        let rows = self.repeat(zones::of_campaign(self.request.campaign_seq)).await?;
        let mut zones = Vec::new();
        for row in rows.all::<ZoneRow>()? {
            let ranges = serde_json::from_str(&row.ranges)
                .map_err(|error| StoreError::Failed(error.to_string()))?;
            let zones_of = Zones::named(&row.time_zone).unwrap_or_default();
            zones.push(ZoneRanges { zones: zones_of, ranges });
        }
        if zones.is_empty() && self.campaign.total > 0 {
            zones.push(ZoneRanges {
                zones: Zones::default(),
                ranges: vec![(0, self.campaign.total)],
            });
        }
        Ok(zones)
    }

    async fn write(&mut self, intake: &mut Intake, last: bool) -> Result<(), ImportError> {
        if self.campaign.total + intake.accepted > PEOPLE_MAX {
            return Err(ImportError::Refused(refused(
                "too_many_people",
                format!(
                    "with this file the campaign has more than {PEOPLE_MAX} people; split the file \
                     and make another campaign"
                ),
            )));
        }
        while let Some(pages) = intake.pages.take(last) {
            self.writes += 1;
            if self.writes > WRITES_MAX {
                return Err(ImportError::Refused(refused(
                    "too_large",
                    "the file holds more than 800 MB; leave out columns that the text does not use, \
                     or split it"
                        .into(),
                )));
            }
            let write = people::write(self.request.campaign_seq, &self.token, pages);
            if self.repeat(write).await?.changes == 0 {
                return Err(ImportError::Overtaken);
            }
        }
        Ok(())
    }

    /// Keeps others out for longer, once a third of the time is over.
    async fn renew(&mut self) -> Result<(), ImportError> {
        let now_ms = self.clock.now().millis();
        if self.lease_until_ms - now_ms > LEASE_MS / 3 * 2 {
            return Ok(());
        }
        self.lease_until_ms = now_ms + LEASE_MS;
        let renew = imports::renew(self.request.campaign_seq, &self.token, self.lease_until_ms);
        if self.repeat(renew).await?.changes == 0 {
            return Err(ImportError::Overtaken);
        }
        Ok(())
    }

    async fn finish(
        &mut self,
        list_id: String,
        header: &Header,
        intake: Intake,
    ) -> Result<ImportAnswer, ImportError> {
        let zones: serde_json::Value = intake.pages.into_zones().iter().map(told).collect();
        let list = NewList {
            id: &list_id,
            campaign_seq: self.request.campaign_seq,
            file_name: &self.request.file_name,
            columns: header.fields().collect::<serde_json::Value>().to_string(),
            zones,
            campaign: &self.campaign,
            accepted: intake.accepted,
            duplicates: intake.duplicates,
            rejected: intake.rejected_total,
            created_ms: self.clock.now().millis(),
            empty: json!(intake.fields.empty(header.fields(), intake.accepted)).to_string(),
            found: json!(intake.fields.found()).to_string(),
        };
        let mut tries = 1;
        while let Err(error) = self.commit(&list).await {
            // Not knowing whether it was done, ask; and only a plain no makes it worth repeating.
            if !self.repeat(imports::exists(&list_id)).await?.rows.is_empty() {
                break;
            }
            match error {
                ImportError::Store(_) if tries < TRIES => tries += 1,
                error => return Err(error),
            }
        }
        Ok(ImportAnswer {
            column: header.label(header.address),
            time_zone_column: header.time_zone.map(|column| header.label(column)),
            accepted: intake.accepted,
            duplicates: intake.duplicates,
            rejected: intake.rejected,
            rejected_total: intake.rejected_total,
            total: self.campaign.total + intake.accepted,
            list_id,
        })
    }

    async fn commit(&self, list: &NewList<'_>) -> Result<(), ImportError> {
        let mut statements = imports::finish(list, &self.token);
        let after = json!({
            "campaign": list.campaign_seq, "file_name": list.file_name, "accepted": list.accepted,
        });
        let entry = Entry::new("campaign.import", list.id, after);
        statements.insert(1, audit::entry_if_changed(&self.request.by, &entry, list.created_ms));
        let answers = self.db.batch(statements).await?;
        if answers.iter().all(|answer| answer.changes > 0) {
            Ok(())
        } else {
            Err(ImportError::Overtaken)
        }
    }

    async fn repeat(&self, statement: Statement) -> Result<Answer, StoreError> {
        repeat(self.db, self.clock, statement).await
    }
}

/// Runs a statement that may be done twice, and again when the database fails.
async fn repeat(
    db: &impl Database,
    clock: &impl Clock,
    statement: Statement,
) -> Result<Answer, StoreError> {
    let mut tries = 1;
    loop {
        match db.run(statement.clone()).await {
            Err(StoreError::Failed(_)) if tries < TRIES => tries += 1,
            answer => return answer,
        }
        clock.sleep(clock.now().plus(TRY_AGAIN_MS)).await;
    }
}

/// A zone as the database takes it: `[time_zone, ranges, people]`.
fn told(of: &ZoneRanges) -> serde_json::Value {
    let people: i64 = of.ranges.iter().map(|(_, count)| count).sum();
    json!([of.zones.name(), of.ranges, people])
}
