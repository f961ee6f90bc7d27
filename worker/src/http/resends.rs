//! `/campaigns/{id}/resends`: a campaign that is sent again, to those who did not open it, whom it
//! did not reach, or somebody else.

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::status::{CampaignStatus, MIN_LEAD_MS};
use tidegate::{Decision, Instant, Layer, Problem};

use super::api::{About, Created, Repeat, Routes};
use super::asked::{Paged, resends as asked};
use super::body::Document;
use super::caller::{Campaigner, Viewer};
use super::campaign_contents::{check_carried, parse_content};
use super::campaigns::{find, status_of};
use super::fields::{Fields, NAME_MOST, shown};
use super::params::{Id, Listing, Page, Query, number};
use super::progress::Progress;
use super::{App, Failure};
use crate::jobs::resends::{self, Starts, Wanted};
use crate::jobs::state;
use crate::ports::World;
use crate::reasons;
use crate::store::campaigns::CampaignRow;
use crate::store::resends::{self as store, NewResend, PeopleRow, ResendRow, Whom};
use crate::store::senders::{self, SenderRow};
use crate::store::{Database, StoreError};
use crate::tracking::Tracking;

/// The most reasons of one request.
const REASONS_MOST: usize = 40;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns")
        .get(
            "/campaigns/{id}/resends",
            list::<W>,
            About::new("listResends", "List the campaigns that send this one again")
                .filters::<Paged>(),
        )
        .post(
            "/campaigns/{id}/resends",
            create::<W>,
            About::new("createResend", "Send a campaign again, as a new draft")
                .says(
                    "It has the sender and the rules of the other, and takes its people with their \
                     fields and zones in the background: until `state` is `ready` it cannot be \
                     scheduled; with `at` it is by itself. Nobody is taken who is still to be sent \
                     to, or may have been.",
                )
                .asks::<asked::NewResend>()
                .repeated(Repeat::Finds),
        )
        .post(
            "/campaigns/{id}/resends/count",
            count::<W>,
            About::new("countResend", "Count whom a campaign would be sent again to")
                .says("It changes nothing.")
                .asks::<asked::ResendCounted>()
                .repeated(Repeat::Harmless),
        )
}

/// A campaign that sends another one again.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Resend {
    /// The campaign's id.
    campaign_id: String,
    /// The one that it sends again.
    parent_id: String,
    name: String,
    /// Where the campaign stands.
    status: CampaignStatus,
    to: Whom,
    reasons: Option<Vec<String>>,
    /// `filling` while it takes people, then `ready`.
    state: &'static str,
    /// People of the other who have been looked at.
    looked_at: i64,
    /// People of the other.
    of: i64,
    /// Those who were taken.
    people: i64,
    /// Those who were not, because they opted out since.
    opted_out: i64,
    created_at: i64,
    /// When it is to start by itself; null: it waits to be scheduled.
    starts_at: Option<i64>,
    /// Why it was not scheduled for then.
    not_started: Option<String>,
}

/// Whom a resend would take.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ResendCount {
    /// People; who of them opted out since is not taken.
    people: i64,
    /// Those of the campaign who are still to be sent to, or of whom it is not known whether they
    /// were: nobody of them is taken.
    undecided: i64,
    /// How many people it was sent again to before who were chosen in the same way. They are among
    /// these, because what became of that says nothing of this campaign: send that one again instead.
    already: i64,
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<Json<Listing<Resend>>, Failure> {
    let page = Page::of(&query, number)?;
    let parent = find(&app, key.team_id(), &id).await?;
    let asked = store::page(parent.seq, page.after.unwrap_or(0), page.with_next());
    let rows = app.db().run(asked).await?.all::<ResendRow>()?;
    let rows = Listing::new(rows, &page, |row| row.seq.to_string());
    let items = rows.items.into_iter().map(|row| Resend::of(&parent, row));
    Ok(Json(Listing { items: items.collect::<Result<_, _>>()?, next_cursor: rows.next_cursor }))
}

