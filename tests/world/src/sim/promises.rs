//! The promises of dispatch, a function each. The first ones are asked of every POST as it begins,
//! the others at every stop of a run. Those that need a run's end are in [`super::endings`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tidegate_worker::dispatch::charges::Charge;
use tidegate_worker::dispatch::hand_over::{self, GRACE_MS};
use tidegate_worker::model::{FIRST_TEAM, SliceKey};
use tidegate_worker::sql;
use tidegate_worker::store::campaigns::{self, CampaignRow};

use super::record::{self, Record};
use super::{Kept, Promises, Run};
use crate::provider::{Attempt, Told};

/// What a POST is asked as it begins: the record, the POSTs before it, and itself.
type AtPost = fn(&Record, &[Attempt], &Attempt) -> Kept;
pub const AT_EACH_POST: &[(&str, AtPost)] = &[
    ("nobody twice", nobody_is_posted_twice),
    ("claimed first", a_message_is_claimed_before_its_post),
    ("an opt-out is honoured", an_opt_out_is_honoured),
    ("an erasure is honoured", an_erasure_is_honoured),
    ("a word is held", what_is_not_allowed_is_held),
    ("a pause is kept", no_post_was_claimed_under_a_pause),
    ("the provider gets its time", a_provider_that_asks_for_time_gets_it),
    ("at its instant", a_post_begins_at_its_instant),
    ("a person's limit", nobody_gets_more_than_the_team_lets_one_person_get),
    ("only those in vain again", who_has_it_is_not_sent_it_again),
];

pub const AT_EACH_STOP: Promises = &[
    ("statuses climb", statuses_only_climb),
    ("nobody lost", everybody_is_in_one_place),
    ("counts add up", counts_add_up),
    ("a pause is kept", acknowledged_means_no_more_than_in_flight),
    ("a place stays charged", a_place_stays_while_the_provider_may_have_the_message),
];

/// How long a slice may be under way: as long as the platform lets a consumer run.
const SLICE_MS: i64 = 15 * 60_000;

fn broken(what: String) -> Kept {
    Err(what)
}

/// Where the provider does not deduplicate, or is another one, there is no second POST unless it was
/// said of each before it that it was not taken, or somebody ordered it. Everywhere a person has one
/// key.
fn nobody_is_posted_twice(record: &Record, earlier: &[Attempt], attempt: &Attempt) -> Kept {
    for other in earlier.iter().filter(|o| o.campaign == attempt.campaign && o.to == attempt.to) {
        if other.id != attempt.id {
            return broken(format!("{} has the keys {} and {}", other.to, other.id, attempt.id));
        }
        let ordered = record.sent_again.contains(&(attempt.campaign, attempt.ordinal));
        let proven = matches!(other.told, Told::Later | Told::Denied);
        let is_known = attempt.deduplicates && attempt.url == other.url;
        if !is_known && !ordered && !proven {
            return broken(format!("{} is POSTed again after {:?}", attempt.id, other.told));
        }
    }
    Ok(())
}

/// The intent is committed first, so that a crash leaves no POST that nobody knows of.
fn a_message_is_claimed_before_its_post(
    record: &Record,
    earlier: &[Attempt],
    attempt: &Attempt,
) -> Kept {
    let claim = record.claims.get(&(attempt.campaign, attempt.ordinal));
    let Some(claim) = claim else {
        return broken(format!("{} has no claim", attempt.id));
    };
    let used = earlier.iter().zip(&record.claimed).find(|(other, other_claim)| {
        other.id == attempt.id && other_claim.as_ref().is_some_and(|c| c.commit == claim.commit)
    });
    match used {
        Some(_) => broken(format!("{} is POSTed twice by one claim", attempt.id)),
        None => Ok(()),
    }
}

/// Who has opted out is written to only by a claim that was committed before.
fn an_opt_out_is_honoured(record: &Record, _: &[Attempt], attempt: &Attempt) -> Kept {
    let claim = record.claims.get(&(attempt.campaign, attempt.ordinal));
    match (record.opt_outs.get(&attempt.to), claim) {
        (Some(gone), Some(claim)) if claim.commit > *gone => {
            broken(format!("{} was claimed after {} had opted out", attempt.id, attempt.to))
        }
        _ => Ok(()),
    }
}

