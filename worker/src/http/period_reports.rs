//! `/reports`: what was sent in a period, what became of it, and what came back.
//!
//! A report of very much comes in parts. Each part counts other campaigns and other replies, so parts
//! are added up; `next_cursor` is null in the last.

use axum::Json;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tidegate::Problem;

use super::api::{About, CsvFile, Routes};
use super::asked::campaigns as asked;
use super::caller::Viewer;
use super::campaign_filter::period;
use super::fields::{Fields, shown};
use super::params::Query;
use super::reports::{Counted, listed};
use super::seen::rate;
use super::{App, Failure};
use crate::contacts::csv;
use crate::jobs::estimates::amount;
use crate::jobs::period::{self as job, By, Of, Place, Tally};
use crate::model::Kind;
use crate::ports::World;
use crate::store::period::Period;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    const PARTS: &str = "Messages are counted by when they went. A reply is a contact, a message \
        that was sent is none. A part reads 1,000,000 messages at most, and others count what it \
        leaves: add them up.";
    Routes::more("reports")
        .get(
            "/reports",
            report::<W>,
            About::new("getReport", "Tell what was sent in a period, and what came back")
                .says(PARTS)
                .filters::<asked::ReportFilter>(),
        )
        .get(
            "/reports.csv",
            table::<W>,
            About::new("getReportTable", "Tell the same as a table")
                .says(PARTS)
                .filters::<asked::ReportFilter>(),
        )
}

/// What was sent in a period.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct PeriodReport {
    from: i64,
    to: i64,
    rows: Vec<Row>,
    /// Where the next part begins; none where this is the last.
    next_cursor: Option<String>,
}

/// A row of a report.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PeriodReportRow"))]
struct Row {
    /// Whose it is: an id, or a channel. None for what is of nobody, and in a report of one row.
    id: Option<String>,
    name: String,
    /// Campaigns that were on their way, messages to one person among them.
    campaigns: i64,
    /// Messages that were promised an instant in the period when they were first let go.
    planned: i64,
    /// Taken by a provider, delivered since or not.
    sent: i64,
    delivered: i64,
    failed: i64,
    failed_by_reason: Vec<Counted>,
    skipped: i64,
    skipped_by_reason: Vec<Counted>,
    unknown: i64,
    /// Not reached, because their campaign was stopped.
    cancelled: i64,
    /// People who opened what was sent, and their share of `opened_of`, from 0 to 1.
    opened: i64,
    /// Of what was sent, the messages whose opening would have been seen.
    opened_of: i64,
    open_rate: Option<f64>,
    /// People who followed a link in it, and their share of `clicked_of`.
    clicked: i64,
    /// Of what was sent, the messages whose links would have been seen followed.
    clicked_of: i64,
    click_rate: Option<f64>,
    /// Messages that came in: the contacts.
    contacts: i64,
    /// Of these, those that asked for no more.
    stops: i64,
    /// What it cost, by currency.
    costs: Vec<Cost>,
    /// Whether some of the cost is of campaigns that cross an end of the period, and shared out by
    /// their messages.
    is_cost_shared: bool,
}

/// Money, as decimal numbers in texts.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PeriodCost"))]
struct Cost {
    /// By ISO 4217; empty where the sender has no price any more.
    currency: String,
    sent: String,
    inbound: String,
    total: String,
}

impl Row {
    fn of(of: Of, tally: Tally) -> Self {
        let sum = |reasons: &BTreeMap<String, i64>| reasons.values().sum();
        let cost = |(currency, (sent, inbound)): (String, (i64, i64))| Cost {
            currency,
            sent: amount(sent),
            inbound: amount(inbound),
            total: amount(sent.saturating_add(inbound)),
        };
        Self {
            id: of.id,
            name: of.name,
            campaigns: tally.campaigns,
            planned: tally.planned,
            sent: tally.sent,
            delivered: tally.delivered,
            failed: sum(&tally.failed),
            failed_by_reason: listed(tally.failed),
            skipped: sum(&tally.skipped),
            skipped_by_reason: listed(tally.skipped),
            unknown: tally.unknown,
            cancelled: tally.cancelled,
            opened: tally.opened,
            opened_of: tally.opened_of,
            open_rate: rate(tally.opened, tally.opened_of, true),
            clicked: tally.clicked,
            clicked_of: tally.clicked_of,
            click_rate: rate(tally.clicked, tally.clicked_of, true),
            contacts: tally.replies,
            stops: tally.stops,
            costs: tally.cost.into_iter().map(cost).collect(),
            is_cost_shared: tally.is_cost_shared,
        }
    }