#[worker::send]
async fn create<W: World + 'static>(
    Campaigner(key): Campaigner,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Created<Resend>, Failure> {
    let mut fields = Fields::of(&document);
    let name = fields.optional("name");
    let name = name.and_then(|value| fields.text("name", value, NAME_MOST));
    let content = fields.optional("content");
    let content = content.and_then(|value| parse_content(&mut fields, value));
    let sender_id = fields.optional("sender_id");
    let sender_id = sender_id.and_then(|value| fields.text("sender_id", value, NAME_MOST));
    let wanted = parse(&mut fields);
    if let (Some(_), Some(wanted)) = (&sender_id, &wanted)
        && wanted.whom != Whom::SomeoneElse
    {
        let message = "goes with `someone_else` alone, because whom the other went to has an \
                       address of its channel; leave it out, or choose the people yourself";
        fields.refuse("sender_id", "not_here", message);
    }
    let at = parse_start(&mut fields, wanted.as_ref(), app.now);
    let wanted = fields.finish(wanted)?;
    let parent = find(&app, key.team_id(), &id).await?;
    check(&parent, &wanted)?;
    check_start(&parent, at)?;
    let sender = match &sender_id {
        Some(id) => Some(sender_of(&app, key.team_id(), id).await?),
        None => None,
    };
    if content.is_some() || sender.is_some() {
        let channel = sender.as_ref().map_or(parent.channel, |sender| sender.channel);
        let content = content.as_deref().unwrap_or(&parent.content);
        check_carried(&app, &key, channel, (Some(&parent.content), content)).await?;
    }
    // Whom a message was written for stands in its name.
    let parent_name = if parent.is_personal == 0 { parent.name.as_str() } else { "Message" };
    let again = || format!("Again: {parent_name}").chars().take(NAME_MOST).collect();
    let id = format!("cmp_{}", app.world.token());
    let new = NewResend {
        id: &id,
        parent_seq: parent.seq,
        sender_seq: sender.map(|sender| sender.seq),
        name: &name.unwrap_or_else(again),
        content: content.as_deref().unwrap_or(&parent.content),
        whom: wanted.whom,
        reasons: wanted.reasons.as_ref().map(|reasons| json!(reasons).to_string()),
        starts: at.map(|at| json!(Starts::wanted(at, &key.caller())).to_string()),
        now_ms: app.now.millis(),
    };
    resends::begin(&*app.world, &key.caller(), &new, &parent.id).await?;
    let row = app.db().run(store::by_id(parent.seq, &id)).await?.first::<ResendRow>()?;
    let row = row.ok_or_else(|| StoreError::Failed("a resend was not kept".into()))?;
    Ok(Created { place: format!("/api/v1/campaigns/{id}"), made: Resend::of(&parent, row)? })
}

#[worker::send]
async fn count<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<ResendCount>, Failure> {
    let mut fields = Fields::of(&document);
    let wanted = parse(&mut fields);
    let wanted = fields.finish(wanted)?;
    let parent = find(&app, key.team_id(), &id).await?;
    check(&parent, &wanted)?;
    let status = status_of(&parent)?;
    let progress = Progress::of(&parent, status);
    let people = (parent.seq, parent.total);
    let people = resends::count(app.db(), people, status, &wanted).await?;
    let undecided = progress.queued + progress.sending + progress.unknown;
    let before = app.db().run(store::before(parent.seq, wanted.whom)).await?;
    let already = before.first::<PeopleRow>()?.unwrap_or_default().people;
    Ok(Json(ResendCount { people, undecided, already }))
}

impl Resend {
    fn of(parent: &CampaignRow, row: ResendRow) -> Result<Self, StoreError> {
        let broken = || StoreError::Failed(format!("`{}` is `{}`", row.id, row.status));
        let broken_json = |error: serde_json::Error| StoreError::Failed(error.to_string());
        let reasons = row.reasons.as_deref().map(serde_json::from_str).transpose();
        let starts = row.starts.as_deref().map(serde_json::from_str::<Starts>).transpose();
        Ok(Self {
            parent_id: parent.id.clone(),
            status: CampaignStatus::named(&row.status).ok_or_else(broken)?,
            to: row.whom,
            reasons: reasons.map_err(broken_json)?,
            starts_at: starts.map_err(broken_json)?.map(|starts| starts.at),
            not_started: row.not_started,
            state: if row.done_ms.is_some() { "ready" } else { "filling" },
            looked_at: row.looked_at,
            of: row.total,
            people: row.people,
            opted_out: row.opted_out,
            created_at: row.made_ms,
            campaign_id: row.id,
            name: row.name,
        })
    }
}

async fn sender_of<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<SenderRow, Failure> {
    let found = app.db().run(senders::by_id(team_id, id)).await?.first::<SenderRow>()?;
    found.ok_or_else(|| {
        Failure::invalid(vec![Problem {
            path: "sender_id".into(),
            code: "unknown_sender",
            message: "is the id of no sender; take one from `/api/v1/senders`".into(),
        }])
    })
}

