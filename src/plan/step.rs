//! How many messages can be planned in one go.

use super::Order;
use super::lanes::{Moving, State, queued};
use crate::gate::{Gate, fits};
use crate::history::Run;
use crate::layer::Watch;
use crate::time::Instant;

/// What is known when a lane can go.
pub(super) struct Row<'r, 'a> {
    /// The instant of the first message: the earliest at which it is allowed.
    pub(super) at: Instant,
    /// The spacings to try, in milliseconds: that of the slowest gap, and the stretch before the
    /// first message, if the lane goes on by itself.
    pub(super) spacings: [Option<i64>; 2],
    /// How many messages the lane has.
    pub(super) left: u64,
    /// The gates' answers stand until then.
    pub(super) until: Instant,
    pub(super) shared: &'r mut [Watch<'a>],
    /// Those of the lane's group.
    pub(super) group: &'r mut [Watch<'a>],
    pub(super) own: &'r mut [Watch<'a>],
    pub(super) rivals: Rivals,
}

/// The other lanes with messages left, as a lane sees them that can go now.
#[derive(Clone, Copy)]
pub(super) struct Rivals {
    /// Only before this instant is it certain that none of them goes first, whoever holds the row.
    until: Instant,
    /// The same where a gate of the lane's group holds the row, and so holds the group's others.
    until_if_group_held: Instant,
    /// The same where a shared gate holds the row, and so holds all of them.
    until_if_held: Instant,
}

impl Rivals {
    /// No rivals.
    pub(super) const NONE: Self = Self {
        until: Instant::MAX,
        until_if_group_held: Instant::MAX,
        until_if_held: Instant::MAX,
    };

    /// The rivals of a lane, none of which goes before `earliest`.
    pub(super) fn of(
        lanes: &[Moving<'_>],
        lane: &Moving<'_>,
        earliest: Instant,
        order: Order,
    ) -> Self {
        let mut rivals = Self::NONE;
        let is_alone = lane.group.is_none();
        let others = lanes.iter().filter(|other| other.index != lane.index);
        for other in others.filter(|other| other.state == State::Waiting) {
            let not_before = other.not_before.max(earliest);
            let is_apart = is_alone || other.group != lane.group;
            // One listed later loses a tie.
            let wins_ties = (order == Order::Fair && is_apart) || other.index < lane.index;
            let until = if wins_ties { not_before } else { not_before.plus(1) };
            rivals.until = rivals.until.min(until);
            if !is_alone && (wins_ties || is_apart) {
                rivals.until_if_group_held = rivals.until_if_group_held.min(until);
            }
            if wins_ties {
                rivals.until_if_held = rivals.until_if_held.min(until);
            }
        }
        rivals
    }
}

/// The longest row that is certainly what sending each message as early as possible gives: every
/// gate permits it, and some gate is closed from each of its messages up to the next. At least
/// the first message.
pub(super) fn row(mut row: Row<'_, '_>) -> Run {
    for every in row.spacings.into_iter().flatten() {
        let count = count(&mut row, every);
        if count > 1 {
            return queued(row.at, count, every);
        }
    }
    queued(row.at, 1, 0)
}

/// How many messages the row has with that spacing.
fn count(row: &mut Row<'_, '_>, every: i64) -> u64 {
    let &mut Row { at, left, until, rivals, .. } = row;
    let most = fits(at, every, until.min(rivals.until_if_held)).min(left);
    if most <= 1 {
        return 1;
    }
    let bounds = |watches: &mut [Watch<'_>]| Bounds::of(watches, at, every, most);
    let (shared, group, own) = (bounds(row.shared), bounds(row.group), bounds(row.own));
    let permitted = most.min(shared.permitted).min(group.permitted).min(own.permitted);
    if every == 0 {
        // Nothing is earlier than the same instant, so ties alone decide.
        return permitted;
    }
    let before = |held: u64, until: Instant| {
        // Past the other instant no row goes anyway.
        if until < rivals.until_if_held { held.min(fits(at, every, until)) } else { held }
    };
    let own = before(own.held, rivals.until);
    let group = before(group.held, rivals.until_if_group_held);
    own.max(group).max(shared.held).min(permitted)
}

/// How far a row can go by the gates of some layers.
struct Bounds {
    /// By the gate that permits the fewest.
    permitted: u64,
    /// By the gate that holds the most.
    held: u64,
}

impl Bounds {
    fn of(watches: &mut [Watch<'_>], at: Instant, every: i64, most: u64) -> Self {
        let mut bounds = Self { permitted: most, held: 1 };
        for gate in watches.iter_mut().flat_map(Watch::counting_mut) {
            bounds.permitted = bounds.permitted.min(gate.permits(at, every, bounds.permitted));
            if every > 0 {
                bounds.held = bounds.held.max(gate.holds(at, every));
            }
        }
        bounds
    }
}

/// The spacing that the slowest gap alone would give, in milliseconds; none where a gap differs
/// from send to send.
pub(super) fn pace<'r, 'a: 'r>(watches: impl IntoIterator<Item = &'r Watch<'a>>) -> Option<i64> {
    let mut gates = watches.into_iter().flat_map(Watch::counting);
    gates.try_fold(0, |slowest, gate| Some(gate.pace()?.max(slowest)))
}