/// Who is to be forgotten is written to, of what there was, only by a claim that was committed before.
fn an_erasure_is_honoured(record: &Record, _: &[Attempt], attempt: &Attempt) -> Kept {
    let claim = record.claims.get(&(attempt.campaign, attempt.ordinal));
    match (record.erased.get(&attempt.to), claim) {
        (Some(gone), Some(claim))
            if claim.commit > *gone && record.broadcasts.contains(&attempt.campaign) =>
        {
            broken(format!("{} was claimed after {} was erased", attempt.id, attempt.to))
        }
        _ => Ok(()),
    }
}

/// No slice that was begun after a word was forbidden sends it.
fn what_is_not_allowed_is_held(record: &Record, _: &[Attempt], attempt: &Attempt) -> Kept {
    match record.forbidden_ms {
        Some(since)
            if attempt.at - since > SLICE_MS && record.broadcasts.contains(&attempt.campaign) =>
        {
            broken(format!("{} says what was forbidden {} ms ago", attempt.id, attempt.at - since))
        }
        _ => Ok(()),
    }
}

/// Nothing is claimed for a campaign that is paused or stopped.
fn no_post_was_claimed_under_a_pause(record: &Record, _: &[Attempt], attempt: &Attempt) -> Kept {
    let claim = record.claims.get(&(attempt.campaign, attempt.ordinal));
    match claim {
        Some(claim) if !record.might_send(attempt.campaign, claim.commit) => {
            broken(format!("{} was claimed while its campaign was held", attempt.id))
        }
        _ => Ok(()),
    }
}

/// No POST of a sender begins before the time that its provider asked for, as far as that was known
/// at the claim.
fn a_provider_that_asks_for_time_gets_it(
    record: &Record,
    _: &[Attempt],
    attempt: &Attempt,
) -> Kept {
    match record.claims.get(&(attempt.campaign, attempt.ordinal)) {
        Some(claim) if attempt.at_node < claim.hold_until_ms => {
            let early_ms = claim.hold_until_ms - attempt.at_node;
            broken(format!("{} began {early_ms} ms before its provider's time", attempt.id))
        }
        _ => Ok(()),
    }
}

/// By the consumer's clock a POST begins within [`GRACE_MS`] of its instant, before what it says
/// of its own expiry.
fn a_post_begins_at_its_instant(record: &Record, _: &[Attempt], attempt: &Attempt) -> Kept {
    let Some(claim) = record.claims.get(&(attempt.campaign, attempt.ordinal)) else {
        return Ok(());
    };
    let late_ms = attempt.at_node - claim.promised;
    if !(0..GRACE_MS).contains(&late_ms) {
        return broken(format!("{} began {late_ms} ms after its instant", attempt.id));
    }
    match attempt.expires_at {
        Some(end) if attempt.at_node >= end => {
            broken(format!("{} began {} ms after its end", attempt.id, attempt.at_node - end))
        }
        _ => Ok(()),
    }
}

/// In no span are there more messages of the team for one person than its limit lets through, over
/// all campaigns and singles, counting each that the provider may have.
fn nobody_gets_more_than_the_team_lets_one_person_get(
    record: &Record,
    earlier: &[Attempt],
    attempt: &Attempt,
) -> Kept {
    let Some((max, span_ms)) = record.person_limit else { return Ok(()) };
    let within = |other: &&Attempt| {
        other.to == attempt.to
            && other.id != attempt.id
            && other.may_have_been_taken()
            && (other.at_node - attempt.at_node).abs() < span_ms
    };
    let others: BTreeSet<&str> = earlier.iter().filter(within).map(|o| o.id.as_str()).collect();
    if others.len() >= max {
        return broken(format!("{} goes to {} after {others:?}", attempt.id, attempt.to));
    }
    Ok(())
}