fn parse(fields: &mut Fields<'_>) -> Option<Wanted> {
    let whom = fields.required("to");
    let whom = whom.and_then(|value| fields.one_of("to", value, &Whom::NAMES));
    let codes = match fields.optional("reasons") {
        None => Some(None),
        Some(value) => parse_reasons(fields, value).map(Some),
    };
    let (whom, reasons) = (whom?, codes?);
    if reasons.is_some() && !matches!(whom, Whom::Failed | Whom::LeftOut) {
        let message = "are those of messages that failed or were left out; leave it out here";
        fields.refuse("reasons", "not_here", message);
    }
    Some(Wanted { whom, reasons })
}

/// `at`: when it starts by itself.
fn parse_start(fields: &mut Fields<'_>, wanted: Option<&Wanted>, now: Instant) -> Option<Instant> {
    let value = fields.optional("at")?;
    let at = fields.instant("at", value)?;
    if wanted.is_some_and(|wanted| wanted.whom == Whom::SomeoneElse) {
        let message = "is for one that has its people by itself; put them in, then schedule it";
        fields.refuse("at", "not_here", message);
    } else if at.since(now) < MIN_LEAD_MS {
        let message = "is less than 5 minutes ahead; write a later time, or leave it out and schedule \
                       it yourself";
        fields.refuse("at", "too_soon", message);
    }
    Some(at)
}

/// It takes over the other's rules, and with them an end.
fn check_start(parent: &CampaignRow, at: Option<Instant>) -> Result<(), Failure> {
    let Some(at) = at else { return Ok(()) };
    let policy = state::policy(&parent.policy)?;
    let rules = Layer { name: "campaign".into(), policy, history: Vec::new() };
    if !matches!(tidegate::decide(&[rules], at), Decision::Never { .. }) {
        return Ok(());
    }
    let message =
        "lies behind the end of the campaign, which what is sent again takes over; leave it \
                   out, set a later end, and schedule it yourself"
            .into();
    Err(Failure::invalid(vec![Problem { path: "at".into(), code: "never", message }]))
}

fn parse_reasons(fields: &mut Fields<'_>, value: &Value) -> Option<Vec<&'static str>> {
    let Some(list) = value.as_array() else {
        fields.refuse("reasons", "type", "is not a list; write one such as `[\"unreachable\"]`");
        return None;
    };
    if list.is_empty() || list.len() > REASONS_MOST {
        let message = format!("has {} reasons; write 1 to {REASONS_MOST}", list.len());
        fields.refuse("reasons", "out_of_bounds", message);
        return None;
    }
    let mut codes = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let known = value.as_str().and_then(reasons::known);
        if let Some(reason) = known {
            codes.push(reason.code);
        } else {
            let message = format!(
                "`{}` is no reason; take a `code` of `/api/v1/reasons`",
                shown(value.as_str().unwrap_or_default())
            );
            fields.refuse(&format!("reasons[{index}]"), "unknown_reason", message);
        }
    }
    (codes.len() == list.len()).then_some(codes)
}

/// Refuses what cannot be told of a campaign.
fn check(parent: &CampaignRow, wanted: &Wanted) -> Result<(), Failure> {
    let refused = |code, message: &str| {
        let message = message.to_owned();
        Failure::invalid(vec![Problem { path: "to".into(), code, message }])
    };
    if wanted.whom == Whom::SomeoneElse {
        return Ok(());
    }
    if matches!(status_of(parent)?, CampaignStatus::Draft | CampaignStatus::Scheduled) {
        let message = "nothing of it was sent yet; change it, or put others into it as a list";
        return Err(refused("nothing_sent", message));
    }
    let tracked = Tracking::noted(parent.tracking.as_deref());
    match wanted.whom {
        Whom::NotOpened if !tracked.opens => Err(refused(
            "opens_not_tracked",
            "nobody can tell who opened it: it went out without the image by which that is seen; \
             send it again to `failed`, or to `someone_else` with a list, and let the next one, a \
             mail, have `\"tracking\": {\"opens\": true}` in its content",
        )),
        Whom::NotClicked if !tracked.clicks => Err(refused(
            "clicks_not_tracked",
            "nobody can tell who followed its links: they led straight on; send it again to \
             `failed`, or to `someone_else` with a list, and let the next one have \
             `\"tracking\": {\"clicks\": true}` in its content",
        )),
        _ => Ok(()),
    }
}
