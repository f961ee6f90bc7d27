//! What people do meanwhile, through the product's own commands. Each is a request beside the jobs:
//! it meets the same faults, and may die between any two statements.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::Instant;
use tidegate::status::MessageTrigger;
use tidegate_worker::contacts::Address;
use tidegate_worker::jobs::commands::{self, Asked, Edit};
use tidegate_worker::jobs::inbound::{self, Incoming};
use tidegate_worker::jobs::recordings::{self, Sends};
use tidegate_worker::jobs::resends::{self, Starts};
use tidegate_worker::jobs::singles::{self, Wanted};
use tidegate_worker::jobs::teams::hold;
use tidegate_worker::jobs::{dead_letters, doubts, erasures, preview, reviews, rules};
use tidegate_worker::model::{Caller, Channel, Content, FIRST_TEAM, Person, WordKind};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_worker::store::inbound::SenderRow;
use tidegate_worker::store::opt_outs::{self, NewOptOut};
use tidegate_worker::store::resends::{NewResend, Whom};
use tidegate_worker::store::senders::SenderChange;
use tidegate_worker::store::teams::{self, TeamChange, TeamRow};
use tidegate_worker::store::words::{self, NewWord};
use tidegate_worker::store::{Answer, Database, inbound as inbox, kept_plans};

use super::record::{Acknowledged, Record};
use super::{Campaign, Run, Tally, scene};
use crate::faults::Rng;
use crate::provider::{ModelProvider, Told};
use crate::{Node, TestWorld, address};

/// The name of everybody's key.
const BY: &str = "Ada";

fn asked() -> Asked {
    Asked { by: Caller::named(BY), version: None }
}

fn id(seq: i64) -> String {
    format!("cmp_{seq}")
}

/// Schedules every campaign, one after the other; what fails is tried again when it is calm.
pub fn schedule_all(run: &Run) {
    let seqs: Vec<i64> = run.broadcasts.iter().map(|campaign| campaign.seq).collect();
    let node = Node::of(&run.world);
    run.world.spawn(async move {
        for seq in seqs {
            let now = node.now();
            let _ = preview::preview(node.database(), FIRST_TEAM, &id(seq), None, now).await;
            let _ = commands::schedule(&node, &id(seq), &asked(), None, now).await;
        }
    });
}

/// When it is calm, people want everything to go: reviews are cleared, drafts scheduled, pauses ended.
pub fn settle(run: &Run) {
    clear_reviews(run);
    switch_queue(run, true);
    for row in run.world.sql(sql!(
        "SELECT id, status FROM campaigns
         WHERE kind = 'broadcast' AND (status = 'draft' AND total > 0 OR status = 'paused')"
    )) {
        let id = row["id"].as_str().unwrap().to_owned();
        if row["status"] == "paused" {
            resume(run, id);
        } else {
            request(run, move |node| async move {
                let now = node.now();
                let _ = commands::schedule(&node, &id, &asked(), None, now).await;
            });
        }
    }
    release_dead_letters(run);
}

/// Somebody does something.
pub fn act(run: &Run, rng: &Rng) {
    let campaign = rng.pick(&run.broadcasts);
    let seq = campaign.seq;
    match rng.below(28) {
        0..=2 => pause(run, seq),
        3..=5 => resume(run, id(seq)),
        6 if rng.once_in(2) => stop(run, seq),
        7 | 8 => opt_out(run, address(seq, rng.ms(campaign.people.unsigned_abs()))),
        9 => opt_out_of_doubt(run, rng),
        10 | 11 => edit_sender(run, rng, campaign.sender),
        12 => edit_campaign(run, rng, seq),
        13 => reschedule(run, rng, seq),
        14 => touch_sender(run, campaign.sender),
        15 | 16 => {
            let to = address(seq, rng.ms(campaign.people.unsigned_abs()));
            send_single(run, rng, campaign.sender, to);
        }
        17 => record_sends(run, rng, campaign.sender),
        18 | 19 => order(run, rng, seq),
        20 => release_dead_letters(run),
        21 => edit_team(run, rng),
        22 if rng.once_in(2) => {
            let whose = address(seq, rng.ms(campaign.people.unsigned_abs()));
            erase(run, somebody_in_a_slice(run, rng).unwrap_or(whose));
        }
        23 if rng.once_in(3) => forbid_the_word(run),
        24 => clear_reviews(run),
        25 => switch_queue(run, rng.once_in(2)),
        26 | 27 => send_again(run, rng, campaign),
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
    record: Rc<RefCell<Record>>,
    provider: Rc<ModelProvider>,
    tally: Rc<RefCell<Tally>>,
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
        if let Ok(n) = commands::pause(node.database(), &id(seq), &asked(), node.now()).await {
            acknowledge(&node.world, &watched, seq, n);
        }
    });
}

