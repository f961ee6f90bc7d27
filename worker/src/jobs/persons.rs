//! How often one person is written to, asked at the claim: what each person of a slice was sent, and
//! who of a group has to wait.

mod clocks;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidegate::status::MessageTrigger;
use tidegate::{Decision, Instant, Layer};

use self::clocks::Clocks;
use super::erasures;
use super::estimates::{EXACT_MOST, PAGES, SAMPLE_PAGES, Wanted};
use super::state::{self, parsed};
use crate::dispatch::hand_over::Position;
use crate::dispatch::person::{Asking, Limits, Mark, Over};
use crate::dispatch::settlement::Settled;
use crate::model::{Kind, Person, Purpose};
use crate::ports::World;
use crate::store::handovers::{self, PageRow, SliceRow};
use crate::store::person_sends::{self as store, PersonRow};
use crate::store::{Database, StoreError, people};

/// How far two clocks may be apart, in ms: a mark is forgotten by another's.
const CLOCKS_MS: i64 = 600_000;

/// The people of a slice, by what they were sent. Empty where their team limits nothing.
pub(super) struct Persons {
    clocks: Option<Clocks>,
    campaign: i64,
    kind: Kind,
    /// Whether the rules are those by which the slice was claimed.
    is_of_these_rules: bool,
    /// The campaign's own rules, which may end it.
    rules: Option<Layer>,
    expires_ms: Option<i64>,
    /// Everybody's pseudonym and the name of their clocks, by ordinal.
    everybody: BTreeMap<i64, (String, String)>,
    known: BTreeMap<String, Known>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    /// As they are kept; empty for none.
    sends: String,
    marks: Vec<Mark>,
}

/// A group before its claim.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// What the claim writes, for [`store::charge`], and what it holds to be true.
    pub(super) charges: Value,
    /// Who has to wait, by ordinal, and until when, ms.
    held: BTreeMap<i64, i64>,
    marks: BTreeMap<String, Known>,
}

/// What becomes of a message whose person has had enough.
pub(super) enum Held {
    /// It comes back at this time, ms.
    Until(i64),
    /// It is left out.
    Out(Box<Settled>),
}

impl Persons {
    /// Reads what these people were sent, where that counts.
    pub(super) async fn load<W: World>(
        world: &W,
        row: &SliceRow,
        people: &BTreeMap<i64, Person>,
    ) -> Result<Self, StoreError> {
        // Who says STOP is told that it was heard, however much they were sent.
        let policy = row.person_policy.as_deref().filter(|_| row.purpose != Some(Purpose::Answer));
        let policy = policy.map(parsed::<Value>).transpose()?.unwrap_or_default();
        let limits = Limits::parse(&policy).map_err(|problems| clocks::broken(&problems))?;
        let mut clocks = limits.map(|limits| Clocks::of(limits, row.clock.as_deref()));
        let mut everybody = BTreeMap::new();
        if let Some(clocks) = &mut clocks {
            // Whose page was made nameless is nobody: what was claimed for them is marked elsewhere.
            for (ordinal, person) in people.iter().filter(|(_, person)| !person.to.is_empty()) {
                let hash = erasures::pseudonym(world, &row.team_id, &row.channel, &person.to);
                everybody.insert(*ordinal, (hash, clocks.of_person(person)?));
            }
        }
        let rules = row.campaign_policy.as_deref().map(state::policy).transpose()?;
        let layer = |policy| Layer { name: "campaign".into(), policy, history: Vec::new() };
        let mut persons = Self {
            clocks,
            campaign: row.campaign_seq,
            kind: row.kind,
            is_of_these_rules: row.sender_version == row.rules_version,
            rules: rules.map(layer),
            expires_ms: row.expires_ms,
            everybody,
            known: BTreeMap::new(),
        };
        if persons.clocks.is_some() {
            let all = persons.everybody.values().map(|(hash, _)| hash.clone()).collect();
            persons.read(world.database(), all).await?;
        }
        Ok(persons)
    }

    async fn read(&mut self, db: &impl Database, hashes: Vec<String>) -> Result<(), StoreError> {
        let rows = db.run(store::of(&json!(hashes))).await?.all::<PersonRow>()?;
        // Who has no row any more is as one who was never written to.
        self.known.retain(|hash, _| !hashes.contains(hash));
        for row in rows {
            let marks = parsed(&row.sends)?;
            self.known.insert(row.hash, Known { sends: row.sends, marks });
        }
        Ok(())
    }

    /// Reads these messages' people again, after a claim that did not hold. Whether somebody else has
    /// written to one of them meanwhile: then it is worth another try.
    pub(super) async fn have_changed(
        &mut self,
        db: &impl Database,
        group: &[Position],
    ) -> Result<bool, StoreError> {
        if self.clocks.is_none() {
            return Ok(false);
        }
        let of = |position: &Position| Some(self.everybody.get(&position.ordinal)?.0.clone());
        let before = self.known.clone();
        self.read(db, group.iter().filter_map(of).collect()).await?;
        Ok(before != self.known)
    }

    fn asking(&self, position: Position, late_ms: i64) -> Asking {
        Asking { campaign: self.campaign, position, kind: self.kind, late_ms }
    }

