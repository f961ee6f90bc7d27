//! Deliberate faults in the product, to show that the simulation would find them: each takes a guard
//! out of the product's statements on their way to the database.
//!
//! Where a second guard makes the loss of one harmless, the mutant takes out both, and says why.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use tidegate_worker::store::Statement;

use super::Twist;
use super::runner::run_one;
use crate::Fault;

/// What is different about one statement. Texts are compared with their white space made single.
#[derive(Debug)]
pub struct Edit {
    /// What the statement begins with.
    pub of: &'static str,
    /// What else it holds, to tell it from others that begin so.
    pub with: &'static str,
    pub from: &'static str,
    pub to: &'static str,
}

/// A deliberate fault.
#[derive(Debug)]
pub struct Mutant {
    pub name: &'static str,
    /// What is taken out, and why more than one guard where it is more.
    pub why: &'static str,
    pub edits: &'static [Edit],
    /// The promise that it must be seen to break.
    pub breaks: &'static str,
    /// Within so many seeds it must be caught.
    pub within: u64,
    /// The faults that bring it to light, each once in so many chances, where a seed has any; so that
    /// it is not found by luck.
    pub often: &'static [(Fault, u64)],
}

/// What became of a mutant.
#[derive(Debug)]
pub struct Caught {
    /// The seed that caught it, and the promise that it broke.
    pub by: Option<(u64, String)>,
    /// The edits that fitted no statement.
    pub stale: Vec<&'static str>,
}

const CLAIM: &str = "UPDATE handovers SET claimed = ?6";
const RECALL: Edit = Edit {
    of: "INSERT INTO backlog",
    with: "FROM handovers h, json_each(h.items) i",
    from: "WHERE h.done = 0",
    to: "WHERE 0",
};
const RECALLED: Edit = Edit {
    of: "UPDATE handovers AS h SET done = 1",
    with: "",
    from: "WHERE h.done = 0",
    to: "WHERE 0",
};
const EDITION: &str = "AND c.edition = handovers.edition";
const SETTLE: &str = "WITH news AS";
const RETURN: &str = "INSERT INTO backlog (campaign_seq, first, count, due_ms, charged, doubtful) \
                      SELECT value ->> 'campaign_seq', value ->> 'first', value ->> 'count'";

pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "claim",
        why: "a POST begins before its intent is recorded; the schema's check that nothing is \
              settled beyond its claim would stop the slice, so settling claims",
        edits: &[
            Edit {
                of: "UPDATE campaigns SET status = 'in_progress'",
                with: "",
                from: "AND claimed = ?5",
                to: "AND ?5 = ?5",
            },
            Edit { of: CLAIM, with: "", from: "SET claimed = ?6, lease", to: "SET lease" },
            Edit { of: CLAIM, with: "", from: "AND claimed = ?5", to: "" },
            Edit {
                of: SETTLE,
                with: "",
                from: "SET settled = ?6",
                to: "SET claimed = max(claimed, ?6), settled = ?6",
            },
        ],
        breaks: "nobody twice",
        within: 100,
        often: &[],
    },
    Mutant {
        name: "a zone's cursor",
        why: "a tick moves the campaign's cursor, and not that of the zone whose people it releases",
        edits: &[Edit {
            of: "UPDATE campaign_zones SET cursor",
            with: "",
            from: "WHERE campaign_zones.campaign_seq",
            to: "WHERE 0 AND campaign_zones.campaign_seq",
        }],
        breaks: "nobody lost",
        within: 40,
        often: &[],
    },
    Mutant {
        name: "what a person was sent",
        why: "a claim does not note whom it is for",
        edits: &[Edit {
            of: "INSERT INTO person_sends",
            with: "",
            from: "AND EXISTS",
            to: "AND 0 AND EXISTS",
        }],
        breaks: "a person's limit",
        within: 60,
        often: &[],
    },
    Mutant {
        name: "two claims for one person",
        why: "a claim holds although another has written to one of its people since they were read",
        edits: &[Edit {
            of: CLAIM,
            with: "",
            from: "WHERE coalesce(p.sends, '') <> j.value ->> 'was'",
            to: "WHERE 0",
        }],
        breaks: "a person's limit",
        within: 1_000,
        often: &[],
    },
    Mutant {
        name: "claim under a pause",
        why: "a claim holds whatever the campaign's status; a pause climbs its edition \
              and takes back what is not begun, too, so it does not",
        edits: &[
            Edit {
                of: CLAIM,
                with: "",
                from: "AND c.status IN ('scheduled', 'in_progress', 'completed')",
                to: "",
            },
            Edit { of: CLAIM, with: "", from: EDITION, to: "" },
            RECALL,
            RECALLED,
        ],
        breaks: "a pause is kept",
        within: 1_000,
        often: &[],
    },
    Mutant {
        name: "claim by old rules",
        why: "a claim holds though the sender's rules are not those that planned it; a change of them \
              climbs the campaigns' edition and takes back what is not begun, too, so it does not",
        edits: &[
            Edit { of: CLAIM, with: "", from: "AND s.version = handovers.rules_version", to: "" },
            Edit { of: CLAIM, with: "", from: EDITION, to: "" },
            RECALL,
            RECALLED,
        ],
        breaks: "no rule broken",
        within: 200,
        often: &[],
    },
    Mutant {
        name: "claim of an old edition",
        why: "a claim holds though the campaign is not what was planned; a command takes slices back \
              that are not begun, so it does not",
        edits: &[Edit { of: CLAIM, with: "", from: EDITION, to: "" }, RECALL, RECALLED],
        breaks: "no rule broken",
        within: 1_000,
        often: &[],
    },
    Mutant {
        name: "claim in the provider's time",
        why: "a claim holds though the provider has asked to be left alone",
        edits: &[Edit {
            of: CLAIM,
            with: "",
            from: "AND s.hold_until_ms <= ?8",
            to: "AND ?8 = ?8",
        }],
        breaks: "the provider gets its time",
        within: 200,
        often: &[],
    },
    Mutant {
        name: "fence",
        why: "a tick is committed though another was in between; the outbox's key, made of the same \
              number, would refuse it too, so it takes the number that is free",
        edits: &[
            Edit {
                of: "UPDATE senders SET tick_no",
                with: "",
                from: "CASE WHEN tick_no = j.value ->> 1 AND version = j.value ->> 7 THEN tick_no + 1 ELSE NULL END",
                to: "tick_no + 1",
            },
            Edit {
                of: "INSERT INTO handovers",
                with: "",
                from: "value ->> 'tick_no'",
                to: "(SELECT tick_no FROM senders WHERE seq = value ->> 'sender_seq')",
            },
        ],
        breaks: "nobody twice",
        within: 100,
        often: &[],
    },
    Mutant {
        name: "ledger",
        why: "what is released is not charged",
        edits: &[Edit {
            of: "INSERT INTO ledger",
            with: "",
            from: "WHERE true",
            to: "WHERE false",
        }],
        breaks: "a place stays charged",
        within: 20,
        often: &[],
    },
    Mutant {
        name: "opt-out re-check",
        why: "nobody looks for opt-outs at the claim",
        edits: &[Edit {
            of: "SELECT address FROM opt_outs",
            with: "",
            from: "AND address IN",
            to: "AND 0 AND address IN",
        }],
        breaks: "an opt-out is honoured",
        within: 50,
        often: &[],
    },
    Mutant {
        name: "erasure under way",
        why: "the claim does not look at erasures that are not done, which here all wait for people that are \
              being put in",
        edits: &[
            Edit {
                of: "SELECT address FROM opt_outs",
                with: "",
                from: "AND e.team_id = ?1",
                to: "AND e.team_id IS NULL",
            },
            Edit {
                of: "SELECT id FROM campaigns INDEXED BY campaigns_filling",
                with: "",
                from: "FROM campaigns INDEXED BY campaigns_filling WHERE team_id = ?1",
                to: "FROM campaigns WHERE team_id = ?1 OR true",
            },
        ],
        breaks: "an erasure is honoured",
        within: 50,
        often: &[],
    },
    Mutant {
        name: "erasure at its end",
        why: "what had been read before is not held back",
        edits: &[Edit {
            of: "INSERT INTO opt_out_hashes",
            with: "",
            from: "WHERE true",
            to: "WHERE false",
        }],
        breaks: "an erasure is honoured",
        within: 300,
        often: &[],
    },
    Mutant {
        name: "words of a slice",
        why: "what is on its way is not looked at again",
        edits: &[Edit {
            of: "SELECT h.campaign_seq, h.rules_version",
            with: "",
            from: "WHERE w.team_id = c.team_id",
            to: "WHERE 0 AND w.team_id = c.team_id",
        }],
        breaks: "a word is held",
        within: 100,
        often: &[],
    },
    Mutant {
        name: "sent again to all",
        why: "what is sent again to those whom it failed goes to those who have it, too",
        edits: &[Edit {
            of: "SELECT p.first, p.count, p.people",
            with: "",
            from: "WHEN 'failed' THEN 'failed'",
            to: "WHEN 'failed' THEN 'sent'",
        }],
        breaks: "only those in vain again",
        within: 200,
        often: &[],
    },
    Mutant {
        name: "another provider",
        why: "a sender's next provider is asked about, and given, what the one before may have taken",
        edits: &[Edit {
            of: "UPDATE senders SET name = COALESCE(?2, name)",
            with: "",
            from: "THEN provider_version ELSE version + 1 END",
            to: "THEN provider_version ELSE provider_version END",
        }],
        breaks: "nobody twice",
        within: 1_000,
        often: &[(Fault::ProviderTimeout, 6)],
    },
    Mutant {
        name: "lease",
        why: "two consumers hold a slice at once; claims would tell them apart by the lease's token \
              and by what is claimed already, so they do not look",
        edits: &[
            Edit {
                of: "UPDATE handovers SET lease_token = ?4",
                with: "",
                from: "AND lease_until_ms +",
                to: "AND 0 * lease_until_ms +",
            },
            Edit { of: CLAIM, with: "", from: "AND lease_token = ?4 AND claimed = ?5", to: "" },
        ],
        breaks: "nobody twice",
        within: 300,
        often: &[],
    },
    Mutant {
        name: "rank",
        why: "news change a status whatever it was",
        edits: &[
            Edit {
                of: "WITH moved AS",
                with: "",
                from: "coalesce(m.status, 'sending')",
                to: "'sending'",
            },
            Edit {
                of: "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, delivered_ms",
                with: "",
                from: "coalesce(m.status, 'sending')",
                to: "'sending'",
            },
        ],
        breaks: "statuses climb",
        within: 20,
        often: &[],
    },
    Mutant {
        name: "settled twice",
        why: "outcomes are counted again when they are written again; a message that has its row is \
              not counted either, so that is not looked at",
        edits: &[
            Edit {
                of: SETTLE,
                with: "",
                from: "AND lease_token = ?4 AND settled = ?5",
                to: "AND ?4 = ?4",
            },
            Edit {
                of: SETTLE,
                with: "",
                from: "NOT EXISTS (SELECT 1",
                to: "1 OR NOT EXISTS (SELECT 1",
            },
        ],
        breaks: "counts add up",
        within: 50,
        often: &[],
    },
    Mutant {
        name: "finished twice",
        why: "a slice's counts go to its campaign again when its end is written again",
        edits: &[Edit {
            of: "UPDATE campaigns SET sent = campaigns.sent + h.sent",
            with: "",
            from: "AND h.done = 0 AND h.lease_token = ?4 AND h.settled = ?5",
            to: "AND ?4 = ?4 AND ?5 = ?5",
        }],
        breaks: "counts add up",
        within: 20,
        often: &[(Fault::StoreAfter, 12)],
    },
    Mutant {
        name: "doubtful place given back",
        why: "the place of a message that the provider may have is free again",
        edits: &[Edit {
            of: RETURN,
            with: "FROM json_each(?6)",
            from: "value ->> 'charged'",
            to: "iif(value ->> 'doubts' AND value ->> 'count' = 1, \
                 (SELECT json_object('start', (i.value ->> 'start') + (i.value ->> 'every') \
                    * ((json_each.value ->> 'first') - (i.value ->> 'first')), 'every', 0) \
                  FROM handovers o, json_each(o.items) i \
                  WHERE o.sender_seq = ?1 AND o.tick_no = ?2 AND o.slice = ?3 \
                    AND json_each.value ->> 'first' >= i.value ->> 'first' \
                    AND json_each.value ->> 'first' < (i.value ->> 'first') + (i.value ->> 'count')), \
                 value ->> 'charged')",
        }],
        breaks: "a place stays charged",
        within: 200,
        often: &[],
    },
    Mutant {
        name: "doubt forgotten",
        why: "a message that the provider may have comes back as one that it has not",
        edits: &[Edit { of: RETURN, with: "", from: "value ->> 'doubts'", to: "0" }],
        breaks: "records are true",
        within: 200,
        often: &[(Fault::ProviderTimeout, 3), (Fault::ReceiptLost, 2)],
    },
    Mutant {
        name: "what comes back is lost",
        why: "a slice ends and its rest is in nobody's hands",
        edits: &[Edit {
            of: RETURN,
            with: "FROM json_each(?6)",
            from: "FROM json_each(?6) CROSS JOIN handovers h WHERE",
            to: "FROM json_each(?6) CROSS JOIN handovers h WHERE 0 AND",
        }],
        breaks: "records are true",
        within: 20,
        often: &[],
    },
    Mutant {
        name: "what came back stays",
        why: "the tick releases the backlog and leaves it there",
        edits: &[Edit {
            of: "DELETE FROM backlog",
            with: "",
            from: "WHERE (campaign_seq, first)",
            to: "WHERE 0 AND (campaign_seq, first)",
        }],
        breaks: "nobody lost",
        within: 20,
        often: &[],
    },
    Mutant {
        name: "end of the window",
        why: "a slice does not know when its window closes",
        edits: &[Edit {
            of: "SELECT h.campaign_seq, h.rules_version",
            with: "",
            from: "h.open_until_ms",
            to: "NULL AS open_until_ms",
        }],
        breaks: "no rule broken",
        within: 1_000,
        often: &[],
    },
    Mutant {
        name: "cursor",
        why: "what was released is released again",
        edits: &[Edit {
            of: "UPDATE campaigns SET cursor",
            with: "",
            from: "SET cursor = j.value ->> 'cursor'",
            to: "SET cursor = cursor",
        }],
        breaks: "nobody lost",
        within: 5,
        often: &[],
    },
    Mutant {
        name: "sweep",
        why: "what nobody finished stays where it is",
        edits: &[Edit {
            of: "SELECT sender_seq, tick_no, slice, tries FROM handovers",
            with: "",
            from: "WHERE done = 0",
            to: "WHERE 0",
        }],
        breaks: "everything ends",
        within: 20,
        often: &[],
    },
    Mutant {
        name: "completed too early",
        why: "a campaign is completed though some of it is in the backlog",
        edits: &[Edit {
            of: "UPDATE campaigns SET status = ?2, end_reason = 'exhausted'",
            with: "",
            from: "AND NOT EXISTS (SELECT 1 FROM backlog WHERE campaign_seq = ?1)",
            to: "",
        }],
        breaks: "records are true",
        within: 1_000,
        often: &[],
    },
];