fn stop(run: &Run, seq: i64) {
    run.note("stops");
    let watched = Watched::of(run);
    request(run, move |node| async move {
        if let Ok(n) = commands::stop(node.database(), &id(seq), &asked(), node.now()).await {
            acknowledge(&node.world, &watched, seq, n);
        }
    });
}

fn resume(run: &Run, id: String) {
    run.note("resumes");
    request(run, move |node| async move {
        let now = node.now();
        let _ = commands::resume(&node, &id, &asked(), now).await;
    });
}

/// Sends what was sent once more, by itself in a while, to those who did not get it.
fn send_again(run: &Run, rng: &Rng, campaign: &Campaign) {
    if matches!(run.status(campaign.seq).as_str(), "draft" | "scheduled") {
        return;
    }
    run.note("sent again");
    let (parent_id, parent_seq) = (campaign.id.clone(), campaign.seq);
    let whom = *rng.pick(&[Whom::Failed, Whom::LeftOut]);
    let id = format!("again_{}", rng.below(1_000_000));
    let ahead_ms = 301_000 + rng.ms(3_600_000);
    request(run, move |node| async move {
        let now = node.now();
        let by = Caller::named(BY);
        let starts = Starts::wanted(Instant::from_millis(now.millis() + ahead_ms), &by);
        let new = NewResend {
            id: &id,
            parent_seq,
            sender_seq: None,
            name: "Once more",
            content: r#"{"text": "Hello"}"#,
            whom,
            reasons: None,
            starts: Some(json!(starts).to_string()),
            now_ms: now.millis(),
        };
        let _ = resends::begin(&node, &by, &new, &parent_id).await;
    });
}

