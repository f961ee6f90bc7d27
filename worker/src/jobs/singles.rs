//! One message to one person, through the same dispatch as any other: a campaign of its own, of the
//! kind `single`, which goes before the broadcasts of its sender.

use serde_json::{Value, json};
use tidegate::status::{self, CampaignFacts, CampaignStatus, CampaignTrigger};
use tidegate::{Decision, Instant, Layer, Policy, Problem};

use super::commands::{TRIES, go_on, restless};
use super::inbound::excerpt;
use super::reviews::{self, Found, Wish};
use super::state::{self, campaign_row, parsed};
use super::{CommandError, attachments, opt_outs, outlook};
use crate::dispatch::ahead::{Ahead, ahead};
use crate::dispatch::late::Promises;
use crate::dispatch::part::{Hours, Part};
use crate::dispatch::promise::Promise;
use crate::dispatch::rules::Campaign;
use crate::import;
use crate::model::{Caller, Channel, Content, Kind, Lateness, Person, Purpose};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::campaigns::{self, NewSingle};
use crate::store::changes::{self, What};
use crate::store::conversations;
use crate::store::handovers;
use crate::store::kept_plans::{self, NewPromise};
use crate::store::{Database, Statement, StoreError, commands, ticks, words};
use crate::zones::Zones;

/// The most singles of a sender that may wait: each is placed by itself.
const WAITING_MOST: usize = 500;
/// An answer that is later than this is none, in ms.
const ANSWER_EXPIRES_MS: i64 = 60 * MINUTE_MS;
const MINUTE_MS: i64 = 60_000;
/// The beginning of a message that a list of conversations shows, in characters.
const EXCERPT: usize = 120;

/// A message to be sent to one person.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The sender's id.
    pub sender_id: &'a str,
    /// The sender's channel.
    pub channel: Channel,
    /// The id that the single is to have. The same one is the same message.
    pub id: &'a str,
    /// What it says.
    pub content: Content,
    /// To whom.
    pub person: Person,
    /// What it is beyond that.
    pub purpose: Option<Purpose>,
    /// Who sends it.
    pub by: &'a Caller,
}

/// What becomes of a single.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The instant it was promised for; none where that has been planned anew since.
    pub at: Option<Instant>,
    /// What it waits for, if for anything: `{until, because}`.
    pub waiting: Option<Value>,
    /// Whether it had been taken on before.
    pub is_repeated: bool,
    /// Whether it is held until somebody has looked at what it says.
    pub held_for_review: bool,
}

