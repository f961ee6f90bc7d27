//! A condition is a box: for each fact, the values that it allows.
//!
//! Boxes can be cut out of one another without remainder or overlap, which answers all that is
//! asked of a list of rules: what is not covered, which rule can never decide, and to what facts
//! a word applies.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::fact::Fact;
use crate::status::Machine;

/// What facts have to be like. It holds when each fact has one of the values allowed to it.
///
/// As JSON it is an object that names the facts it restricts, each with a list of values:
/// `{"status": ["in_progress"], "sent": ["some"]}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Condition {
    machine: Machine,
    /// For each of [`Fact::ALL`] one bit a value, in the order of [`Fact::values`].
    allowed: [u16; Fact::ALL.len()],
}

impl Condition {
    /// Everything.
    pub(super) fn any(machine: Machine) -> Self {
        Self { machine, allowed: Fact::ALL.map(|fact| bits(fact, machine, |_| true)) }
    }

    /// The one value of each fact that `value_of` gives.
    pub(super) fn point(machine: Machine, value_of: impl Fn(Fact) -> &'static str) -> Self {
        let only = |fact| bits(fact, machine, |value| value == value_of(fact));
        Self { machine, allowed: Fact::ALL.map(only) }
    }

    /// The same, but for one fact, of which `allows` picks the values.
    pub(super) fn with(mut self, fact: Fact, allows: impl Fn(&str) -> bool) -> Self {
        for (at, bits_of) in Fact::ALL.into_iter().zip(&mut self.allowed) {
            if at == fact {
                *bits_of = bits(fact, self.machine, &allows);
            }
        }
        self
    }

    /// What both allow; none if that is nothing.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let mut both = *self;
        for (mine, theirs) in both.allowed.iter_mut().zip(other.allowed) {
            *mine &= theirs;
            if *mine == 0 {
                return None;
            }
        }
        Some(both)
    }

    /// What `other` leaves of it, as boxes that do not overlap.
    pub(super) fn without(&self, other: &Self) -> Vec<Self> {
        if self.and(other).is_none() {
            return vec![*self];
        }
        let (mut rest, mut pieces) = (*self, Vec::new());
        for (fact, theirs) in Fact::ALL.into_iter().zip(other.allowed) {
            let outside = rest.replaced(fact, |mine| mine & !theirs);
            pieces.extend(outside);
            rest = rest.replaced(fact, |mine| mine & theirs).unwrap_or(rest);
        }
        pieces
    }

    /// Both as one, if they differ in one fact alone.
    pub(super) fn joined(&self, other: &Self) -> Option<Self> {
        let mut both = *self;
        let mut differing = 0;
        for (mine, theirs) in both.allowed.iter_mut().zip(other.allowed) {
            differing += u8::from(*mine != theirs);
            *mine |= theirs;
        }
        (differing <= 1).then_some(both)
    }

    fn replaced(&self, fact: Fact, change: impl Fn(u16) -> u16) -> Option<Self> {
        let mut changed = *self;
        for (at, bits_of) in Fact::ALL.into_iter().zip(&mut changed.allowed) {
            if at == fact {
                *bits_of = change(*bits_of);
                if *bits_of == 0 {
                    return None;
                }
            }
        }
        Some(changed)
    }

    /// What it is about.
    #[must_use]
    pub const fn machine(&self) -> Machine {
        self.machine
    }

    /// The values of a fact that it allows: all of them where it does not restrict the fact.
    #[must_use]
    pub fn allowed(&self, fact: Fact) -> Vec<&'static str> {
        let bits = Fact::ALL.into_iter().zip(self.allowed).find(|(at, _)| *at == fact);
        let bits = bits.map_or(0, |(_, bits)| bits);
        let values = fact.values(self.machine).into_iter().zip(0_u16..);
        values.filter(|(_, place)| bits & (1 << place) != 0).map(|(value, _)| value).collect()
    }

    /// Whether there is a value of the fact that it does not allow.
    #[must_use]
    pub fn restricts(&self, fact: Fact) -> bool {
        self.allowed(fact).len() < fact.values(self.machine).len()
    }
}

fn bits(fact: Fact, machine: Machine, allows: impl Fn(&str) -> bool) -> u16 {
    let values = fact.values(machine).into_iter().zip(0_u16..);
    values.filter(|(value, _)| allows(value)).fold(0, |bits, (_, place)| bits | (1 << place))
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for fact in Fact::ALL.into_iter().filter(|fact| self.restricts(*fact)) {
            object.serialize_entry(fact.name(), &self.allowed(fact))?;
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(fact: Fact, values: &'static [&'static str]) -> Condition {
        Condition::any(Machine::Campaign).with(fact, |value| values.contains(&value))
    }

    /// Every combination of statuses and counters, the other facts left open.
    fn cells() -> Vec<Condition> {
        let facts = [Fact::Status, Fact::Sent, Fact::Delivered, Fact::Waiting];
        facts.into_iter().fold(vec![Condition::any(Machine::Campaign)], |cells, fact| {
            let split = |cell: &Condition| {
                let values = fact.values(Machine::Campaign).into_iter();
                values.map(|only| cell.with(fact, |value| value == only)).collect::<Vec<_>>()
            };
            cells.iter().flat_map(split).collect()
        })
    }

    #[test]
    fn what_is_left_and_what_is_cut_out_make_up_the_whole() {
        let boxes = [
            only(Fact::Status, &["draft", "paused"]),
            only(Fact::Sent, &["some"]).with(Fact::Waiting, |value| value != "gap"),
            only(Fact::Status, &["paused"]).with(Fact::Delivered, |value| value == "none"),
            Condition::any(Machine::Campaign),
        ];
        for whole in boxes {
            for cut in boxes {
                let pieces = whole.without(&cut);
                for cell in cells() {
                    let holds = |condition: &Condition| condition.and(&cell).is_some();
                    let covering = pieces.iter().filter(|piece| holds(piece)).count();
                    assert_eq!(covering, usize::from(holds(&whole) && !holds(&cut)), "{cell:?}");
                }
            }
        }
    }

    #[test]
    fn what_allows_no_value_of_a_fact_holds_nowhere() {
        assert_eq!(only(Fact::Sent, &["some"]).and(&only(Fact::Sent, &["none"])), None);
    }

    #[test]
    fn it_is_written_as_what_it_restricts() {
        let condition = only(Fact::Sent, &["some"]).with(Fact::Status, |value| value == "draft");
        let written = serde_json::to_string(&condition).unwrap();
        assert_eq!(written, r#"{"status":["draft"],"sent":["some"]}"#);
    }
}
