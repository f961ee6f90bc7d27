//! `/campaigns`: what is said to whom, under which rules, and how far it is.

use axum::Json;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidegate::Problem;
use tidegate::status::CampaignStatus;

use super::api::{About, Created, Repeat, Routes};
use super::asked::campaigns as asked;
use super::body::Document;
use super::caller::{Campaigner, Steerer, Viewer};
use super::campaign_contents::{check_carried, parse_content, parse_lateness};
use super::commands::looked_at;
use super::fields::{Fields, NAME_MOST};
use super::params::Id;
use super::progress::Progress;
use super::seen::{Marks, Tracked, is_reached};
use super::zones::{self, ZonePeople, parse_recipient_policy};
use super::{App, Failure};
use crate::batch;
use crate::jobs::commands::{self, Asked, Edit};
use crate::jobs::outlook;
use crate::model::{Channel, Content, Kind, Lateness};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::campaigns::{self, CampaignRow, NewCampaign};
use crate::store::keys::Key;
use crate::store::senders::{self, SenderRow};
use crate::store::{Database, StoreError, lists};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("campaigns", "What is said to whom, under which rules, and how far it is.")
        .post(
            "/campaigns",
            create::<W>,
            About::new("createCampaign", "Make a draft")
                .asks::<asked::NewCampaign>()
                .repeated(Repeat::Finds),
        )
        .get("/campaigns/{id}", show::<W>, About::new("getCampaign", "Show a campaign"))
        .patch(
            "/campaigns/{id}",
            change::<W>,
            About::new(
                "changeCampaign",
                "Change a campaign that is a draft, waits for its time, or is paused before anybody got it",
            )
                .asks::<asked::CampaignChange>()
                .conflicts(&[
                    "changed_meanwhile",
                    "illegal_transition",
                    "import_under_way",
                    "refused_in_review",
                ]),
        )
}

/// A campaign, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Campaign {
    id: String,
    /// The batch that it is, once it was let go.
    batch_id: Option<String>,
    kind: Kind,
    name: String,
    sender_id: String,
    sender_name: String,
    channel: Channel,
    status: CampaignStatus,
    version: i64,
    #[cfg_attr(feature = "schema", schemars(with = "crate::model::Content"))]
    content: Value,
    #[cfg_attr(feature = "schema", schemars(with = "asked::Policy"))]
    policy: Value,
    #[cfg_attr(feature = "schema", schemars(with = "asked::RecipientPolicy"))]
    recipient_policy: Value,
    lateness: Lateness,
    /// The campaign that it sends again.
    parent_id: Option<String>,
    /// How many campaigns send it again.
    resends: i64,
    tracking: Tracked,
    marks: Marks,
    created_at: i64,
    /// Who let it go: a user's id.
    by_user: Option<String>,
    starts_at: Option<i64>,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    end_reason: Option<String>,
    progress: Progress,
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::told::Waiting>"))]
    waiting: Option<Value>,
    next_at: Option<i64>,
    plan: Option<Promise>,
    /// Whose it is.
    #[cfg_attr(feature = "schema", schemars(with = "super::told::TeamOfCampaign"))]
    team: Value,
    /// Who had it go, and when; none before that.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::told::Triggered>"))]
    triggered: Option<Value>,
    /// Whether it waits until somebody has looked at what it says.
    held_for_review: bool,
    /// Its last review.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::told::CampaignReview>"))]
    review: Option<Value>,
    /// The people it did not reach, once it has ended: how many, and where they are named.
    left_out: Option<LeftOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lists: Option<Vec<List>>,
    /// Its people by zone, where they have any.
    #[serde(skip_serializing_if = "Option::is_none")]
    zones: Option<Vec<ZonePeople>>,
}

/// The people whom a campaign did not reach.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "LeftOutPeople"))]
struct LeftOut {
    /// How many.
    people: i64,
    /// Where they are named.
    at: String,
}

/// What a plan promised when the campaign was scheduled, as kept and as told.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Promise {
    first: Option<i64>,
    last: Option<i64>,
    planned: i64,
    unplanned: i64,
}

/// A file of people.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "CampaignList"))]
struct List {
    id: String,
    file_name: String,
    created_at: i64,
    accepted: i64,
    duplicates: i64,
    rejected: i64,
}

/// The campaign's status.
///
/// # Errors
/// When the database holds none that the engine knows.
pub fn status_of(row: &CampaignRow) -> Result<CampaignStatus, StoreError> {
    CampaignStatus::named(&row.status)
        .ok_or_else(|| StoreError::Failed(format!("`{}` is `{}`", row.id, row.status)))
}

