//! A policy with a history, and its gates as time goes on.

use std::ops::Range;

use crate::gate::{Answer, AnyGate, Gate, Gates, gates_of};
use crate::goal::{Goal, goals_of};
use crate::history::{Cuts, Run, in_order};
use crate::policy::Policy;
use crate::reason::Reason;
use crate::time::Instant;

/// A policy and the sends that it counts.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Named in reasons.
    pub name: String,
    /// The rules.
    pub policy: Policy,
    /// What was sent before, in any order. Sends after the instant asked about count from their
    /// own instant on, but for calendar limits, which count them for the whole of their day.
    pub history: Vec<Run>,
}

/// A layer's gates, which are told of its sends one after the other.
pub(crate) struct Watch<'a> {
    pub(crate) layer: &'a Layer,
    pub(crate) gates: Vec<AnyGate<'a>>,
    /// The indices of the gates that sends change. The others go by time alone.
    counting: Range<usize>,
    /// Until then each of the others is open.
    others_open_until: Instant,
    pub(crate) goals: Vec<Goal<'a>>,
    /// What the gates have not been told of yet, the next one last.
    later: Vec<Run>,
}

/// What the gates of some layers say together.
pub(crate) struct Standing {
    /// When all are open: until then, while nothing is sent.
    pub(crate) open_until: Instant,
    /// When one is closed: the one that opens last.
    pub(crate) hold: Option<Hold>,
}

impl Standing {
    /// Takes down a gate that is closed. The one that opens last counts; among several the gap,
    /// because the pace explains a pause better than what happens to end with it, or else the
    /// first.
    fn close(&mut self, hold: Hold, is_gap: bool) {
        let is_later = |other: Hold| {
            let is_listed_first = (hold.layer, hold.gate) < (other.layer, other.gate);
            hold.until > other.until || (hold.until == other.until && (is_gap || is_listed_first))
        };
        if self.hold.is_none_or(is_later) {
            self.hold = Some(hold);
        }
    }
}

/// A gate that is closed.
#[derive(Clone, Copy)]
pub(crate) struct Hold {
    /// Not open before then; [`Instant::NEVER`] if it never opens again.
    pub(crate) until: Instant,
    /// The index among the layers asked.
    pub(crate) layer: usize,
    /// The index among the layer's gates.
    pub(crate) gate: usize,
}

impl<'a> Watch<'a> {
    /// The gates of a layer of which nothing before `now` will be asked.
    pub(crate) fn new(layer: &'a Layer, now: Instant) -> Self {
        let mut history = in_order(&layer.history, &mut { Cuts::UNBOUNDED }).unwrap_or_default();
        let Gates { all, counting } = gates_of(&layer.policy, &history, now);
        let goals = goals_of(&layer.policy);
        history.reverse();
        Self { layer, gates: all, counting, others_open_until: Instant::MIN, goals, later: history }
    }

    /// The gates that sends change.
    pub(crate) fn counting(&self) -> &[AnyGate<'a>] {
        self.gates.get(self.counting.clone()).unwrap_or_default()
    }

    /// The same, to be asked how far a row can go.
    pub(crate) fn counting_mut(&mut self) -> &mut [AnyGate<'a>] {
        self.gates.get_mut(self.counting.clone()).unwrap_or_default()
    }

    /// Tells the gates of the history whose time has come at `at`.
    pub(crate) fn advance(&mut self, at: Instant) {
        if self.next_later() <= at {
            self.remember_until(at);
        }
    }

    /// When the next send of the history comes that the gates have not been told of.
    fn next_later(&self) -> Instant {
        self.later.last().map_or(Instant::MAX, |next| next.start)
    }

    #[cold]
    fn remember_until(&mut self, at: Instant) {
        while let Some(next) = self.later.pop_if(|next| next.start <= at) {
            let (past, later) = next.split(next.count_until(at));
            if let Some(past) = past {
                self.gates.iter_mut().for_each(|gate| gate.remember(&past));
                self.goals.iter_mut().for_each(|goal| goal.remember(&past));
            }
            self.later.extend(later);
        }
    }

    /// Asks one gate at an instant that is not before the last one asked about.
    pub(crate) fn ask_gate(&mut self, gate: usize, at: Instant, draw: u64) -> Option<Answer> {
        self.advance(at);
        self.gates.get_mut(gate).map(|gate| gate.answer(at, draw))
    }

    /// Asks every gate, and adds the answers to what others said.
    fn ask(&mut self, index: usize, at: Instant, draw: u64, standing: &mut Standing) {
        self.advance(at);
        if at >= self.others_open_until {
            self.ask_others(index, at, draw, standing);
        }
        let first = self.counting.start;
        for (gate_index, gate) in (first..).zip(self.counting_mut()) {
            match gate.answer(at, draw) {
                Answer::Open { until } => standing.open_until = standing.open_until.min(until),
                Answer::Closed { until } => {
                    let hold = Hold { until, layer: index, gate: gate_index };
                    standing.close(hold, matches!(gate, AnyGate::Gap(_)));
                }
            }
        }
        let others = self.others_open_until.min(self.next_later());
        standing.open_until = standing.open_until.min(others);
    }

    /// Asks the gates that go by time alone, and keeps until when they are all open.
    #[cold]
    fn ask_others(&mut self, index: usize, at: Instant, draw: u64, standing: &mut Standing) {
        self.others_open_until = Instant::MAX;
        for (gate_index, gate) in self.gates.iter_mut().enumerate() {
            if self.counting.contains(&gate_index) {
                continue;
            }
            let until = match gate.answer(at, draw) {
                Answer::Open { until } => until,
                Answer::Closed { until } => {
                    standing.close(Hold { until, layer: index, gate: gate_index }, false);
                    Instant::MIN
                }
            };
            self.others_open_until = self.others_open_until.min(until);
        }
    }

    /// Counts sends of the plan, none of which is after a later one of the history.
    pub(crate) fn charge(&mut self, sends: &Run) {
        self.gates.iter_mut().for_each(|gate| gate.charge(sends));
        self.goals.iter_mut().for_each(|goal| goal.charge(sends));
    }

    /// Why a gate is closed at `at`.
    pub(crate) fn reason(
        &self,
        gate: usize,
        at: Instant,
        until: Option<Instant>,
    ) -> Option<Reason> {
        let gate = self.gates.get(gate)?;
        Some(Reason {
            layer: self.layer.name.clone(),
            gate: gate.path(at).to_string(),
            code: gate.code(),
            until,
            text: gate.text(at, until),
        })
    }
}

/// Asks every gate of some layers whether a message may go at `at`.
pub(crate) fn ask<'w, 'a: 'w>(
    layers: impl Iterator<Item = &'w mut Watch<'a>>,
    at: Instant,
    draw: u64,
) -> Standing {
    let mut standing = Standing { open_until: Instant::MAX, hold: None };
    // From the inside, because a chain of lists is slow to take one by one.
    layers.enumerate().for_each(|(index, layer)| layer.ask(index, at, draw, &mut standing));
    standing
}
