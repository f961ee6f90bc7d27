//! Sends a campaign again, to some of its people or to somebody else: a new draft, which knows the
//! other and takes its people step by step.
//!
//! Each step looks at up to 20,000 people of the other, and commits those it takes together with how
//! far it is; the last one makes all of them visible at once, as a list. A step that was done
//! already, here or by a sweep, fails whole. Whoever is still to be sent to, is being sent to, or may
//! have been, is not taken: their status is not known.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidegate::Instant;
use tidegate::status::{CampaignStatus, MIN_LEAD_MS, MessageStatus};

use super::commands::{self, Asked};
use super::state::{parsed, status};
use super::{CommandError, opt_outs};
use crate::dispatch::commit::Item;
use crate::dispatch::hand_over::positions;
use crate::import::copy::{Copied, SoFar};
use crate::import::known_as;
use crate::model::{Caller, Person};
use crate::ports::World;
use crate::reasons::{self, untouched};
use crate::store::arrays::arrays;
use crate::store::audit::{self, Entry};
use crate::store::handovers::AddressRow;
use crate::store::imports::{self, Begun, NewList};
use crate::store::messages::{self, OpenRow as SliceRow, ReturnedRow};
use crate::store::resends::{
    self as store, COUNT_MOST, Choice, ColumnRow, CountRow, NewResend, OpenRow, PageRow, Step, Whom,
};
use crate::store::{Database, Statement, StoreError, handovers, lists, people};

/// Steps of one go, each of up to a dozen queries: 600,000 people.
const STEPS: usize = 30;
/// How often a step is tried that others overtake, or of which nobody knows whether it was done.
const TRIES: usize = 4;
/// One that has not got on for so long is gone on with by the sweep, in ms.
const IDLE_MS: i64 = 90_000;
/// Characters of a list's name.
const NAME_MOST: usize = 120;

/// Whom somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Those.
    pub whom: Whom,
    /// Of those who failed or were left out only these.
    pub reasons: Option<Vec<&'static str>>,
}

impl Wanted {
    /// As messages carry it. Unless somebody asks for them, those are passed over who cannot be
    /// reached there: their address is at fault, or they do not want it.
    #[must_use]
    pub fn choice(&self) -> Choice {
        let spelled = |codes: &[&'static str]| -> Value {
            codes.iter().flat_map(|code| reasons::spellings(code)).collect()
        };
        let without: &[&str] = match (self.whom, &self.reasons) {
            (Whom::Failed, None) => &reasons::IN_VAIN,
            _ => &[],
        };
        Choice {
            whom: self.whom,
            reasons: self.reasons.as_deref().map(spelled),
            without: spelled(without),
        }
    }
}

/// Makes the draft, and takes what one go can. Repeating it with the same id changes nothing.
///
/// # Errors
/// The database's. The sweep goes on where this stopped.
pub async fn begin<W: World>(
    world: &W,
    by: &Caller,
    new: &NewResend<'_>,
    parent_id: &str,
) -> Result<(), StoreError> {
    let after = json!({ "resend_of": parent_id, "to": new.whom, "name": new.name });
    let entry = Entry::new("campaign.resend", new.id, after);
    let statements =
        vec![store::insert(new), audit::entry_if_changed(by, &entry, new.now_ms), store::note(new)];
    world.database().batch(statements).await?;
    fill(world, new.id).await
}

/// Goes on with one that has stood still.
///
/// # Errors
/// The database's. It is gone on with once the others have had their turn.
pub async fn go_on<W: World>(world: &W, idle: Option<OpenRow>) -> Result<(), StoreError> {
    let Some(row) = idle else { return Ok(()) };
    let filled = fill(world, &row.id).await;
    if filled.is_err() {
        let put_off = store::put_off(&row, world.now().millis());
        return filled.and(world.database().run(put_off).await.map(drop));
    }
    filled
}

/// Asks for an [`OpenRow`] that has stood still, if there is one.
#[must_use]
pub fn idle(now_ms: i64) -> Statement {
    store::idle(now_ms - IDLE_MS)
}

