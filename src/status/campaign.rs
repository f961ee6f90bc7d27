//! The life of a campaign.

use super::Refusal;
use super::named::named_enum;
use crate::time::civil::MINUTE_MS;

/// How far ahead a campaign's start has to lie when it is given a time, in milliseconds.
pub const MIN_LEAD_MS: i64 = 5 * MINUTE_MS;

named_enum! {
    /// Where a campaign stands.
    pub enum CampaignStatus {
        /// Being written.
        Draft = "draft",
        /// Waiting for its start.
        Scheduled = "scheduled",
        /// Its first run is committed.
        InProgress = "in_progress",
        /// Held by a person.
        Paused = "paused",
        /// Everyone was reached, or its end came. Final.
        Completed = "completed",
        /// Stopped or cancelled by a person. Final.
        Stopped = "stopped",
        /// Ended by an error that needs a person. Final.
        Failed = "failed",
    }
}

named_enum! {
    /// What can happen to a campaign.
    pub enum CampaignTrigger {
        /// It is to go: at once, or at a time.
        Schedule = "schedule",
        /// Its start is moved.
        Reschedule = "reschedule",
        /// Its content, recipients or rules are changed.
        Edit = "edit",
        /// A run of it was committed. Later runs change nothing.
        Start = "start",
        /// A person holds it.
        Pause = "pause",
        /// A person lets it go on.
        Resume = "resume",
        /// A person ends it after it started.
        Stop = "stop",
        /// A person ends it before it started.
        Cancel = "cancel",
        /// Nobody on its list is left.
        Exhaust = "exhaust",
        /// Its end date came.
        End = "end",
        /// It cannot go on.
        Fail = "fail",
    }
}

/// What a campaign's table has to know beside the status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CampaignFacts {
    /// Whether a run of it was ever committed.
    pub started: bool,
    /// For `schedule` and `reschedule`: milliseconds from now to the start that is asked for;
    /// none when it is to start at once.
    pub lead_ms: Option<i64>,
}

/// The status of a campaign after `trigger`.
///
/// # Errors
///
/// When the trigger is not legal: why, and which are.
pub fn campaign(
    from: CampaignStatus,
    trigger: CampaignTrigger,
    facts: &CampaignFacts,
) -> Result<CampaignStatus, Refusal<CampaignTrigger>> {
    use CampaignTrigger::{Reschedule, Schedule};
    let why = match follower(from, trigger, facts) {
        Some(_) if matches!(trigger, Schedule | Reschedule) && is_too_soon(facts) => {
            "a start has to lie at least 5 minutes ahead; move it, or start at once".to_owned()
        }
        Some(to) => return Ok(to),
        None => refusal(from, trigger),
    };
    let legal = CampaignTrigger::ALL.iter().copied();
    let legal = legal.filter(|&other| follower(from, other, facts).is_some());
    Err(Refusal { why, legal: legal.collect() })
}

/// The table itself.
fn follower(
    from: CampaignStatus,
    trigger: CampaignTrigger,
    facts: &CampaignFacts,
) -> Option<CampaignStatus> {
    use CampaignStatus::{Completed, Draft, Failed, InProgress, Paused, Scheduled, Stopped};
    use CampaignTrigger as On;
    match (from, trigger) {
        (Draft, On::Edit | On::Reschedule) => Some(Draft),
        (Draft, On::Schedule) | (Scheduled, On::Edit | On::Reschedule) => Some(Scheduled),
        (Scheduled | InProgress, On::Start) => Some(InProgress),
        (Scheduled | InProgress, On::Pause) => Some(Paused),
        (Paused, On::Edit) if !facts.started => Some(Paused),
        (Paused, On::Resume) => Some(if facts.started { InProgress } else { Scheduled }),
        (Draft | Scheduled, On::Cancel) | (InProgress | Paused, On::Stop) => Some(Stopped),
        (Scheduled | InProgress | Paused, On::Exhaust | On::End) => Some(Completed),
        (Scheduled | InProgress | Paused, On::Fail) => Some(Failed),
        (Draft | Scheduled | InProgress | Paused | Completed | Stopped | Failed, _) => None,
    }
}