/// Runs a mutant from seed 1 on, until it is caught.
pub fn hunt(mutant: &'static Mutant) -> Caught {
    let fitted: Rc<Vec<Cell<bool>>> =
        Rc::new(mutant.edits.iter().map(|_| Cell::new(false)).collect());
    let caught = (1..=mutant.within).find_map(|seed| {
        let broken = run_one(seed, Some(twist(mutant, Rc::clone(&fitted)))).broken;
        let broken = broken.filter(|broken| broken.promise == mutant.breaks)?;
        Some((seed, format!("{}: {}", broken.promise, broken.what)))
    });
    let stale = mutant.edits.iter().zip(fitted.iter()).filter(|(_, fitted)| !fitted.get());
    Caught { by: caught, stale: stale.map(|(edit, _)| edit.from).collect() }
}

fn twist(mutant: &'static Mutant, fitted: Rc<Vec<Cell<bool>>>) -> Twist {
    let known: RefCell<HashMap<&'static str, &'static str>> = RefCell::default();
    let rewrite = Box::new(move |statement: Statement| {
        let sql = *known.borrow_mut().entry(statement.sql).or_insert_with(|| {
            let meant = statement.sql.split_whitespace().collect::<Vec<_>>().join(" ");
            let mut text = meant.clone();
            let mut changed = false;
            for (edit, fitted) in mutant.edits.iter().zip(fitted.iter()) {
                if meant.starts_with(edit.of)
                    && meant.contains(edit.with)
                    && text.contains(edit.from)
                {
                    text = text.replace(edit.from, edit.to);
                    fitted.set(true);
                    changed = true;
                }
            }
            // Statements are constants of the product; there are few mutants.
            if changed { Box::leak(text.into_boxed_str()) } else { statement.sql }
        });
        Statement { sql, ..statement }
    });
    Twist { rewrite, often: mutant.often }
}
