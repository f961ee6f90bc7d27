//! What people do to a campaign: preview, schedule, pause, resume, stop.
//!
//! The engine's table says whether it is legal. A change holds only for the version that was
//! looked at; a campaign that changed meanwhile is a conflict, not a surprise.

use serde_json::{Value, json};
use tidegate::status::{self, CampaignFacts, CampaignStatus, CampaignTrigger};
use tidegate::{Instant, Plan, Problem};

use super::state::{self, SenderState, campaign_row, parsed};
use super::{CommandError, tick};
use crate::content;
use crate::dispatch::rules::{self, Campaign};
use crate::model::Content;
use crate::ports::World;
use crate::store::commands::{self as store, CampaignRow, Count};
use crate::store::{Database, Statement, ticks};

/// What people can do to a campaign; the other triggers are the dispatcher's.
const COMMANDS: [CampaignTrigger; 7] = [
    CampaignTrigger::Schedule,
    CampaignTrigger::Reschedule,
    CampaignTrigger::Edit,
    CampaignTrigger::Pause,
    CampaignTrigger::Resume,
    CampaignTrigger::Stop,
    CampaignTrigger::Cancel,
];
/// A start that a preview named is kept when at least this much of it is left, in ms.
const KEPT_START_MS: i64 = 5_000;
/// The most a stored plan may take, in bytes; D1 holds 2 MB a row. A longer one is kept without
/// its runs.
const PLAN_BYTES: usize = 1_500_000;
/// The most runs and the most waits that an answer lists: what a page draws, and what a Worker's
/// memory holds with ease.
const LISTED: usize = 20_000;

/// The plan of everything on the campaign's sender, with the campaign starting at `at` or, without
/// it, now: the engine's plan, and `starts_at`, `lane` and `lane_index` of the campaign. The start
/// is remembered, so that scheduling without a time soon after names the same instants.
///
/// # Errors
/// [`CommandError`] when there is nothing to plan or `at` is too soon.
pub async fn preview(
    db: &impl Database,
    campaign_id: &str,
    at: Option<Instant>,
    now: Instant,
) -> Result<Value, CommandError> {
    let row = campaign_row(db, campaign_id).await?;
    let starts_at = match (at, CampaignStatus::named(&row.status)) {
        (Some(at), _) => at,
        // One that is under way is planned from where it is.
        (None, Some(CampaignStatus::InProgress | CampaignStatus::Paused)) => {
            Instant::from_millis(row.starts_ms.unwrap_or(0))
        }
        (None, _) => start(&row, now),
    };
    lead(&row, at, now)?;
    let planned = plan(db, &row, starts_at, now).await?;
    db.run(store::keep_planned_start(row.seq, starts_at.millis())).await?;
    Ok(planned.document())
}

/// Schedules the campaign at `at` or, without it, now, and commits what is due at once.
///
/// # Errors
/// [`CommandError`] when the table forbids it, nobody is on the list, a field is missing from it,
/// or `at` is too soon.
pub async fn schedule(
    world: &impl World,
    campaign_id: &str,
    at: Option<Instant>,
    now: Instant,
) -> Result<(), CommandError> {
    let db = world.database();
    let row = campaign_row(db, campaign_id).await?;
    let trigger = match CampaignStatus::named(&row.status) {
        Some(CampaignStatus::Scheduled) => CampaignTrigger::Reschedule,
        _ => CampaignTrigger::Schedule,
    };
    let status = next_status(&row, trigger, at.map(|at| at.since(now)))?;
    check_ready(db, &row).await?;
    let starts_at = at.unwrap_or_else(|| start(&row, now));
    let planned = plan(db, &row, starts_at, now).await?;
    let (version, joined_at) = (row.version, planned.joined_at);
    change(
        db,
        &row,
        vec![
            store::schedule(
                row.seq,
                version,
                status.name(),
                starts_at.millis(),
                joined_at,
                now.millis(),
            ),
            store::keep_plan(row.seq, version + 1, now.millis(), &planned.stored()),
            store::wake(row.sender_seq, starts_at.millis()),
        ],
    )
    .await?;
    // The cron would do it within the minute, but a start may be closer than that.
    tick::one(world, row.sender_seq).await?;
    Ok(())
}