async fn fill<W: World>(world: &W, id: &str) -> Result<(), StoreError> {
    let db = world.database();
    let (mut steps, mut tries) = (0, 1);
    while steps < STEPS && !db.is_spent() {
        let Some(row) = db.run(store::open(id)).await?.first::<OpenRow>()? else {
            return Ok(());
        };
        let done = if row.is_filled != 0 {
            start(world, &row).await
        } else if row.status != CampaignStatus::Draft.name() {
            give_up(world, &row).await
        } else if row.looked_at < row.total {
            step(world, &row).await
        } else {
            finish(world, &row).await
        };
        match done {
            Ok(()) => (steps, tries) = (steps + 1, 1),
            // Somebody else was quicker, or the answer was lost: it is looked at again.
            Err(_) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn step<W: World>(world: &W, row: &OpenRow) -> Result<(), StoreError> {
    let db = world.database();
    let choice = wanted(row)?.choice();
    // What is under way is asked for first: what is settled in between has a row then.
    let standing = status(&row.parent_status)?;
    let mut goes = None;
    if is_asked(&choice, standing) {
        goes = Some(to_go(db, row.parent_seq, standing).await?);
    }
    let pages = db.run(store::pages(row.parent_seq, &choice, row.looked_at, row.total)).await?;
    let pages = pages.all::<PageRow>()?;
    let mut chosen = Vec::new();
    let mut looked_at = row.total;
    for page in pages {
        looked_at = page.first + page.count;
        let mut ordinals: BTreeSet<i64> = parsed(&page.wanted)?;
        if let Some(goes) = &goes {
            let known: BTreeSet<i64> = page.known.as_deref().map_or(Ok(BTreeSet::new()), parsed)?;
            let all = page.first..page.first + page.count;
            ordinals.extend(all.filter(|n| !known.contains(n) && !goes.contains(n)));
        }
        if ordinals.is_empty() {
            continue;
        }
        let people = (page.first..).zip(parsed::<Vec<Person>>(&page.people)?);
        // Who was erased has no address.
        chosen.extend(people.filter_map(|(ordinal, mut person)| {
            person.to = known_as(row.channel.name(), &person.to).into_owned();
            (ordinals.contains(&ordinal) && !person.to.is_empty()).then_some(person)
        }));
    }
    let now_ms = world.now().millis();
    let channel = row.channel.name();
    // Whoever is being erased may still be on the pages, and where they had opted out is known by pseudonym.
    let spelled = |person: &Person| opt_outs::spelled(world, &row.team_id, channel, &person.to);
    let addresses: Vec<String> =
        chosen.iter().flat_map(spelled).map(|spelled| json!(spelled).to_string()).collect();
    let mut barred = BTreeSet::new();
    for some in arrays(addresses.iter()) {
        let found = db.run(handovers::opted_out(&row.team_id, channel, some, now_ms)).await?;
        barred.extend(found.all::<AddressRow>()?.into_iter().map(|row| row.address));
    }
    let so_far: SoFar = parsed(&row.so_far)?;
    let mut copied = Copied::after(row.people, &so_far, row.words.as_deref())?;
    let (taken, kept_out): (Vec<_>, Vec<_>) =
        chosen.into_iter().partition(|person| !opt_outs::is_any(&barred, row.channel, &person.to));
    for person in &taken {
        copied.take(person);
    }
    let (people_now, batches, so_far) = copied.finish();
    let step = Step {
        looked_at,
        people: people_now,
        opted_out: row.opted_out + i64::try_from(kept_out.len()).unwrap_or(0),
        so_far: json!(so_far).to_string(),
    };
    let mut statements = vec![store::advance(row, &step, now_ms)];
    // Its id is the import's token.
    let write = |batch| people::write(row.campaign_seq, &row.id, batch);
    statements.extend(batches.into_iter().map(write));
    db.batch(statements).await.map(drop)
}

/// Makes those who were taken visible, as a list.
async fn finish<W: World>(world: &W, row: &OpenRow) -> Result<(), StoreError> {
    let db = world.database();
    let columns = db.run(store::columns(row.parent_seq)).await?.all::<ColumnRow>()?;
    let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
    let so_far: SoFar = parsed(&row.so_far)?;
    let (empty, found) = so_far.of_list(&columns, row.people)?;
    let list_id = format!("list_{}", row.id);
    let now_ms = world.now().millis();
    let begun = Begun { total: 0, status: row.status.clone(), content: row.content.clone() };
    let list = NewList {
        id: &list_id,
        campaign_seq: row.campaign_seq,
        file_name: &list_name(row),
        columns: json!(columns).to_string(),
        zones: json!(so_far.zones),
        campaign: &begun,
        accepted: row.people,
        duplicates: 0,
        rejected: 0,
        created_ms: now_ms,
        empty: empty.to_string(),
        found: json!(found).to_string(),
    };
    let from = json!({ "resend_of": row.parent_id, "to": row.whom, "reasons": reasons_of(row)? });
    let mut statements = imports::finish(&list, &row.id);
    statements.push(lists::note_selection(&list_id, &from));
    if row.starts.is_none() {
        statements.push(store::end(row, row.people, now_ms));
    }
    db.batch(statements).await.map(drop)
}

/// When it starts by itself, and who wants that.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Starts {
    /// When, ms.
    pub at: i64,
    by: String,
    user_id: Option<String>,
}

impl Starts {
    /// At that time, as somebody wants it.
    #[must_use]
    pub fn wanted(at: Instant, by: &Caller) -> Self {
        Self { at: at.millis(), by: by.name.clone(), user_id: by.user_id.clone() }
    }
}

/// Schedules it, as whoever made it. Where somebody did so before, there is nothing more to do; where
/// it cannot be, that is noted. Where taking its people took too long, it goes as early as a campaign
/// may be scheduled for.
async fn start<W: World>(world: &W, row: &OpenRow) -> Result<(), StoreError> {
    let (db, now) = (world.database(), world.now());
    let starts: Option<Starts> = row.starts.as_deref().map(parsed).transpose()?;
    let scheduled = match starts {
        Some(starts) if row.status == CampaignStatus::Draft.name() => {
            let name = Caller::named(&starts.by);
            let by = Caller { team_id: row.team_id.clone(), user_id: starts.user_id, ..name };
            let at = Instant::from_millis(starts.at.max(now.millis() + MIN_LEAD_MS));
            commands::schedule(world, &row.id, &Asked { by, version: None }, Some(at), now).await
        }
        _ => Ok(()),
    };
    let why_not = match scheduled {
        Ok(()) => None,
        Err(CommandError::Store(error)) => return Err(error),
        Err(error) => Some(error.told()),
    };
    let ended = store::end_started(row, why_not.as_deref(), now.millis());
    db.run(ended).await.map(drop)
}

/// It is no draft any more: nobody is to be added, and what was written is removed.
async fn give_up<W: World>(world: &W, row: &OpenRow) -> Result<(), StoreError> {
    let mut statements = imports::abandon(row.campaign_seq, &row.id);
    statements.push(store::end(row, 0, world.now().millis()));
    world.database().batch(statements).await.map(drop)
}

fn list_name(row: &OpenRow) -> String {
    let which = row.whom.name().replace('_', " ");
    let name = format!("{}: {which}", row.parent_name);
    name.chars().take(NAME_MOST).collect()
}

fn reasons_of(row: &OpenRow) -> Result<Option<Vec<String>>, StoreError> {
    row.reasons.as_deref().map(parsed).transpose()
}

fn wanted(row: &OpenRow) -> Result<Wanted, StoreError> {
    let codes = reasons_of(row)?;
    let known = |code: &String| reasons::known(code).map(|reason| reason.code);
    Ok(Wanted {
        whom: row.whom,
        reasons: codes.map(|codes| codes.iter().filter_map(known).collect()),
    })
}

/// Those who are to go although their campaign has ended: what was begun before, and what is sent
/// again. Of one that was stopped nothing begins any more, so these are whom the provider may have.
async fn to_go(
    db: &impl Database,
    campaign_seq: i64,
    standing: CampaignStatus,
) -> Result<BTreeSet<i64>, StoreError> {
    let under_way = vec![messages::open(campaign_seq), messages::returned(campaign_seq)];
    let mut answers = db.batch(under_way).await?.into_iter();
    let open = answers.next().unwrap_or_default().all::<SliceRow>()?;
    let returned = answers.next().unwrap_or_default().all::<ReturnedRow>()?;
    let goes_on = standing == CampaignStatus::Completed;
    let mut to_go = BTreeSet::new();
    for slice in open {
        let positions = positions(&parsed::<Vec<Item>>(&slice.items)?);
        let at = |number: i64| usize::try_from(number).unwrap_or_default().min(positions.len());
        let end = if goes_on { positions.len() } else { at(slice.claimed) };
        let theirs = positions.get(at(slice.settled)..end).unwrap_or_default();
        to_go.extend(theirs.iter().map(|position| position.ordinal));
    }
    let returned = returned.iter().filter(|row| goes_on || row.doubts > 0);
    to_go.extend(returned.flat_map(|row| row.first..row.first + row.count));
    Ok(to_go)
}

/// Whether those of whom nothing has become in a campaign that stands there are asked for.
fn is_asked(choice: &Choice, standing: CampaignStatus) -> bool {
    let (status, why) = untouched(standing);
    let why = json!(why.unwrap_or_default());
    choice.whom == Whom::LeftOut
        && status != MessageStatus::Queued
        && choice
            .reasons
            .as_ref()
            .is_none_or(|reasons| reasons.as_array().is_some_and(|reasons| reasons.contains(&why)))
}

/// How many people of a campaign would be taken, before it is known who of them opted out since.
///
/// # Errors
/// The database's.
pub async fn count(
    db: &impl Database,
    (seq, total): (i64, i64),
    standing: CampaignStatus,
    wanted: &Wanted,
) -> Result<i64, StoreError> {
    let choice = wanted.choice();
    let (mut people, mut known, mut from) = (0, 0, 0);
    while from < total && wanted.whom != Whom::SomeoneElse {
        let row = db.run(store::count(seq, &choice, from)).await?.first::<CountRow>()?;
        let row = row.unwrap_or_default();
        people += row.wanted;
        known += row.known;
        from += COUNT_MOST;
    }
    if is_asked(&choice, standing) {
        let goes = to_go(db, seq, standing).await?.len();
        people += (total - known - i64::try_from(goes).unwrap_or(i64::MAX)).max(0);
    }
    Ok(people)
}
