//! The promises that need a run's end: the rules over all its POSTs, what is recorded against what
//! the provider knows, and that everything comes to an end.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tidegate::status::MessageTrigger;
use tidegate::{Decision, Instant, Layer, Origin, Policy, Run as Sends};
use tidegate_worker::dispatch::hand_over::GRACE_MS;
use tidegate_worker::model::Person;
use tidegate_worker::sql;

use super::promises::open_slices;
use super::record::{Claim, Record, Rules};
use super::{Kept, Promises, Run};
use crate::node::SKEW_MS;
use crate::provider::{Attempt, Told};

pub const AT_THE_END: Promises = &[
    ("everything ends", everything_ends),
    ("no rule broken", every_instant_is_allowed),
    ("no rule broken", no_rolling_limit_is_exceeded_at_the_provider),
    ("records are true", what_is_recorded_is_what_happened),
    ("receipts are kept", an_acknowledged_receipt_is_kept),
];

/// Once faults stop and people want everything to go, every campaign ends and nothing is left open.
fn everything_ends(run: &Run) -> Kept {
    for campaign in &run.campaigns() {
        let status = run.status(campaign.seq);
        let is_nobodys = status == "draft" && campaign.people == 0;
        if !is_nobodys && !matches!(status.as_str(), "completed" | "stopped") {
            let open = open_slices(run);
            let rows = |statement| run.world.sql(statement);
            let its = rows(sql!("SELECT * FROM campaigns WHERE seq = ?1", campaign.seq));
            let sender = rows(sql!("SELECT * FROM senders WHERE seq = ?1", campaign.sender));
            return Err(format!("{its:?} of {sender:?} does not end; open: {open:?}"));
        }
    }
    let left = run.world.number(
        "SELECT (SELECT count(*) FROM handovers WHERE done = 0) + (SELECT count(*) FROM backlog b
           JOIN campaigns c ON c.seq = b.campaign_seq WHERE c.end_reason = 'exhausted')",
    );
    if left == 0 { Ok(()) } else { Err(format!("{left} slices and backlogs are left")) }
}

/// The POSTs that count: those by which the provider took a message first.
fn counted<'a>(
    attempts: &'a [Attempt],
    claims: &'a [Option<Claim>],
) -> Vec<(&'a Attempt, &'a Claim)> {
    let both = attempts.iter().zip(claims);
    let mut counted: Vec<_> = both
        .filter(|(attempt, _)| attempt.accepted)
        .filter_map(|(attempt, claim)| Some((attempt, claim.as_ref()?)))
        .collect();
    counted.sort_by_key(|(_, claim)| claim.promised);
    counted
}