/// Holds the campaign. Once this returns no message of it can start; the answer counts those that
/// are being handed over right now.
///
/// # Errors
/// [`CommandError`] when the table forbids it or the campaign has changed.
pub async fn pause(
    db: &impl Database,
    campaign_id: &str,
    _now: Instant,
) -> Result<i64, CommandError> {
    let row = campaign_row(db, campaign_id).await?;
    let status = next_status(&row, CampaignTrigger::Pause, None)?;
    let set = store::set_status(row.seq, row.version, status.name(), None, None);
    change(db, &row, vec![set]).await?;
    in_flight(db, &row).await
}

/// Lets a paused campaign go on, planned from now: never a burst.
///
/// # Errors
/// [`CommandError`] when the table forbids it or the campaign has changed.
pub async fn resume(
    world: &impl World,
    campaign_id: &str,
    now: Instant,
) -> Result<i64, CommandError> {
    let db = world.database();
    let row = campaign_row(db, campaign_id).await?;
    let status = next_status(&row, CampaignTrigger::Resume, None)?;
    let set = store::set_status(row.seq, row.version, status.name(), None, None);
    let wake = store::wake(row.sender_seq, now.millis());
    change(db, &row, vec![set, wake]).await?;
    tick::one(world, row.sender_seq).await?;
    in_flight(db, &row).await
}

/// Ends the campaign for good, whether it has started or not.
///
/// # Errors
/// [`CommandError`] when the table forbids it or the campaign has changed.
pub async fn stop(
    db: &impl Database,
    campaign_id: &str,
    now: Instant,
) -> Result<i64, CommandError> {
    let row = campaign_row(db, campaign_id).await?;
    let trigger = match CampaignStatus::named(&row.status) {
        Some(CampaignStatus::Draft | CampaignStatus::Scheduled) => CampaignTrigger::Cancel,
        _ => CampaignTrigger::Stop,
    };
    let status = next_status(&row, trigger, None)?;
    let ended = Some(now.millis());
    let set = store::set_status(row.seq, row.version, status.name(), ended, Some("stopped"));
    change(db, &row, vec![set]).await?;
    in_flight(db, &row).await
}

/// The start of a campaign that goes now: the one a preview named, while it is still ahead.
fn start(row: &CampaignRow, now: Instant) -> Instant {
    let kept = row.planned_start_ms.map(Instant::from_millis);
    let fresh = rules::start_now(now);
    kept.filter(|kept| kept.since(now) >= KEPT_START_MS && *kept <= fresh).unwrap_or(fresh)
}

fn lead(row: &CampaignRow, at: Option<Instant>, now: Instant) -> Result<(), CommandError> {
    match at {
        Some(at) => next_status(row, CampaignTrigger::Reschedule, Some(at.since(now))).map(|_| ()),
        None => Ok(()),
    }
}

fn next_status(
    row: &CampaignRow,
    trigger: CampaignTrigger,
    lead_ms: Option<i64>,
) -> Result<CampaignStatus, CommandError> {
    let from = state::status(&row.status)?;
    let facts = CampaignFacts { started: row.started_ms.is_some(), lead_ms };
    status::campaign(from, trigger, &facts).map_err(|refusal| {
        if lead_ms.is_some_and(|lead| lead < status::MIN_LEAD_MS) {
            return invalid("at", "too_soon", refusal.why);
        }
        let legal = refusal.legal.iter().filter(|trigger| COMMANDS.contains(trigger));
        let legal = legal.map(|trigger| trigger.name().to_owned());
        CommandError::Conflict {
            code: "illegal_transition",
            detail: refusal.why,
            legal: legal.collect(),
        }
    })
}

fn invalid(path: &str, code: &'static str, message: String) -> CommandError {
    CommandError::Invalid(vec![Problem { path: path.to_owned(), code, message }])
}

