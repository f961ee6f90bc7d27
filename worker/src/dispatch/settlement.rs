//! What the outcomes of a group of POSTs mean: what is recorded, what is tried again, and whether the
//! provider is left alone for a while.

use serde::Serialize;
use tidegate::status::{self, MessageStatus, MessageTrigger};

use super::hand_over::{ORDERED, OTHER_PROVIDER, Position};
use crate::model::Outcome;

/// How long a sender waits after its provider answered nothing for a whole group, in ms; and the least
/// that a message without an answer waits where the others of its group were answered.
pub const SILENT_BACKOFF_MS: i64 = 60_000;
/// After so many groups in a row without an answer a sender waits, too, however small they are.
pub const SILENT_GROUPS: i64 = 3;
/// How often a message is handed to a provider that deduplicates without an answer. After that it
/// is `unknown`, as it is elsewhere at once: a provider that never answers is not paid for ever.
pub const DOUBTS_MOST: i64 = 12;
/// The longest pause between two POSTs of a message without an answer, in ms.
const DOUBT_REST_MOST_MS: i64 = 3_600_000;

/// How long a message rests after `doubts` POSTs without an answer, in ms: not at all after the
/// first, then a minute, and twice as long each time. One that is not sent again need not.
#[must_use]
pub fn doubt_rest_ms(doubts: i64) -> i64 {
    if doubts >= OTHER_PROVIDER {
        return 0;
    }
    match u32::try_from(doubts % ORDERED - 2) {
        Ok(times) => (60_000_i64 << times.min(10)).min(DOUBT_REST_MOST_MS),
        Err(_) => 0,
    }
}

/// What is recorded of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// Its ordinal.
    pub ordinal: i64,
    /// Its status.
    pub status: MessageStatus,
    /// The instant it was released for, ms.
    pub planned_ms: i64,
    /// When its POST began, ms.
    pub sent_ms: Option<i64>,
    /// Why it was not sent.
    pub reason: Option<String>,
    /// What the provider said.
    pub detail: Option<String>,
    /// The provider's own id.
    pub reference: Option<String>,
    /// How many segments it was taken as; none where it was not.
    pub segments: i64,
    /// What that costs, in millionths of the currency's unit.
    pub cost: i64,
}

impl Settled {
    /// A message that went through `trigger` without a word from the provider.
    #[must_use]
    pub fn without_post(position: Position, trigger: MessageTrigger, reason: &str) -> Self {
        let trigger = position.unless_in_doubt(trigger);
        let before = match trigger {
            MessageTrigger::Skip => MessageStatus::Queued,
            _ => MessageStatus::Sending,
        };
        Self {
            ordinal: position.ordinal,
            status: status::message(before, trigger).unwrap_or(before),
            planned_ms: position.at_ms,
            sent_ms: None,
            reason: Some(position.reason(reason).to_owned()),
            detail: None,
            reference: None,
            segments: 0,
            cost: 0,
        }
    }
}

/// What a group's outcomes come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// What is recorded.
    pub settled: Vec<Settled>,
    /// Messages that provably were not taken and are to be tried again, by ordinal and instant.
    pub returned: Vec<Position>,
    /// Messages that may have been taken and are tried again all the same, because the provider
    /// deduplicates.
    pub doubtful: Vec<Position>,
    /// Messages whose people may be written to from an instant on, ms, and not before.
    pub put_off: Vec<(Position, i64)>,
    /// Nothing more goes for this long, in ms: the rest of the slice comes back.
    pub back_off_ms: Option<i64>,
    /// Where it is the provider that wants or needs the pause: what it said. Then the whole sender
    /// waits.
    pub said: Option<String>,
    /// Where nothing of the group was answered: what is known of that.
    pub silent: Option<String>,
}

impl Settlement {
    /// Counts this group after `groups` in a row of which nothing was answered. From
    /// [`SILENT_GROUPS`] on the provider is left alone for a while.
    #[must_use]
    pub fn after_silent(&mut self, groups: i64) -> i64 {
        let Some(detail) = self.silent.clone() else { return 0 };
        if groups + 1 >= SILENT_GROUPS {
            self.back_off(SILENT_BACKOFF_MS, &detail);
        }
        groups + 1
    }

