//! How often one person is written to: limits over all that a team sends to one address, from
//! whichever sender and campaign.
//!
//! A plan knows people by their number alone, so these limits are asked at the claim. What was sent
//! to a person is counted from the last instant at which the POST can have begun: two that are
//! `rolling` apart by it are at least that far apart on the wire.

mod rules;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use tidegate::zone::Zone;
use tidegate::{Decision, Instant, Layer, Origin, Policy, Problem, Run};

use self::rules::Rules;
use super::hand_over::{GRACE_MS, Position};
use crate::model::Kind;
use crate::zones::Zones;

/// The most that a limit lets through: each is kept in the person's row.
pub const LIMIT_MOST: i64 = 100;
/// The longest that a limit looks back, in ms.
pub const LOOK_BACK_MOST_MS: i64 = 31 * 86_400_000;
/// The most limits.
pub const LIMITS_MOST: usize = 8;
/// Messages of lists that have to wait for their person come back on the ten minutes, so that
/// neighbours come back together, in one row, in ms.
const TOGETHER_MS: i64 = 600_000;

/// What becomes of a message whose person has had enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// It goes when the person may be written to again.
    #[default]
    Wait,
    /// It is left out.
    Skip,
}

/// A team's limits for one person.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Those that hold for messages of lists: all.
    lists: Rules,
    /// Those that hold for singles.
    singles: Rules,
    /// What becomes of a message that is over one of them.
    pub over: Over,
}

/// A message that a person was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The last instant at which its POST can have begun, ms.
    pub at_ms: i64,
    /// Its campaign's number.
    pub campaign: i64,
    /// Its ordinal there.
    pub ordinal: i64,
    /// Whether it was a single.
    pub is_single: bool,
}

impl Mark {
    /// As the engine's history, at another instant.
    const fn run(&self, at_ms: i64) -> Run {
        let origin = if self.is_single { Origin::Single } else { Origin::Queued };
        Run::one(Instant::from_millis(at_ms), origin)
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.at_ms, self.campaign, self.ordinal, i64::from(self.is_single)).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (at_ms, campaign, ordinal, single) = <(i64, i64, i64, i64)>::deserialize(from)?;
        Ok(Self { at_ms, campaign, ordinal, is_single: single == 1 })
    }
}

/// A message that asks for its turn.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Its campaign's number.
    pub campaign: i64,
    /// Which it is.
    pub position: Position,
    /// Of what kind its campaign is.
    pub kind: Kind,
    /// How late it is, ms.
    pub late_ms: i64,
}

impl Asking {
    /// When its POST begins at the soonest, ms.
    const fn at_ms(&self) -> i64 {
        self.position.at_ms + self.late_ms
    }

    const fn is_marked_by(&self, mark: &Mark) -> bool {
        mark.campaign == self.campaign && mark.ordinal == self.position.ordinal
    }

    fn mark(&self) -> Mark {
        Mark {
            at_ms: self.at_ms() + GRACE_MS,
            campaign: self.campaign,
            ordinal: self.position.ordinal,
            is_single: self.is_single(),
        }
    }

    fn is_single(&self) -> bool {
        self.kind == Kind::Single
    }
}

impl Limits {
    /// Those of a `person_policy` that was accepted; none where it limits nothing.
    ///
    /// # Errors
    /// When it is not one any more.
    pub fn parse(document: &Value) -> Result<Option<Self>, Vec<Problem>> {
        let limits = document.get("limits").and_then(Value::as_array);
        let Some(limits) = limits.filter(|limits| !limits.is_empty()) else {
            return Ok(None);
        };
        let all: Vec<&Value> = limits.iter().collect();
        let of_singles = |limit: &&Value| limit.get("counts").is_none();
        let singles: Vec<&Value> = limits.iter().filter(of_singles).collect();
        let over = document.get("over").and_then(Value::as_str);
        Ok(Some(Self {
            lists: Rules::of(&all)?,
            singles: Rules::of(&singles)?,
            over: if over == Some("skip") { Over::Skip } else { Over::Wait },
        }))
    }