/// A campaign needs people, and a list with every field that its text asks for.
async fn check_ready(db: &impl Database, row: &CampaignRow) -> Result<(), CommandError> {
    if row.total == 0 {
        let message = "the campaign has no recipients; upload a list first".to_owned();
        return Err(invalid("recipients", "empty", message));
    }
    let content: Content = parsed(&row.content)?;
    let mut problems = Vec::new();
    for list in db.run(store::columns(row.seq)).await?.rows {
        let columns = list.get("columns").and_then(Value::as_str).unwrap_or("[]");
        let columns: Vec<String> = parsed(columns)?;
        for field in content::missing_fields(&content.text, &columns) {
            problems.push(Problem {
                path: "content.text".to_owned(),
                code: "missing_field",
                message: format!(
                    "`{field}` is not a column of the list; its columns are {}: correct the text \
                     or give the field a default",
                    columns.join(", "),
                ),
            });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(CommandError::Invalid(problems)) }
}

/// The engine's plan of a sender with one of its campaigns starting at a given instant.
struct Planned {
    plan: Plan,
    campaign_id: String,
    lane_index: usize,
    starts_at: Instant,
    joined_at: i64,
}

impl Planned {
    /// The engine's plan, and which of its lanes is the campaign's. Runs and waits past the first
    /// [`LISTED`] are counted, not listed.
    fn document(mut self) -> Value {
        let runs_left_out = self.plan.runs.len().saturating_sub(LISTED);
        let waits_left_out = self.plan.waits.len().saturating_sub(LISTED);
        self.plan.runs.truncate(LISTED);
        self.plan.waits.truncate(LISTED);
        let mut document = json!(self.plan);
        if let Some(fields) = document.as_object_mut() {
            fields.insert("starts_at".into(), json!(self.starts_at));
            fields.insert("lane".into(), json!(self.campaign_id));
            fields.insert("lane_index".into(), json!(self.lane_index));
            fields.insert("runs_left_out".into(), json!(runs_left_out));
            fields.insert("waits_left_out".into(), json!(waits_left_out));
        }
        document
    }

    /// The plan as it is kept.
    fn stored(self) -> String {
        let mut document = self.document();
        let text = document.to_string();
        if text.len() <= PLAN_BYTES {
            return text;
        }
        if let Some(object) = document.as_object_mut() {
            object.remove("runs");
            object.remove("waits");
        }
        document.to_string()
    }
}

async fn plan(
    db: &impl Database,
    row: &CampaignRow,
    starts_at: Instant,
    now: Instant,
) -> Result<Planned, CommandError> {
    let loaded = state::load(db, ticks::sender(row.sender_seq), Some(row.seq), now).await?;
    let state = loaded.into_iter().next().ok_or(CommandError::NotFound)?;
    let from = state.begins(now);
    let campaigns = with_campaign(&state, row.seq, starts_at);
    let lane = campaigns.iter().enumerate().find(|(_, campaign)| campaign.seq == row.seq);
    let (lane_index, campaign) = lane.ok_or(CommandError::NotFound)?;
    let request = rules::request(&state.sender, &campaigns, &state.charges, from, None)
        .map_err(CommandError::Invalid)?;
    Ok(Planned {
        plan: tidegate::plan(&request),
        campaign_id: row.id.clone(),
        lane_index,
        starts_at,
        joined_at: campaign.joined_at,
    })
}

/// The campaigns that take their turn once this one starts at `starts_at`, in order.
fn with_campaign(state: &SenderState, seq: i64, starts_at: Instant) -> Vec<Campaign> {
    let active = state.active();
    let others: Vec<Campaign> = active.into_iter().filter(|other| other.seq != seq).collect();
    let chosen = state.campaigns.iter().filter(|campaign| campaign.seq == seq);
    let mut campaigns: Vec<Campaign> = chosen.cloned().collect();
    for campaign in &mut campaigns {
        campaign.starts_ms = starts_at.millis();
        if campaign.cursor == 0 {
            campaign.joined_at = rules::joins_at(&others);
        }
    }
    campaigns.extend(others);
    campaigns.sort_by_key(|campaign| (campaign.starts_ms, campaign.seq));
    campaigns
}

/// Makes a change whose first statement is guarded by the version that was looked at.
async fn change(
    db: &impl Database,
    row: &CampaignRow,
    statements: Vec<Statement>,
) -> Result<(), CommandError> {
    let answers = db.batch(statements).await?;
    if answers.first().is_some_and(|answer| answer.changes == 1) {
        return Ok(());
    }
    let now = campaign_row(db, &row.id).await?;
    if now.version == row.version && now.import_token.is_some() {
        return Err(CommandError::Conflict {
            code: "import_under_way",
            detail: "a list is being imported into the campaign; try again when it is in".into(),
            legal: Vec::new(),
        });
    }
    Err(CommandError::Conflict {
        code: "changed_meanwhile",
        detail: format!(
            "the campaign has changed meanwhile: it is `{}` now, version {}; look at it and try again",
            now.status, now.version,
        ),
        legal: Vec::new(),
    })
}

async fn in_flight(db: &impl Database, row: &CampaignRow) -> Result<i64, CommandError> {
    let count = db.run(store::in_flight(row.seq)).await?.first::<Count>()?;
    Ok(count.map_or(0, |count| count.n))
}
