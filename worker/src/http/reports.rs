//! `/campaigns/{id}/report`: what became of a campaign, in numbers.

use std::collections::BTreeMap;

use axum::Json;
use serde::Serialize;
use tidegate::status::MessageStatus;

use super::api::{About, CsvFile, Routes};
use super::caller::Viewer;
use super::campaigns::{Promise, find, status_of};
use super::params::Id;
use super::progress::{Progress, untouched};
use super::seen::rate;
use super::{App, Failure};
use crate::contacts::csv;
use crate::model::Content;
use crate::ports::World;
use crate::reasons;
use crate::store::campaigns::CampaignRow;
use crate::store::reports::{self, LinkRow, ReasonRow};
use crate::store::{Database, StoreError};
use crate::tracking::{OPENED, Tracking, links};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("reports", "What became of messages, in numbers.")
        .get(
            "/campaigns/{id}/report",
            report::<W>,
            About::new("getCampaignReport", "Tell what became of a campaign, in numbers"),
        )
        .get(
            "/campaigns/{id}/report.csv",
            table::<W>,
            About::new("getCampaignReportTable", "Tell the same as a table"),
        )
}

/// What became of a campaign.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Report {
    campaign_id: String,
    name: String,
    progress: Progress,
    /// When its first and its last POST began.
    first_sent_at: Option<i64>,
    last_sent_at: Option<i64>,
    /// What was promised for them when it was scheduled, or last changed.
    planned: Option<Promise>,
    failed_by_reason: Vec<Counted>,
    skipped_by_reason: Vec<Counted>,
    unknown_by_reason: Vec<Counted>,
    opened: Seen,
    clicked: Seen,
    links: Vec<Link>,
}

/// How many messages have one reason.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Counted {
    /// A word of `/reasons`.
    pub(super) reason: String,
    means: &'static str,
    pub(super) count: i64,
}

/// A kind of mark.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Seen {
    people: i64,
    times: i64,
    /// Of those who were sent it, from 0 to 1; none where nobody was, or where nothing is tracked.
    rate: Option<f64>,
    /// Scanners, previews, images fetched ahead: in neither number.
    by_machines: i64,
}

/// One link of the text.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Link {
    number: i64,
    /// As the text has it, fields not filled in.
    url: Option<String>,
    people: i64,
    times: i64,
}

#[worker::send]
async fn report<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Report>, Failure> {
    Ok(Json(made(&app, key.team_id(), &id).await?))
}

#[worker::send]
async fn table<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<CsvFile, Failure> {
    let table = made(&app, key.team_id(), &id).await?.table();
    Ok(CsvFile::whole("report.csv", table.into()))
}

async fn made<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<Report, Failure> {
    let row = find(app, team_id, id).await?;
    let statements = vec![reports::by_reason(row.seq), reports::by_link(row.seq)];
    let mut answers = app.db().batch(statements).await?.into_iter();
    let reasons = answers.next().unwrap_or_default().all::<ReasonRow>()?;
    let links = answers.next().unwrap_or_default().all::<LinkRow>()?;
    Ok(Report::of(&row, &reasons, &links)?)
}

impl Report {
    fn of(
        row: &CampaignRow,
        by_reason: &[ReasonRow],
        marks: &[LinkRow],
    ) -> Result<Self, StoreError> {
        let status = status_of(row)?;
        let progress = Progress::of(row, status);
        let broken = |error: serde_json::Error| StoreError::Failed(error.to_string());
        let content: Content = serde_json::from_str(&row.content).map_err(broken)?;
        let plan = row.plan.as_deref().map(serde_json::from_str).transpose().map_err(broken)?;
        let mut skipped = counted(by_reason, MessageStatus::Skipped);
        // Those who have no row yet, because nothing became of them.
        if let (MessageStatus::Skipped, Some(why)) = untouched(status) {
            let rest = progress.skipped - skipped.values().sum::<i64>();
            *skipped.entry(why.to_owned()).or_default() += rest.max(0);
        }
        let tracked = Tracking::noted(row.tracking.as_deref());
        let seen = |people: i64, times: i64, is_tracked: bool, of: fn(i64) -> bool| Seen {
            people,
            times,
            rate: rate(people, progress.sent, is_tracked),
            by_machines: marks
                .iter()
                .filter(|mark| mark.by_machine == 1 && of(mark.link))
                .map(|mark| mark.times)
                .sum(),
        };
        let followed = marks.iter().filter(|mark| mark.link != OPENED && mark.by_machine == 0);
        Ok(Self {
            campaign_id: row.id.clone(),
            name: row.name.clone(),
            first_sent_at: by_reason.iter().filter_map(|row| row.first_ms).min(),
            last_sent_at: by_reason.iter().filter_map(|row| row.last_ms).max(),
            planned: plan,
            failed_by_reason: listed(counted(by_reason, MessageStatus::Failed)),
            skipped_by_reason: listed(skipped),
            unknown_by_reason: listed(counted(by_reason, MessageStatus::Unknown)),
            opened: seen(row.opened, row.opens, tracked.opens, |link| link == OPENED),
            clicked: seen(row.clicked, row.clicks, tracked.clicks, |link| link != OPENED),
            links: followed
                .map(|mark| Link {
                    number: mark.link,
                    url: links::nth(&content.text, mark.link).map(str::to_owned),
                    people: mark.people,
                    times: mark.times,
                })
                .collect(),
            progress,
        })
    }

    /// The same as rows of a name, what it is of, and a number.
    fn table(&self) -> String {
        let mut table = String::new();
        let mut row = |cells: [&str; 3]| csv::guarded_row(&mut table, cells.into_iter());
        row(["what", "of", "count"]);
        let progress = &self.progress;
        for (what, count) in [
            ("people", progress.total),
            ("queued", progress.queued),
            ("sending", progress.sending),
            ("sent", progress.sent),
            ("delivered", progress.delivered),
            ("failed", progress.failed),
            ("skipped", progress.skipped),
            ("cancelled", progress.cancelled),
            ("unknown", progress.unknown),
            ("opened", self.opened.people),
            ("opens", self.opened.times),
            ("clicked", self.clicked.people),
            ("clicks", self.clicked.times),
        ] {
            row([what, "", &count.to_string()]);
        }
        for (what, reasons) in [
            ("failed", &self.failed_by_reason),
            ("skipped", &self.skipped_by_reason),
            ("unknown", &self.unknown_by_reason),
        ] {
            for counted in reasons {
                row([what, &counted.reason, &counted.count.to_string()]);
            }
        }
        for link in &self.links {
            let url = link.url.clone().unwrap_or_else(|| link.number.to_string());
            row(["clicked", &url, &link.people.to_string()]);
        }
        table
    }
}

/// How many messages of a status have each reason, spellings of one reason together.
fn counted(rows: &[ReasonRow], status: MessageStatus) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for row in rows.iter().filter(|row| row.status == status.name()) {
        let said = row.reason.as_deref().unwrap_or("none");
        let reason = reasons::known(said).map_or(said, |known| known.code);
        *counts.entry(reason.to_owned()).or_default() += row.count;
    }
    counts
}

/// The most frequent first.
pub(super) fn listed(counts: BTreeMap<String, i64>) -> Vec<Counted> {
    let of = |(reason, count): (String, i64)| Counted {
        means: reasons::known(&reason).map_or("The provider's own word.", |known| known.means),
        reason,
        count,
    };
    let mut listed: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).map(of).collect();
    listed.sort_by_key(|counted| std::cmp::Reverse(counted.count));
    listed
}
