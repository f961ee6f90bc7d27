//! People in several zones: what a campaign says of them, and the hours in which it may reach them.

use serde::Serialize;
use serde_json::{Value, json};

use super::fields::Fields;
use super::{App, Failure};
use crate::dispatch::part::Part;
use crate::dispatch::supply::Backlog;
use crate::jobs::state;
use crate::ports::World;
use crate::store::messages::{self, ReturnedRow};
use crate::store::ticks::ZoneRow;
use crate::store::{Database, zones};

/// What the hours of recipients may say.
pub(super) const RECIPIENT_RULES: [&str; 3] = ["time_zone", "windows", "blocked"];

/// The people of a campaign who share a zone.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ZonePeople {
    /// Where they are; of several zones, `A|B`, nobody knows which. None for people without one.
    time_zone: Option<String>,
    people: i64,
    /// Handed over, or on their way to it.
    released: i64,
    /// Waiting for their turn, those that came back among them.
    left: i64,
}

impl ZonePeople {
    fn of(part: &Part) -> Self {
        let (people, released) = (part.people(), part.released());
        Self { time_zone: part.zones.told(), people, released, left: people - released }
    }
}

/// The people of a campaign by zone; none where nobody has one.
///
/// # Errors
/// The database's.
pub async fn of_campaign<W: World>(app: &App<W>, seq: i64) -> Result<Vec<ZonePeople>, Failure> {
    let rows: Vec<ZoneRow> = app.db().run(zones::of_campaign(seq)).await?.all()?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts = rows.iter().map(state::part).collect::<Result<Vec<_>, _>>()?;
    for row in app.db().run(messages::returned(seq)).await?.all::<ReturnedRow>()? {
        if let Some(part) = parts.iter_mut().find(|part| part.has(row.first)) {
            part.backlog.push(Backlog {
                campaign_seq: seq,
                first: row.first,
                count: row.count,
                due_ms: 0,
                charged: None,
                doubts: row.doubts,
            });
        }
    }
    Ok(parts.iter().map(ZonePeople::of).collect())
}

/// The hours of recipients as the document that is kept: windows and blocked times, and the zone of
/// people without one. What counts sends belongs to the campaign.
pub fn parse_recipient_policy(fields: &mut Fields<'_>, value: &Value) -> Option<String> {
    const NAME: &str = "recipient_policy";
    let policy = fields.policy(NAME, value);
    let others = value.as_object().into_iter().flatten();
    let others = others.map(|(name, _)| name).filter(|name| {
        let is_rule = ["limits", "gap", "jitter", "breaks", "starts_at", "ends_at"];
        is_rule.contains(&name.as_str())
    });
    let mut is_fine = true;
    for name in others {
        let rules = RECIPIENT_RULES.map(|rule| format!("`{rule}`")).join(", ");
        let message = if name == "limits" {
            "are not counted for each person of one campaign; put them into the campaign's `policy` for \
             all its messages, or into the team's `person_policy` for each person over all campaigns"
                .to_owned()
        } else {
            format!(
                "is not read in each recipient's own zone, as {rules} are; put it into the campaign's \
                 `policy`"
            )
        };
        fields.refuse(&format!("{NAME}.{name}"), "not_for_recipients", message);
        is_fine = false;
    }
    policy.filter(|_| is_fine).map(|policy| json!(policy).to_string())
}
