//! What the reader of a plan should know before launch.

use serde::Serialize;

use super::days::date_text;
use super::lanes::{Moving, State, Together};
use super::{MAX_LOOKS, MAX_RUNS};
use crate::goal::Goal;
use crate::layer::Watch;
use crate::policy::{Per, duration_text};
use crate::search::HORIZON_MS;
use crate::time::civil::DAY_MS;

/// Something to know before launch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Warning {
    /// The end comes before everyone is reached.
    EndsBeforeFinish {
        /// The warning, for people.
        message: String,
        /// The lane's index.
        lane: usize,
        /// How many people are left out.
        left_out: u64,
    },
    /// There is no instant for the rest of a lane within the horizon.
    NeverOpens {
        /// The warning, for people.
        message: String,
        /// The lane's index.
        lane: usize,
        /// How many people are left out.
        left_out: u64,
    },
    /// The plan is as long as a plan can be ([`MAX_RUNS`](super::MAX_RUNS)), or its lanes took
    /// turns for as long as they can ([`MAX_LOOKS`](super::MAX_LOOKS)).
    TooLong {
        /// The warning, for people.
        message: String,
        /// The lane's index.
        lane: usize,
        /// How many messages are not planned.
        left_out: u64,
    },
    /// A goal is exceeded by sends of the plan.
    OverGoal {
        /// The warning, for people.
        message: String,
        /// The layer of the goal.
        layer: String,
        /// The goal, such as `limits[1]`.
        gate: String,
        /// The local date, `YYYY-MM-DD`: the first of the worst day, week or month, or that on
        /// which a rolling goal is exceeded most.
        day: String,
        /// The goal's `max`.
        goal: u64,
        /// How many sends count towards it then, those of the history included.
        planned: u64,
    },
}

/// The lanes' warnings, in their order, and then those of the goals.
pub(super) fn warnings(
    shared: &[Watch<'_>],
    groups: &[Together<'_>],
    lanes: &[Moving<'_>],
) -> Vec<Warning> {
    let in_groups = groups.iter().flat_map(|group| &group.watches);
    let of_lanes = lanes.iter().flat_map(|lane| &lane.watches);
    let watches = shared.iter().chain(in_groups).chain(of_lanes);
    let goals = watches
        .flat_map(|watch| watch.goals.iter().filter_map(|goal| over_goal(&watch.layer.name, goal)));
    lanes.iter().filter_map(left_out).chain(goals).collect()
}

fn left_out(moving: &Moving<'_>) -> Option<Warning> {
    let (lane, count) = (moving.index, moving.lane.count);
    let left_out = count - moving.sent;
    match moving.state {
        State::Waiting | State::Done | State::Next => None,
        State::Ended => {
            let message = format!("the end comes first: {left_out} of {count} are left out");
            Some(Warning::EndsBeforeFinish { message, lane, left_out })
        }
        State::NoOpening => {
            let days = HORIZON_MS / DAY_MS;
            let message =
                format!("nothing opens within {days} days: {left_out} of {count} are left out");
            Some(Warning::NeverOpens { message, lane, left_out })
        }
        State::TooLong => {
            let message = format!(
                "the plan is longer than {MAX_RUNS} runs, or {MAX_LOOKS} looks at lanes that take \
                 turns: {left_out} of {count} are not planned"
            );
            Some(Warning::TooLong { message, lane, left_out })
        }
    }
}

fn over_goal(layer: &str, goal: &Goal<'_>) -> Option<Warning> {
    let excess = goal.worst()?;
    let day = date_text(excess.date);
    let when = match goal.per() {
        Per::Day => format!("on {day}"),
        Per::Week => format!("in the week from {day}"),
        Per::Month => format!("in the month from {day}"),
        Per::Rolling(span) => format!("in {} on {day}", duration_text(span)),
    };
    Some(Warning::OverGoal {
        message: format!("{} {when}, and the goal is {}", excess.count, excess.goal),
        layer: layer.to_owned(),
        gate: format!("limits[{}]", goal.index),
        day,
        goal: excess.goal,
        planned: excess.count,
    })
}
