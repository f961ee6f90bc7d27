//! Everything that was said to and by one person on one channel, newest first, campaigns included.
//!
//! What came in and what was sent to the person alone have rows of their own. The messages of
//! broadcasts are found in the campaigns themselves, from the one that ended last on: no message of a
//! campaign lies behind its end, so whatever was found above the end of the last campaign that was
//! looked at is all there is up there. A page looks at up to a thousand campaigns and may be short, or
//! empty, where it found little in them.

use serde_json::{Value, json};
use tidegate::Instant;

use super::recipient_index::Hasher;
use crate::model::Channel;
use crate::ports::World;
use crate::store::conversations::{self, SentRow, SingleRow};
use crate::store::inbound::{self, KeptRow};
use crate::store::recipient_index::{self, EndRow, FoundRow, LOOK_MOST};
use crate::store::{Database, LAST_MS, StoreError};

/// How many looks of [`LOOK_MOST`] campaigns one page takes, at most, unless none of them ended
/// before where the page begins.
const LOOKS_MOST: usize = 5;
/// How many it takes at the very most.
const LOOKS_EVER: usize = 50;

/// A place in a timeline: instant, kind of entry, number. The timeline goes on below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When, ms.
    pub at_ms: i64,
    /// 0: a broadcast's, 1: a single, 2: it came in.
    pub rank: i64,
    /// The campaign's number, or the message's own.
    pub seq: i64,
}

impl Place {
    /// Above every entry.
    pub const TOP: Self = Self { at_ms: LAST_MS, rank: 2, seq: LAST_MS };

    /// Below it lie this place's entries of `rank`, by instant and number.
    const fn of(self, rank: i64) -> (i64, i64) {
        let seq = if rank < self.rank {
            LAST_MS
        } else if rank == self.rank {
            self.seq
        } else {
            0
        };
        (self.at_ms, seq)
    }
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// By the person.
    Inbound(Box<KeptRow>),
    /// To the person.
    Sent(Box<SentRow>),
}

/// An entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub said: Said,
}

/// Whose timeline it is.
#[derive(Clone, Copy, Debug)]
pub struct With<'a> {
    /// The team that reads it.
    pub team_id: &'a str,
    /// The channel.
    pub channel: Channel,
    /// The other end, in its normal form.
    pub address: &'a str,
}

/// Up to `most` entries below `before`, and where the next page goes on, if it does.
///
/// # Errors
/// The database's.
pub async fn page(
    world: &impl World,
    with: &With<'_>,
    before: Place,
    most: usize,
    now: Instant,
) -> Result<(Vec<Entry>, Option<Place>), StoreError> {
    let db = world.database();
    let rows = i64::try_from(most).unwrap_or(LAST_MS).saturating_add(1);
    let With { team_id, channel, address } = *with;
    let mut answers = db
        .batch(vec![
            inbound::of_address(team_id, channel, address, before.of(2), rows),
            conversations::singles(team_id, channel, address, before.of(1), rows),
        ])
        .await?
        .into_iter();
    let came: Vec<KeptRow> = answers.next().unwrap_or_default().all()?;
    let singles: Vec<SingleRow> = answers.next().unwrap_or_default().all()?;
    let (broadcasts, whole_above) = broadcasts(world, with, before, most, now).await?;

    let mut places: Vec<(Place, Option<KeptRow>, i64)> = Vec::new();
    places.extend(
        came.into_iter()
            .map(|row| (Place { at_ms: row.received_ms, rank: 2, seq: row.seq }, Some(row), 0)),
    );
    let single = |row: SingleRow| Place { at_ms: row.at_ms, rank: 1, seq: row.campaign_seq };
    places.extend(singles.into_iter().map(|row| (single(row), None, 0)));
    places.extend(
        broadcasts
            .into_iter()
            .map(|row| (Place { at_ms: row.at_ms, rank: 0, seq: row.seq }, None, row.ordinal)),
    );
    // Below it broadcasts may be missing that were not looked at.
    places.retain(|(place, _, _)| place.at_ms > whole_above);
    places.sort_by_key(|(place, _, _)| std::cmp::Reverse(*place));
    let goes_on = places.len() > most || whole_above > 0;
    places.truncate(most);
    let last = places.last().map(|(place, _, _)| *place).filter(|_| places.len() == most);
    let bottom = Place { at_ms: whole_above, rank: 2, seq: LAST_MS };
    let next = goes_on.then(|| last.unwrap_or(bottom));
    Ok((entries(db, team_id, places).await?, next))
}

/// The messages of broadcasts below `before`, enough for a page, and the instant down to which they
/// are all; 0: all there are.
async fn broadcasts(
    world: &impl World,
    with: &With<'_>,
    before: Place,
    most: usize,
    now: Instant,
) -> Result<(Vec<FoundRow>, i64), StoreError> {
    let db = world.database();
    let fingerprint = Hasher::load(db, world).await?.of(with.address);
    let until_ms = before.at_ms.min(now.millis());
    let mut from = recipient_index::TOP;
    let mut found: Vec<FoundRow> = Vec::new();
    for look in 1..=LOOKS_EVER {
        let asked = recipient_index::broadcasts(with.team_id, &fingerprint, from, until_ms);
        let mut answers = db.batch(asked.into()).await?.into_iter();
        let rows = answers.next().unwrap_or_default().all::<FoundRow>()?;
        let end = answers.next().unwrap_or_default().first::<EndRow>()?;
        found.extend(
            rows.into_iter()
                .filter(|row| Place { at_ms: row.at_ms, rank: 0, seq: row.seq } < before),
        );
        let Some(end) = end.filter(|end| end.n == LOOK_MOST) else {
            return Ok((found, 0));
        };
        from = (end.end_ms, end.seq);
        let certain = found.iter().filter(|row| row.at_ms > end.end_ms).count();
        let got_on = end.end_ms < before.at_ms;
        if certain > most || (look >= LOOKS_MOST && got_on) {
            return Ok((found, end.end_ms));
        }
    }
    Ok((found, from.0.min(before.at_ms - 1)))
}

/// Brings what the places stand for. Who the index named wrongly is left out.
async fn entries(
    db: &impl Database,
    team_id: &str,
    places: Vec<(Place, Option<KeptRow>, i64)>,
) -> Result<Vec<Entry>, StoreError> {
    let wanted: Vec<Value> = places
        .iter()
        .filter(|(_, came, _)| came.is_none())
        .map(|(place, _, ordinal)| json!([place.seq, ordinal]))
        .collect();
    let mut sent: Vec<SentRow> = match wanted.as_slice() {
        [] => Vec::new(),
        _ => db.run(conversations::sent(team_id, &Value::Array(wanted))).await?.all()?,
    };
    let mut entries = Vec::with_capacity(places.len());
    for (place, came, ordinal) in places {
        let said = if let Some(row) = came {
            Some(Said::Inbound(Box::new(row)))
        } else {
            let is = |row: &SentRow| row.campaign_seq == place.seq && row.ordinal == ordinal;
            sent.iter().position(is).map(|at| Said::Sent(Box::new(sent.swap_remove(at))))
        };
        entries.extend(said.map(|said| Entry { place, said }));
    }
    Ok(entries)
}