fn read<T: DeserializeOwned>(row: &CampaignRow, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Failed(format!("a document of `{}`: {error}", row.id)))
}

impl Campaign {
    /// From its row, and what it waits for.
    ///
    /// # Errors
    /// When a document of it cannot be read.
    pub(super) fn from_row(
        row: CampaignRow,
        waiting: Option<Value>,
        now_ms: i64,
        is_reached: bool,
    ) -> Result<Self, StoreError> {
        let status = status_of(&row)?;
        let until = waiting.as_ref().and_then(|waiting| waiting.get("until"));
        let next_ms = row.next_ms.map(|next_ms| next_ms.max(now_ms));
        let content: Content = read(&row, &row.content)?;
        let review = row.review.as_ref().map(|text| read::<Value>(&row, text)).transpose()?;
        Ok(Self {
            content: read(&row, &row.content)?,
            policy: read(&row, &row.policy)?,
            recipient_policy: read(&row, &row.recipient_policy)?,
            lateness: read(&row, &row.lateness)?,
            plan: row.plan.as_ref().map(|plan| read(&row, plan)).transpose()?,
            team: json!({ "id": row.team_id, "name": row.team_name }),
            triggered: row.triggered.as_ref().map(|text| read(&row, text)).transpose()?,
            held_for_review: row.is_held_for_review(),
            batch_id: (status != CampaignStatus::Draft).then(|| batch::of(&row.id)),
            review,
            left_out: left_out(&row, status, &Progress::of(&row, status)),
            tracking: Tracked::of(&row, &content, is_reached),
            marks: Marks::of(&row, &Progress::of(&row, status)),
            parent_id: row.parent_id.clone(),
            resends: row.resends,
            progress: Progress::of(&row, status),
            next_at: next_ms.or_else(|| until.and_then(Value::as_i64)),
            waiting,
            status,
            id: row.id,
            kind: row.kind,
            name: row.name,
            sender_id: row.sender_id,
            sender_name: row.sender_name,
            channel: row.channel,
            version: row.version,
            created_at: row.created_ms,
            by_user: row.by_user,
            starts_at: row.starts_ms,
            started_at: row.started_ms,
            ended_at: row.ended_ms,
            end_reason: row.end_reason,
            lists: None,
            zones: None,
        })
    }
}

fn left_out(row: &CampaignRow, status: CampaignStatus, progress: &Progress) -> Option<LeftOut> {
    use CampaignStatus::{Completed, Failed, Stopped};
    let people = progress.skipped + progress.cancelled;
    let at = format!("/api/v1/campaigns/{}/left-out", row.id);
    matches!(status, Completed | Stopped | Failed).then_some(LeftOut { people, at })
}