    /// Who of a group, which is that late, may be written to.
    pub(super) fn turn(&self, group: &[Position], late_ms: i64) -> Turn {
        let mut turn = Turn { charges: json!([]), ..Turn::default() };
        let Some(clocks) = &self.clocks else { return turn };
        for &position in group {
            let Some((hash, own)) = self.everybody.get(&position.ordinal) else { continue };
            let limits = clocks.limits(own);
            let asking = self.asking(position, late_ms);
            // Should somebody be there twice, the first counts for the second.
            let known = turn.marks.get(hash).or_else(|| self.known.get(hash));
            let marks = known.map_or([].as_slice(), |known| &known.marks);
            if let Some(until) = limits.waits_until(&asking, marks) {
                turn.held.insert(position.ordinal, until);
            } else if let Some(marks) = limits.charged(&asking, marks) {
                let sends = json!(marks).to_string();
                turn.marks.insert(hash.clone(), Known { sends, marks });
            }
        }
        let charge = |(hash, known): (&String, &Known)| {
            // How long a limit counts is the same on every clock.
            let limits = clocks.limits("");
            let until_ms = known.marks.iter().filter_map(|mark| limits.counts_until(mark)).max();
            json!({
                "hash": hash,
                "sends": known.sends,
                "was": self.known.get(hash).map_or("", |known| &known.sends),
                "until_ms": until_ms,
            })
        };
        turn.charges = turn.marks.iter().map(charge).collect();
        turn
    }

    /// The claim of a turn holds.
    pub(super) fn claimed(&mut self, turn: &mut Turn) {
        self.known.append(&mut turn.marks);
    }

    /// What becomes of a message of a turn, where it is not sent.
    pub(super) fn held(&self, turn: &Turn, position: Position) -> Option<Held> {
        let until = *turn.held.get(&position.ordinal)?;
        let skips = self.clocks.as_ref().is_some_and(|clocks| clocks.limits("").over == Over::Skip);
        if !skips && !self.is_over(until) {
            return Some(Held::Until(until));
        }
        let trigger = MessageTrigger::Skip;
        Some(Held::Out(Box::new(Settled::without_post(position, trigger, "person_limit"))))
    }

    /// Whether the campaign has ended by then, or the message is too late.
    fn is_over(&self, at_ms: i64) -> bool {
        let Some(rules) = &self.rules else { return false };
        let at = Instant::from_millis(at_ms);
        let has_ended = || {
            let decision = tidegate::decide(std::slice::from_ref(rules), at);
            matches!(decision, Decision::Never { .. })
        };
        self.expires_ms.is_some_and(|end| at_ms >= end) || has_ended()
    }

    /// Whether a claimed message was surely never sent: its claim would have marked its person. That
    /// proves nothing once such a mark may have been forgotten.
    pub(super) fn never_began(&self, position: &Position, now_ms: i64) -> bool {
        let Some(clocks) = self.clocks.as_ref().filter(|_| self.is_of_these_rules) else {
            return false;
        };
        let until_ms = clocks.limits("").marked_until(&self.asking(*position, 0));
        let is_marked_still = until_ms.is_some_and(|until| until > now_ms + CLOCKS_MS);
        let hash = self.everybody.get(&position.ordinal).map(|(hash, _)| hash);
        let marks = hash.and_then(|hash| self.known.get(hash)).map(|known| known.marks.as_slice());
        let mark = |mark: &Mark| (mark.campaign, mark.ordinal) == (self.campaign, position.ordinal);
        is_marked_still
            && position.doubts == 0
            && hash.is_some()
            && !marks.unwrap_or_default().iter().any(mark)
    }
}

/// How many of a campaign's people may get no message right now, because they had as many as one may:
/// `{people, looked_at}`. None where the team limits nothing. Of more people than an estimate counts,
/// a sample is looked at.
///
/// # Errors
/// The database's.
pub(super) async fn full<W: World>(
    world: &W,
    wanted: &Wanted<'_>,
) -> Result<Option<Value>, StoreError> {
    let policy = wanted.person_policy.map(parsed::<Value>).transpose()?.unwrap_or_default();
    let Ok(Some(limits)) = Limits::parse(&policy) else { return Ok(None) };
    let mut clocks = Clocks::of(limits, wanted.clock);
    let (db, now_ms) = (world.database(), world.now().millis());
    let (mut looked_at, mut full, mut next) = (0_i64, 0_i64, 0);
    while next < wanted.total {
        let rows = if wanted.total > EXACT_MOST {
            let first = |page: i64| wanted.total / SAMPLE_PAGES * page;
            let spans = (0..SAMPLE_PAGES).map(|page| json!([first(page), first(page)]));
            next = wanted.total;
            db.run(handovers::people(wanted.seq, &spans.collect())).await?
        } else {
            db.run(people::pages(wanted.seq, next, wanted.total, PAGES)).await?
        };
        let rows = rows.all::<PageRow>()?;
        if rows.is_empty() {
            break;
        }
        let mut by_hash = BTreeMap::new();
        for row in rows {
            let page = parsed::<Vec<Person>>(&row.people)?;
            next = next.max(row.first + i64::try_from(page.len()).unwrap_or(0));
            let channel = wanted.channel.name();
            looked_at += i64::try_from(page.len()).unwrap_or(0);
            for person in &page {
                let hash = erasures::pseudonym(world, wanted.team_id, channel, &person.to);
                by_hash.insert(hash, clocks.of_person(person)?);
            }
        }
        let hashes: Vec<&String> = by_hash.keys().collect();
        for row in db.run(store::of(&json!(hashes))).await?.all::<PersonRow>()? {
            let limits = clocks.limits(by_hash.get(&row.hash).map_or("", String::as_str));
            full += i64::from(limits.are_full(&parsed::<Vec<Mark>>(&row.sends)?, now_ms));
        }
    }
    Ok(Some(json!({ "people": full, "looked_at": looked_at })))
}