/// The team's queue is switched off, or on again.
fn switch_queue(run: &Run, is_on: bool) {
    let is = i64::from(is_on);
    if run.world.number("SELECT queue FROM teams") == is {
        return;
    }
    run.note("switches of the queue");
    request(run, move |node| async move {
        let db = node.database();
        let Ok(Some(team)) = db.run(teams::by_id(FIRST_TEAM)).await.and_then(Answer::first) else {
            return;
        };
        let TeamRow { version, .. } = team;
        let change = TeamChange { queue: Some(is_on), ..TeamChange::default() };
        let _ = db.run(teams::change(FIRST_TEAM, version, &change)).await;
        if !is_on {
            let _ = hold(&node, &Caller::named(BY), Some(FIRST_TEAM), node.now()).await;
        }
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

/// By hand, or by a message that says so.
fn opt_out(run: &Run, address: String) {
    run.note("opt-outs");
    let by_hand = address.ends_with(['0', '2', '4', '6', '8']);
    request(run, move |node| async move {
        if by_hand {
            let new = NewOptOut {
                team_id: FIRST_TEAM,
                channel: Channel::Sms,
                address: &address,
                reason: "asked",
                source: "manual",
                by: None,
                created_ms: node.now().millis(),
            };
            let _ = node.database().batch(opt_outs::insert(&new)).await;
            return;
        }
        let sender = node.database().run(inbox::sender(1)).await;
        let Ok(Some(sender)) = sender.and_then(Answer::first::<SenderRow>) else { return };
        let message = Incoming {
            provider_id: address.clone(),
            from: address,
            text: "Stop!".into(),
            attachments: Vec::new(),
            written: None,
            cost: None,
        };
        let _ = inbound::receive(&node, &sender, &message, node.now()).await;
    });
}

/// Somebody whose message is about to go.
fn somebody_in_a_slice(run: &Run, rng: &Rng) -> Option<String> {
    let rows = run.world.sql(sql!(
        "SELECT p.people -> CAST(i.last - p.first AS INTEGER) ->> 'to' AS whose
         FROM (SELECT h.campaign_seq, (value ->> 'first') + (value ->> 'count') - 1 AS last
               FROM handovers h CROSS JOIN json_each(h.items) WHERE h.done = 0) i
           CROSS JOIN people p
         WHERE p.campaign_seq = i.campaign_seq AND p.first <= i.last AND p.first + p.count > i.last"
    ));
    let whose: Vec<&str> = rows.iter().filter_map(|row| row["whose"].as_str()).collect();
    let whose = whose.into_iter().filter(|to| !to.is_empty()).collect::<Vec<_>>();
    (!whose.is_empty()).then(|| (*rng.pick(&whose)).to_owned())
}

/// Somebody wants to be forgotten.
fn erase(run: &Run, address: String) {
    run.note("erasures");
    request(run, move |node| async move {
        let whom = [Address { channel: Channel::Sms, address }];
        let _ = erasures::erase(&node, FIRST_TEAM, &whom, &Caller::named(BY)).await;
    });
}

/// What every campaign says is not allowed from now on.
fn forbid_the_word(run: &Run) {
    run.note("words forbidden");
    request(run, move |node| async move {
        let word = NewWord {
            id: "wrd_1",
            team_id: FIRST_TEAM,
            kind: WordKind::Word,
            value: "hello",
            same_as: "hello",
            note: None,
            by: BY,
            now_ms: node.now().millis(),
        };
        let _ = node.database().run(words::put(&word, 10)).await;
    });
}

/// An administrator looks at what is held for review, and clears it.
fn clear_reviews(run: &Run) {
    for row in run.world.sql(sql!(
        "SELECT id FROM reviews
         WHERE state = 'pending' OR state = 'cleared' AND carried_ms IS NULL"
    )) {
        let review = row["id"].as_str().unwrap().to_owned();
        run.note("reviews cleared");
        request(run, move |node| async move {
            let ada = Caller::named(BY);
            let _ = reviews::clear(&node, FIRST_TEAM, &review, (&ada, None), node.now()).await;
        });
    }
}

/// Other rules for a sender.
fn edit_sender(run: &Run, rng: &Rng, seq: i64) {
    run.note("edits of senders");
    let mut policy = scene::sender_policy(rng, &run.world, run.zone, run.total);
    ends_perhaps(run, rng, &mut policy);
    run.policies.borrow_mut().entry(seq).or_default().push(policy.clone());
    let change = SenderChange {
        policy: Some(policy.to_string()),
        provider: rng.once_in(4).then(|| another_provider(run, rng, seq).to_string()),
        lane_order: Some(*rng.pick(&["fair", "in_turn"])),
        ..SenderChange::default()
    };
    request(run, move |node| async move {
        let _ =
            rules::change(&node, &format!("snd_{seq}"), &change, &Caller::named(BY), node.now())
                .await;
    });
}

/// The end of all sending, at times: what is not sent by then is left out.
fn ends_perhaps(run: &Run, rng: &Rng, policy: &mut Value) {
    if rng.once_in(8) {
        let end = run.world.time().now() + 600_000 + rng.ms(2 * 86_400_000);
        policy["ends_at"] = json!(Instant::from_millis(end).to_utc().to_rfc3339());
        let first = &mut run.record.borrow_mut().first_end_ms;
        *first = Some(first.map_or(end, |first| first.min(end)));
        run.note("ends set");
    }
}

/// Whom a sender may send by: its first provider, which it may come back to, and two others, of
/// which one deduplicates.
fn another_provider(run: &Run, rng: &Rng, seq: i64) -> Value {
    run.note("other providers");
    let (url, deduplicates) = match rng.below(3) {
        0 => return run.providers[&seq].clone(),
        1 => ("https://one.example/", true),
        _ => ("https://two.example/", false),
    };
    let mut provider = json!({
        "kind": "webhook", "url": url, "deduplicates": deduplicates,
        "per_second": rng.pick(&[1, 5, 50]),
    });
    if rng.once_in(2) {
        provider["lookup_url"] = json!(format!("{url}{{key}}"));
    }
    provider
}

/// Other hours for all that the team sends.
fn edit_team(run: &Run, rng: &Rng) {
    run.note("edits of the team");
    let mut policy = scene::team_policy(rng, &run.world, run.zone);
    ends_perhaps(run, rng, &mut policy);
    let policy = policy.to_string();
    request(run, move |node| async move {
        let db = node.database();
        let Ok(Some(team)) = db.run(teams::by_id(FIRST_TEAM)).await.and_then(Answer::first) else {
            return;
        };
        let TeamRow { version, .. } = team;
        let change = TeamChange { policy: Some(policy), ..TeamChange::default() };
        let mut statements = vec![teams::change(FIRST_TEAM, version, &change)];
        statements.extend(teams::hand_down(FIRST_TEAM, BY, node.now().millis()));
        let _ = db.batch(statements).await;
    });
}

/// The same rules with another name: nothing changes for dispatch.
fn touch_sender(run: &Run, seq: i64) {
    let change = SenderChange { name: Some("Reception".into()), ..SenderChange::default() };
    request(run, move |node| async move {
        let _ =
            rules::change(&node, &format!("snd_{seq}"), &change, &Caller::named(BY), node.now())
                .await;
    });
}

/// Other rules for a campaign, while the table allows it.
fn edit_campaign(run: &Run, rng: &Rng, seq: i64) {
    run.note("edits of campaigns");
    let policy = scene::campaign_policy(rng, &run.world);
    let hours = scene::recipient_policy(rng, &run.world).to_string();
    let lateness = scene::lateness(rng).to_string();
    let edit = Edit {
        policy: Some(policy.to_string()),
        recipient_policy: Some(hours).filter(|_| rng.once_in(2)),
        lateness: Some(lateness).filter(|_| rng.once_in(4)),
        ..Edit::default()
    };
    request(run, move |node| async move {
        let _ = commands::edit(&node, &id(seq), &asked(), &edit, node.now()).await;
    });
}

/// One message to one person of a campaign.
fn send_single(run: &Run, rng: &Rng, sender: i64, to: String) {
    run.note("singles");
    let id = format!("sgl_{}", rng.below(1_000_000));
    request(run, move |node| async move {
        let wanted = Wanted {
            sender_id: &format!("snd_{sender}"),
            channel: Channel::Sms,
            id: &id,
            content: Content { text: "On its way".into(), ..Content::default() },
            person: Person { to, zone: None, fields: serde_json::Map::new() },
            purpose: None,
            by: &Caller::named(BY),
        };
        let _ = singles::send(&node, &wanted, node.now()).await;
    });
}

/// Somebody tells what they sent by hand.
fn record_sends(run: &Run, rng: &Rng, sender: i64) {
    run.note("recordings");
    let (key, ago_ms) = (rng.next().to_string(), rng.ms(7_200_000));
    let (count, every_ms) = (1 + rng.ms(4), 1_000);
    request(run, move |node| async move {
        let at = node.now().millis() - ago_ms - count * every_ms;
        let told = recordings::Told {
            sender_id: &format!("snd_{sender}"),
            key: &key,
            sends: &[Sends { at, count, every_ms }],
            by: &Caller::named(BY),
        };
        let _ = recordings::record(&node, &told, node.now()).await;
    });
}

/// Somebody says of everybody unknown that they went, or that they are to be sent again.
fn order(run: &Run, rng: &Rng, seq: i64) {
    run.note("orders about unknown ones");
    let trigger = *rng.pick(&[MessageTrigger::ConfirmSent, MessageTrigger::SendAgain]);
    let ada = Caller::named(BY);
    let one = rng.once_in(2).then(|| rng.ms(60));
    request(run, move |node| async move {
        match one {
            Some(ordinal) => {
                let _ = doubts::one(
                    &node,
                    &id(seq),
                    ordinal,
                    doubts::Order { trigger, by: &ada },
                    node.now(),
                )
                .await;
            }
            None => {
                let _ =
                    doubts::all(&node, &id(seq), doubts::Order { trigger, by: &ada }, node.now())
                        .await;
            }
        }
    });
}

/// Somebody looks at what is held up, and lets it go on.
fn release_dead_letters(run: &Run) {
    for row in run.world.sql(sql!("SELECT id FROM dead_letters WHERE released_ms IS NULL")) {
        let letter = row["id"].as_str().unwrap().to_owned();
        run.note("dead letters released");
        request(run, move |node| async move {
            let _ = dead_letters::release(&node, &Caller::named(BY), &letter, node.now()).await;
        });
    }
}

/// Another start, minutes or hours ahead.
fn reschedule(run: &Run, rng: &Rng, seq: i64) {
    run.note("reschedules");
    let ahead_ms = 301_000 + rng.ms(*rng.pick(&[600_000, 7_200_000]));
    request(run, move |node| async move {
        let now = node.now();
        let at = Instant::from_millis(now.millis() + ahead_ms);
        let _ = commands::schedule(&node, &id(seq), &asked(), Some(at), now).await;
    });
}

/// The instants that a campaign was promised last.
pub fn promised(world: &TestWorld, seq: i64) -> Option<Vec<i64>> {
    let rows = world.sql(kept_plans::of_campaign(seq));
    let kept: Value = serde_json::from_str(rows.last()?["instants"].as_str()?).ok()?;
    let runs: Vec<(i64, i64, i64)> = serde_json::from_value(kept["runs"].clone()).ok()?;
    let instants = runs.into_iter();
    let instants =
        instants.flat_map(|(start, count, every)| (0..count).map(move |k| start + k * every));
    // Runs of people in different zones may interleave.
    let mut instants: Vec<i64> = instants.collect();
    instants.sort_unstable();
    Some(instants)
}
