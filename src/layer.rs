//! A policy with a history, and its gates as time goes on.

use crate::gate::{Answer, Gate, gates_of};
use crate::goal::{Goal, goals_of};
use crate::history::{Run, in_order};
use crate::policy::Policy;
use crate::reason::{Code, Reason};
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
    pub(crate) gates: Vec<Box<dyn Gate + 'a>>,
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

/// A gate that is closed.
#[derive(Clone, Copy)]
pub(crate) struct Hold {
    /// Not open before then; none if it never opens again.
    pub(crate) until: Option<Instant>,
    /// The index among the layers asked.
    pub(crate) layer: usize,
    /// The index among the layer's gates.
    pub(crate) gate: usize,
}

impl<'a> Watch<'a> {
    /// The gates of a layer of which nothing before `now` will be asked.
    pub(crate) fn new(layer: &'a Layer, now: Instant) -> Self {
        let mut history = in_order(&layer.history, usize::MAX).unwrap_or_default();
        let gates = gates_of(&layer.policy, &history, now);
        let goals = goals_of(&layer.policy);
        history.reverse();
        Self { layer, gates, goals, later: history }
    }

    /// Tells the gates of the history whose time has come at `at`.
    fn advance(&mut self, at: Instant) {
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
        for (gate_index, gate) in self.gates.iter_mut().enumerate() {
            match gate.answer(at, draw) {
                Answer::Open { until } => standing.open_until = standing.open_until.min(until),
                Answer::Closed { until } => {
                    let is_later = standing.hold.is_none_or(|hold| {
                        match (until, hold.until) {
                            (_, None) => false,
                            (None, _) => true,
                            // The pace explains a pause better than what happens to end with it.
                            (Some(this), Some(other)) => {
                                this > other || (this == other && gate.code() == Code::Gap)
                            }
                        }
                    });
                    if is_later {
                        let hold = Hold { until, layer: index, gate: gate_index };
                        standing.hold = Some(hold);
                    }
                }
            }
        }
        let next = self.later.last().map_or(Instant::MAX, |next| next.start);
        standing.open_until = standing.open_until.min(next);
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
    for (index, layer) in layers.enumerate() {
        layer.ask(index, at, draw, &mut standing);
    }
    standing
}
