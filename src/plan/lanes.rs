//! The planner: which lane goes next, when, and with how many messages at once.
//!
//! Each lane has an instant before which it certainly cannot go. The lane with the earliest one
//! is asked: when it is open there, no other lane can go before it, and it goes; otherwise its
//! instant moves on. So time only ever moves forward, for the shared gates too.

use super::step::{Rivals, Row, pace, row};
use super::tally::Tally;
use super::{Lane, MAX_LOOKS, MAX_RUNS, Order, Plan, PlanRequest};
use crate::history::{Origin, Run};
use crate::jitter::draw;
use crate::layer::{Hold, Watch, ask};
use crate::search::{MAX_QUESTIONS, end_of_search};
use crate::time::Instant;

/// A lane on its way.
pub(super) struct Moving<'a> {
    pub(super) lane: &'a Lane,
    pub(super) index: usize,
    pub(super) watches: Vec<Watch<'a>>,
    /// The spacing of the slowest gap, the shared ones included, in milliseconds; none where a gap
    /// differs from send to send.
    pace: Option<i64>,
    /// Whether its own layers have a gap, which among gates that open at once is the one named.
    has_gap: bool,
    /// How many messages have gone.
    pub(super) sent: u64,
    /// It cannot go before this instant.
    pub(super) not_before: Instant,
    /// What held it until then, or holds it for ever.
    pub(super) hold: Option<Hold>,
    pub(super) state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Messages are left.
    Waiting,
    /// All messages have gone.
    Done,
    /// Planning stopped, and the next message could go at `not_before`.
    Next,
    /// The end has come.
    Ended,
    /// There is no instant for the next message.
    NoOpening,
    /// The plan is too long.
    TooLong,
}

/// What came of asking a lane.
pub(super) enum Turn {
    /// The lane with that index goes, with so many messages.
    Goes(usize, Run),
    /// It cannot go yet, or never.
    Moved,
    /// No lane is left.
    Over,
}

impl Moving<'_> {
    fn left(&self) -> u64 {
        self.lane.count - self.sent
    }

    /// What its next message draws; only gaps that differ from send to send look at it.
    pub(super) fn draw(&self) -> u64 {
        if self.pace.is_some() {
            return 0;
        }
        draw(self.lane.seed, self.lane.first_ordinal.wrapping_add(self.sent))
    }

    /// The lower goes first.
    fn turn(&self, order: Order, earliest: Instant) -> (Instant, u64, usize) {
        let sent = match order {
            Order::Fair => self.lane.sent_before.saturating_add(self.sent),
            Order::InTurn => 0,
        };
        (self.not_before.max(earliest), sent, self.index)
    }
}

/// Plans each message at the earliest instant at which it is allowed.
#[must_use]
pub fn plan(request: &PlanRequest) -> Plan {
    Planner::new(request).plan()
}

pub(super) struct Planner<'a> {
    request: &'a PlanRequest,
    pub(super) max_runs: usize,
    pub(super) max_looks: usize,
    /// The most messages that are planned in one go.
    pub(super) max_row: u64,
    pub(super) shared: Vec<Watch<'a>>,
    pub(super) lanes: Vec<Moving<'a>>,
    tally: Tally<'a>,
    /// The last send and its lane.
    last: Option<(Instant, usize)>,
    /// How many questions were asked since then.
    questions: u32,
    /// How many lanes were looked at in all.
    looks: usize,
}

impl<'a> Planner<'a> {
    pub(super) fn new(request: &'a PlanRequest) -> Self {
        let watch = |layer| Watch::new(layer, request.now);
        let shared: Vec<_> = request.shared.iter().map(watch).collect();
        let lanes = request.lanes.iter().enumerate().map(|(index, lane)| {
            let watches: Vec<_> = lane.layers.iter().map(watch).collect();
            Moving {
                lane,
                index,
                pace: pace(shared.iter().chain(&watches)),
                has_gap: lane.layers.iter().any(|layer| layer.policy.gap.is_some()),
                watches,
                sent: 0,
                not_before: request.now,
                hold: None,
                state: if lane.count == 0 { State::Done } else { State::Waiting },
            }
        });
        let lanes = lanes.collect();
        Self {
            request,
            max_runs: MAX_RUNS,
            max_looks: MAX_LOOKS,
            max_row: u64::MAX,
            shared,
            lanes,
            tally: Tally::new(request),
            last: None,
            questions: 0,
            looks: 0,
        }
    }

    pub(super) fn plan(self) -> Plan {
        self.plan_first(u64::MAX).answer()
    }