/// Takes a message on, at the earliest instant that the sender's rules allow.
///
/// # Errors
/// [`CommandError`] when there is no such sender, the person has opted out, the channel does not take
/// what it carries, the rules will never allow it, too many wait already, or the id stands for another
/// message.
pub async fn send(
    world: &impl World,
    wanted: &Wanted<'_>,
    now: Instant,
) -> Result<Accepted, CommandError> {
    let db = world.database();
    for _ in 0..TRIES {
        let mut states =
            state::load(db, ticks::sender_by_id(&wanted.by.team_id, wanted.sender_id), None, now)
                .await?;
        let state = states.pop().ok_or(CommandError::NotFound)?;
        if let Some(accepted) = before(db, wanted, now).await? {
            return Ok(accepted);
        }
        // What was taken on before is that message still, whatever has become of its person since.
        if wanted.purpose != Some(Purpose::Answer) {
            refuse_opted_out(world, wanted).await?;
        }
        attachments::of_content(db, &wanted.by.team_id, wanted.channel, &wanted.content).await?;
        let found = not_allowed(world, wanted).await?;
        if !found.is_empty() {
            let zones = zones_of(wanted, state.sender.team.hours.is_some());
            match hold(world, wanted, &found, (state.sender.seq, &zones), now).await {
                Ok(()) => {
                    return Ok(Accepted {
                        at: None,
                        waiting: None,
                        is_repeated: false,
                        held_for_review: true,
                    });
                }
                Err(StoreError::Conflict(_)) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let mut campaigns = state.active();
        let waiting = campaigns.iter().filter(|campaign| campaign.kind == Kind::Single).count();
        if waiting >= WAITING_MOST {
            return Err(too_many());
        }
        let zones = zones_of(wanted, state.sender.team.hours.is_some());
        let single = single(wanted, zones.clone(), now)?;
        campaigns.push(single.clone());
        let charges = state.charged();
        let from = state.begins(&charges, now);
        let ahead = ahead(&state.sender, &campaigns, &charges, from, None)
            .map_err(CommandError::Invalid)?;
        let (at, promise) = promise(&ahead, &single)?;
        let waits_ms = at.millis() - now.millis();
        if wanted.purpose == Some(Purpose::Answer) && waits_ms > ANSWER_EXPIRES_MS {
            return Err(too_late(at));
        }
        let mut statements = vec![
            commands::fence_at(state.sender.seq, state.sender.tick_no, from.millis()),
            commands::wake(state.sender.seq, now.millis()),
        ];
        statements.extend(campaigns::insert_single(&NewSingle {
            id: wanted.id,
            by: wanted.by,
            sender_seq: state.sender.seq,
            status: single.status.name(),
            content: &json!(wanted.content).to_string(),
            people: &json!([wanted.person]).to_string(),
            purpose: wanted.purpose.map(Purpose::name),
            lateness: &json!(lateness(wanted.purpose, waits_ms)).to_string(),
            zones: zones.told(),
            now_ms: now.millis(),
        }));
        statements.extend(into_conversation(world, wanted, at, now));
        statements.extend(noted(state.sender.seq, wanted, now));
        statements.extend(kept_plans::keep(&NewPromise {
            campaign_id: wanted.id,
            made_ms: now.millis(),
            why: What::Single,
            by: &wanted.by.name,
            first_ms: promise.first_ms,
            last_ms: promise.last_ms,
            planned: promise.planned,
            unplanned: promise.unplanned,
            instants: json!(promise.instants).to_string(),
        }));
        match db.batch(statements).await {
            Ok(_) => {
                go_on(world, state.sender.seq).await;
                let waiting = outlook::waiting(db, &wanted.by.team_id, wanted.id, now).await?;
                return Ok(Accepted {
                    at: Some(at),
                    waiting,
                    is_repeated: false,
                    held_for_review: false,
                });
            }
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(restless())
}

/// Puts it into the conversation with its person.
fn into_conversation(
    world: &impl World,
    wanted: &Wanted<'_>,
    at: Instant,
    now: Instant,
) -> Vec<Statement> {
    conversations::add_single(&conversations::NewSingle {
        campaign_id: wanted.id,
        channel: wanted.channel,
        address: &wanted.person.to,
        at_ms: at.millis(),
        excerpt: &said(world, wanted),
        now_ms: now.millis(),
        by_people: wanted.purpose != Some(Purpose::Answer),
    })
}

/// Who sends it, for the sender's changes and for the audit log.
fn noted(sender_seq: i64, wanted: &Wanted<'_>, now: Instant) -> [Statement; 2] {
    let (by, at_ms) = (wanted.by, now.millis());
    let entry = Entry::new("message.send", wanted.id, json!({ "sender": wanted.sender_id }));
    [
        changes::note(sender_seq, Some(wanted.id), What::Single, &by.name, at_ms),
        audit::entry(by, &entry, at_ms),
    ]
}

/// What it says that its team does not allow, as its person would read it.
async fn not_allowed(world: &impl World, wanted: &Wanted<'_>) -> Result<Vec<Found>, CommandError> {
    let list = world.database().run(words::list_for_sender(wanted.sender_id)).await?;
    let words = reviews::read(words::listed(list)?.as_deref())?;
    let mut found = Vec::new();
    let texts =
        [("text", Some(&wanted.content.text)), ("subject", wanted.content.subject.as_ref())];
    for (place, text) in texts {
        let Some(text) = text.filter(|_| !words.is_empty()) else { continue };
        // One that cannot be made is not sent either.
        let rendered = world.render(text, &wanted.person.fields).unwrap_or_default();
        found.extend(words.find(&rendered).into_iter().map(|hit| Found::at(place, hit)));
    }
    Ok(found)
}

/// Keeps a single that is not to go before a review has cleared it.
async fn hold(
    world: &impl World,
    wanted: &Wanted<'_>,
    found: &[Found],
    (sender_seq, zones): (i64, &Zones),
    now: Instant,
) -> Result<(), StoreError> {
    let mut statements = campaigns::insert_single(&NewSingle {
        id: wanted.id,
        by: wanted.by,
        sender_seq,
        status: CampaignStatus::Draft.name(),
        content: &json!(wanted.content).to_string(),
        people: &json!([wanted.person]).to_string(),
        purpose: wanted.purpose.map(Purpose::name),
        lateness: &json!(lateness(wanted.purpose, 0)).to_string(),
        zones: zones.told(),
        now_ms: now.millis(),
    });
    // There until it is cleared, and moved to its start then.
    statements.extend(into_conversation(world, wanted, now, now));
    let wish = Wish::Schedule { at: None };
    statements.extend(reviews::held(
        world,
        (sender_seq, wanted.id),
        found,
        wish,
        &wanted.by.name,
        now,
    ));
    let entry = Entry::new("message.send", wanted.id, json!({ "sender": wanted.sender_id }));
    statements.push(audit::entry(wanted.by, &entry, now.millis()));
    world.database().batch(statements).await.map(drop)
}

pub(super) async fn refuse_opted_out<W: World>(
    world: &W,
    wanted: &Wanted<'_>,
) -> Result<(), CommandError> {
    let (team_id, channel, to) = (&wanted.by.team_id, wanted.channel.name(), &wanted.person.to);
    let address = json!(opt_outs::spelled(world, team_id, channel, to));
    let now_ms = world.now().millis();
    let found = world.database().run(handovers::opted_out(team_id, channel, &address, now_ms));
    let found = found.await?;
    if found.rows.is_empty() {
        return Ok(());
    }
    let message = "has opted out; nothing is sent there".to_owned();
    Err(CommandError::Invalid(vec![Problem { path: "to".into(), code: "opted_out", message }]))
}

/// What became of the message with this id, if it was taken on before.
async fn before(
    db: &impl Database,
    wanted: &Wanted<'_>,
    now: Instant,
) -> Result<Option<Accepted>, CommandError> {
    let row = match campaign_row(db, &wanted.by.team_id, wanted.id).await {
        Ok(row) => row,
        Err(CommandError::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let spans = json!([[0, 0]]);
    let pages = db.run(handovers::people(row.seq, &spans)).await?.all::<handovers::PageRow>()?;
    let people: Option<Vec<Person>> = pages.first().map(|page| parsed(&page.people)).transpose()?;
    let same_person = people.is_some_and(|people| people.first() == Some(&wanted.person));
    if parsed::<Content>(&row.content)? != wanted.content || !same_person {
        return Err(CommandError::Invalid(vec![Problem {
            path: "Idempotency-Key".into(),
            code: "key_reused",
            message: "stands for another message; take a new key".into(),
        }]));
    }
    let promise = db.run(kept_plans::of_campaign(row.seq)).await?;
    let promise = promise.all::<kept_plans::PromiseRow>()?.pop();
    Ok(Some(Accepted {
        at: promise.and_then(|promise| promise.first_ms).map(Instant::from_millis),
        waiting: outlook::waiting(db, &wanted.by.team_id, wanted.id, now).await?,
        is_repeated: true,
        held_for_review: reviews::is_pending(db, wanted.id).await?,
    }))
}

/// Where the person is, as far as that counts: as the caller says, or as the number does.
pub(super) fn zones_of(wanted: &Wanted<'_>, counts: bool) -> Zones {
    if !counts || wanted.purpose == Some(Purpose::Answer) {
        return Zones::default();
    }
    let said = wanted.person.zone.as_deref().and_then(Zones::named);
    said.unwrap_or_else(|| import::of_number(&wanted.person.to))
}

/// How late it may be. Of an answer's time, what it `waits_ms` from the first is gone: late is counted
/// from the instant that is promised.
fn lateness(purpose: Option<Purpose>, waits_ms: i64) -> Lateness {
    match purpose {
        Some(Purpose::Answer) => {
            let minutes = (ANSWER_EXPIRES_MS - waits_ms.max(0)) / MINUTE_MS;
            Lateness::Expire { after: format!("{}m", minutes.max(1)) }
        }
        _ => Lateness::RollOver,
    }
}

/// The beginning of what it says. What cannot be filled in is shown as it was written.
pub(super) fn said(world: &impl World, wanted: &Wanted<'_>) -> String {
    let text = world.render(&wanted.content.text, &wanted.person.fields);
    excerpt(text.as_ref().unwrap_or(&wanted.content.text), EXCERPT)
}

/// The single as the planner sees it before it has a number.
fn single(wanted: &Wanted<'_>, zones: Zones, now: Instant) -> Result<Campaign, CommandError> {
    let facts = CampaignFacts::default();
    let status = status::campaign(CampaignStatus::Draft, CampaignTrigger::Schedule, &facts)
        .map_err(|refusal| StoreError::Failed(refusal.why))?;
    Ok(Campaign {
        seq: i64::MAX,
        id: wanted.id.to_owned(),
        kind: Kind::Single,
        edition: 1,
        status,
        policy: Policy::parse(&json!({})).map_err(CommandError::Invalid)?,
        document: json!({}),
        starts_ms: now.millis(),
        hours: Hours { document: json!({}) },
        parts: vec![Part { zones, ..Part::whole(1, 0) }],
        joined_at: 0,
        open_slices: 0,
        expires_after_ms: lateness(wanted.purpose, 0).after_ms(),
        promises: Promises::default(),
        is_behind: false,
        is_cut: false,
        any_hour: wanted.purpose == Some(Purpose::Answer),
    })
}

/// Its instant, or why there is none.
fn promise(ahead: &Ahead, single: &Campaign) -> Result<(Instant, Promise), CommandError> {
    let placed = ahead.singles.iter().find(|placed| placed.campaign.seq == single.seq);
    let placed = placed.ok_or(CommandError::NotFound)?;
    let runs = placed.plan.runs.iter().map(|planned| (0, planned.run));
    if let Some(at) = placed.at() {
        return Ok((at, Promise::of(single, &[], &placed.plan.lanes, runs)));
    }
    let layers: Vec<Layer> = ahead.request.shared.iter().chain(&placed.layers).cloned().collect();
    let because = match tidegate::decide(&layers, ahead.request.now) {
        Decision::Never { because } | Decision::Wait { because, .. } => because,
        Decision::Send => Vec::new(),
    };
    let reasons: Vec<String> = because.into_iter().map(|reason| reason.text).collect();
    let message = format!(
        "will never be allowed by the sender's rules ({}); change them, or send it from another \
         sender",
        reasons.join("; ")
    );
    Err(CommandError::Invalid(vec![Problem { path: String::new(), code: "never", message }]))
}

/// Of an answer that could not go before it is none any more.
fn too_late(at: Instant) -> CommandError {
    let message = format!("could not go before {} ms, which is no answer any more", at.millis());
    CommandError::Invalid(vec![Problem { path: String::new(), code: "too_late", message }])
}

fn too_many() -> CommandError {
    CommandError::Conflict {
        code: "too_many_waiting",
        detail: format!("{WAITING_MOST} messages wait for this sender; try again when some went"),
        legal: Vec::new(),
        standing: None,
    }
}
