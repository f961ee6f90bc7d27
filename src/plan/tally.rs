//! Gathers the answer while a plan is made.

use std::sync::Arc;

use super::answer::{Extent, GroupPlan, LanePlan, Plan, PlannedRun, Wait};
use super::days::Days;
use super::lanes::{Moving, State, Together};
use super::{Group, PlanRequest, warning};
use crate::gate::Gate;
use crate::history::Run;
use crate::layer::{Layer, Watch};
use crate::reason::Code;
use crate::time::Instant;
use crate::zone::{Span, Zone};

/// How many pauses an answer lists; later ones are left out.
pub const MAX_WAITS: usize = 100_000;

pub(super) struct Tally<'a> {
    request: &'a PlanRequest,
    /// By start, but for ties.
    runs: Vec<PlannedRun>,
    lanes: Vec<Sent>,
    names: Names,
    days: Days,
    waits: Vec<Wait>,
    last: Option<Instant>,
    /// From the last send but one to the last, in milliseconds.
    pace: Option<i64>,
}

/// What a lane has sent.
#[derive(Clone, Copy, Default)]
struct Sent {
    first: Option<Instant>,
    /// The index of its last run.
    run: Option<usize>,
}

/// The names of the layers, each of which many pauses share.
struct Names {
    shared: Vec<Arc<str>>,
    /// Those of each group.
    groups: Vec<Vec<Arc<str>>>,
    /// Those of each lane.
    own: Vec<Vec<Arc<str>>>,
}

impl Names {
    fn of_layers(request: &PlanRequest) -> Self {
        let names =
            |layers: &[Layer]| layers.iter().map(|layer| layer.name.as_str().into()).collect();
        let groups = request.groups.iter().map(|group| names(&group.layers));
        let own = request.lanes.iter().map(|lane| names(&lane.layers));
        Self { shared: names(&request.shared), groups: groups.collect(), own: own.collect() }
    }

    /// The name of a layer among the shared ones, then those of a lane's group, then its own.
    fn of(&self, lane: &Moving<'_>, layer: usize) -> Arc<str> {
        let group = lane.group.and_then(|group| self.groups.get(group)).into_iter().flatten();
        let own = self.own.get(lane.index).into_iter().flatten();
        self.shared.iter().chain(group).chain(own).nth(layer).map(Arc::clone).unwrap_or_default()
    }
}

impl<'a> Tally<'a> {
    pub(super) fn new(request: &'a PlanRequest) -> Self {
        let first_layer = request.all_layers().next();
        Self {
            request,
            runs: Vec::new(),
            lanes: vec![Sent::default(); request.lanes.len()],
            names: Names::of_layers(request),
            days: Days::new(first_layer.map_or(Zone::UTC, |layer| layer.policy.zone())),
            waits: Vec::new(),
            last: None,
            pace: None,
        }
    }

    /// How many runs there are so far.
    pub(super) const fn runs(&self) -> usize {
        self.runs.len()
    }