#[worker::send]
async fn create<W: World + 'static>(
    Campaigner(key): Campaigner,
    app: App<W>,
    Document(document): Document,
) -> Result<Created<Campaign>, Failure> {
    let campaign = parse_new(&document)?;
    let sender = app
        .db()
        .run(senders::by_id(key.team_id(), &campaign.sender_id))
        .await?
        .first::<SenderRow>()?;
    if let Some(sender) = sender {
        check_carried(&app, &key, sender.channel, (None, &campaign.content)).await?;
    }
    let id = format!("cmp_{}", app.world.token());
    let after = json!({ "name": campaign.name, "sender_id": campaign.sender_id });
    let entry = Entry::new("campaign.create", &id, after);
    let statements = vec![
        campaigns::insert(key.team_id(), &id, &campaign, app.now.millis()),
        audit::entry_if_changed(&key.caller(), &entry, app.now.millis()),
    ];
    if app.db().batch(statements).await?.first().is_none_or(|answer| answer.changes == 0) {
        return Err(Failure::invalid(vec![Problem {
            path: "sender_id".into(),
            code: "unknown_sender",
            message: "is the id of no sender; take one from `/api/v1/senders`".into(),
        }]));
    }
    let place = format!("/api/v1/campaigns/{id}");
    let campaign = whole(&app, key.team_id(), &id).await?;
    Ok(Created { place, made: campaign })
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Campaign>, Failure> {
    Ok(Json(whole(&app, key.team_id(), &id).await?))
}

#[worker::send]
async fn change<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<Campaign>, Failure> {
    let (edit, asked) = parse_change(&document, &key)?;
    if let Some(content) = &edit.content {
        let row = find(&app, key.team_id(), &id).await?;
        check_carried(&app, &key, row.channel, (Some(&row.content), content)).await?;
    }
    commands::edit(&*app.world, &id, &asked, &edit, app.now).await?;
    Ok(Json(whole(&app, key.team_id(), &id).await?))
}

/// The row of a team's campaign.
///
/// # Errors
/// 404, or the database's.
pub async fn find<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<CampaignRow, Failure> {
    let row = app.db().run(campaigns::by_id(team_id, id)).await?;
    row.first::<CampaignRow>()?.ok_or_else(|| Failure::not_found("no such campaign"))
}

/// A team's campaign with its lists.
///
/// # Errors
/// 404, or the database's.
pub async fn whole<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<Campaign, Failure> {
    let row = find(app, team_id, id).await?;
    let waiting = waiting(app, team_id, &row).await?;
    let lists = lists::lists_of(app.db().run(lists::of_campaign(row.seq)).await?)?;
    let zones = zones::of_campaign(app, row.seq).await?;
    let mut campaign = Campaign::from_row(row, waiting, app.now.millis(), is_reached(app))?;
    campaign.zones = Some(zones);
    let lists = lists.into_iter().map(|list| List {
        id: list.id,
        file_name: list.file_name,
        created_at: list.created_ms,
        accepted: list.accepted,
        duplicates: list.duplicates,
        rejected: list.rejected,
    });
    campaign.lists = Some(lists.collect());
    Ok(campaign)
}

/// What a campaign that is to go waits for.
pub(super) async fn waiting<W: World>(
    app: &App<W>,
    team_id: &str,
    row: &CampaignRow,
) -> Result<Option<Value>, Failure> {
    match status_of(row)? {
        CampaignStatus::Scheduled | CampaignStatus::InProgress | CampaignStatus::Completed => {
            Ok(outlook::waiting(app.db(), team_id, &row.id, app.now).await?)
        }
        CampaignStatus::Paused if row.queue == 0 && row.kind == Kind::Broadcast => {
            Ok(Some(json!({ "until": null, "because": [{
                "layer": "team",
                "gate": "queue",
                "code": "queue_off",
                "until": null,
                "text": "the team's queue is switched off; it can be resumed once it is on again",
            }] })))
        }
        _ => Ok(None),
    }
}

fn parse_new(document: &Value) -> Result<NewCampaign, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let name = fields.required("name");
    let name = name.and_then(|value| fields.text("name", value, NAME_MOST));
    let sender_id = fields.required("sender_id");
    let sender_id = sender_id.and_then(|value| fields.text("sender_id", value, NAME_MOST));
    let content = fields.required("content");
    let content = content.and_then(|value| parse_content(&mut fields, value));
    let policy = match fields.optional("policy") {
        None => Some(None),
        Some(value) => fields.policy("policy", value).map(|policy| Some(policy.to_string())),
    };
    let hours = match fields.optional("recipient_policy") {
        None => Some("{}".to_owned()),
        Some(value) => parse_recipient_policy(&mut fields, value),
    };
    let lateness = match fields.optional("lateness") {
        None => Some(None),
        Some(value) => {
            parse_lateness(&mut fields, value).map(|lateness| Some(json!(lateness).to_string()))
        }
    };
    let campaign = (|| {
        Some(NewCampaign {
            name: name?,
            sender_id: sender_id?,
            content: content?,
            policy: policy?,
            recipient_policy: hours?,
            lateness: lateness?,
        })
    })();
    fields.finish(campaign)
}

fn parse_change(document: &Value, key: &Key) -> Result<(Edit, Asked), Vec<Problem>> {
    let mut fields = Fields::of(document);
    let name = fields.optional("name");
    let content = fields.optional("content");
    let policy = fields.optional("policy");
    let hours = fields.optional("recipient_policy");
    let lateness = fields.optional("lateness");
    let asked = looked_at(&mut fields, key);
    let edit = Edit {
        name: name.and_then(|value| fields.text("name", value, NAME_MOST)),
        content: content.and_then(|value| parse_content(&mut fields, value)),
        policy: policy
            .and_then(|value| fields.policy("policy", value))
            .map(|policy| policy.to_string()),
        recipient_policy: hours.and_then(|value| parse_recipient_policy(&mut fields, value)),
        lateness: lateness
            .and_then(|value| parse_lateness(&mut fields, value))
            .map(|lateness| json!(lateness).to_string()),
    };
    // A field that was refused has left its problem, so nothing is passed over here.
    fields.finish(Some((edit, asked)))
}
