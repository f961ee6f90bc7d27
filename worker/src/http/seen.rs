//! What is seen of what people do with their messages: what of a campaign is tracked, and what was
//! counted.

use serde::Serialize;
use serde_json::Value;
use tidegate::Problem;

use super::fields::Fields;
use super::progress::Progress;
use super::{App, Failure};
use crate::model::{Channel, Content, ToTrack};
use crate::ports::{Callbacks, World};
use crate::store::campaigns::CampaignRow;
use crate::tracking::{OPENED, Tracking};

/// What of a campaign is tracked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TrackingTold"))]
pub struct Tracked {
    #[serde(flatten)]
    tracking: Tracking,
    /// Why less is than was asked for or is usual.
    problem: Option<Untracked>,
}

/// Why nothing is tracked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Untracked {
    /// `no_public_url`.
    code: &'static str,
    /// What it is, and what to do.
    message: String,
}

impl Tracked {
    /// As it went out, or as it would now.
    pub fn of(row: &CampaignRow, content: &Content, is_reached: bool) -> Self {
        let wished = Tracking::of(row.channel, content.tracking, None);
        let tracking = match &row.tracking {
            Some(noted) => Tracking::noted(Some(noted)),
            None if is_reached => wished,
            None => Tracking::default(),
        };
        let is_less = (wished.opens && !tracking.opens) || (wished.clicks && !tracking.clicks);
        let why = || {
            let Problem { code, message, .. } = no_public_url();
            Untracked { code, message }
        };
        Self { tracking, problem: (is_less && !is_reached).then(why) }
    }
}

/// What was counted of a campaign, machines left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Marks {
    /// Openings. Who followed a link has opened it.
    opened: Mark,
    /// Links that were followed.
    clicked: Mark,
}

/// A kind of mark.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mark {
    people: i64,
    times: i64,
    /// Of those who were sent it, from 0 to 1; none where nobody was, or where nothing is tracked.
    rate: Option<f64>,
}

impl Marks {
    /// From a campaign's counters.
    pub fn of(row: &CampaignRow, progress: &Progress) -> Self {
        let tracked = Tracking::noted(row.tracking.as_deref());
        let mark = |people, times, is_tracked| Mark {
            people,
            times,
            rate: rate(people, progress.sent, is_tracked),
        };
        Self {
            opened: mark(row.opened, row.opens, tracked.opens),
            clicked: mark(row.clicked, row.clicks, tracked.clicks),
        }
    }
}

/// Of those who were sent it, to four places. Nobody of a message that is not tracked says nothing.
pub fn rate(people: i64, sent: i64, is_tracked: bool) -> Option<f64> {
    let (people, sent) = (u32::try_from(people).ok()?, u32::try_from(sent).ok()?);
    let is_known = sent > 0 && (is_tracked || people > 0);
    is_known.then(|| (f64::from(people) / f64::from(sent) * 10_000.0).round() / 10_000.0)
}

/// Whether somebody said at which address the deployment is reached.
pub fn is_reached<W: World>(app: &App<W>) -> bool {
    app.world.mark_url(0, 0, OPENED).is_some()
}

/// Reads `{"opens", "clicks"}`, each of which may be left out.
pub fn parse_tracking<'a>(fields: &mut Fields<'a>, value: &'a Value) -> Option<ToTrack> {
    fields.object("tracking", value, |inner| {
        let opens = inner.optional("opens");
        let opens = opens.map(|value| inner.truth("opens", value));
        let clicks = inner.optional("clicks");
        let clicks = clicks.map(|value| inner.truth("clicks", value));
        // What was refused has left its problem.
        Some(ToTrack { opens: opens.flatten(), clicks: clicks.flatten() })
    })
}

/// Refuses what cannot be tracked and was asked for.
///
/// # Errors
/// 422, with each of them.
pub fn check_tracking<W: World>(
    app: &App<W>,
    channel: Channel,
    content: &Content,
) -> Result<(), Failure> {
    let asked = content.tracking.unwrap_or_default();
    let mut problems = Vec::new();
    if asked.opens == Some(true) && channel != Channel::Email {
        problems.push(Problem {
            path: "content.tracking.opens".into(),
            code: "not_for_channel",
            message: format!(
                "is seen of `email` alone, and the sender's channel is `{}`; track `clicks`",
                channel.name()
            ),
        });
    }
    if !is_reached(app) && (asked.opens == Some(true) || asked.clicks == Some(true)) {
        problems.push(no_public_url());
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::invalid(problems)) }
}

fn no_public_url() -> Problem {
    Problem {
        path: "content.tracking".into(),
        code: "no_public_url",
        message: "nothing can be tracked, because nobody said at which address this deployment is \
                  reached; set `PUBLIC_URL`, or leave it untracked"
            .into(),
    }
}
