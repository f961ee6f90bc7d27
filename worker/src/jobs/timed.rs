//! A message to one person at a set time: to the dispatcher a broadcast of one. So it obeys every
//! rule, stands in the list of broadcasts, and is changed, moved and cancelled there while it waits.

use serde_json::json;
use tidegate::status::MIN_LEAD_MS;
use tidegate::{Instant, Problem};

use super::commands::{self, Asked};
use super::singles::{self, Wanted};
use super::state::{self, campaign_row, parsed};
use super::teams::check_switch;
use super::{CommandError, attachments, outlook};
use crate::model::{Content, Person};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::campaigns::{self, NewSingle};
use crate::store::ticks::{self, SenderRow};
use crate::store::{Database, Statement, conversations, handovers};

/// Takes a message on that is to go at `at`, at least five minutes from `now`. The same id is the same
/// message; asked for again, it is what it was.
///
/// # Errors
/// [`CommandError`] where [`singles::send`] has one, where `at` is too soon, and where
/// [`commands::schedule`] has one. Nothing is left of it then.
pub async fn schedule(
    world: &impl World,
    wanted: &Wanted<'_>,
    sender_seq: i64,
    at: Instant,
    now: Instant,
) -> Result<singles::Accepted, CommandError> {
    let db = world.database();
    let mut taken_on = taken_on(world, wanted, at, now);
    let draft = match campaign_row(db, &wanted.by.team_id, wanted.id).await {
        Ok(row) => {
            refuse_other(db, &row, wanted).await?;
            let (channel, to) = (wanted.channel, &wanted.person.to);
            let single = conversations::single(&wanted.by.team_id, channel, to, row.seq);
            if !db.run(single).await?.rows.is_empty() {
                taken_on.clear();
            }
            row.status == "draft"
        }
        Err(CommandError::NotFound) => {
            singles::refuse_opted_out(world, wanted).await?;
            let (team_id, content) = (&wanted.by.team_id, &wanted.content);
            attachments::of_content(db, team_id, wanted.channel, content).await?;
            if at.since(now) < MIN_LEAD_MS {
                let message = "lies less than five minutes ahead; leave it out to send at once, or \
                               name a later time";
                return Err(CommandError::Invalid(vec![Problem {
                    path: "at".into(),
                    code: "too_soon",
                    message: message.into(),
                }]));
            }
            check_switch(db, &wanted.by.team_id).await?;
            keep(world, wanted, sender_seq, now).await?;
            true
        }
        Err(error) => return Err(error),
    };
    if draft {
        let asked = Asked { by: wanted.by.clone(), version: None };
        let scheduled =
            commands::schedule_with(world, wanted.id, &asked, Some(at), &taken_on, now).await;
        if !matches!(scheduled, Ok(()) | Err(CommandError::Store(_))) {
            let (channel, to) = (wanted.channel, &wanted.person.to);
            db.batch(campaigns::remove_timed(wanted.id, channel, to)).await?;
        }
        scheduled?;
    }
    let row = campaign_row(db, &wanted.by.team_id, wanted.id).await?;
    Ok(singles::Accepted {
        is_repeated: !draft,
        held_for_review: row.status == "draft",
        at: row.starts_ms.map(Instant::from_millis),
        waiting: outlook::waiting(db, &wanted.by.team_id, wanted.id, now).await?,
    })
}

/// Whoever uses a key for another message has made a mistake.
async fn refuse_other(
    db: &impl Database,
    row: &crate::store::commands::CampaignRow,
    wanted: &Wanted<'_>,
) -> Result<(), CommandError> {
    let pages = db.run(handovers::people(row.seq, &json!([[0, 0]]))).await?;
    let pages = pages.all::<handovers::PageRow>()?;
    let people: Option<Vec<Person>> = pages.first().map(|page| parsed(&page.people)).transpose()?;
    let same = people.is_some_and(|people| people.first() == Some(&wanted.person));
    if same && parsed::<Content>(&row.content)? == wanted.content {
        return Ok(());
    }
    Err(CommandError::Invalid(vec![Problem {
        path: "Idempotency-Key".into(),
        code: "key_reused",
        message: "stands for another message; take a new key".into(),
    }]))
}

/// Keeps it as a draft, which is in no conversation before it is scheduled. Should nobody come to do so, a
/// second try with the same key does.
async fn keep(
    world: &impl World,
    wanted: &Wanted<'_>,
    sender_seq: i64,
    now: Instant,
) -> Result<(), CommandError> {
    let sender = world.database().run(ticks::sender(sender_seq)).await?.first::<SenderRow>()?;
    let has_hours =
        sender.as_ref().map(state::team).transpose()?.is_some_and(|t| t.hours.is_some());
    let zones = singles::zones_of(wanted, has_hours);
    let statements = campaigns::insert_timed(&NewSingle {
        id: wanted.id,
        by: wanted.by,
        sender_seq,
        status: "draft",
        content: &json!(wanted.content).to_string(),
        people: &json!([wanted.person]).to_string(),
        purpose: Some("timed"),
        lateness: &json!(crate::model::Lateness::RollOver).to_string(),
        zones: zones.told(),
        now_ms: now.millis(),
    });
    world.database().batch(statements).await?;
    Ok(())
}

/// What goes with its first schedule: its place in the conversation, and who sends it.
fn taken_on(world: &impl World, wanted: &Wanted<'_>, at: Instant, now: Instant) -> Vec<Statement> {
    let mut statements = conversations::add_single(&conversations::NewSingle {
        campaign_id: wanted.id,
        channel: wanted.channel,
        address: &wanted.person.to,
        at_ms: at.millis(),
        excerpt: &singles::said(world, wanted),
        now_ms: now.millis(),
        by_people: true,
    });
    let entry = Entry::new("message.send", wanted.id, json!({ "sender": wanted.sender_id }));
    statements.push(audit::entry(wanted.by, &entry, now.millis()));
    statements
}
