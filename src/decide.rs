//! May a message go now, and if not, why and when?

use serde::Serialize;

use crate::gate::Answer;
use crate::jitter::draw;
use crate::layer::{Hold, Layer, Watch, ask};
use crate::reason::{Code, Reason};
use crate::search::{HORIZON_MS, MAX_QUESTIONS, earliest, most_questions};
use crate::time::civil::DAY_MS;
use crate::time::{Instant, clock_text};

/// The answer to "may a message go now?".
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Decision {
    /// Every gate is open.
    Send,
    /// Not yet.
    Wait {
        /// The earliest instant at which all gates are open at once, with the history as it is.
        until: Instant,
        /// Each gate that is closed now, in the order of the layers and of the policies' table.
        because: Vec<Reason>,
    },
    /// Not within the horizon of 731 days.
    Never {
        /// `ended` or `no_opening`, then each other gate that is closed now.
        because: Vec<Reason>,
    },
}

/// Decides whether a message may go at `now`: a message that draws its jitter as the first one of
/// a plan with the seed 0 does.
#[must_use]
pub fn decide(layers: &[Layer], now: Instant) -> Decision {
    decide_drawn(layers, now, draw(0, 0))
}

/// Decides as [`decide`] does, for a message that draws that number for its jitter: what
/// [`draw`] gives for its lane's seed and its ordinal.
///
/// ```
/// use serde_json::json;
/// use tidegate::{Decision, decide_drawn, draw, request};
///
/// let request = request::parse_decide(&json!({
///     "layers": [{ "policy": { "gap": "10m", "jitter": "1h" }, "history": ["2026-11-23T10:00:00Z"] }],
///     "now": "2026-11-23T10:05:00Z",
/// })).unwrap();
/// let until = |ordinal| match decide_drawn(&request.layers, request.now, draw(7, ordinal)) {
///     Decision::Wait { until, .. } => until.since(request.now),
///     _ => 0,
/// };
/// // The second message waits for its own time, not for that of the first.
/// assert_ne!(until(1), until(0));
/// ```
#[must_use]
pub fn decide_drawn(layers: &[Layer], now: Instant, drawn: u64) -> Decision {
    decide_within(layers, now, drawn, MAX_QUESTIONS)
}

/// The same, where finding out when each closed gate opens takes no more than so many questions in
/// all.
fn decide_within(layers: &[Layer], now: Instant, draw: u64, mut questions: u32) -> Decision {
    let mut watches: Vec<_> = layers.iter().map(|layer| Watch::new(layer, now)).collect();
    let mut because = Vec::new();
    for watch in &mut watches {
        because.extend(closed_gates(watch, now, draw, &mut questions));
    }
    if because.is_empty() {
        return Decision::Send;
    }
    let mut last = None;
    let gates = watches.iter().map(|watch| watch.gates.len()).sum();
    let found = earliest(now, &mut most_questions(gates), |at| {
        let hold = ask(watches.iter_mut(), at, draw).hold;
        last = hold.or(last);
        match hold {
            None => Ok(None),
            Some(Hold { until: Instant::NEVER, .. }) => Err(()),
            Some(Hold { until, .. }) => Ok(Some(until)),
        }
    });
    if let Ok(Some(until)) = found {
        return Decision::Wait { until, because };
    }
    let never = last.and_then(|hold| never(&watches, hold, now));
    because.retain(|reason| {
        never.as_ref().is_none_or(|never| {
            (&never.layer, &never.gate, never.code) != (&reason.layer, &reason.gate, reason.code)
        })
    });
    because.splice(0..0, never);
    Decision::Never { because }
}

/// Each gate of a layer that is closed at `now`, with the instant at which it alone opens, as far as
/// the questions suffice.
fn closed_gates(
    watch: &mut Watch<'_>,
    now: Instant,
    draw: u64,
    questions: &mut u32,
) -> Vec<Reason> {
    let closed: Vec<_> = (0..watch.gates.len())
        .filter(|&gate| matches!(watch.ask_gate(gate, now, draw), Some(Answer::Closed { .. })))
        .collect();
    let mut reasons = Vec::new();
    for gate in closed {
        let mut alone = Watch::new(watch.layer, now);
        let until = earliest(now, questions, |at| match alone.ask_gate(gate, at, draw) {
            None | Some(Answer::Open { .. }) => Ok(None),
            Some(Answer::Closed { until: Instant::NEVER }) => Err(()),
            Some(Answer::Closed { until }) => Ok(Some(until)),
        });
        reasons.extend(watch.reason(gate, now, until.unwrap_or(None)));
    }
    reasons
}

