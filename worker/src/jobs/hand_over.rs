//! Hands one slice of the outbox over: lease it, then group by group claim, POST at each instant
//! and record what came of it.

mod before;
mod outgoing;
mod record;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tidegate::Instant;

use self::outgoing::{Carried, segments};
use super::opt_outs;
use super::persons::{Held, Persons, Turn};
use super::reviews;
use super::state::parsed;
use crate::content::words::Words;
use crate::dispatch::commit::Item;
use crate::dispatch::hand_over::{self, CLAIM_LEAD_MS, LEASE_MARGIN_MS, LEASE_MS, Position, Step};
use crate::dispatch::settlement::Settlement;
use crate::model::{Channel, Content, Outcome, Outgoing, Person, Price, ProviderConfig, SliceKey};
use crate::ports::World;
use crate::store::handovers::{self as store, AddressRow, KnownRow, PageRow, PersonRow, SliceRow};
use crate::store::people::PAGE_MAX;
use crate::store::{Database, StoreError, person_sends};

/// What comes back while its campaign is held is looked at again with the next tick.
const AT_ONCE_MS: i64 = 0;
/// How often a group is claimed whose people are written to by others at the same time.
const CLAIM_TRIES: usize = 4;
/// The most pages of a slice that are read whole: a person may have kilobytes of fields.
const PAGES_MOST: usize = 20;
/// The most of an error that is kept, in characters.
const ERROR_MOST: usize = 300;

/// How a slice ended, for this consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is done, or was before.
    Done,
    /// Somebody else holds it. The sweep sees to it that it is finished.
    Held,
}

/// Hands over what is left of a slice.
///
/// # Errors
/// [`StoreError`] when the database failed. Nothing is lost: the lease runs out and the sweep
/// brings the slice back.
pub async fn run<W: World>(world: &W, key: SliceKey) -> Result<Ended, StoreError> {
    let ended = attempt(world, key).await;
    if let Err(error) = &ended {
        // Where even that cannot be written, the tries are counted all the same.
        let error: String = error.to_string().chars().take(ERROR_MOST).collect();
        world.database().run(store::note_error(key, &error)).await.ok();
    }
    ended
}

async fn attempt<W: World>(world: &W, key: SliceKey) -> Result<Ended, StoreError> {
    let db = world.database();
    let Some(row) = db.run(store::load(key)).await?.first::<SliceRow>()? else {
        return Ok(Ended::Done);
    };
    if row.done != 0 {
        return Ok(Ended::Done);
    }
    let token = world.token();
    // What cannot be read is found out under the lease, where the try is counted.
    let items: Vec<Item> = parsed(&row.items).unwrap_or_default();
    sleep_until_first(world, &hand_over::positions(&items), row.settled).await;
    let now = world.now().millis();
    let leased = db.run(store::lease(key, &token, now + LEASE_MS, now)).await?;
    if leased.changes != 1 {
        return Ok(Ended::Held);
    }
    // Looked at again under the lease: it may have gone on meanwhile.
    let Some(row) = db.run(store::load(key)).await?.first::<SliceRow>()? else {
        return Ok(Ended::Done);
    };
    let items: Vec<Item> = parsed(&row.items)?;
    let positions = hand_over::positions(&items);
    let people = people(db, &row, &positions).await?;
    let persons = Persons::load(world, &row, &people).await?;
    let mut slice = Slice {
        world,
        key,
        token,
        provider: parsed(&row.provider)?,
        channel: parsed(&format!("\"{}\"", row.channel))?,
        content: parsed(&row.content)?,
        price: row.price.as_deref().map(parsed).transpose()?,
        words: reviews::read(row.words.as_deref())?,
        carried: row.attachments.as_deref().map_or(Ok(Vec::new()), parsed)?,
        settled: row.settled,
        claimed: row.claimed,
        lease_until_ms: now + LEASE_MS,
        late_ms: 0,
        behind: 0,
        pending: Settlement::default(),
        silent: 0,
        was_answered: false,
        segments: BTreeMap::new(),
        people,
        persons,
        positions,
        row,
    };
    slice.resolve_doubt().await?;
    slice.hold_what_is_not_allowed().await?;
    slice.go().await
}

/// Waits outside the lease, so that a slice that comes early holds nothing.
async fn sleep_until_first(world: &impl World, positions: &[Position], settled: i64) {
    let first = usize::try_from(settled).ok().and_then(|i| positions.get(i));
    if let Some(first) = first {
        let lead = 4 * CLAIM_LEAD_MS;
        world.sleep(Instant::from_millis(first.at_ms - lead)).await;
    }
}