    /// Has its doubtful messages wait by themselves, each for its own time, unless the whole sender
    /// waits because of them.
    pub fn put_doubtful_off(&mut self, now_ms: i64) {
        if self.silent.is_some() && self.said.is_some() {
            return;
        }
        let due_ms =
            |position: &Position| now_ms + doubt_rest_ms(position.doubts).max(SILENT_BACKOFF_MS);
        let doubtful = self.doubtful.drain(..);
        self.put_off.extend(doubtful.map(|position| (position, due_ms(&position))));
    }

    /// Leaves the provider alone for `after_ms`, for the longest that anything asked for.
    fn back_off(&mut self, after_ms: i64, said: &str) {
        if self.back_off_ms.is_some_and(|longest| longest >= after_ms) {
            return;
        }
        self.back_off_ms = Some(after_ms);
        self.said = (after_ms > 0).then(|| said.to_owned());
    }
}

/// Sorts the outcomes of a group of POSTs: `(message, when its POST began, what came of it)`.
/// `deduplicates` says that the provider takes a repeated POST for the first.
///
/// A provider is taken for silent where it answers nothing about several messages that it was handed
/// for the first time: those without an answer before may be at fault themselves.
#[must_use]
pub fn settle(outcomes: Vec<(Position, i64, Outcome)>, deduplicates: bool) -> Settlement {
    let mut settlement = Settlement { silent: silent(&outcomes), ..Settlement::default() };
    if let Some(detail) = settlement.silent.clone()
        && outcomes.iter().filter(|(position, ..)| position.doubts == 0).count() > 1
    {
        settlement.back_off(SILENT_BACKOFF_MS, &detail);
    }
    for (position, began_ms, outcome) in outcomes {
        let (trigger, reason, detail, reference) = match outcome {
            Outcome::Taken { reference } => (MessageTrigger::Accepted, None, None, reference),
            Outcome::Refused { reason, detail } => {
                let trigger = position.unless_in_doubt(MessageTrigger::Refused);
                (trigger, Some(position.reason(reason).to_owned()), Some(detail), None)
            }
            Outcome::Unclear { .. } if deduplicates && position.unanswered() + 1 < DOUBTS_MOST => {
                settlement.doubtful.push(Position { doubts: position.doubts + 1, ..position });
                continue;
            }
            Outcome::Unclear { detail } => {
                let reason = Some(position.reason("no_answer").to_owned());
                (MessageTrigger::Unclear, reason, Some(detail), None)
            }
            Outcome::Later { after_ms, detail } => {
                settlement.returned.push(position);
                settlement.back_off(after_ms, &detail);
                continue;
            }
        };
        let before = MessageStatus::Sending;
        settlement.settled.push(Settled {
            ordinal: position.ordinal,
            status: status::message(before, trigger).unwrap_or(before),
            planned_ms: position.at_ms,
            sent_ms: Some(began_ms),
            reason,
            detail,
            reference,
            segments: 0,
            cost: 0,
        });
    }
    settlement
}

/// What is known of a group of which nothing was answered.
fn silent(outcomes: &[(Position, i64, Outcome)]) -> Option<String> {
    let mut details = outcomes.iter().map(|(_, _, outcome)| match outcome {
        Outcome::Unclear { detail } => Some(detail),
        _ => None,
    });
    let first = details.next()??;
    details.all(|detail| detail.is_some()).then(|| first.clone())
}

#[cfg(test)]
mod tests {
    use super::super::commit::Item;
    use super::super::hand_over::{positions, put_off};
    use super::*;

    fn group() -> Vec<Position> {
        positions(&[Item { first: 10, count: 6, start: 100_000, every: 20, doubts: 0 }])
    }

    #[test]
    fn what_may_have_been_taken_before_is_in_doubt_whatever_becomes_of_it_now() {
        let again = Position { doubts: 1, ..group()[0] };
        let refused = Outcome::Refused { reason: "not_authorised", detail: "HTTP 401".into() };
        for deduplicates in [false, true] {
            let settled = settle(vec![(again, 1, refused.clone())], deduplicates).settled;
            assert_eq!(settled[0].status, MessageStatus::Unknown);
            assert_eq!(settled[0].reason.as_deref(), Some("not_authorised"));
        }
        for trigger in [MessageTrigger::Skip, MessageTrigger::Refused] {
            let settled = Settled::without_post(again, trigger, "not_allowed");
            assert_eq!(settled.status, MessageStatus::Unknown);
        }
        assert_eq!(
            settle(vec![(group()[0], 1, refused)], true).settled[0].status,
            MessageStatus::Failed
        );
    }