/// The reason why there is no instant at all: the end that came first, or else that no gate is to
/// blame alone.
fn never(watches: &[Watch<'_>], hold: Hold, now: Instant) -> Option<Reason> {
    let watch = watches.get(hold.layer)?;
    if hold.until == Instant::NEVER {
        return watch.reason(hold.gate, now, None);
    }
    let (days, zone) = (HORIZON_MS / DAY_MS, watch.layer.policy.zone());
    let from = clock_text(zone, now, now);
    Some(Reason {
        layer: String::new(),
        gate: String::new(),
        code: Code::NoOpening,
        until: None,
        text: format!("no instant within {days} days of {from} at which everything is open"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Origin, Run};
    use crate::policy::Policy;
    use crate::time::parse_rfc3339;
    use serde_json::{Value, json};

    fn layer(policy: &Value, history: Vec<Run>) -> Layer {
        Layer { name: "sender".to_owned(), policy: Policy::parse(policy).unwrap(), history }
    }

    fn at(text: &str) -> Instant {
        parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_reason_is_a_fact_a_number_and_the_next_instant() {
        let start = at("2026-11-23T09:00:00-05:00");
        let history = vec![Run { start, count: 200, every: 60_000, origin: Origin::Queued }];
        let policy = json!({
            "time_zone": "America/Toronto",
            "limits": [{ "max": 200, "rolling": "24h" }],
        });
        let now = at("2026-11-23T15:00:00-05:00");
        let decision = decide(&[layer(&policy, history)], now);
        let until = at("2026-11-24T09:00:00-05:00");
        let reason = Reason {
            layer: "sender".to_owned(),
            gate: "limits[0]".to_owned(),
            code: Code::RollingLimit,
            until: Some(until),
            text: "200 of 200 sent in the last 24 h; the next place frees at Tue 24 Nov 09:00"
                .to_owned(),
        };
        assert_eq!(decision, Decision::Wait { until, because: vec![reason] });
    }

    #[test]
    fn an_end_before_the_next_window_is_why_there_is_none() {
        let policy = json!({
            "windows": [{ "days": ["mon"], "from": "09:00", "to": "10:00" }],
            "ends_at": "2026-11-23T09:00",
        });
        let decision = decide(&[layer(&policy, Vec::new())], at("2026-11-20T12:00:00Z"));
        let Decision::Never { because } = decision else { panic!("{decision:?}") };
        let codes: Vec<_> = because.iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [Code::Ended, Code::OutsideWindow]);
        assert_eq!(because[0].text, "ends at Mon 23 Nov 09:00; nothing goes after that");
    }

    #[test]
    fn what_is_blocked_for_ever_never_opens() {
        let policy = json!({ "blocked": [{ "name": "Always", "from": "00:00", "to": "24:00" }] });
        let decision = decide(&[layer(&policy, Vec::new())], at("2026-11-20T12:00:00Z"));
        let Decision::Never { because } = decision else { panic!("{decision:?}") };
        let codes: Vec<_> = because.iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [Code::NoOpening, Code::BlockedTime]);
    }

    #[test]
    fn what_closed_gates_are_asked_is_bounded_in_all() {
        let now = at("2026-11-23T09:00:00Z");
        // Each closes and opens 60 times, once for each send that is still to come.
        let sends = Run { start: now, count: 60, every: 1, origin: Origin::Queued };
        let one = layer(&json!({ "limits": [{ "max": 1, "rolling": "1ms" }] }), vec![sends]);
        let layers = [one.clone(), one];
        let opens = |questions| {
            let decision = decide_within(&layers, now, 0, questions);
            let Decision::Wait { until, because } = decision else { panic!("{decision:?}") };
            assert_eq!(until, now.plus(60));
            because.into_iter().map(|reason| reason.until).collect::<Vec<_>>()
        };
        assert_eq!(opens(122), [Some(now.plus(60)), Some(now.plus(60))]);
        assert_eq!(opens(100), [Some(now.plus(60)), None]);
    }

    #[test]
    fn each_gate_says_what_it_waits_for() {
        let policy = json!({
            "time_zone": "Europe/Paris",
            "windows": [{ "days": ["mon"], "from": "09:00", "to": "17:00" }],
            "blocked": [{ "name": "Lunch", "from": "12:00", "to": "14:00" },
                        { "name": "Inventory", "from": "2026-11-21T13:00", "to": "2026-11-22T00:00" }],
            "limits": [{ "max": 2, "rolling": "7d" }, { "max": 3, "calendar": "day" },
                       { "max": 3, "calendar": "month", "counts": "queued" }],
            "gap": "90s",
            "breaks": [{ "after": 3, "pause": "1h" }],
            "starts_at": "2027-01-04T09:00",
        });
        let now = at("2026-11-21T13:30:00+01:00");
        let sent =
            Run { start: now.minus(120_000), count: 3, every: 60_000, origin: Origin::Queued };
        let decision = decide(&[layer(&policy, vec![sent])], now);
        let Decision::Wait { until, because } = decision else { panic!("{decision:?}") };
        assert_eq!(until, at("2027-01-04T09:00:00+01:00"));
        let texts: Vec<_> =
            because.iter().map(|reason| format!("{}: {}", reason.gate, reason.text)).collect();
        assert_eq!(
            texts,
            [
                "windows: outside sending hours; opens at Mon 23 Nov 09:00",
                "blocked[0]: blocked by Lunch and what follows it; ends at Sun 22 Nov 00:00",
                "limits[0]: 3 of 2 sent in the last 7 d; the next place frees at Sat 28 Nov 13:29",
                "limits[1]: 3 of 3 sent today; the next day starts at Sun 22 Nov 00:00",
                "limits[2]: 3 of 3 sent this month; the next month starts at Tue 1 Dec 00:00",
                "gap: the last went at Sat 21 Nov 13:30; the gap of 90 s ends at Sat 21 Nov 13:31:30",
                "breaks[0]: 3 sent without a break of 1 h; the break ends at Sat 21 Nov 14:30",
                "starts_at: not started; starts at Mon 4 Jan 2027 09:00",
            ]
        );
    }
}