/// The people of a slice, and nobody else of their pages. What comes back may be one of each page, and a
/// hundred whole pages are more than an invocation should hold: then each person is read alone.
async fn people(
    db: &impl Database,
    row: &SliceRow,
    positions: &[Position],
) -> Result<BTreeMap<i64, Person>, StoreError> {
    let ordinals: BTreeSet<i64> = positions.iter().map(|position| position.ordinal).collect();
    let pages: BTreeSet<i64> = ordinals.iter().map(|ordinal| ordinal / as_i64(PAGE_MAX)).collect();
    if pages.len() > PAGES_MOST {
        let rows = db.run(store::people_one_by_one(row.campaign_seq, &json!(ordinals))).await?;
        let rows = rows.all::<PersonRow>()?;
        return rows.iter().map(|row| Ok((row.ordinal, parsed(&row.person)?))).collect();
    }
    let spans = json!(hand_over::spans(&ordinals));
    let pages: Vec<PageRow> = db.run(store::people(row.campaign_seq, &spans)).await?.all()?;
    let mut people = BTreeMap::new();
    for page in pages {
        let page = (page.first..).zip(parsed::<Vec<Person>>(&page.people)?);
        people.extend(page.filter(|(ordinal, _)| ordinals.contains(ordinal)));
    }
    Ok(people)
}

/// Who gets nothing any more, although they have their turn.
struct Barred {
    opted_out: BTreeSet<String>,
    /// Those of which something has become since they were released again.
    known: BTreeSet<i64>,
}

struct Slice<'a, W: World> {
    world: &'a W,
    key: SliceKey,
    token: String,
    row: SliceRow,
    provider: ProviderConfig,
    channel: Channel,
    content: Content,
    /// What the provider asks, where somebody said.
    price: Option<Price>,
    /// What the team does not allow.
    words: Words,
    /// What the campaign carries.
    carried: Vec<Carried>,
    positions: Vec<Position>,
    people: BTreeMap<i64, Person>,
    /// What they were sent, where the team limits that.
    persons: Persons,
    settled: i64,
    claimed: i64,
    lease_until_ms: i64,
    /// How late the last message was.
    late_ms: i64,
    /// How many of its messages are too late, although it was on its way.
    behind: i64,
    /// Outcomes that are not recorded yet; `settled` counts them already.
    pending: Settlement,
    /// How many groups in a row, up to the last one, were not answered at all.
    silent: i64,
    /// Whether any group was answered.
    was_answered: bool,
    /// How many segments each message of the group has that is being sent.
    segments: BTreeMap<i64, i64>,
}

