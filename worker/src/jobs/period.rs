//! Counts what was sent in a period, and what came back, in bounded steps.
//!
//! A campaign that lies in the period whole and of which nothing but `sent` became is counted by its
//! counters. The messages of any other are counted themselves, by the instant at which they went. No
//! counter is kept for it: a row for each campaign and day would be written for every campaign, and
//! read for few.
//!
//! One go reads a million messages and fifty thousand campaigns at most. What is left is told by a
//! [`Place`]; parts add up, because each campaign and each message that came in is in one of them.

use std::collections::BTreeMap;

use serde_json::json;

use crate::model::{Channel, Kind};
use crate::store::period::{
    self as store, CAMPAIGNS_A_STEP, InboundEnd, InboundRow, OutcomeRow, Period, REASONS_A_STEP,
    ShareRow, SpanRow,
};
use crate::store::{Database, LAST_MS, StoreError};
use crate::tracking::Tracking;

/// Messages that one go reads, unless a single campaign has more.
const MESSAGES_MOST: i64 = 1_000_000;

/// Steps of one go.
const STEPS_MOST: usize = 50;

/// Rows of a report that one go makes, at most, where they are of campaigns.
const ROWS_MOST: usize = 1_000;

/// What the rows of a report are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// One row for everything.
    #[default]
    Nothing,
    /// Of each channel.
    Channel,
    /// Of each sender.
    Sender,
    /// Of each campaign; messages to one person are one row.
    Campaign,
    /// Of each user who let something go.
    User,
}

impl By {
    /// Each by its name.
    pub const NAMES: [(&str, Self); 5] = [
        ("nothing", Self::Nothing),
        ("channel", Self::Channel),
        ("sender", Self::Sender),
        ("campaign", Self::Campaign),
        ("user", Self::User),
    ];
}

/// What a row is of: an id, which may be that of nobody, and a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Of {
    /// The id; of a channel, its name.
    pub id: Option<String>,
    /// The name.
    pub name: String,
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Campaigns that were on their way, messages to one person among them.
    pub campaigns: i64,
    /// Messages that were promised an instant in the period when they were first let go.
    pub planned: i64,
    /// Taken by the provider, delivered since or not.
    pub sent: i64,
    /// Delivered since.
    pub delivered: i64,
    /// Failed, by reason.
    pub failed: BTreeMap<String, i64>,
    /// Skipped, by reason.
    pub skipped: BTreeMap<String, i64>,
    /// Without a clear answer.
    pub unknown: i64,
    /// Not reached, because their campaign was stopped in the period.
    pub cancelled: i64,
    /// People who opened what went in the period.
    pub opened: i64,
    /// Of what was sent, the messages whose opening would have been seen.
    pub opened_of: i64,
    /// People who followed a link in it.
    pub clicked: i64,
    /// Of what was sent, the messages whose links would have been seen followed.
    pub clicked_of: i64,
    /// Messages that came in.
    pub replies: i64,
    /// Of these, those that asked for no more.
    pub stops: i64,
    /// By currency, what was sent and what came in, in millionths.
    pub cost: BTreeMap<String, (i64, i64)>,
    /// Whether a part of the cost is shared out by messages.
    pub is_cost_shared: bool,
}

/// Where a report goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Below this end and number, among the campaigns of a kind.
    Campaigns(Kind, i64, i64),
    /// Behind this instant and number, among what came in.
    Inbound(i64, i64),
}

impl Place {
    /// The beginning.
    pub const START: Self = Self::Campaigns(Kind::Broadcast, LAST_MS, LAST_MS);

    const fn after(kind: Kind) -> Self {
        match kind {
            Kind::Broadcast => Self::Campaigns(Kind::Single, LAST_MS, LAST_MS),
            Kind::Single => Self::Inbound(0, 0),
        }
    }
}

/// A part of a report.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Its rows.
    pub rows: BTreeMap<Of, Tally>,
    /// Where the next part begins; none where that was all.
    pub next: Option<Place>,
}

/// Counts from a place on, as far as it gets.
///
/// # Errors
/// The database's.
pub async fn count(
    db: &impl Database,
    team_id: &str,
    period: Period,
    by: By,
    from: Place,
) -> Result<Part, StoreError> {
    let mut part = Part::default();
    let mut at = Some(from);
    let mut left = MESSAGES_MOST;
    for _ in 0..STEPS_MOST {
        let Some(place) = at.filter(|_| left > 0 && part.rows.len() < ROWS_MOST) else { break };
        at = match place {
            Place::Campaigns(kind, end_ms, seq) => {
                let spans = db.run(store::spans(team_id, kind, period, (end_ms, seq))).await?;
                let mut spans: Vec<SpanRow> = spans.all()?;
                let is_last = spans.len() < usize::try_from(CAMPAIGNS_A_STEP).unwrap_or_default();
                let taken = fitting(&spans, period, left);
                let is_whole = taken == spans.len();
                spans.truncate(taken);
                left -= spans.iter().filter(|span| is_read(span, period)).map(rows_of).sum::<i64>();
                let next = spans.last().map(|span| Place::Campaigns(kind, span.end_ms, span.seq));
                campaigns(db, &spans, period, by, &mut part).await?;
                if is_last && is_whole { Some(Place::after(kind)) } else { next }
            }
            Place::Inbound(at_ms, seq) => {
                let after = (at_ms, seq);
                let asked = vec![
                    store::inbound(team_id, period, after),
                    store::inbound_end(team_id, period, after),
                ];
                let mut answers = db.batch(asked).await?.into_iter();
                for row in answers.next().unwrap_or_default().all::<InboundRow>()? {
                    came(&row, part.rows.entry(of_inbound(&row, by)).or_default());
                }
                let end = answers.next().unwrap_or_default().first::<InboundEnd>()?;
                end.map(|end| Place::Inbound(end.at_ms, end.seq))
            }
        };
    }
    part.next = at;
    Ok(part)
}

