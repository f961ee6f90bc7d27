//! The planner: which lane goes next, when, and with how many messages at once.
//!
//! Each lane has an instant before which it certainly cannot go. The lane with the earliest one
//! is asked: when it is open there, no other lane can go before it, and it goes; otherwise its
//! instant moves on. So time only ever moves forward, for the shared gates too.

use super::step::{Rivals, Row, pace, row};
use super::tally::Tally;
use super::{Group, Lane, MAX_LOOKS, MAX_RUNS, Order, Plan, PlanRequest};
use crate::history::{Origin, Run};
use crate::jitter::draw;
use crate::layer::{Hold, Layer, Watch, ask};
use crate::search::{end_of_search, most_questions};
use crate::time::Instant;

/// A lane on its way.
pub(super) struct Moving<'a> {
    pub(super) lane: &'a Lane,
    pub(super) index: usize,
    /// The index of its group, which is there.
    pub(super) group: Option<usize>,
    pub(super) watches: Vec<Watch<'a>>,
    /// The spacing of the slowest gap, the shared ones included, in milliseconds; none where a gap
    /// differs from send to send.
    pace: Option<i64>,
    /// How many gates it is asked about, the shared ones included.
    gates: usize,
    /// How many questions there are at the most from one send to the next.
    questions: u32,
    /// Whether its own layers have a gap, which among gates that open at once is the one named.
    has_gap: bool,
    /// How many messages have gone.
    pub(super) sent: u64,
    /// How many count where lanes are fair, those of its group included; 0 where they go in turn.
    counted: u64,
    /// It cannot go before this instant.
    pub(super) not_before: Instant,
    /// What held it until then, or holds it for ever.
    pub(super) hold: Option<Hold>,
    pub(super) state: State,
}

/// A group on its way.
pub(super) struct Together<'a> {
    pub(super) watches: Vec<Watch<'a>>,
    /// As in [`Moving`].
    has_gap: bool,
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

    /// Its place in the order: the lowest goes first.
    fn place(&self, earliest: Instant) -> (Instant, u64, usize) {
        (self.not_before.max(earliest), self.counted, self.index)
    }
}

impl<'a> Together<'a> {
    fn new(request: &'a PlanRequest, group: &'a Group) -> Self {
        Self { watches: watches(&group.layers, request.now), has_gap: has_gap(&group.layers) }
    }
}

/// What counts from the start against a lane where lanes are fair.
fn counted(request: &PlanRequest, lane: &Lane) -> u64 {
    if request.order == Order::InTurn {
        return 0;
    }
    let group = lane.group.and_then(|group| request.groups.get(group));
    group.map_or(lane.sent_before, |group| {
        let lanes = request.lanes.iter().filter(|other| other.group == lane.group);
        lanes.fold(group.sent_before, |sum, lane| sum.saturating_add(lane.sent_before))
    })
}

fn watches(layers: &[Layer], now: Instant) -> Vec<Watch<'_>> {
    layers.iter().map(|layer| Watch::new(layer, now)).collect()
}

fn has_gap(layers: &[Layer]) -> bool {
    layers.iter().any(|layer| layer.policy.gap.is_some())
}

/// Plans each message at the earliest instant at which it is allowed.
#[must_use]
pub fn plan(request: &PlanRequest) -> Plan {
    Planner::new(request).plan()
}

/// The same, and how much was asked: at each question the gates of a lane, and which lane's turn
/// it is. A plan that would take more than `max_asked` is cut short as one that is too long.
pub(crate) fn plan_within(request: &PlanRequest, max_asked: usize) -> (Plan, usize) {
    let planner = Planner { max_asked, ..Planner::new(request) }.plan_first(u64::MAX);
    let asked = planner.asked;
    (planner.answer(), asked)
}

pub(super) struct Planner<'a> {
    request: &'a PlanRequest,
    pub(super) max_runs: usize,
    pub(super) max_looks: usize,
    /// The most messages that are planned in one go.
    pub(super) max_row: u64,
    pub(super) shared: Vec<Watch<'a>>,
    pub(super) groups: Vec<Together<'a>>,
    pub(super) lanes: Vec<Moving<'a>>,
    tally: Tally<'a>,
    /// The last send and its lane.
    last: Option<(Instant, usize)>,
    /// How many questions were asked since then.
    questions: u32,
    /// How many lanes were looked at in all.
    looks: usize,
    /// How many lanes were looked at and gates asked in all.
    asked: usize,
    max_asked: usize,
}

/// So many gates that are asked count as a look.
const GATES_OF_A_LOOK: usize = 64;