fn is_too_soon(facts: &CampaignFacts) -> bool {
    facts.lead_ms.is_some_and(|lead_ms| lead_ms < MIN_LEAD_MS)
}

fn refusal(from: CampaignStatus, trigger: CampaignTrigger) -> String {
    use CampaignStatus::{Completed, Draft, Failed, InProgress, Paused, Scheduled, Stopped};
    match from {
        Completed | Stopped | Failed => format!("a {from} campaign is final"),
        Draft => format!("a draft has to be scheduled before `{trigger}`"),
        Scheduled => format!("`{trigger}` does not apply to a campaign that has not started"),
        InProgress => format!("`{trigger}` does not apply to a campaign in progress"),
        Paused if trigger == CampaignTrigger::Edit => {
            "a campaign that has started says what it says; stop it, and send it again to those \
             who were left out"
                .to_owned()
        }
        Paused => format!("`{trigger}` does not apply to a paused campaign; resume or stop it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_this_one() {
        // One row a status, one column a trigger, in the order of their declarations.
        let table = "
            draft        scheduled draft draft . . . . stopped . . .
            scheduled    . scheduled scheduled in_progress paused . . stopped completed completed failed
            in_progress  . . . in_progress paused . stopped . completed completed failed
            paused       . . paused . . scheduled stopped . completed completed failed
            completed    . . . . . . . . . . .
            stopped      . . . . . . . . . . .
            failed       . . . . . . . . . . .
        ";
        let rows: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|row| !row.is_empty())
            .collect();
        assert_eq!(rows.len(), CampaignStatus::ALL.len());
        for row in rows {
            let from = CampaignStatus::named(row[0]).unwrap();
            assert_eq!(row.len() - 1, CampaignTrigger::ALL.len(), "{from}");
            for (&trigger, &to) in CampaignTrigger::ALL.iter().zip(&row[1..]) {
                let outcome = campaign(from, trigger, &CampaignFacts::default());
                let outcome = outcome.map_or(".", CampaignStatus::name);
                assert_eq!(outcome, to, "{from} on {trigger}");
            }
        }
    }

    #[test]
    fn a_paused_campaign_goes_back_to_where_it_was() {
        for (started, to) in
            [(false, CampaignStatus::Scheduled), (true, CampaignStatus::InProgress)]
        {
            let facts = CampaignFacts { started, lead_ms: None };
            assert_eq!(campaign(CampaignStatus::Paused, CampaignTrigger::Resume, &facts), Ok(to));
        }
    }

    #[test]
    fn what_has_started_is_not_changed_any_more_though_it_is_paused() {
        let facts = CampaignFacts { started: true, lead_ms: None };
        let refusal = campaign(CampaignStatus::Paused, CampaignTrigger::Edit, &facts).unwrap_err();
        assert!(refusal.why.contains("send it again"), "{}", refusal.why);
        assert!(!refusal.legal.contains(&CampaignTrigger::Edit));
    }

    #[test]
    fn a_start_lies_five_minutes_ahead_or_is_at_once() {
        for (lead_ms, legal) in
            [(None, true), (Some(300_000), true), (Some(299_999), false), (Some(-1), false)]
        {
            for trigger in [CampaignTrigger::Schedule, CampaignTrigger::Reschedule] {
                let facts = CampaignFacts { started: false, lead_ms };
                let outcome = campaign(CampaignStatus::Draft, trigger, &facts);
                assert_eq!(outcome.is_ok(), legal, "{lead_ms:?}");
            }
        }
    }

    #[test]
    fn a_refusal_names_what_is_legal() {
        let facts = CampaignFacts { started: true, lead_ms: None };
        let refusal = campaign(CampaignStatus::Paused, CampaignTrigger::Pause, &facts).unwrap_err();
        assert_eq!(refusal.why, "`pause` does not apply to a paused campaign; resume or stop it");
        let legal: Vec<_> = refusal.legal.iter().map(|trigger| trigger.name()).collect();
        assert_eq!(legal, ["resume", "stop", "exhaust", "end", "fail"]);
    }
}
