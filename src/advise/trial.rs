//! Plans a request with one knob turned.

use std::mem;

use serde_json::Value;

use super::knob::{Knob, Task, knobs_of};
use super::request::{AdviseRequest, Of, Place};
use crate::layer::Layer;
use crate::plan::{Warning, plan, plan_within};
use crate::policy::Policy;
use crate::time::Instant;
use crate::zone::Zone;

/// How much all plans of an answer may cost together, in planned runs: seconds, at the most.
pub(super) const MAX_COST: usize = 8_000_000;
/// How many gates and lanes are asked at the cost of planning one run: about as many as it takes to
/// ask a sender's rules and a campaign's until the next message goes.
const ASKED_A_RUN: usize = 32;

/// A request, in which one policy at a time is exchanged.
pub(super) struct Trial {
    asked: AdviseRequest,
    /// What is left of the cost allowed.
    budget: usize,
}

/// How a plan ends.
#[derive(Clone, Copy)]
pub(super) struct Finish {
    pub(super) last: Option<Instant>,
    /// How many messages have no instant.
    pub(super) left: u64,
}

/// The plans are too long to go on.
pub(super) struct Exhausted;

impl Trial {
    pub(super) const fn new(asked: AdviseRequest, budget: usize) -> Self {
        Self { asked, budget }
    }

    pub(super) const fn finish_by(&self) -> Instant {
        self.asked.finish_by
    }

    pub(super) const fn now(&self) -> Instant {
        self.asked.plan.now
    }

    /// How many messages there are.
    pub(super) fn count(&self) -> u64 {
        self.asked.plan.lanes.iter().fold(0, |sum, lane| sum.saturating_add(lane.count))
    }

    /// Whether no looser rule can make a message go later. With breaks it can, because a break
    /// may begin earlier, and with lanes, because one may take the place of another.
    pub(super) fn is_orderly(&self) -> bool {
        let mut policies = self.asked.plan.all_layers().map(|layer| &layer.policy);
        self.asked.plan.lanes.len() <= 1 && policies.all(|policy| policy.breaks.is_empty())
    }

    /// Every knob, in the order of the request.
    pub(super) fn knobs(&self) -> Vec<Knob> {
        let mut knobs = Vec::new();
        for (index, place) in self.asked.places.iter().enumerate() {
            if let Some(layer) = self.layer(index) {
                let history = layer.history.iter().map(|run| run.count);
                let task = Task {
                    sends: history.fold(self.count(), u64::saturating_add),
                    now: self.now(),
                    finish_by: self.finish_by(),
                };
                knobs.extend(knobs_of(index, &layer.policy, &place.document, &task));
            }
        }
        knobs
    }

    /// The layer whose policy is written in that place.
    pub(super) fn layer(&self, place: usize) -> Option<&Layer> {
        let Place { of, layer, .. } = self.asked.places.get(place)?;
        let plan = &self.asked.plan;
        match *of {
            Of::All => plan.shared.get(*layer),
            Of::Group(group) => plan.groups.get(group)?.layers.get(*layer),
            Of::Lane(lane) => plan.lanes.get(lane)?.layers.get(*layer),
        }
    }

    /// The zone in which a knob is read.
    pub(super) fn zone(&self, knob: &Knob) -> Zone {
        self.layer(knob.place).map_or(Zone::UTC, |layer| layer.policy.zone)
    }

    fn layer_mut(&mut self, place: usize) -> Option<&mut Layer> {
        let Place { of, layer, .. } = self.asked.places.get(place)?;
        let plan = &mut self.asked.plan;
        match *of {
            Of::All => plan.shared.get_mut(*layer),
            Of::Group(group) => plan.groups.get_mut(group)?.layers.get_mut(*layer),
            Of::Lane(lane) => plan.lanes.get_mut(lane)?.layers.get_mut(*layer),
        }
    }

    /// Where in the request a knob is written.
    pub(super) fn paths(&self, knob: &Knob) -> Vec<String> {
        let place = self.asked.places.get(knob.place);
        let path = place.map_or("", |place| place.path.as_str());
        knob.fields.iter().map(|field| format!("{path}.{}", field.path())).collect()
    }

    /// How the request ends, however late.
    pub(super) fn as_it_is(&mut self) -> Finish {
        let until = self.asked.plan.until.take();
        let planned = plan(&self.asked.plan);
        self.asked.plan.until = until;
        Finish { last: planned.last, left: planned.unplanned }
    }

    /// How it ends with a value written to a knob, where what goes after `finish_by` is left.
    pub(super) fn with(&mut self, knob: &Knob, value: &Value) -> Result<Finish, Exhausted> {
        if self.budget == 0 {
            return Err(Exhausted);
        }
        let everything_left = Finish { last: None, left: self.count() };
        let Some(place) = self.asked.places.get(knob.place) else { return Ok(everything_left) };
        let mut document = place.document.clone();
        for field in &knob.fields {
            field.write(&mut document, value);
        }
        let changed = Policy::parse(&document);
        debug_assert!(changed.is_ok(), "{changed:?}");
        let Ok(changed) = changed else { return Ok(everything_left) };
        let Some(before) = self.exchange(knob.place, changed) else { return Ok(everything_left) };
        let most = self.budget.saturating_mul(ASKED_A_RUN);
        let (planned, asked) = plan_within(&self.asked.plan, most);
        self.exchange(knob.place, before);
        self.budget = self.budget.saturating_sub(self.cost_of(asked, &document));
        let is_cut = |warning: &Warning| matches!(warning, Warning::TooLong { .. });
        if planned.warnings.iter().any(is_cut) {
            return Err(Exhausted);
        }
        Ok(Finish { last: planned.last, left: planned.unplanned })
    }

    /// Gives the policy that was there.
    fn exchange(&mut self, place: usize, policy: Policy) -> Option<Policy> {
        self.layer_mut(place).map(|layer| mem::replace(&mut layer.policy, policy))
    }

    /// In runs: what it is to plan one, to remember one, or to read a blocked time is about the
    /// same. A plan that finds nothing asks as well.
    fn cost_of(&self, asked: usize, document: &Value) -> usize {
        let request = &self.asked.plan;
        let history: usize = request.all_layers().map(|layer| layer.history.len()).sum();
        let blocked = document.get("blocked").and_then(Value::as_array).map_or(0, Vec::len);
        asked / ASKED_A_RUN + history + blocked + 1
    }
}