    #[test]
    fn a_provider_that_asks_for_time_gets_the_longest_it_asked_for() {
        let outcomes = vec![
            (group()[0], 1, Outcome::Taken { reference: Some("a".into()) }),
            (group()[1], 2, Outcome::Later { after_ms: 9_000, detail: String::new() }),
            (group()[2], 3, Outcome::Later { after_ms: 4_000, detail: String::new() }),
        ];
        let settlement = settle(outcomes, false);
        assert_eq!(settlement.settled.len(), 1);
        assert_eq!(settlement.settled[0].status, MessageStatus::Sent);
        assert_eq!(settlement.returned, group()[1..3]);
        assert_eq!(settlement.back_off_ms, Some(9_000));
    }

    #[test]
    fn an_answer_that_never_comes_is_not_asked_for_for_ever() {
        let mut position = group()[0];
        let mut rested = 0;
        for doubts in 1..DOUBTS_MOST {
            let unclear = Outcome::Unclear { detail: "reset".into() };
            let mut settlement = settle(vec![(position, 0, unclear)], true);
            assert_eq!(settlement.settled, []);
            position = settlement.doubtful.remove(0);
            assert_eq!(position.doubts, doubts);
            rested += doubt_rest_ms(doubts);
        }
        assert!((5 * 3_600_000..9 * 3_600_000).contains(&rested), "{rested}");
        let unclear = Outcome::Unclear { detail: "reset".into() };
        let settlement = settle(vec![(position, 0, unclear)], true);
        assert_eq!(settlement.settled[0].status, MessageStatus::Unknown);
        assert_eq!(settlement.doubtful, []);
    }

    #[test]
    fn what_is_put_off_by_this_worker_holds_nobody_else() {
        let later = Outcome::Later { after_ms: 0, detail: "its lease was running out".into() };
        let settlement = settle(vec![(group()[0], 0, later)], false);
        assert_eq!((settlement.back_off_ms, settlement.said), (Some(0), None));
    }

    #[test]
    fn a_silent_provider_is_left_alone_for_a_while() {
        let settlement = settle(group().into_iter().map(unclear).collect(), false);
        assert_eq!(settlement.back_off_ms, Some(SILENT_BACKOFF_MS));
        assert!(settlement.settled.iter().all(|s| s.status == MessageStatus::Unknown));
    }

    fn unclear(position: Position) -> (Position, i64, Outcome) {
        (position, 0, Outcome::Unclear { detail: "reset".into() })
    }

    #[test]
    fn what_was_not_answered_among_others_waits_by_itself() {
        let again = Position { doubts: 3, ..group()[2] };
        let taken = (group()[0], 0, Outcome::Taken { reference: None });
        let mut settlement = settle(vec![taken, unclear(group()[1]), unclear(again)], true);
        assert_eq!(settlement.after_silent(SILENT_GROUPS), 0);
        settlement.put_doubtful_off(1_000);
        assert_eq!((settlement.back_off_ms, settlement.doubtful), (None, vec![]));
        let due: Vec<_> = settlement.put_off.iter().map(|(p, due)| (p.doubts, *due)).collect();
        assert_eq!(due, [(1, 61_000), (4, 241_000)]);
        let entries = put_off(7, &settlement.put_off);
        assert!(entries.iter().all(|entry| entry.charged.is_none()), "their places stay");
    }

    #[test]
    fn one_message_or_those_of_which_nothing_is_known_anyway_are_no_silent_group() {
        let again = |position: &Position| unclear(Position { doubts: 1, ..*position });
        for group in [vec![unclear(group()[0])], group()[..6].iter().map(again).collect()] {
            let settlement = settle(group, true);
            assert_eq!(settlement.back_off_ms, None);
            let mut groups = 0;
            for _ in 0..SILENT_GROUPS {
                let mut settlement = settlement.clone();
                assert_eq!(settlement.back_off_ms, None);
                groups = settlement.after_silent(groups);
                assert_eq!(settlement.said.is_some(), groups == SILENT_GROUPS);
            }
        }
    }
}
