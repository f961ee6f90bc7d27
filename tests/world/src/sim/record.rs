//! What really happened in a run, as seen from outside: every claim, every change of a status, every
//! opt-out, in the order of the commits. The promises are held against it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;
use tidegate_worker::dispatch::hand_over;
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_worker::store::{Answer, Param, Statement};

use super::Broken;
use crate::TestWorld;

/// The intent to send a message, as it was committed last.
#[derive(Clone, Debug)]
pub struct Claim {
    /// How many commits there were with it.
    pub commit: u64,
    /// The instant it was released for, ms.
    pub promised: i64,
    /// The rules that were in force.
    pub rules: Rc<Rules>,
    /// Until when the provider wanted to be left alone, ms.
    pub hold_until_ms: i64,
}

/// The rules for a message at the moment of its claim, as the database had them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub sender: i64,
    pub team_policy: String,
    pub sender_policy: String,
    pub campaign_policy: String,
    pub recipient_policy: String,
    pub starts_ms: i64,
}

/// What somebody was told about a pause or a stop.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledged {
    pub campaign: i64,
    /// How many messages it said were in flight.
    pub in_flight: i64,
    /// How many commits and how many POSTs there were when it was said.
    pub commits: u64,
    pub attempts: usize,
}

/// What was seen so far.
#[derive(Default)]
pub struct Record {
    pub claims: BTreeMap<(i64, i64), Claim>,
    /// Campaign, commit, and whether it may send from then on.
    pub holds: Vec<(i64, u64, bool)>,
    /// Address and commit.
    pub opt_outs: BTreeMap<String, u64>,
    /// Messages that somebody ordered to be sent again, whether they went or not.
    pub sent_again: BTreeSet<(i64, i64)>,
    /// Messages of which somebody said that they went.
    pub confirmed: BTreeSet<(i64, i64)>,
    pub acknowledged: Vec<Acknowledged>,
    /// How many messages one person may get, in which span, ms.
    pub person_limit: Option<(usize, i64)>,
    /// Addresses of who is to be forgotten, and commit.
    pub erased: BTreeMap<String, u64>,
    /// Since when what the broadcasts say is not allowed, by the true time, ms.
    pub forbidden_ms: Option<i64>,
    /// The numbers of the broadcasts; whatever else there is, is to one person.
    pub broadcasts: BTreeSet<i64>,
    /// What is sent again, and the broadcast that it is of.
    pub parents: BTreeMap<i64, i64>,
    /// The first end that a team or a sender was given, by the true time, ms.
    pub first_end_ms: Option<i64>,
    /// The claims of POSTs, beside the provider's attempts.
    pub claimed: Vec<Option<Claim>>,
    pub broken: Option<Broken>,
}

impl Record {
    /// Notes that a promise was broken; the first one counts.
    pub fn breaks(&mut self, promise: &'static str, what: String) {
        self.broken.get_or_insert(Broken { promise, what });
    }

    /// Whether the campaign might send by what was committed before commit `before`.
    pub fn might_send(&self, campaign: i64, before: u64) -> bool {
        let changes = self.holds.iter().rev();
        let mut earlier = changes.filter(|(seq, at, _)| *seq == campaign && *at < before);
        earlier.next().is_none_or(|(_, _, may)| *may)
    }
}

/// Has every commit of the world noted.
pub fn watch(world: &Rc<TestWorld>, record: &Rc<RefCell<Record>>) {
    let (weak, record) = (Rc::downgrade(world), Rc::clone(record));
    let witness = move |statements: &[Statement], answers: &[Answer]| {
        let Some(world) = weak.upgrade() else { return };
        for (statement, answer) in statements.iter().zip(answers) {
            note(&world, &mut record.borrow_mut(), statement, answer);
        }
    };
    world.database().witness.replace(Some(Box::new(witness)));
}

fn note(world: &TestWorld, record: &mut Record, statement: &Statement, answer: &Answer) {
    let commit = world.database().commits.get();
    if answer.changes == 0 {
        return;
    }
    let number = |index: usize| match statement.params.get(index) {
        Some(Param::Int(number)) => *number,
        other => panic!("no number at {index}: {other:?}"),
    };
    let text = |index: usize| match statement.params.get(index) {
        Some(Param::Text(text)) => text.clone(),
        other => panic!("no text at {index}: {other:?}"),
    };
    if statement.sql.starts_with("UPDATE handovers SET claimed = ?6") {
        note_claim(
            world,
            record,
            commit,
            [number(0), number(1), number(2)],
            (number(4), number(5)),
        );
    } else if statement.sql.contains("version = CASE WHEN version = ?2") {
        if let Some(Param::Text(status)) = statement.params.get(4) {
            let may = matches!(status.as_str(), "scheduled" | "in_progress");
            record.holds.push((number(0), commit, may));
        }
    } else if statement.sql.starts_with("INSERT INTO opt_outs") {
        record.opt_outs.entry(text(2)).or_insert(commit);
    } else if statement.sql.starts_with("INSERT INTO erasures") {
        let whom: Vec<Value> = serde_json::from_str(&text(4)).unwrap();
        for place in whom {
            let address = place["address"].as_str().unwrap().to_owned();
            record.erased.entry(address).or_insert(commit);
        }
    } else if statement.sql.starts_with("INSERT OR IGNORE INTO resends") {
        let rows = world.sql(sql!("SELECT seq FROM campaigns WHERE id = ?1", &text(0)));
        let seq = rows[0]["seq"].as_i64().unwrap();
        record.parents.insert(seq, number(1));
        record.broadcasts.insert(seq);
    } else if statement.sql.starts_with("INSERT INTO words") {
        record.forbidden_ms.get_or_insert(world.time().now());
    } else if statement.sql.starts_with("UPDATE words SET cleared_ms") {
        record.forbidden_ms = None;
    } else if statement.sql.starts_with("INSERT INTO backlog")
        && statement.sql.contains("LEFT JOIN lookups")
    {
        // An operator's order, or what the provider said when it was asked.
        if number(2) == 0 {
            record.sent_again.extend(messages(&text(0), |_| true));
        }
    } else if statement.sql.starts_with("INSERT INTO messages") && statement.params.len() == 2 {
        let confirms = |news: &Value| news["trigger"] == "confirm_sent";
        record.confirmed.extend(messages(&text(0), confirms));
    }
}