    /// Plans the first messages, so many or all there are.
    pub(super) fn plan_first(mut self, count: u64) -> Self {
        let mut left = count;
        while left > 0 {
            match self.turn(left) {
                Turn::Goes(index, row) => {
                    left -= row.count;
                    self.send(index, row);
                }
                Turn::Moved => {}
                Turn::Over => break,
            }
        }
        self
    }

    pub(super) fn answer(self) -> Plan {
        self.tally.answer(&self.shared, &self.lanes)
    }

    /// From when on the next message could go: the send before, or else the request's `now`.
    pub(super) fn since(&self) -> Instant {
        self.last.map_or(self.request.now, |(last, _)| last)
    }

    /// Asks the lane whose turn it is whether it can go, with `most` messages at the most.
    pub(super) fn turn(&mut self, most: u64) -> Turn {
        let earliest = self.since();
        self.looks = self.looks.saturating_add(self.lanes.len());
        let Some((index, rivals)) = self.first_lane(earliest) else { return Turn::Over };
        let Some(lane) = self.lanes.get_mut(index) else { return Turn::Over };
        let at = lane.not_before.max(earliest);

        self.questions += 1;
        if at >= end_of_search(earliest) || self.questions > MAX_QUESTIONS {
            lane.state = State::NoOpening;
            return Turn::Moved;
        }
        if self.tally.runs() >= self.max_runs || self.looks > self.max_looks {
            lane.state = State::TooLong;
            return Turn::Moved;
        }
        let draw = lane.draw();
        let standing = ask(self.shared.iter_mut().chain(&mut lane.watches), at, draw);
        match standing.hold {
            Some(hold) => {
                lane.hold = Some(hold);
                if hold.until == Instant::NEVER {
                    lane.state = State::Ended;
                } else {
                    lane.not_before = hold.until;
                    let is_shared = hold.layer < self.shared.len() && lane.pace.is_some();
                    if is_shared && self.lanes.len() > 1 {
                        self.hold_others(hold);
                    }
                }
            }
            None if self.request.until.is_some_and(|until| at >= until) => {
                lane.not_before = at;
                lane.state = State::Next;
            }
            None => {
                let until = self.request.until.unwrap_or(Instant::MAX);
                let before = self.last.filter(|(_, last)| *last == index && lane.pace.is_some());
                let row = row(Row {
                    at,
                    spacings: [lane.pace, before.map(|(last, _)| at.since(last))],
                    left: lane.left().min(self.max_row).min(most),
                    until: standing.open_until.min(until),
                    shared: &mut self.shared,
                    own: &mut lane.watches,
                    rivals,
                });
                return Turn::Goes(index, row);
            }
        }
        Turn::Moved
    }

    /// What holds one lane by a shared gate holds every other, which need not be asked, unless what
    /// it draws decides or a gap of its own may be the one to name.
    fn hold_others(&mut self, hold: Hold) {
        for lane in &mut self.lanes {
            let is_held = lane.state == State::Waiting && lane.not_before < hold.until;
            if is_held && lane.pace.is_some() && !lane.has_gap {
                (lane.not_before, lane.hold) = (hold.until, Some(hold));
            }
        }
    }

    /// The waiting lane whose turn it is, and the others.
    fn first_lane(&self, earliest: Instant) -> Option<(usize, Rivals)> {
        if let [only] = self.lanes.as_slice() {
            return (only.state == State::Waiting).then_some((0, Rivals::NONE));
        }
        let waiting = self.lanes.iter().filter(|lane| lane.state == State::Waiting);
        let next = waiting.min_by_key(|lane| lane.turn(self.request.order, earliest))?;
        Some((next.index, Rivals::of(&self.lanes, next.index, earliest, self.request.order)))
    }

    fn send(&mut self, index: usize, row: Run) {
        let Some(lane) = self.lanes.get_mut(index) else { return };
        self.tally.send(&self.shared, lane, &row);
        self.shared.iter_mut().chain(&mut lane.watches).for_each(|watch| watch.charge(&row));
        lane.sent += row.count;
        lane.not_before = row.last();
        lane.hold = None;
        if lane.left() == 0 {
            lane.state = State::Done;
        }
        self.last = Some((row.last(), index));
        self.questions = 0;
    }
}

/// A row of sends by a plan.
pub(super) const fn queued(start: Instant, count: u64, every: i64) -> Run {
    Run { start, count, every: if count == 1 { 0 } else { every }, origin: Origin::Queued }
}