/// What is sent again to those whom it failed, or who were left out, goes to nobody who has it already,
/// or may come to have it; unless somebody had ordered it once more for them, of which the last counts.
fn who_has_it_is_not_sent_it_again(
    record: &Record,
    earlier: &[Attempt],
    attempt: &Attempt,
) -> Kept {
    let Some(parent) = record.parents.get(&attempt.campaign) else { return Ok(()) };
    let has_it = |other: &&Attempt| {
        other.campaign == *parent
            && other.to == attempt.to
            && other.may_have_been_taken()
            && !other.bounced
            && !record.sent_again.contains(&(other.campaign, other.ordinal))
    };
    match earlier.iter().find(has_it) {
        Some(other) => {
            broken(format!("{} goes to {}, who has {}", attempt.id, attempt.to, other.id))
        }
        None => Ok(()),
    }
}

/// What the triggers saw: a message's status, a campaign's, a cursor, a slice.
fn statuses_only_climb(run: &Run) -> Kept {
    record::fallen(&run.world).map_or(Ok(()), Err)
}

/// Each person of a campaign is past the cursor, in the backlog, in an open slice or recorded:
/// nobody in none of them, nobody waiting in two.
fn everybody_is_in_one_place(run: &Run) -> Kept {
    for campaign in &run.campaigns() {
        let seq = campaign.seq;
        let rows = run.world.sql(sql!("SELECT status, cursor FROM campaigns WHERE seq = ?1", seq));
        let is_over = matches!(rows[0]["status"].as_str(), Some("completed" | "stopped"));
        let mut waiting: BTreeMap<i64, &str> = BTreeMap::new();
        let mut add = |ordinal: i64, place| match waiting.insert(ordinal, place) {
            Some(other) => broken(format!("{}-{ordinal} is {other} and {place}", campaign.id)),
            None => Ok(()),
        };
        let zones = run
            .world
            .sql(sql!("SELECT ranges, cursor FROM campaign_zones WHERE campaign_seq = ?1", seq));
        for zone in &zones {
            let ranges: Vec<(i64, i64)> =
                serde_json::from_str(zone["ranges"].as_str().unwrap()).unwrap();
            let theirs = ranges.into_iter().flat_map(|(first, count)| first..first + count);
            for ordinal in theirs.skip(usize::try_from(zone["cursor"].as_i64().unwrap()).unwrap()) {
                add(ordinal, "past the cursor")?;
            }
        }
        if zones.is_empty() {
            for ordinal in rows[0]["cursor"].as_i64().unwrap()..campaign.people {
                add(ordinal, "past the cursor")?;
            }
        }
        let cursors: i64 = zones.iter().map(|zone| zone["cursor"].as_i64().unwrap()).sum();
        if !zones.is_empty() && rows[0]["cursor"] != cursors {
            return broken(format!("{} has {rows:?} and {zones:?}", campaign.id));
        }
        for row in
            run.world.sql(sql!("SELECT first, count FROM backlog WHERE campaign_seq = ?1", seq))
        {
            let first = row["first"].as_i64().unwrap();
            for ordinal in first..first + row["count"].as_i64().unwrap() {
                add(ordinal, "in the backlog")?;
            }
        }
        for row in run.world.sql(sql!(
            "SELECT items, settled FROM handovers WHERE done = 0 AND campaign_seq = ?1",
            seq
        )) {
            let items: Vec<_> = serde_json::from_str(row["items"].as_str().unwrap()).unwrap();
            let settled = usize::try_from(row["settled"].as_i64().unwrap()).unwrap();
            for position in hand_over::positions(&items).get(settled..).unwrap_or_default() {
                add(position.ordinal, "in a slice")?;
            }
        }
        let recorded = recorded(run, seq);
        for ordinal in 0..campaign.people {
            let place = waiting.get(&ordinal);
            let done = recorded.contains(&ordinal);
            if place.is_none() && !done && !is_over {
                return broken(format!("{}-{ordinal} is nowhere", campaign.id));
            }
            if place == Some(&"past the cursor") && done {
                return broken(format!("{}-{ordinal} is recorded, never released", campaign.id));
            }
        }
    }
    Ok(())
}