/// Each message that the provider took was allowed at its instant by the rules as they were when it
/// was claimed, all that was taken before it counted: limits, gap, breaks, hours, start and end. By
/// the clock of its consumer the hours hold for the POST itself, too.
fn every_instant_is_allowed(run: &Run) -> Kept {
    let (attempts, record) = (run.provider.attempts.borrow(), run.record.borrow());
    let mut by_sender: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    let mut parsed: BTreeMap<&str, (Policy, Policy)> = BTreeMap::new();
    let mut hours_of: BTreeMap<(&str, String), Policy> = BTreeMap::new();
    let zones = run.world.sql(sql!("SELECT campaign_seq, time_zone, ranges FROM campaign_zones"));
    let zones: Vec<Zone> = zones.iter().map(Zone::of).collect();
    for (attempt, claim) in counted(&attempts, &record.claimed) {
        let Rules {
            sender,
            team_policy,
            sender_policy,
            campaign_policy,
            recipient_policy,
            starts_ms,
        } = &*claim.rules;
        for text in [team_policy, sender_policy, campaign_policy] {
            parsed.entry(text).or_insert_with(|| both(text));
        }
        // A single has no hours of recipients, and its address may be anybody's.
        let zone = zone_of(&zones, attempt.campaign, attempt.ordinal);
        let zone = zone.unwrap_or_else(|| default_zone(recipient_policy, sender_policy));
        let recipient = hours_of
            .entry((recipient_policy, zone.clone()))
            .or_insert_with(|| in_zone(recipient_policy, &zone))
            .clone();
        let before = by_sender.entry(*sender).or_default();
        let sends = |own: Option<i64>| -> Vec<Sends> {
            let of = before.iter().filter(|(campaign, _)| own.is_none_or(|own| own == *campaign));
            of.map(|&(_, at)| send(at)).collect()
        };
        let layer = |name: &str, policy: &Policy, history| Layer {
            name: name.to_owned(),
            policy: policy.clone(),
            history,
        };
        let layers = [
            layer("team", &parsed[team_policy.as_str()].0, Vec::new()),
            layer("sender", &parsed[sender_policy.as_str()].0, sends(None)),
            layer("campaign", &parsed[campaign_policy.as_str()].0, sends(Some(attempt.campaign))),
            layer("recipient", &recipient, Vec::new()),
        ];
        let promised = Instant::from_millis(claim.promised);
        let decision = tidegate::decide(&layers, promised);
        if decision != Decision::Send {
            return Err(format!("{} at {}: {decision:?}", attempt.id, claim.promised));
        }
        let hours = [
            layer("team", &parsed[team_policy.as_str()].1, Vec::new()),
            layer("sender", &parsed[sender_policy.as_str()].1, Vec::new()),
            layer("campaign", &parsed[campaign_policy.as_str()].1, Vec::new()),
            layer("recipient", &recipient, Vec::new()),
        ];
        let began = Instant::from_millis(attempt.at_node);
        let decision = tidegate::decide(&hours, began);
        if decision != Decision::Send || claim.promised < *starts_ms {
            return Err(format!("{} began at {}: {decision:?}", attempt.id, attempt.at_node));
        }
        before.push((attempt.campaign, claim.promised));
    }
    Ok(())
}

/// Who of a campaign is in a zone.
struct Zone {
    campaign: i64,
    name: String,
    ranges: Vec<(i64, i64)>,
}

impl Zone {
    fn of(row: &Value) -> Self {
        Self {
            campaign: row["campaign_seq"].as_i64().unwrap(),
            name: row["time_zone"].as_str().unwrap().to_owned(),
            ranges: serde_json::from_str(row["ranges"].as_str().unwrap()).unwrap(),
        }
    }
}

/// The zone of a person; none for one without.
fn zone_of(zones: &[Zone], campaign: i64, ordinal: i64) -> Option<String> {
    let is_in = |(first, count): &(i64, i64)| (*first..first + count).contains(&ordinal);
    let mut its = zones.iter().filter(|zone| zone.campaign == campaign);
    let zone = its.find(|zone| zone.ranges.iter().any(is_in))?;
    Some(zone.name.clone()).filter(|name| !name.is_empty())
}

/// The zone of people without one.
fn default_zone(recipient_policy: &str, sender_policy: &str) -> String {
    let zone = |text: &str| {
        let document: Value = serde_json::from_str(text).unwrap();
        document["time_zone"].as_str().map(str::to_owned)
    };
    zone(recipient_policy).or_else(|| zone(sender_policy)).unwrap()
}

/// The hours of recipients on the clock of a zone.
fn in_zone(recipient_policy: &str, zone: &str) -> Policy {
    let mut document: Value = serde_json::from_str(recipient_policy).unwrap();
    document["time_zone"] = json!(zone);
    // What is blocked in an hour that the zone skips blocks nothing.
    Policy::parse(&document).unwrap_or_else(|_| {
        document["blocked"] = json!([]);
        Policy::parse(&document).unwrap()
    })
}