    /// Takes down what a lane sends.
    pub(super) fn send(
        &mut self,
        shared: &[Watch<'_>],
        group: Option<&Together<'_>>,
        lane: &Moving<'_>,
        row: &Run,
    ) {
        self.note_wait(shared, group, lane, row.start);
        self.append(lane.index, *row);
        self.days.add(row);
        if row.count > 1 {
            self.pace = Some(row.every);
        }
        self.last = Some(row.last());
    }

    /// Appends a run that is not before the lane's last one.
    fn append(&mut self, lane: usize, row: Run) {
        let Some(sent) = self.lanes.get_mut(lane) else { return };
        let last = sent.run.and_then(|last| self.runs.get_mut(last));
        let rest = match last {
            Some(last) => last.run.join(row),
            None => Some(row),
        };
        if let Some(run) = rest {
            sent.first = sent.first.or(Some(run.start));
            sent.run = Some(self.runs.len());
            self.runs.push(PlannedRun { lane, run });
        }
    }

    /// A stretch is a pause when a gate other than the gap made it, and it is not as long as the
    /// stretch before: then it is the pace.
    fn note_wait(
        &mut self,
        shared: &[Watch<'_>],
        group: Option<&Together<'_>>,
        lane: &Moving<'_>,
        to: Instant,
    ) {
        let from = self.last.unwrap_or(self.request.now);
        let stretch = to.since(from);
        let is_pace = self.pace == Some(stretch);
        self.pace = self.last.map(|_| stretch);
        let Some(hold) = lane.hold.filter(|_| stretch > 0 && !is_pace) else { return };
        let group = group.into_iter().flat_map(|group| &group.watches);
        let mut watches = shared.iter().chain(group).chain(&lane.watches);
        let Some(watch) = watches.nth(hold.layer) else { return };
        let Some(gate) = watch.gates.get(hold.gate) else { return };
        // Of several blocked times in a row the one that ends last.
        let end = hold.until.minus(1);
        if gate.code() != Code::Gap && self.waits.len() < MAX_WAITS {
            self.waits.push(Wait {
                from,
                to,
                lane: lane.index,
                layer: self.names.of(lane, hold.layer),
                gate: gate.path(end),
                code: gate.code(),
            });
        }
    }

    pub(super) fn answer(
        mut self,
        shared: &[Watch<'_>],
        groups: &[Together<'_>],
        lanes: &[Moving<'_>],
    ) -> Plan {
        let warnings = warning::warnings(shared, groups, lanes);
        let lane_plans: Vec<_> =
            lanes.iter().zip(&self.lanes).map(|(lane, sent)| self.lane_plan(lane, *sent)).collect();
        self.runs.sort_by_key(|planned| (planned.run.start, planned.lane));
        let in_all = Extent { runs: self.runs.len(), waits: self.waits.len() };
        let (first, detail) =
            (self.runs.first().map(|planned| planned.run.start), self.request.detail);
        if let Some(Span { from, until }) = detail {
            self.runs.retain(|PlannedRun { run, .. }| run.start < until && run.last() >= from);
            self.waits.retain(|wait| wait.from < until && wait.to > from);
        }
        Plan {
            planned: lane_plans.iter().fold(0, |sum, lane| sum.saturating_add(lane.planned)),
            unplanned: lane_plans.iter().fold(0, |sum, lane| sum.saturating_add(lane.unplanned)),
            first,
            last: self.last,
            groups: self.group_plans(&lane_plans),
            lanes: lane_plans,
            runs: self.runs,
            days: self.days.answer(),
            waits: self.waits,
            warnings,
            in_all: detail.map(|_| in_all),
        }
    }

    fn group_plans(&self, lanes: &[LanePlan]) -> Vec<GroupPlan> {
        let plan = |(index, group): (usize, &Group)| {
            let planned = self.request.lanes.iter().zip(lanes);
            let its = || planned.clone().filter(|(lane, _)| lane.group == Some(index));
            let sum = |count: fn(&LanePlan) -> u64| {
                its().fold(0, |sum: u64, (_, lane)| sum.saturating_add(count(lane)))
            };
            GroupPlan {
                name: group.name.clone(),
                planned: sum(|lane| lane.planned),
                unplanned: sum(|lane| lane.unplanned),
                first: its().filter_map(|(_, lane)| lane.first).min(),
                last: its().filter_map(|(_, lane)| lane.last).max(),
            }
        };
        self.request.groups.iter().enumerate().map(plan).collect()
    }

    fn lane_plan(&self, lane: &Moving<'_>, sent: Sent) -> LanePlan {
        LanePlan {
            name: lane.lane.name.clone(),
            planned: lane.sent,
            unplanned: lane.lane.count - lane.sent,
            first: sent.first,
            last: sent.run.and_then(|last| self.runs.get(last)).map(|last| last.run.last()),
            next: (lane.state == State::Next).then_some(lane.not_before),
        }
    }
}