/// The messages that a document names.
fn messages(text: &str, of: impl Fn(&Value) -> bool) -> Vec<(i64, i64)> {
    let all: Vec<Value> = serde_json::from_str(text).unwrap();
    let number = |item: &Value, name: &str| item[name].as_i64().unwrap();
    let some = all.iter().filter(|item| of(item));
    some.map(|item| (number(item, "campaign_seq"), number(item, "ordinal"))).collect()
}

fn note_claim(
    world: &TestWorld,
    record: &mut Record,
    commit: u64,
    [sender, tick_no, slice]: [i64; 3],
    (from, to): (i64, i64),
) {
    let rows = world.sql(sql!(
        "SELECT h.campaign_seq, h.items, s.policy AS sender_policy, c.policy AS campaign_policy,
                c.recipient_policy, c.starts_ms, s.hold_until_ms,
                coalesce(s.team_policy, '{}') AS team_policy
         FROM handovers h JOIN campaigns c ON c.seq = h.campaign_seq
                          JOIN senders s ON s.seq = h.sender_seq
         WHERE h.sender_seq = ?1 AND h.tick_no = ?2 AND h.slice = ?3",
        sender,
        tick_no,
        slice,
    ));
    let row = &rows[0];
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    let rules = Rc::new(Rules {
        sender,
        team_policy: text("team_policy"),
        sender_policy: text("sender_policy"),
        campaign_policy: text("campaign_policy"),
        recipient_policy: text("recipient_policy"),
        starts_ms: row["starts_ms"].as_i64().unwrap(),
    });
    let items: Vec<_> = serde_json::from_str(row["items"].as_str().unwrap()).unwrap();
    let positions = hand_over::positions(&items);
    let span = usize::try_from(from).unwrap()..usize::try_from(to).unwrap();
    for position in positions.get(span).unwrap_or_default() {
        let key = (row["campaign_seq"].as_i64().unwrap(), position.ordinal);
        let claim = Claim {
            commit,
            promised: position.at_ms,
            rules: Rc::clone(&rules),
            hold_until_ms: row["hold_until_ms"].as_i64().unwrap(),
        };
        record.claims.insert(key, claim);
    }
}

/// What the watches below have seen that must not be.
pub fn fallen(world: &TestWorld) -> Option<String> {
    let rows = world.sql(sql!("SELECT what FROM fallen LIMIT 1"));
    rows.first().map(|row: &Value| row["what"].as_str().unwrap().to_owned())
}

/// With these SQLite itself watches that nothing goes back.
pub const WATCHES: [&str; 7] = [
    "CREATE TEMP TABLE fallen (what TEXT)",
    "CREATE TEMP TRIGGER a_status_climbs BEFORE UPDATE OF status ON messages
     WHEN instr('skipped unknown sent failed delivered', NEW.status)
        < instr('skipped unknown sent failed delivered', OLD.status)
     BEGIN INSERT INTO fallen VALUES (printf('message %d-%d fell from %s to %s',
       OLD.campaign_seq, OLD.ordinal, OLD.status, NEW.status)); END",
    "CREATE TEMP TRIGGER a_message_stays BEFORE DELETE ON messages
     WHEN OLD.status != 'unknown'
     BEGIN INSERT INTO fallen VALUES (printf('message %d-%d is gone',
       OLD.campaign_seq, OLD.ordinal)); END",
    "CREATE TEMP TRIGGER a_campaign_goes_on BEFORE UPDATE OF status ON campaigns
     WHEN OLD.status IN ('completed', 'stopped', 'failed') AND NEW.status != OLD.status
       OR NEW.status IN ('draft', 'scheduled')
          AND (OLD.status = 'in_progress' OR OLD.started_ms IS NOT NULL)
       OR NEW.status = 'draft' AND OLD.status != 'draft'
     BEGIN INSERT INTO fallen VALUES (printf('campaign %d fell from %s to %s',
       OLD.seq, OLD.status, NEW.status)); END",
    "CREATE TEMP TRIGGER a_cursor_goes_on BEFORE UPDATE OF cursor ON campaigns
     WHEN NEW.cursor < OLD.cursor
     BEGIN INSERT INTO fallen VALUES (printf('the cursor of campaign %d went back', OLD.seq)); END",
    "CREATE TEMP TRIGGER a_zones_cursor_goes_on BEFORE UPDATE OF cursor ON campaign_zones
     WHEN NEW.cursor < OLD.cursor
     BEGIN INSERT INTO fallen VALUES (printf('the cursor of campaign %d in %s went back',
       OLD.campaign_seq, OLD.time_zone)); END",
    "CREATE TEMP TRIGGER a_slice_goes_on BEFORE UPDATE ON handovers
     WHEN NEW.settled < OLD.settled OR NEW.done < OLD.done
       OR OLD.done = 0 AND NEW.done = 0 AND NEW.claimed < OLD.claimed
     BEGIN INSERT INTO fallen VALUES (printf('slice %d of tick %d went back',
       OLD.slice, OLD.tick_no)); END",
];
