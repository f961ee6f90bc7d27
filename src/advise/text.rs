//! What advice says to people.

use super::amount::{Amount, clock_time};
use super::knob::{Kind, Knob};
use super::trial::Trial;
use crate::policy::{Per, duration_text};
use crate::time::{Instant, clock_text};

/// Such as `250 a day instead of 200 would finish at Thu 26 Nov 13:09`.
pub(super) fn change(trial: &Trial, knob: &Knob, step: u64, finishes: Instant) -> String {
    let (zone, now) = (trial.zone(knob), trial.now());
    let from = short(knob.steps.amount(0), now);
    let setting = setting(knob, step, now);
    format!("{setting} instead of {from} would finish at {}", clock_text(zone, finishes, now))
}

/// Such as `even with a gap of 1 ms, 40 of 200 are left at Fri 27 Nov 17:00`.
pub(super) fn no_change(trial: &Trial, knob: &Knob, left: u64) -> String {
    let (zone, now, steps) = (trial.zone(knob), trial.now(), knob.steps.count());
    let finish_by = clock_text(zone, trial.finish_by(), now);
    if steps == 0 {
        return match knob.kind {
            Kind::Max(_) | Kind::After { .. } => "it is never reached".to_owned(),
            Kind::Gap | Kind::Jitter | Kind::Pause => "it is the shortest already".to_owned(),
            Kind::End => format!("it is after {finish_by} already"),
            Kind::Start => "it is not after `now`".to_owned(),
            Kind::Opening => "it cannot be earlier on the same day".to_owned(),
            Kind::Closing => "it cannot be later on the same day".to_owned(),
        };
    }
    let (setting, count) = (setting(knob, steps, now), trial.count());
    format!("even with {setting}, {left} of {count} are left at {finish_by}")
}

/// What a step sets the knob to.
fn setting(knob: &Knob, step: u64, now: Instant) -> String {
    let amount = short(knob.steps.amount(step), now);
    match knob.kind {
        Kind::Max(Per::Day) => format!("{amount} a day"),
        Kind::Max(Per::Week) => format!("{amount} a week"),
        Kind::Max(Per::Month) => format!("{amount} a month"),
        Kind::Max(Per::Rolling(span)) => format!("{amount} in {}", duration_text(span)),
        Kind::Gap => format!("a gap of {amount}"),
        Kind::Jitter => format!("a jitter of {amount}"),
        Kind::Pause => format!("a break of {amount}"),
        Kind::After { pause } => format!("a break of {} after {amount}", duration_text(pause)),
        Kind::Start => format!("a start at {amount}"),
        Kind::End => format!("an end at {amount}"),
        Kind::Opening => format!("windows from {amount}"),
        Kind::Closing => format!("windows to {amount}"),
    }
}

fn short(amount: Amount, now: Instant) -> String {
    match amount {
        Amount::Count(count) => count.to_string(),
        Amount::Duration(ms) => duration_text(ms),
        Amount::Clock(clock) => clock_time(clock),
        Amount::Single(instant, writing) => clock_text(writing.zone, instant, now),
    }
}