fn recorded(run: &Run, seq: i64) -> BTreeSet<i64> {
    let rows = run.world.sql(sql!("SELECT ordinal FROM messages WHERE campaign_seq = ?1", seq));
    rows.iter().map(|row| row["ordinal"].as_i64().unwrap()).collect()
}

/// What a campaign's page counts is what is recorded, message by message, at any moment.
fn counts_add_up(run: &Run) -> Kept {
    for campaign in &run.campaigns() {
        let seq = campaign.seq;
        let row = run.world.sql(campaigns::by_id(FIRST_TEAM, &campaign.id)).remove(0);
        let row: CampaignRow = serde_json::from_value(row).unwrap();
        let counted = run.world.sql(sql!(
            "SELECT coalesce(sum(status IN ('sent', 'delivered')), 0) AS sent,
                    coalesce(sum(status = 'delivered'), 0) AS delivered,
                    coalesce(sum(status = 'failed'), 0) AS failed,
                    coalesce(sum(status = 'skipped'), 0) AS skipped,
                    coalesce(sum(status = 'unknown'), 0) AS unknown
             FROM messages WHERE campaign_seq = ?1",
            seq
        ));
        let shown = json!({
            "sent": row.sent, "delivered": row.delivered, "failed": row.failed,
            "skipped": row.skipped, "unknown": row.unknown,
        });
        if counted[0] != shown {
            return broken(format!("campaign {seq} shows {shown} and has {}", counted[0]));
        }
        let all = row.sent + row.failed + row.skipped + row.unknown;
        if all > campaign.people {
            return broken(format!("campaign {seq} counts {all} of {}", campaign.people));
        }
    }
    Ok(())
}

/// After a pause or a stop was acknowledged no more POSTs begin than it said were in flight.
fn acknowledged_means_no_more_than_in_flight(run: &Run) -> Kept {
    let record = run.record.borrow();
    let attempts = run.provider.attempts.borrow();
    for said in &record.acknowledged {
        if record.might_send(said.campaign, said.commits + 1) {
            continue; // Somebody let it go on before it was said.
        }
        let resumed = record
            .holds
            .iter()
            .find(|(seq, commit, may)| *seq == said.campaign && *may && *commit > said.commits);
        let until = resumed.map_or(u64::MAX, |(_, commit, _)| *commit);
        let after = attempts.iter().skip(said.attempts);
        let begun = after.filter(|a| a.campaign == said.campaign && a.commits < until).count();
        if i64::try_from(begun).unwrap() > said.in_flight {
            return broken(format!(
                "{begun} POSTs of campaign {} began after it was held with {} in flight",
                said.campaign, said.in_flight
            ));
        }
    }
    Ok(())
}

/// The place that a message was released for is charged as long as the provider has the message
/// or may come to have it.
fn a_place_stays_while_the_provider_may_have_the_message(run: &Run) -> Kept {
    let mut charged: BTreeSet<(i64, i64)> = BTreeSet::new();
    for row in run.world.sql(sql!("SELECT runs FROM ledger")) {
        let runs: Vec<Charge> = serde_json::from_str(row["runs"].as_str().unwrap()).unwrap();
        for run in runs {
            charged.extend((0..run.count).map(|k| (run.campaign, run.start + k * run.every)));
        }
    }
    let record = run.record.borrow();
    for (attempt, claim) in run.provider.attempts.borrow().iter().zip(&record.claimed) {
        let Some(claim) = claim else { continue };
        let place = (attempt.campaign, claim.promised);
        if attempt.may_have_been_taken() && !charged.contains(&place) {
            return broken(format!("the place of {} at {} is free", attempt.id, claim.promised));
        }
    }
    Ok(())
}

/// The slices that are not done, for a message about a run that does not end.
pub fn open_slices(run: &Run) -> Vec<SliceKey> {
    let rows =
        run.world.sql(sql!("SELECT sender_seq, tick_no, slice FROM handovers WHERE done = 0"));
    rows.into_iter().map(|row: Value| serde_json::from_value(row).unwrap()).collect()
}