    /// Whether one of them counts by the calendar, so that it matters where the person is.
    #[must_use]
    pub fn go_by_the_clock(&self) -> bool {
        let limits = self.lists.document.get("limits").and_then(Value::as_array);
        limits.is_some_and(|limits| limits.iter().any(|limit| limit.get("calendar").is_some()))
    }

    /// Those of somebody who is in one of these zones: all of them have to allow it.
    ///
    /// # Errors
    /// When one is no limit any more.
    pub fn on(&self, zones: &Zones, default: Zone) -> Result<Self, Vec<Problem>> {
        Ok(Self {
            lists: self.lists.on(zones.or(default))?,
            singles: self.singles.on(zones.or(default))?,
            over: self.over,
        })
    }

    /// When a message may go to a person with these marks, where that is not at its instant, ms.
    #[must_use]
    pub fn waits_until(&self, asking: &Asking, marks: &[Mark]) -> Option<i64> {
        let at_ms = asking.at_ms();
        let others = || marks.iter().filter(|mark| !asking.is_marked_by(mark));
        // Whichever of two slices claims first, the other counts what lies ahead of it as sent.
        let now = |mark: &Mark| mark.run(mark.at_ms.min(at_ms));
        if let Decision::Send = self.decide(asking, others().map(now), at_ms) {
            return None;
        }
        let last_ms = others().map(|mark| mark.at_ms).max().unwrap_or(at_ms).max(at_ms);
        let runs = others().map(|mark| mark.run(mark.at_ms));
        let until_ms = match self.decide(asking, runs, last_ms) {
            Decision::Send => last_ms,
            Decision::Wait { until, .. } => until.millis(),
            Decision::Never { .. } => last_ms + LOOK_BACK_MOST_MS,
        };
        Some(if asking.is_single() { until_ms } else { on_the_ten_minutes(until_ms) })
    }

    fn decide(&self, asking: &Asking, runs: impl Iterator<Item = Run>, at_ms: i64) -> Decision {
        let rules = if asking.is_single() { &self.singles } else { &self.lists };
        let history: Vec<Run> = runs.collect();
        let layer = |policy: &Policy| Layer {
            name: super::team::PERSON_LAYER.to_owned(),
            policy: policy.clone(),
            history: history.clone(),
        };
        let layers: Vec<Layer> = rules.clocks.iter().map(layer).collect();
        tidegate::decide(&layers, Instant::from_millis(at_ms))
    }

    /// The marks of a person who is sent a message, without those that no limit counts any more; none
    /// where no limit counts this message.
    #[must_use]
    pub fn charged(&self, asking: &Asking, marks: &[Mark]) -> Option<Vec<Mark>> {
        let own = asking.mark();
        self.counts_until(&own)?;
        // One that came back has surely not been sent, unless the provider did not say.
        let is_past = asking.position.doubts == 0;
        let counts = |mark: &&Mark| {
            let is_counted = self.counts_until(mark).is_some_and(|until| until > asking.at_ms());
            is_counted && !(is_past && asking.is_marked_by(mark))
        };
        let mut marks: Vec<Mark> = marks.iter().filter(counts).copied().collect();
        marks.push(own);
        Some(marks)
    }

    /// Until when the mark is kept at least that the claim of a message leaves, ms; none where it
    /// leaves none.
    #[must_use]
    pub fn marked_until(&self, asking: &Asking) -> Option<i64> {
        self.counts_until(&asking.mark())
    }

    /// Until when a limit counts a message, ms; none where none ever does.
    #[must_use]
    pub fn counts_until(&self, mark: &Mark) -> Option<i64> {
        let rules = if mark.is_single { &self.singles } else { &self.lists };
        let look_back = rules.look_back_ms;
        (look_back > 0).then_some(mark.at_ms + look_back)
    }

