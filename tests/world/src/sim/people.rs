//! What people do meanwhile, through the product's own commands. Each is a request beside the jobs:
//! it meets the same faults, and may die between any two statements.

use std::rc::Rc;

use serde_json::json;
use tidegate::Instant;
use tidegate::status::{self, CampaignFacts, CampaignStatus, CampaignTrigger};
use tidegate_worker::jobs::commands;
use tidegate_worker::model::Channel;
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_worker::store::campaigns::{self, CampaignChange};
use tidegate_worker::store::opt_outs::{self, OptOutRow};
use tidegate_worker::store::senders::{self, SenderChange};
use tidegate_worker::store::{Database, commands as store};

use super::record::Acknowledged;
use super::{Run, scene};
use crate::faults::Rng;
use crate::provider::Told;
use crate::{Node, TestWorld, address};

fn id(seq: i64) -> String {
    format!("cmp_{seq}")
}

/// Schedules every campaign, one after the other; what fails is tried again when it is calm.
pub fn schedule_all(run: &Run) {
    let seqs: Vec<i64> = run.campaigns.iter().map(|campaign| campaign.seq).collect();
    let node = Node::of(&run.world);
    run.world.spawn(async move {
        for seq in seqs {
            let now = node.now();
            let _ = commands::preview(node.database(), &id(seq), None, now).await;
            let _ = commands::schedule(&node, &id(seq), None, now).await;
        }
    });
}

/// When it is calm, people want everything to go: drafts are scheduled, pauses ended.
pub fn settle(run: &Run) {
    for campaign in &run.campaigns {
        let seq = campaign.seq;
        match run.status(seq).as_str() {
            "draft" => request(run, move |node| async move {
                let now = node.now();
                let _ = commands::schedule(&node, &id(seq), None, now).await;
            }),
            "paused" => resume(run, seq),
            _ => {}
        }
    }
}

/// Somebody does something.
pub fn act(run: &Run, rng: &Rng) {
    let campaign = rng.pick(&run.campaigns);
    let seq = campaign.seq;
    match rng.below(16) {
        0..=2 => pause(run, seq),
        3..=5 => resume(run, seq),
        6 if rng.once_in(2) => stop(run, seq),
        7 | 8 => opt_out(run, address(seq, rng.ms(campaign.people.unsigned_abs()))),
        9 => opt_out_of_doubt(run, rng),
        10 | 11 => edit_sender(run, rng, campaign.sender),
        12 => edit_campaign(run, rng, seq),
        13 => reschedule(run, rng, seq),
        14 => touch_sender(run, campaign.sender),
        _ => {}
    }
}

/// Has a request run beside the jobs.
fn request<F: Future<Output = ()> + 'static>(run: &Run, command: impl FnOnce(Node) -> F) {
    run.world.spawn(command(Node::of(&run.world)));
}

/// Notes what was said about a campaign that was just held.
fn acknowledge(world: &TestWorld, run: &Watched, campaign: i64, in_flight: i64) {
    run.record.borrow_mut().acknowledged.push(Acknowledged {
        campaign,
        in_flight,
        commits: world.database().commits.get(),
        attempts: run.provider.attempts.borrow().len(),
    });
    run.tally.borrow_mut().add("holds acknowledged", 1);
}

/// What a request needs of its run.
struct Watched {
    record: Rc<std::cell::RefCell<super::Record>>,
    provider: Rc<crate::provider::ModelProvider>,
    tally: Rc<std::cell::RefCell<super::Tally>>,
}

impl Watched {
    fn of(run: &Run) -> Self {
        Self {
            record: Rc::clone(&run.record),
            provider: Rc::clone(&run.provider),
            tally: Rc::clone(&run.tally),
        }
    }
}

fn pause(run: &Run, seq: i64) {
    run.note("pauses");
    let watched = Watched::of(run);
    request(run, move |node| async move {
        if let Ok(n) = commands::pause(node.database(), &id(seq), node.now()).await {
            acknowledge(&node.world, &watched, seq, n);
        }
    });
}

fn stop(run: &Run, seq: i64) {
    run.note("stops");
    let watched = Watched::of(run);
    request(run, move |node| async move {
        if let Ok(n) = commands::stop(node.database(), &id(seq), node.now()).await {
            acknowledge(&node.world, &watched, seq, n);
        }
    });
}