    /// What is counted, by name.
    fn counts(&self) -> [(&'static str, i64); 14] {
        [
            ("campaigns", self.campaigns),
            ("planned", self.planned),
            ("sent", self.sent),
            ("delivered", self.delivered),
            ("failed", self.failed),
            ("skipped", self.skipped),
            ("unknown", self.unknown),
            ("cancelled", self.cancelled),
            ("opened", self.opened),
            ("opened_of", self.opened_of),
            ("clicked", self.clicked),
            ("clicked_of", self.clicked_of),
            ("contacts", self.contacts),
            ("stops", self.stops),
        ]
    }
}

#[worker::send]
async fn report<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<PeriodReport>, Failure> {
    Ok(Json(made(&app, key.team_id(), &query).await?))
}

/// A row for each number: whose it is, what it counts, of what, and how many.
#[worker::send]
async fn table<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<CsvFile, Failure> {
    let report = made(&app, key.team_id(), &query).await?;
    let mut table = String::new();
    csv::plain_row(&mut table, ["id", "name", "what", "of", "count"].into_iter());
    for row in &report.rows {
        let id = row.id.as_deref().unwrap_or_default();
        let mut line = |what: &str, of: &str, count: &str| {
            csv::guarded_row(&mut table, [id, &row.name, what, of, count].into_iter());
        };
        for (what, count) in row.counts() {
            line(what, "", &count.to_string());
        }
        for (what, reasons) in
            [("failed", &row.failed_by_reason), ("skipped", &row.skipped_by_reason)]
        {
            for counted in reasons {
                line(what, &counted.reason, &counted.count.to_string());
            }
        }
        for cost in &row.costs {
            line("cost", &cost.currency, &cost.total);
        }
    }
    Ok(CsvFile { name: "report.csv", body: table.into(), next: report.next_cursor })
}

async fn made<W: World>(
    app: &App<W>,
    team_id: &str,
    query: &Value,
) -> Result<PeriodReport, Failure> {
    let (period, by, from) = parse(query)?;
    let part = job::count(app.db(), team_id, period, by, from).await?;
    let mut rows: Vec<Row> = part.rows.into_iter().map(|(of, tally)| Row::of(of, tally)).collect();
    if rows.is_empty() && by == By::Nothing {
        rows.push(Row::of(Of::default(), Tally::default()));
    }
    Ok(PeriodReport {
        from: period.from_ms,
        to: period.until_ms,
        rows,
        next_cursor: part.next.map(cursor_of),
    })
}

fn parse(query: &Value) -> Result<(Period, By, Place), Vec<Problem>> {
    let mut fields = Fields::of(query);
    for name in ["from", "to"] {
        fields.required(name);
    }
    let (from_ms, until_ms) = period(&mut fields);
    let by = fields.optional("by").and_then(|value| fields.one_of("by", value, &By::NAMES));
    let from = match fields.optional("cursor").and_then(Value::as_str) {
        None => Some(Place::START),
        Some(text) => {
            let place = place(text);
            if place.is_none() {
                let message = format!(
                    "`{}` was not given by this report; take `next_cursor` of the part before",
                    shown(text)
                );
                fields.refuse("cursor", "bad_cursor", message);
            }
            place
        }
    };
    let asked = (|| {
        let period = Period { from_ms: from_ms?, until_ms: until_ms? };
        Some((period, by.unwrap_or_default(), from?))
    })();
    fields.finish(asked)
}

fn cursor_of(place: Place) -> String {
    match place {
        Place::Campaigns(kind, end_ms, seq) => format!("{}-{end_ms}-{seq}", kind.name()),
        Place::Inbound(at_ms, seq) => format!("inbound-{at_ms}-{seq}"),
    }
}

fn place(text: &str) -> Option<Place> {
    let mut pieces = text.split('-');
    let what = pieces.next()?;
    let mut number = || pieces.next()?.parse::<i64>().ok().filter(|number| *number >= 0);
    let (at_ms, seq) = (number()?, number()?);
    if pieces.next().is_some() {
        return None;
    }
    if what == "inbound" {
        return Some(Place::Inbound(at_ms, seq));
    }
    let kind = Kind::NAMES.iter().find(|(name, _)| *name == what);
    kind.map(|(_, kind)| Place::Campaigns(*kind, at_ms, seq))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_its_place_back() {
        for at in [Place::START, Place::Campaigns(Kind::Single, 5, 7), Place::Inbound(0, 9)] {
            assert_eq!(place(&cursor_of(at)), Some(at));
        }
        for text in
            ["", "inbound", "inbound-1", "inbound-1-x", "other-1-2", "single-1-2-3", "single--1-2"]
        {
            assert_eq!(place(text), None, "`{text}`");
        }
    }
}