/// Whether all of a campaign lies in the period.
const fn is_inside(span: &SpanRow, period: Period) -> bool {
    span.started_ms >= period.from_ms && span.end_ms <= period.until_ms
}

/// Whether a campaign's messages have to be read.
const fn is_read(span: &SpanRow, period: Period) -> bool {
    !is_inside(span, period) || span.failed + span.skipped + span.unknown > 0
}

const fn rows_of(span: &SpanRow) -> i64 {
    // Counters of what is under way are behind, so more may be there than they say.
    if span.end_ms == LAST_MS {
        span.total
    } else {
        span.sent + span.failed + span.skipped + span.unknown
    }
}

/// How many of the campaigns can be counted with what is left; one always.
fn fitting(spans: &[SpanRow], period: Period, left: i64) -> usize {
    let mut sum = 0;
    let fits = |span: &&SpanRow| {
        sum += if is_read(span, period) { rows_of(span) } else { 0 };
        sum <= left
    };
    spans.iter().take_while(fits).count().max(1).min(spans.len())
}

async fn campaigns(
    db: &impl Database,
    spans: &[SpanRow],
    period: Period,
    by: By,
    part: &mut Part,
) -> Result<(), StoreError> {
    let seqs = |wanted: &dyn Fn(&SpanRow) -> bool| {
        let seqs: Vec<i64> = spans.iter().filter(|s| wanted(s)).map(|s| s.seq).collect();
        json!(seqs)
    };
    let read = seqs(&|span| is_read(span, period));
    let asked = vec![
        store::outcomes(&read, period),
        store::shares(&seqs(&|span| !is_inside(span, period)), period),
    ];
    let mut answers = db.batch(asked).await?.into_iter();
    let mut told: Vec<OutcomeRow> = answers.next().unwrap_or_default().all()?;
    if told.len() == usize::try_from(REASONS_A_STEP).unwrap_or_default() {
        let all = db.run(store::statuses(&read, period)).await?;
        beyond(&mut told, all.all()?);
    }
    let mut outcomes: BTreeMap<i64, Vec<OutcomeRow>> = BTreeMap::new();
    for row in told {
        outcomes.entry(row.campaign_seq).or_default().push(row);
    }
    let shares = answers.next().unwrap_or_default().all::<ShareRow>()?;
    let shares: BTreeMap<i64, ShareRow> =
        shares.into_iter().map(|row| (row.campaign_seq, row)).collect();
    for span in spans {
        let tally = part.rows.entry(of_span(span, by)).or_default();
        let known = outcomes.remove(&span.seq).unwrap_or_default();
        let share = if is_inside(span, period) { None } else { shares.get(&span.seq) };
        went(span, &known, share, period, tally);
    }
    Ok(())
}

/// Adds to what was told by reason what is beyond it, of `all`, as `other`.
fn beyond(told: &mut Vec<OutcomeRow>, all: Vec<OutcomeRow>) {
    let mut counts: BTreeMap<(i64, String), i64> = BTreeMap::new();
    for row in told.iter() {
        *counts.entry((row.campaign_seq, row.status.clone())).or_default() += row.count;
    }
    for row in all {
        let known = counts.get(&(row.campaign_seq, row.status.clone())).copied();
        let count = row.count - known.unwrap_or_default();
        if count > 0 {
            told.push(OutcomeRow { reason: Some("other".to_owned()), count, ..row });
        }
    }
}