impl<W: World> Slice<'_, W> {
    async fn go(mut self) -> Result<Ended, StoreError> {
        loop {
            if let Some(after_ms) = self.pending.back_off_ms {
                let due = self.world.now().millis() + after_ms;
                return self.finish(due).await;
            }
            let now = self.world.now().millis();
            let rest = self.span(self.settled, self.row.count);
            match hand_over::next(rest, self.late_ms, self.row.open_until_ms, now) {
                Step::WaitUntil(at) => {
                    if at - now > CLAIM_LEAD_MS {
                        self.write(Vec::new()).await?;
                    }
                    self.world.sleep(Instant::from_millis(at)).await;
                }
                Step::Send(count) => {
                    let group: Vec<Position> = rest.iter().take(count).copied().collect();
                    if !self.send(&group).await? {
                        return Ok(Ended::Held);
                    }
                }
                Step::Return => {
                    let is_late = rest.first().is_some_and(|first| {
                        let begins = hand_over::begins(first, self.late_ms, now);
                        !hand_over::in_time(first, None, begins)
                    });
                    self.behind = if is_late { as_i64(rest.len()) } else { 0 };
                    return self.finish(AT_ONCE_MS).await;
                }
                Step::Finish => return self.finish(AT_ONCE_MS).await,
            }
        }
    }

    /// Claims a group and POSTs it. False when the lease was lost.
    async fn send(&mut self, group: &[Position]) -> Result<bool, StoreError> {
        let db = self.world.database();
        let mut tries = 1;
        while !self.claim_and_post(group).await? {
            let is_taken = tries < CLAIM_TRIES && self.persons.have_changed(db, group).await?;
            if !is_taken {
                return Ok(true);
            }
            // Somebody else has written to one of them meanwhile.
            self.pending.back_off_ms = None;
            tries += 1;
        }
        Ok(true)
    }

    /// Claims a group and POSTs it. False where the claim does not hold.
    async fn claim_and_post(&mut self, group: &[Position]) -> Result<bool, StoreError> {
        let now = self.world.now().millis();
        let to = self.settled + as_i64(group.len());
        let until = now + LEASE_MS;
        let addresses: Value = group
            .iter()
            .filter_map(|position| self.people.get(&position.ordinal))
            .flat_map(|person| self.spelled(&person.to))
            .map(|spelled| json!(spelled))
            .collect();
        let at = group.first().map_or(now, |first| hand_over::begins(first, self.late_ms, now));
        let late_ms = group.first().map_or(0, |first| at - first.at_ms);
        let tracked = json!(self.wording().tracking());
        let mut turn = self.persons.turn(group, late_ms);
        let span = (self.claimed, to);
        let mut claim = vec![
            store::claim(self.key, &self.token, span, at, until, &turn.charges),
            store::start_campaign(self.key, self.row.campaign_seq, to, now, &tracked),
            store::opted_out(&self.row.team_id, &self.row.channel, &addresses, now),
        ];
        let again = group.iter().filter(|position| position.doubts > 0);
        let again: Value = again.map(|position| position.ordinal).collect();
        if again.as_array().is_some_and(|again| !again.is_empty()) {
            claim.push(store::known(self.row.campaign_seq, &again));
        }
        if turn.charges.as_array().is_some_and(|charges| !charges.is_empty()) {
            claim.push(person_sends::charge(self.key, &self.token, to, &turn.charges));
        }
        let mut answers = self.write(claim).await?.into_iter();
        let claimed = answers.next().is_some_and(|answer| answer.changes == 1);
        let opted_out = answers.nth(1).unwrap_or_default().all::<AddressRow>()?;
        let known = answers.next().unwrap_or_default().all::<KnownRow>()?;
        if !claimed && !self.claim_held(to, at).await? {
            return Ok(false);
        }
        self.persons.claimed(&mut turn);
        self.claimed = to;
        self.lease_until_ms = until;
        let barred = Barred {
            opted_out: opted_out.into_iter().map(|row| row.address).collect(),
            known: known.into_iter().map(|row| row.ordinal).collect(),
        };
        let outcomes = self.post(group, &barred, &turn).await;
        self.note(group.len(), outcomes);
        Ok(true)
    }

    /// By what their opt-out may be known.
    fn spelled(&self, address: &str) -> Vec<(String, String)> {
        opt_outs::spelled(self.world, &self.row.team_id, &self.row.channel, address)
    }

    /// After a claim that changed no row: whether it holds all the same, because it was committed
    /// and its answer lost. Otherwise the campaign is held or the rules have changed, and the
    /// rest comes back.
    async fn claim_held(&mut self, to: i64, at_ms: i64) -> Result<bool, StoreError> {
        let row = self.world.database().run(store::load(self.key)).await?;
        let Some(row) = row.first::<SliceRow>()? else {
            self.pending.back_off_ms = Some(AT_ONCE_MS);
            return Ok(false);
        };
        let held = row.claimed == to && row.lease_token.as_deref() == Some(self.token.as_str());
        if !held {
            // Where the provider wants to be left alone, there is no use in coming back before.
            let is_held = row.hold_until_ms > at_ms;
            let rest = row.hold_until_ms - self.world.now().millis();
            self.pending.back_off_ms = Some(if is_held { rest } else { AT_ONCE_MS });
        }
        Ok(held)
    }

    /// POSTs a group, each message at its instant. All that needs no POST is settled without one.
    async fn post(
        &mut self,
        group: &[Position],
        barred: &Barred,
        turn: &Turn,
    ) -> Vec<(Position, i64, Outcome)> {
        let Some(first) = group.first() else {
            return Vec::new();
        };
        self.late_ms = hand_over::lateness(first, self.late_ms, self.world.now().millis());
        let mut messages = Vec::with_capacity(group.len());
        for &position in group {
            if barred.known.contains(&position.ordinal) {
                continue; // A receipt has come since: it is in its row, and counted.
            }
            let outgoing = self.outgoing(position, &barred.opted_out);
            match (outgoing, self.persons.held(turn, position)) {
                (Ok(_), Some(Held::Until(due_ms))) => self.pending.put_off.push((position, due_ms)),
                (Ok(message), None) => {
                    self.segments.insert(position.ordinal, segments(&message));
                    messages.push((position, message));
                }
                (Ok(_), Some(Held::Out(settled))) | (Err(settled), _) => {
                    self.pending.settled.push(*settled);
                }
            }
        }
        join_all(messages.into_iter().map(|(position, message)| self.post_one(position, message)))
            .await
    }

    async fn post_one(&self, position: Position, message: Outgoing) -> (Position, i64, Outcome) {
        let at = Instant::from_millis(position.at_ms + self.late_ms);
        self.world.sleep(at).await;
        let began = self.world.now().millis();
        // A claim is only good while nobody can take it over.
        if began > self.lease_until_ms - LEASE_MARGIN_MS {
            let detail = "its lease was running out".to_owned();
            return (position, began, Outcome::Later { after_ms: 0, detail });
        }
        if !hand_over::in_time(&position, self.expires_at(position), began) {
            let detail = "its claim took too long to record".to_owned();
            return (position, began, Outcome::Later { after_ms: 0, detail });
        }
        let outcome = self.world.hand_over(&self.provider, &message).await;
        (position, began, outcome)
    }

    fn span(&self, from: i64, to: i64) -> &[Position] {
        let index = |position: i64| usize::try_from(position).unwrap_or(0);
        self.positions.get(index(from)..index(to)).unwrap_or_default()
    }
}

fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
