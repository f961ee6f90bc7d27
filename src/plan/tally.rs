//! Gathers the answer while a plan is made.

use super::answer::{LanePlan, Plan, PlannedRun, Wait};
use super::days::Days;
use super::lanes::{Moving, State};
use super::{PlanRequest, warning};
use crate::history::{Run, append};
use crate::layer::Watch;
use crate::reason::Code;
use crate::time::Instant;
use crate::zone::Zone;

/// How many pauses an answer lists; later ones are left out.
pub const MAX_WAITS: usize = 100_000;

pub(super) struct Tally<'a> {
    request: &'a PlanRequest,
    /// The runs of each lane.
    runs: Vec<Vec<Run>>,
    count: usize,
    days: Days,
    waits: Vec<Wait>,
    last: Option<Instant>,
    /// From the last send but one to the last, in milliseconds.
    pace: Option<i64>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(request: &'a PlanRequest) -> Self {
        let own = request.lanes.iter().flat_map(|lane| &lane.layers);
        let first_layer = request.shared.iter().chain(own).next();
        Self {
            request,
            runs: vec![Vec::new(); request.lanes.len()],
            count: 0,
            days: Days::new(first_layer.map_or(Zone::UTC, |layer| layer.policy.zone())),
            waits: Vec::new(),
            last: None,
            pace: None,
        }
    }

    /// How many runs there are so far.
    pub(super) const fn runs(&self) -> usize {
        self.count
    }

    /// Takes down what a lane sends.
    pub(super) fn send(&mut self, shared: &[Watch<'_>], lane: &Moving<'_>, row: &Run) {
        self.note_wait(shared, lane, row.start);
        if let Some(runs) = self.runs.get_mut(lane.index) {
            self.count -= runs.len();
            append(runs, *row);
            self.count += runs.len();
        }
        self.days.add(row);
        if row.count > 1 {
            self.pace = Some(row.every);
        }
        self.last = Some(row.last());
    }

    /// A stretch is a pause when a gate other than the gap made it, and it is not as long as the
    /// stretch before: then it is the pace.
    fn note_wait(&mut self, shared: &[Watch<'_>], lane: &Moving<'_>, to: Instant) {
        let from = self.last.unwrap_or(self.request.now);
        let stretch = to.since(from);
        let is_pace = self.pace == Some(stretch);
        self.pace = self.last.map(|_| stretch);
        let Some(hold) = lane.hold.filter(|_| stretch > 0 && !is_pace) else { return };
        let Some(watch) = shared.iter().chain(&lane.watches).nth(hold.layer) else { return };
        let Some(gate) = watch.gates.get(hold.gate) else { return };
        // Of several blocked times in a row the one that ends last.
        let end = hold.until.unwrap_or(to).minus(1);
        if gate.code() != Code::Gap && self.waits.len() < MAX_WAITS {
            self.waits.push(Wait {
                from,
                to,
                lane: lane.index,
                layer: watch.layer.name.clone(),
                gate: gate.path(end),
                code: gate.code(),
            });
        }
    }

    pub(super) fn answer(self, shared: &[Watch<'_>], lanes: &[Moving<'_>]) -> Plan {
        let warnings = warning::warnings(shared, lanes);
        let lane_plans: Vec<_> = lanes.iter().zip(&self.runs).map(lane_plan).collect();
        let planned_runs = self.runs.into_iter().enumerate();
        let mut runs: Vec<_> = planned_runs
            .flat_map(|(lane, runs)| runs.into_iter().map(move |run| PlannedRun { lane, run }))
            .collect();
        runs.sort_by_key(|planned| (planned.run.start, planned.lane));
        Plan {
            planned: lane_plans.iter().fold(0, |sum, lane| sum.saturating_add(lane.planned)),
            unplanned: lane_plans.iter().fold(0, |sum, lane| sum.saturating_add(lane.unplanned)),
            first: runs.first().map(|planned| planned.run.start),
            last: self.last,
            lanes: lane_plans,
            runs,
            days: self.days.answer(),
            waits: self.waits,
            warnings,
        }
    }
}

fn lane_plan((lane, runs): (&Moving<'_>, &Vec<Run>)) -> LanePlan {
    LanePlan {
        name: lane.lane.name.clone(),
        planned: lane.sent,
        unplanned: lane.lane.count - lane.sent,
        first: runs.first().map(|run| run.start),
        last: runs.last().map(Run::last),
        next: (lane.state == State::Next).then_some(lane.not_before),
    }
}
