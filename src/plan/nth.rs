//! One message of a plan, and the gate that sets its instant.

use super::PlanRequest;
use super::lanes::{Moving, Planner, State, Turn};
use crate::layer::Hold;
use crate::reason::Reason;
use crate::time::Instant;

/// A message of a plan, or the first one that is not reached.
pub(crate) struct Nth {
    /// The lane whose message it is, or the first with messages left.
    pub(crate) lane: Option<usize>,
    /// When it goes.
    pub(crate) at: Option<Instant>,
    /// When the one before goes, or else the request's `now`.
    pub(crate) since: Instant,
    /// What is closed from `since` until just before `at`, or for ever.
    pub(crate) set_by: Option<Reason>,
}

/// The message with that index, in sending order.
pub(crate) fn nth(request: &PlanRequest, index: u64) -> Nth {
    let mut planner = Planner::new(request).plan_first(index);
    let since = planner.since();
    let goes = loop {
        match planner.turn(1) {
            Turn::Goes(lane, row) => break Some((lane, row.start)),
            Turn::Moved => {}
            Turn::Over => break None,
        }
    };
    let is_left = |lane: &&Moving<'_>| lane.state != State::Done;
    let left = || planner.lanes.iter().find(is_left).map(|lane| lane.index);
    let (at, lane) = (goes.map(|(_, at)| at), goes.map(|(lane, _)| lane).or_else(left));
    let moving = lane.and_then(|lane| planner.lanes.get(lane));
    // When it goes at once, what held the lane before is over.
    let hold = moving.filter(|_| at.is_none_or(|at| at > since)).and_then(|lane| lane.hold);
    let is_named = |hold: &Hold| at.is_some() || hold.until == Instant::NEVER;
    let set_by = lane.zip(hold.filter(is_named)).and_then(|(lane, hold)| {
        reason(request, index, lane, hold, at.map_or(since, |at| at.minus(1)))
    });
    Nth { lane, at, since, set_by }
}

/// Why a lane's next message cannot go at `at`, when so many have gone. The gates are made anew,
/// because they are never asked about an instant before one that they were asked about.
fn reason(
    request: &PlanRequest,
    gone: u64,
    lane: usize,
    hold: Hold,
    at: Instant,
) -> Option<Reason> {
    let mut planner = Planner::new(request).plan_first(gone);
    let moving = planner.lanes.get_mut(lane)?;
    let draw = moving.draw();
    let group = moving.group.and_then(|group| planner.groups.get_mut(group));
    let group = group.into_iter().flat_map(|group| &mut group.watches);
    let mut watches = planner.shared.iter_mut().chain(group).chain(&mut moving.watches);
    let watch = watches.nth(hold.layer)?;
    watch.ask_gate(hold.gate, at, draw)?;
    watch.reason(hold.gate, at, (hold.until < Instant::NEVER).then_some(hold.until))
}

/// The sends of the first messages, so many or all there are.
#[cfg(test)]
pub(crate) fn first_runs(request: &PlanRequest, count: u64) -> Vec<super::PlannedRun> {
    Planner::new(request).plan_first(count).answer().runs
}