    /// How many of these people, by their marks, may get no message of a list at `now`.
    #[must_use]
    pub fn are_full(&self, marks: &[Mark], now_ms: i64) -> bool {
        let position = Position { ordinal: -1, at_ms: now_ms, doubts: 0 };
        let asking = Asking { campaign: 0, position, kind: Kind::Broadcast, late_ms: 0 };
        self.waits_until(&asking, marks).is_some()
    }
}

const fn on_the_ten_minutes(at_ms: i64) -> i64 {
    (at_ms + TOGETHER_MS - 1).div_euclid(TOGETHER_MS) * TOGETHER_MS
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOON: i64 = 1_795_521_600_000;
    const DAY: i64 = 86_400_000;

    fn limits(limits: &Value) -> Limits {
        Limits::parse(&json!({ "limits": limits })).unwrap().unwrap()
    }

    fn asking(campaign: i64, at_ms: i64) -> Asking {
        let position = Position { ordinal: 0, at_ms, doubts: 0 };
        Asking { campaign, position, kind: Kind::Broadcast, late_ms: 0 }
    }

    fn single(campaign: i64, at_ms: i64) -> Asking {
        Asking { kind: Kind::Single, ..asking(campaign, at_ms) }
    }

    #[test]
    fn a_place_frees_a_span_after_the_last_instant_at_which_the_first_can_have_gone() {
        let limits = limits(&json!([{ "max": 2, "rolling": "24h" }]));
        let one = limits.charged(&asking(1, NOON), &[]).unwrap();
        assert_eq!(limits.waits_until(&single(2, NOON + 5), &one), None);
        let two = limits.charged(&asking(2, NOON + 5), &one).unwrap();
        let third = single(3, NOON + 9);
        assert_eq!(limits.waits_until(&third, &two), Some(NOON + DAY + GRACE_MS));
        assert_eq!(limits.waits_until(&single(3, NOON + DAY + GRACE_MS), &two), None);
        assert!(limits.waits_until(&single(3, NOON + DAY + GRACE_MS - 1), &two).is_some());
    }

    #[test]
    fn whatever_claims_first_the_other_counts_it() {
        let limits = limits(&json!([{ "max": 1, "rolling": "1h" }]));
        let ahead = limits.charged(&asking(1, NOON + 10_000), &[]).unwrap();
        let until = limits.waits_until(&single(2, NOON), &ahead);
        assert_eq!(until, Some(NOON + 10_000 + GRACE_MS + 3_600_000));
    }

    #[test]
    fn neighbours_of_a_list_come_back_together() {
        let limits = limits(&json!([{ "max": 1, "rolling": "1h" }]));
        let one = limits.charged(&asking(1, NOON), &[]).unwrap();
        let until = limits.waits_until(&asking(2, NOON + 60_000), &one);
        assert_eq!(until, Some(NOON + 3_600_000 + TOGETHER_MS));
        assert_eq!(on_the_ten_minutes(NOON), NOON);
    }

    #[test]
    fn one_that_comes_back_has_one_mark_and_one_in_doubt_keeps_both() {
        let limits = limits(&json!([{ "max": 1, "rolling": "1h" }]));
        let one = limits.charged(&asking(1, NOON), &[]).unwrap();
        let again = asking(1, NOON + 60_000);
        assert_eq!(limits.waits_until(&again, &one), None);
        assert_eq!(limits.charged(&again, &one).unwrap().len(), 1);
        let mut doubtful = again;
        doubtful.position.doubts = 1;
        assert_eq!(limits.charged(&doubtful, &one).unwrap().len(), 2);
    }

    #[test]
    fn a_limit_on_lists_leaves_singles_out() {
        let limits = limits(&json!([{ "max": 1, "rolling": "1h", "counts": "queued" }]));
        let one = limits.charged(&asking(1, NOON), &[]).unwrap();
        assert_eq!(limits.waits_until(&single(2, NOON), &one), None);
        assert_eq!(limits.charged(&single(2, NOON), &one), None);
        assert!(limits.waits_until(&asking(3, NOON), &one).is_some());
    }

    /// When `limits` on a clock let a second message go that is asked for at `at_ms`.
    fn second(limits: &Limits, zones: &str, first_ms: i64, at_ms: i64) -> Option<i64> {
        let limits = limits.on(&Zones::named(zones).unwrap(), Zone::UTC).unwrap();
        let one = limits.charged(&single(1, first_ms), &[]).unwrap();
        limits.waits_until(&single(2, at_ms), &one)
    }

    #[test]
    fn a_day_is_the_persons_own_and_of_several_zones_all_have_to_have_begun_one() {
        let limits = limits(&json!([{ "max": 1, "calendar": "day" }]));
        assert!(limits.go_by_the_clock());
        // Noon of 24 November 2026 in UTC; Tokyo begins the 25th three hours later, Paris eleven.
        let (hour, second_ms) = (3_600_000, NOON + 60_000);
        assert_eq!(second(&limits, "Asia/Tokyo", NOON, second_ms), Some(NOON + 3 * hour));
        assert_eq!(second(&limits, "Asia/Tokyo", NOON, NOON + 3 * hour), None);
        assert_eq!(second(&limits, "Europe/Paris", NOON, second_ms), Some(NOON + 11 * hour));
        assert_eq!(second(&limits, "", NOON, second_ms), Some(NOON + 12 * hour));
        let both = "Asia/Tokyo|Europe/Paris";
        assert_eq!(second(&limits, both, NOON, NOON + 4 * hour), Some(NOON + 11 * hour));
    }

    #[test]
    fn what_goes_at_midnight_counts_on_neither_side_too_little() {
        let limits = limits(&json!([{ "max": 1, "calendar": "day" }]));
        let midnight = NOON + DAY / 2;
        // It may begin on either day: on the first it is held against that, afterwards against the next.
        assert!(second(&limits, "", midnight - 500, midnight - 400).is_some());
        assert_eq!(second(&limits, "", midnight - 500, midnight + 1), Some(midnight + DAY));
        assert_eq!(second(&limits, "", midnight - 10_000, midnight), None);
    }

    #[test]
    fn a_limit_by_the_calendar_remembers_for_the_longest_day_week_and_month() {
        for (calendar, days) in [("day", 1), ("week", 7), ("month", 31)] {
            let limits = limits(&json!([{ "max": 1, "calendar": calendar }]));
            let policy = Policy::parse(&json!({ "limits": [{ "max": 1, "calendar": calendar }] }));
            let mark = limits.charged(&single(1, NOON), &[]).unwrap()[0];
            let until = limits.counts_until(&mark).unwrap();
            assert!(
                until - NOON >= policy.unwrap().lookback_ms().min((days + 1) * DAY),
                "{calendar}"
            );
        }
    }

    #[test]
    fn what_no_limit_counts_any_more_is_forgotten() {
        let limits = limits(&json!([{ "max": 3, "rolling": "1h" }, { "max": 9, "rolling": "2h" }]));
        let mut marks = Vec::new();
        for k in 0..40 {
            let asking = asking(k, NOON + k * 1_200_000);
            if limits.waits_until(&asking, &marks).is_none() {
                marks = limits.charged(&asking, &marks).unwrap();
            }
            assert!(marks.len() <= 9);
        }
        let text = serde_json::to_string(&marks[..1]).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Mark>>(&text).unwrap(), marks[..1]);
    }

    #[test]
    fn no_limits_are_none() {
        for none in [json!({}), json!({ "limits": [] }), json!({ "hours": {} })] {
            assert!(Limits::parse(&none).unwrap().is_none());
        }
    }
}