/// Adds what became of a campaign's messages in the period.
fn went(
    span: &SpanRow,
    known: &[OutcomeRow],
    share: Option<&ShareRow>,
    period: Period,
    tally: &mut Tally,
) {
    let of = |statuses: &[&str]| -> i64 {
        let rows = known.iter().filter(|row| statuses.contains(&row.status.as_str()));
        rows.map(|row| row.count).sum()
    };
    let (sent, delivered) = if is_read(span, period) {
        (of(&["sent", "delivered"]), of(&["delivered"]))
    } else {
        (span.sent, span.delivered)
    };
    tally.campaigns += 1;
    tally.sent += sent;
    tally.delivered += delivered;
    tally.unknown += of(&["unknown"]);
    for row in known {
        let reasons = match row.status.as_str() {
            "failed" => &mut tally.failed,
            "skipped" => &mut tally.skipped,
            _ => continue,
        };
        let said = row.reason.as_deref().unwrap_or("none");
        let reason = crate::reasons::known(said).map_or(said, |known| known.code);
        *reasons.entry(reason.to_owned()).or_default() += row.count;
    }
    // Those of whom nothing became have no row, and were left out when it ended.
    if (period.from_ms..period.until_ms).contains(&span.end_ms) {
        let rest = (span.total - span.sent - span.failed - span.skipped - span.unknown).max(0);
        match span.status.as_str() {
            "completed" if rest > 0 => {
                *tally.skipped.entry("ended".to_owned()).or_default() += rest;
            }
            "stopped" | "failed" => tally.cancelled += rest,
            _ => {}
        }
    }
    // A message to one person is promised when it is taken on, and no promise of it is kept.
    let planned = span.planned.unwrap_or(if span.kind == Kind::Single { span.total } else { 0 });
    let (planned, opened, clicked) = share
        .filter(|_| span.kind == Kind::Broadcast)
        .map_or((planned, span.opened, span.clicked), |s| (s.planned, s.opened, s.clicked));
    tally.planned += planned;
    // What went before it was noted what is tracked tells by its marks that something is.
    let tracking = Tracking::noted(span.tracking.as_deref());
    tally.opened += opened;
    tally.opened_of += if tracking.opens || opened > 0 { sent } else { 0 };
    tally.clicked += clicked;
    tally.clicked_of += if tracking.clicks || clicked > 0 { sent } else { 0 };
    let is_shared = share.is_some() && sent < span.sent;
    let cost = if is_shared { shared(span.cost, sent, span.sent) } else { span.cost };
    if cost > 0 {
        tally.is_cost_shared |= is_shared;
        tally.cost.entry(span.currency.clone().unwrap_or_default()).or_default().0 += cost;
    }
}

fn came(row: &InboundRow, tally: &mut Tally) {
    tally.replies += row.count;
    tally.stops += row.stops;
    if row.cost > 0 {
        tally.cost.entry(row.currency.clone().unwrap_or_default()).or_default().1 += row.cost;
    }
}

/// `cost` of `all` messages, for `some` of them.
fn shared(cost: i64, some: i64, all: i64) -> i64 {
    let share = i128::from(cost) * i128::from(some) / i128::from(all.max(1));
    i64::try_from(share).unwrap_or(i64::MAX)
}

fn of_channel(channel: Channel) -> Of {
    Of { id: Some(channel.name().to_owned()), name: channel.name().to_owned() }
}

fn of_span(span: &SpanRow, by: By) -> Of {
    match by {
        By::Nothing => Of::default(),
        By::Channel => of_channel(span.channel),
        By::Sender => Of { id: Some(span.sender_id.clone()), name: span.sender_name.clone() },
        By::Campaign if span.kind == Kind::Single => Of::default(),
        By::Campaign => Of { id: Some(span.id.clone()), name: span.name.clone() },
        By::User => {
            Of { id: span.user_id.clone(), name: span.user_name.clone().unwrap_or_default() }
        }
    }
}

fn of_inbound(row: &InboundRow, by: By) -> Of {
    let name = |name: &Option<String>| name.clone().unwrap_or_default();
    match by {
        By::Nothing => Of::default(),
        By::Channel => of_channel(row.channel),
        By::Sender => Of { id: Some(row.sender_id.clone()), name: row.sender_name.clone() },
        By::Campaign if row.kind != Some(Kind::Broadcast) => Of::default(),
        By::Campaign => Of { id: row.campaign_id.clone(), name: name(&row.campaign_name) },
        By::User => Of { id: row.user_id.clone(), name: name(&row.user_name) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: &str, reason: Option<&str>, count: i64) -> OutcomeRow {
        let reason = reason.map(str::to_owned);
        OutcomeRow { campaign_seq: 1, status: status.into(), reason, count }
    }

    #[test]
    fn what_is_beyond_the_reasons_that_are_told_apart_is_counted_all_the_same() {
        let mut told = vec![row("failed", Some("a"), 5), row("sent", None, 7)];
        beyond(
            &mut told,
            vec![row("failed", None, 9), row("sent", None, 7), row("unknown", None, 1)],
        );
        let others = [row("failed", Some("other"), 4), row("unknown", Some("other"), 1)];
        assert_eq!(told[2..], others);
    }

    #[test]
    fn a_shared_cost_is_exact_for_all_and_never_too_much() {
        assert_eq!(shared(7_900_000, 3, 3), 7_900_000);
        assert_eq!(shared(10, 1, 3) + shared(10, 2, 3), 9);
        assert_eq!(shared(i64::MAX, 1, 1), i64::MAX);
        assert_eq!(shared(10, 0, 0), 0);
    }
}