/// A policy without its jitter, whose draws are the planner's own, and its hours alone.
fn both(text: &str) -> (Policy, Policy) {
    let mut document: Value = serde_json::from_str(text).unwrap();
    let mut hours = json!({});
    for name in ["time_zone", "windows", "blocked", "starts_at", "ends_at"] {
        if let Some(value) = document.get(name) {
            hours[name] = value.clone();
        }
    }
    document.as_object_mut().unwrap().remove("jitter");
    (Policy::parse(&document).unwrap(), Policy::parse(&hours).unwrap())
}

fn send(at: i64) -> Sends {
    Sends { start: Instant::from_millis(at), count: 1, every: 0, origin: Origin::Queued }
}

/// By the true time no `max + 1` POSTs of a sender begin closer together than a rolling limit
/// allows, but for the grace and the clocks.
fn no_rolling_limit_is_exceeded_at_the_provider(run: &Run) -> Kept {
    let (attempts, record) = (run.provider.attempts.borrow(), run.record.borrow());
    let mut times: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (attempt, claim) in counted(&attempts, &record.claimed) {
        times.entry(claim.rules.sender).or_default().push(attempt.at);
    }
    for (sender, mut times) in times {
        times.sort_unstable();
        // Of the limits that were ever in force the loosest holds throughout.
        let max = run.loosest_daily(sender);
        let Some(max) = max else { continue };
        for pair in times.windows(max + 1) {
            let span = pair[max] - pair[0];
            if span <= 86_400_000 - GRACE_MS - 2 * SKEW_MS {
                return Err(format!("{} POSTs of sender {sender} within {span} ms", max + 1));
            }
        }
    }
    Ok(())
}

/// What is recorded of a message agrees with what the provider knows.
fn what_is_recorded_is_what_happened(run: &Run) -> Kept {
    let attempts = run.provider.attempts.borrow();
    let mut of: BTreeMap<(i64, i64), Vec<&Attempt>> = BTreeMap::new();
    for attempt in attempts.iter() {
        of.entry((attempt.campaign, attempt.ordinal)).or_default().push(attempt);
    }
    let receipts = run.provider.reported.borrow();
    let told = receipts.iter().map(|news| (news.campaign_seq, news.ordinal, news.trigger.name()));
    let reported: BTreeSet<(i64, i64, &str)> = told.collect();
    let people = people(run);
    let mut statuses: BTreeMap<(i64, i64), (String, bool)> = BTreeMap::new();
    for row in run.world.sql(sql!("SELECT campaign_seq, ordinal, status, reason FROM messages")) {
        let key = (row["campaign_seq"].as_i64().unwrap(), row["ordinal"].as_i64().unwrap());
        let is_enough =
            run.record.borrow().person_limit.is_some() && row["reason"] == "person_limit";
        let is_left_out =
            matches!(row["reason"].as_str(), Some("expired" | "not_allowed")) || is_enough;
        statuses.insert(key, (row["status"].as_str().unwrap().to_owned(), is_left_out));
    }
    let record = run.record.borrow();
    let has_ended = record.first_end_ms.is_some_and(|end| end <= run.world.time().now());
    for campaign in &run.campaigns() {
        let rows =
            run.world.sql(sql!("SELECT end_reason FROM campaigns WHERE seq = ?1", campaign.seq));
        let exhausted = rows[0]["end_reason"] == "exhausted";
        for ordinal in 0..campaign.people {
            let key = (campaign.seq, ordinal);
            let posts = of.get(&key).map_or(&[][..], Vec::as_slice);
            let taken = posts.iter().any(|post| post.accepted);
            let heard =
                |trigger: MessageTrigger| reported.contains(&(key.0, key.1, trigger.name()));
            let status = statuses.get(&key).map(|(status, _)| status.as_str());
            let is_left_out = statuses.get(&key).is_some_and(|(_, is_left_out)| *is_left_out);
            let fits = match status {
                // Of a campaign that had nobody left, one that somebody sends again can be overtaken
                // by an end.
                None => !taken && (!exhausted || has_ended && record.sent_again.contains(&key)),
                Some("sent") => taken || record.confirmed.contains(&key),
                Some("delivered") => taken && heard(MessageTrigger::Delivered),
                Some("failed") => {
                    heard(MessageTrigger::Undeliverable)
                        || posts.iter().any(|post| post.told == Told::Refused)
                }
                Some("skipped") => {
                    !taken && (is_left_out || may_be_skipped(&record, &people[&key]))
                }
                Some("unknown") => true,
                Some(_) => false,
            };
            if !fits {
                return Err(format!(
                    "{}-{ordinal} is recorded as {status:?}; exhausted: {exhausted}, POSTs: {posts:?}",
                    campaign.id
                ));
            }
        }
    }
    Ok(())
}