fn resume(run: &Run, seq: i64) {
    run.note("resumes");
    request(run, move |node| async move {
        let now = node.now();
        let _ = commands::resume(&node, &id(seq), now).await;
    });
}

/// Somebody of whom nobody can tell whether they have their message.
fn opt_out_of_doubt(run: &Run, rng: &Rng) {
    let attempts = run.provider.attempts.borrow();
    let doubted = attempts.iter().filter(|post| matches!(post.told, Told::Nothing | Told::Unclear));
    let doubted: Vec<&String> = doubted.map(|post| &post.to).collect();
    if !doubted.is_empty() {
        opt_out(run, (*rng.pick(&doubted)).clone());
    }
}

fn opt_out(run: &Run, address: String) {
    run.note("opt-outs");
    request(run, move |node| async move {
        let row = OptOutRow {
            channel: Channel::Sms,
            address,
            reason: "stop".into(),
            source: "reply".into(),
            created_ms: node.now().millis(),
        };
        let _ = node.database().batch(opt_outs::insert(&row)).await;
    });
}

/// Other rules for a sender, as the senders' resource changes them.
fn edit_sender(run: &Run, rng: &Rng, seq: i64) {
    run.note("edits of senders");
    let policy = scene::sender_policy(rng, &run.world, run.zone, run.total);
    run.policies.borrow_mut().entry(seq).or_default().push(policy.clone());
    let order = *rng.pick(&["fair", "in_turn"]);
    request(run, move |node| async move {
        let change = SenderChange {
            policy: Some(policy.to_string()),
            lane_order: Some(order),
            ..SenderChange::default()
        };
        let statement = senders::change(&format!("snd_{seq}"), &change, node.now().millis());
        let _ = node.database().run(statement).await;
    });
}

/// The same rules with another name: nothing changes for dispatch.
fn touch_sender(run: &Run, seq: i64) {
    request(run, move |node| async move {
        let change = SenderChange { name: Some("Reception".into()), ..SenderChange::default() };
        let statement = senders::change(&format!("snd_{seq}"), &change, node.now().millis());
        let _ = node.database().run(statement).await;
    });
}

/// Other rules for a campaign, as the campaigns' resource changes them: while the table allows it.
fn edit_campaign(run: &Run, rng: &Rng, seq: i64) {
    run.note("edits of campaigns");
    let policy = scene::campaign_policy(rng, &run.world);
    request(run, move |node| async move {
        let Ok(answer) = node.database().run(store::campaign(&id(seq))).await else { return };
        let Ok(Some(row)) = answer.first::<store::CampaignRow>() else { return };
        let status = CampaignStatus::named(&row.status).unwrap();
        if status::campaign(status, CampaignTrigger::Edit, &CampaignFacts::default()).is_err() {
            return;
        }
        let change =
            CampaignChange { policy: Some(policy.to_string()), ..CampaignChange::default() };
        let statements = campaigns::change(row.seq, row.version, &change, node.now().millis());
        let _ = node.database().batch(statements).await;
    });
}

/// Another start, minutes or hours ahead.
fn reschedule(run: &Run, rng: &Rng, seq: i64) {
    run.note("reschedules");
    let ahead_ms = 301_000 + rng.ms(*rng.pick(&[600_000, 7_200_000]));
    request(run, move |node| async move {
        let now = node.now();
        let at = Instant::from_millis(now.millis() + ahead_ms);
        let _ = commands::schedule(&node, &id(seq), Some(at), now).await;
    });
}

/// The plan that a campaign was promised, as instants.
pub fn promised(world: &TestWorld, seq: i64) -> Option<Vec<i64>> {
    let rows = world.sql(sql!("SELECT plan FROM campaign_plans WHERE campaign_seq = ?1", seq));
    let plan: serde_json::Value = serde_json::from_str(rows.first()?["plan"].as_str()?).ok()?;
    let lane = json!(plan["lane_index"]);
    let runs = plan["runs"].as_array()?.iter().filter(|run| run["lane"] == lane);
    let instants = runs.flat_map(|run| {
        let number = |name: &str| run[name].as_i64().unwrap();
        let (start, count, every) = (number("start"), number("count"), number("every"));
        (0..count).map(move |k| start + k * every)
    });
    Some(instants.collect())
}