impl<'a> Planner<'a> {
    pub(super) fn new(request: &'a PlanRequest) -> Self {
        let shared = watches(&request.shared, request.now);
        let groups: Vec<_> =
            request.groups.iter().map(|group| Together::new(request, group)).collect();
        let lanes = request.lanes.iter().enumerate().map(|(index, lane)| {
            let watches = watches(&lane.layers, request.now);
            let group = lane.group.filter(|group| *group < groups.len());
            let theirs = group.and_then(|group| groups.get(group));
            let theirs = theirs.map_or(&[][..], |group| group.watches.as_slice());
            let all = || shared.iter().chain(theirs).chain(&watches);
            let gates = all().map(|watch| watch.gates.len()).sum();
            Moving {
                lane,
                index,
                group,
                pace: pace(all()),
                gates,
                questions: most_questions(gates),
                has_gap: has_gap(&lane.layers),
                watches,
                sent: 0,
                counted: counted(request, lane),
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
            groups,
            lanes,
            tally: Tally::new(request),
            last: None,
            questions: 0,
            looks: 0,
            asked: 0,
            max_asked: usize::MAX,
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
        self.tally.answer(&self.shared, &self.groups, &self.lanes)
    }

    /// From when on the next message could go: the send before, or else the request's `now`.
    pub(super) fn since(&self) -> Instant {
        self.last.map_or(self.request.now, |(last, _)| last)
    }

    /// Asks the lane whose turn it is whether it can go, with `most` messages at the most.
    pub(super) fn turn(&mut self, most: u64) -> Turn {
        let earliest = self.since();
        let Some((index, rivals)) = self.first_lane(earliest) else { return Turn::Over };
        let Some(lane) = self.lanes.get_mut(index) else { return Turn::Over };
        let at = lane.not_before.max(earliest);

        self.questions += 1;
        let lanes = self.request.lanes.len();
        self.looks = self.looks.saturating_add(lanes + lane.gates / GATES_OF_A_LOOK);
        self.asked = self.asked.saturating_add(lanes + lane.gates);
        let is_beyond = at > earliest && at >= end_of_search(earliest);
        if is_beyond || self.questions > lane.questions {
            lane.state = State::NoOpening;
            return Turn::Moved;
        }
        let is_too_long = self.looks > self.max_looks || self.asked > self.max_asked;
        if is_too_long || self.tally.runs() >= self.max_runs {
            lane.state = State::TooLong;
            return Turn::Moved;
        }
        let draw = lane.draw();
        let theirs = lane.group.and_then(|group| self.groups.get_mut(group));
        let theirs = theirs.map(|group| group.watches.as_mut_slice()).unwrap_or_default();
        let common = self.shared.iter_mut().chain(theirs.iter_mut());
        let standing = ask(common.chain(&mut lane.watches), at, draw);
        match standing.hold {
            Some(hold) => {
                lane.hold = Some(hold);
                if hold.until == Instant::NEVER {
                    lane.state = State::Ended;
                } else {
                    lane.not_before = hold.until;
                    let is_common = hold.layer < self.shared.len() + theirs.len();
                    let group = lane.group.filter(|_| hold.layer >= self.shared.len());
                    if is_common && lane.pace.is_some() && self.lanes.len() > 1 {
                        self.hold_others(hold, group);
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
                    group: theirs,
                    own: &mut lane.watches,
                    rivals,
                });
                return Turn::Goes(index, row);
            }
        }
        Turn::Moved
    }

    /// What holds one lane by a shared gate holds every other, and what holds it by a gate of its
    /// group every other of that group. They need not be asked, unless what they draw decides or
    /// a gap of their own may be the one to name.
    fn hold_others(&mut self, hold: Hold, group: Option<usize>) {
        for lane in &mut self.lanes {
            let theirs = lane.group.filter(|_| group.is_none());
            let theirs = theirs.and_then(|theirs| self.groups.get(theirs));
            let has_gap = lane.has_gap || theirs.is_some_and(|theirs| theirs.has_gap);
            let is_meant = group.is_none() || group == lane.group;
            let is_held = lane.state == State::Waiting && lane.not_before < hold.until;
            if is_meant && is_held && lane.pace.is_some() && !has_gap {
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
        let next = waiting.min_by_key(|lane| lane.place(earliest))?;
        Some((next.index, Rivals::of(&self.lanes, next, earliest, self.request.order)))
    }

    fn send(&mut self, index: usize, row: Run) {
        let Some(lane) = self.lanes.get_mut(index) else { return };
        let mut group = lane.group.and_then(|group| self.groups.get_mut(group));
        self.tally.send(&self.shared, group.as_deref(), lane, &row);
        self.shared.iter_mut().chain(&mut lane.watches).for_each(|watch| watch.charge(&row));
        if let Some(group) = &mut group {
            group.watches.iter_mut().for_each(|watch| watch.charge(&row));
        }
        lane.sent += row.count;
        lane.not_before = row.last();
        lane.hold = None;
        if lane.left() == 0 {
            lane.state = State::Done;
        }
        let (group, is_fair) = (lane.group, self.request.order == Order::Fair);
        if is_fair && group.is_none() {
            lane.counted = lane.counted.saturating_add(row.count);
        } else if is_fair {
            let its = self.lanes.iter_mut().filter(|lane| lane.group == group);
            its.for_each(|lane| lane.counted = lane.counted.saturating_add(row.count));
        }
        self.last = Some((row.last(), index));
        self.questions = 0;
    }
}

/// A row of sends by a plan.
pub(super) const fn queued(start: Instant, count: u64, every: i64) -> Run {
    Run { start, count, every: if count == 1 { 0 } else { every }, origin: Origin::Queued }
}
