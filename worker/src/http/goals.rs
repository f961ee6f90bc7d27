//! `/me/goals`: what a user sent today, over all teams, against what they want to send.

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::zone::Zone;
use tidegate::{Instant, Problem};

use super::api::{About, Routes};
use super::asked::teams::GoalsAsked;
use super::body::Document;
use super::caller::Viewer;
use super::fields::Fields;
use super::senders::CHANNELS;
use super::users::parse_zone;
use super::{App, Failure};
use crate::ports::World;
use crate::store::Database;
use crate::store::audit::{self, Entry};
use crate::store::goals::{self, GoalRow};
use crate::store::keys::Key;
use crate::store::user_sends::{self, QUARTER_MS, SentRow};
use crate::store::users::{self, UserChange, UserRow};

/// The highest goal.
const GOAL_MOST: i64 = 10_000_000;

const DAY_MS: i64 = 86_400_000;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("goals", "What a user sent today, and wants to send.")
        .get(
            "/me/goals",
            show::<W>,
            About::new("getGoals", "Tell what one sent today")
                .says("Over all teams, so not by a key that is for one."),
        )
        .put(
            "/me/goals",
            set::<W>,
            About::new("setGoals", "Set one's zone and daily goals")
                .says(
                    "A goal is shown, and never enforced. It is for all teams, so not set by a key \
                     that is for one.",
                )
                .asks::<GoalsAsked>(),
        )
}

/// The user's day.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Day {
    time_zone: &'static str,
    /// Local midnight.
    since: Instant,
    channels: Vec<OfChannel>,
}

/// What was sent over a channel.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DayOfChannel"))]
struct OfChannel {
    channel: &'static str,
    goal: Option<i64>,
    /// Everything since midnight.
    sent: i64,
    /// Of these, by campaigns that the user let go.
    queued: i64,
    /// One by one.
    single: i64,
    /// By hand elsewhere, as recorded.
    manual: i64,
    /// What the goal still asks for.
    left: Option<i64>,
}

#[worker::send]
async fn show<W: World + 'static>(Viewer(key): Viewer, app: App<W>) -> Result<Json<Day>, Failure> {
    refuse_narrow(&key)?;
    day(&app, &key).await.map(Json)
}

#[worker::send]
async fn set<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Document(document): Document,
) -> Result<Json<Day>, Failure> {
    refuse_narrow(&key)?;
    let (time_zone, wanted) = parse(&document)?;
    let change = UserChange { time_zone: time_zone.clone(), ..UserChange::default() };
    let now_ms = app.now.millis();
    let after = json!({ "time_zone": time_zone, "goals": wanted });
    let entry = Entry::new("goals.set", &key.user_id, after);
    let mut statements = goals::set(&key.user_id, &wanted);
    statements.push(users::change(&key.user_id, &change, now_ms));
    statements.push(audit::entry(&key.caller(), &entry, now_ms));
    app.db().batch(statements).await?;
    day(&app, &key).await.map(Json)
}

/// A day is its user's over all teams, and a key that is for one of them may have been made by that
/// team's administrator.
fn refuse_narrow(key: &Key) -> Result<(), Failure> {
    if key.only_team.is_none() {
        return Ok(());
    }
    Err(Failure::forbidden(
        "a key that is for one team neither tells nor changes its user's day, which is over all \
         teams; take one that is for no team",
    ))
}

async fn day<W: World>(app: &App<W>, key: &Key) -> Result<Day, Failure> {
    let user = app.db().run(users::by_id(&key.user_id)).await?.first::<UserRow>()?;
    let zone = user.and_then(|user| Zone::named(&user.time_zone)).unwrap_or(Zone::UTC);
    let since = zone.instant(i64::from(zone.date(app.now)) * DAY_MS);
    let quarter = since.millis().div_euclid(QUARTER_MS);
    let asked = vec![user_sends::since(&key.user_id, quarter), goals::of_user(&key.user_id)];
    let mut answers = app.db().batch(asked).await?.into_iter();
    let sent = answers.next().unwrap_or_default().all::<SentRow>()?;
    let goals = answers.next().unwrap_or_default().all::<GoalRow>()?;
    let channels = CHANNELS.iter().map(|(channel, _)| of_channel(channel, &sent, &goals));
    Ok(Day { time_zone: zone.name(), since, channels: channels.collect() })
}

fn of_channel(channel: &'static str, sent: &[SentRow], goals: &[GoalRow]) -> OfChannel {
    let of = |origin: &str| -> i64 {
        let rows = sent.iter().filter(|row| row.channel == channel && row.origin == origin);
        rows.map(|row| row.n).sum()
    };
    let (queued, single, manual) = (of("queued"), of("single"), of("manual"));
    let sent = queued + single + manual;
    let goal = goals.iter().find(|row| row.channel == channel).map(|row| row.goal);
    let left = goal.map(|goal| (goal - sent).max(0));
    OfChannel { channel, goal, sent, queued, single, manual, left }
}

/// `{"time_zone"?, "goals"?: {"sms": 150, "email": null}}`.
fn parse(document: &Value) -> Result<(Option<String>, Value), Vec<Problem>> {
    let mut fields = Fields::of(document);
    let time_zone = fields.optional("time_zone");
    let time_zone = time_zone.and_then(|value| parse_zone(&mut fields, value));
    let goals = match fields.optional("goals") {
        None => Some(Vec::new()),
        Some(value) => fields.object("goals", value, |inner| {
            let mut goals = Vec::new();
            for (channel, _) in CHANNELS {
                match inner.optional(channel) {
                    None => {}
                    Some(Value::Null) => goals.push(json!({ "channel": channel, "goal": null })),
                    Some(value) => {
                        let goal = inner.whole(channel, value, 1, GOAL_MOST)?;
                        goals.push(json!({ "channel": channel, "goal": goal }));
                    }
                }
            }
            Some(goals)
        }),
    };
    fields.finish(goals.map(|goals| (time_zone, Value::Array(goals))))
}