/// Whether somebody opted out, or is to be forgotten; whoever is forgotten has no address.
fn may_be_skipped(record: &Record, address: &str) -> bool {
    address.is_empty()
        || record.opt_outs.contains_key(address)
        || record.erased.contains_key(address)
}

/// Everybody's address.
fn people(run: &Run) -> BTreeMap<(i64, i64), String> {
    let mut people = BTreeMap::new();
    for row in run.world.sql(sql!("SELECT campaign_seq, first, people FROM people")) {
        let (seq, first) = (row["campaign_seq"].as_i64().unwrap(), row["first"].as_i64().unwrap());
        let page: Vec<Person> = serde_json::from_str(row["people"].as_str().unwrap()).unwrap();
        let page = (first..).zip(page).map(|(ordinal, person)| ((seq, ordinal), person.to));
        people.extend(page);
    }
    people
}

/// What a receipt proved stays proved, once it was acknowledged.
fn an_acknowledged_receipt_is_kept(run: &Run) -> Kept {
    for news in run.provider.acknowledged.borrow().iter() {
        let rows = run.world.sql(sql!(
            "SELECT status FROM messages WHERE campaign_seq = ?1 AND ordinal = ?2",
            news.campaign_seq,
            news.ordinal,
        ));
        let status = rows.first().and_then(|row| row["status"].as_str());
        let kept = match news.trigger {
            MessageTrigger::Delivered => status == Some("delivered"),
            MessageTrigger::Undeliverable => matches!(status, Some("failed" | "delivered")),
            _ => matches!(status, Some("sent" | "failed" | "delivered")),
        };
        if !kept {
            let (seq, ordinal) = (news.campaign_seq, news.ordinal);
            return Err(format!("cmp_{seq}-{ordinal} is {status:?} after {:?}", news.trigger));
        }
    }
    Ok(())
}

pub const WHEN_QUIET: Promises = &[("preview equals dispatch", what_was_promised_is_what_went)];

/// Where nothing intervenes, the campaign that was scheduled last on its sender goes to the
/// millisecond as its plan said. A message that expires makes room for others, which is not planned.
fn what_was_promised_is_what_went(run: &Run) -> Kept {
    if run.world.number("SELECT count(*) FROM messages WHERE reason = 'expired'") > 0 {
        return Ok(());
    }
    let attempts = run.provider.attempts.borrow();
    let last: BTreeMap<i64, i64> =
        run.campaigns().iter().map(|campaign| (campaign.sender, campaign.seq)).collect();
    for seq in last.into_values() {
        let went = attempts.iter().filter(|attempt| attempt.campaign == seq);
        let went: Vec<i64> = went.map(|attempt| attempt.at).collect();
        let promised = super::people::promised(&run.world, seq).unwrap_or_default();
        if went != promised {
            let first = went.iter().zip(&promised).find(|(went, promised)| went != promised);
            let policies = &run.policies.borrow();
            let first = first.map(|first| format!("{first:?} by {policies:?}"));
            let (went, promised) = (went.len(), promised.len());
            return Err(format!(
                "campaign {seq}: {went} went, {promised} were promised, and differ first in {first:?}"
            ));
        }
    }
    Ok(())
}
