//! A team's own rules, as they are asked: the hours of its senders, and what holds for each person.

use serde_json::{Map, Value, json};
use tidegate::Policy;

use super::fields::Fields;
use super::zones::RECIPIENT_RULES;
use crate::dispatch::person::{LIMIT_MOST, LIMITS_MOST, LOOK_BACK_MOST_MS, Limits, Over};

/// What counts or spaces the sends of one sender.
const COUNTING: [&str; 4] = ["limits", "gap", "jitter", "breaks"];
/// What belongs to a campaign.
const SCHEDULE: [&str; 2] = ["starts_at", "ends_at"];

/// A team's hours. What counts sends does so for one sender: two senders' ticks cannot share it.
pub fn parse_hours(fields: &mut Fields<'_>, value: &Value) -> Option<Value> {
    let message = "is counted for each sender; put it on the senders, or, as what one person may \
                   get, into the team's `person_policy`";
    let is_fine = refuse_named(fields, "policy", value, &COUNTING, "not_for_teams", message);
    fields.policy("policy", value).filter(|_| is_fine)
}

/// Refuses rules of those names. Whether there were none.
fn refuse_named(
    fields: &mut Fields<'_>,
    at: &str,
    value: &Value,
    names: &[&str],
    code: &'static str,
    message: &str,
) -> bool {
    let rules = value.as_object().into_iter().flatten();
    let refused: Vec<&String> =
        rules.map(|(name, _)| name).filter(|name| names.contains(&name.as_str())).collect();
    for name in &refused {
        fields.refuse(&format!("{at}.{name}"), code, message);
    }
    refused.is_empty()
}

/// `{"limits", "hours", "over"}`: how often a person may be written to, when, and what becomes of a
/// message that is over a limit.
pub fn parse_person_policy<'a>(fields: &mut Fields<'a>, value: &'a Value) -> Option<Value> {
    const OVER: [(&str, Over); 2] = [("wait", Over::Wait), ("skip", Over::Skip)];
    fields.object("person_policy", value, |inner| {
        let mut policy = Map::new();
        let limits = inner.optional("limits").map(|value| parse_limits(inner, value));
        let hours = inner.optional("hours").map(|value| parse_person_hours(inner, value));
        let over = inner.optional("over").map(|value| inner.one_of("over", value, &OVER));
        if let Some(limits) = limits {
            policy.insert("limits".into(), limits?);
        }
        if let Some(hours) = hours {
            policy.insert("hours".into(), hours?);
        }
        if let Some(over) = over {
            policy.insert("over".into(), json!(over?));
        }
        Some(Value::Object(policy))
    })
}

/// Hours that are read on the clock of each person: windows and blocked times.
fn parse_person_hours(fields: &mut Fields<'_>, value: &Value) -> Option<Value> {
    let rules = RECIPIENT_RULES.map(|rule| format!("`{rule}`")).join(", ");
    let message = format!(
        "is not read on each person's own clock, as {rules} are; put it on the senders or their \
         campaigns"
    );
    let others = [COUNTING.as_slice(), SCHEDULE.as_slice()].concat();
    let is_fine = refuse_named(fields, "hours", value, &others, "not_for_people", &message);
    fields.policy("hours", value).filter(|_| is_fine)
}

/// Limits over a moving span or the person's own day, week or month, each short enough to be kept for everybody.
fn parse_limits(fields: &mut Fields<'_>, value: &Value) -> Option<Value> {
    let Some(list) = value.as_array() else {
        fields.refuse("limits", "type", "is no list; write `[{\"max\": 3, \"rolling\": \"24h\"}]`");
        return None;
    };
    if list.len() > LIMITS_MOST {
        let message = format!("has {} limits; {LIMITS_MOST} are the most", list.len());
        fields.refuse("limits", "too_many", message);
        return None;
    }
    if let Err(problems) = Policy::parse(&json!({ "limits": value })) {
        let relative = |problem: tidegate::Problem| tidegate::Problem {
            path: problem.path.strip_prefix("limits").unwrap_or(&problem.path).to_owned(),
            ..problem
        };
        fields.refuse_within("limits", problems.into_iter().map(relative).collect());
        return None;
    }
    let mut is_fine = true;
    for (index, limit) in list.iter().enumerate() {
        let at = format!("limits[{index}]");
        for name in ["enforce", "ramp"] {
            if limit.get(name).is_some() {
                let message = "is not for one person; write `max` and `rolling` or `calendar`, such as \
                               `{\"max\": 3, \"rolling\": \"24h\"}`";
                fields.refuse(&format!("{at}.{name}"), "not_for_people", message);
                is_fine = false;
            }
        }
        let counts = limit.get("counts").and_then(Value::as_str);
        if counts.is_some_and(|counts| counts != "queued") {
            let message = "can be `queued`, for a limit on messages of lists alone; leave it out \
                           for one on all";
            fields.refuse(&format!("{at}.counts"), "not_for_people", message);
            is_fine = false;
        }
        if limit.get("max").and_then(Value::as_i64).is_some_and(|max| max > LIMIT_MOST) {
            let message = format!("lets more than {LIMIT_MOST} through; write at most that");
            fields.refuse(&format!("{at}.max"), "out_of_bounds", message);
            is_fine = false;
        }
        let rolling = limit.get("rolling").and_then(Value::as_str);
        if rolling.and_then(tidegate::duration_ms).is_some_and(|ms| ms > LOOK_BACK_MOST_MS) {
            let days = LOOK_BACK_MOST_MS / 86_400_000;
            let message = format!("looks back more than {days} days; write at most `{days}d`");
            fields.refuse(&format!("{at}.rolling"), "out_of_bounds", message);
            is_fine = false;
        }
    }
    debug_assert!(!is_fine || Limits::parse(&json!({ "limits": value })).is_ok(), "{value}");
    is_fine.then(|| value.clone())
}
