//! When are all gates open, for as long as nothing is sent?
//!
//! ```
//! use serde_json::json;
//! use tidegate::time::parse_rfc3339;
//! use tidegate::{Layer, Policy, Timetable};
//!
//! let policy = Policy::parse(&json!({
//!     "time_zone": "Europe/Paris",
//!     "windows": [{ "days": ["mon", "tue"], "from": "09:00", "to": "17:30" }],
//!     "blocked": [{ "name": "Lunch", "from": "12:00", "to": "13:00" }],
//! })).unwrap();
//! let layers = [Layer { name: "sender".to_owned(), policy, history: Vec::new() }];
//! let at = |text| parse_rfc3339(text).unwrap();
//! let (sunday, friday) = (at("2026-11-22T00:00:00+01:00"), at("2026-11-27T00:00:00+01:00"));
//!
//! let week = Timetable::new(&layers, sunday, friday).unwrap();
//! assert_eq!(week.openings().len(), 4);
//! assert!(!week.is_open(at("2026-11-23T12:30:00+01:00")));
//! let opens = week.next_opening(at("2026-11-23T12:30:00+01:00"));
//! assert_eq!(opens, Some(at("2026-11-23T13:00:00+01:00")));
//! ```
//!
//! [`decide`](crate::decide()) answers the same for one instant, with reasons. A timetable is for
//! asking often: it is made once, at a cost that follows the number of openings, and then answers
//! by looking at one or two of them.

use serde_json::Value;

use crate::document::object;
use crate::jitter::draw;
use crate::layer::{Layer, Watch, ask};
use crate::problem::{Path, Problem, Problems};
#[cfg(feature = "schema")]
use crate::request::{LayerDocument, MAX_LAYERS};
use crate::request::{layers, most_cuts, required_instant};
use crate::search::{HORIZON_MS, MAX_QUESTIONS};
use crate::shape::document;
use crate::time::Instant;
use crate::time::civil::DAY_MS;
use crate::zone::Span;

document! {
    /// The layers of a timetable, and its stretch of time.
    pub(crate) struct TimetableRequestDocument {
        /// Each of them has to be open.
        layers?: List<LayerDocument, MAX_LAYERS>,
        /// The first instant that can be asked about.
        from: InstantInput,
        /// The first instant after the stretch, at most 731 days later.
        until: InstantInput,
    }
}

/// The openings of some layers over a stretch of time, their history being as it is.
#[derive(Clone, Debug)]
pub struct Timetable {
    from: Instant,
    until: Instant,
    /// In order, and neither touching nor overlapping.
    openings: Vec<Span>,
    /// For each page of time from `from` on: the first opening that ends after the page begins.
    pages: Vec<usize>,
}

/// Why there is no timetable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoTimetable {
    /// The stretch is empty, or longer than 731 days.
    Stretch,
    /// The history opens and closes the gates more than a million times.
    TooManyChanges,
}

impl NoTimetable {
    fn problem(self) -> Problem {
        let (path, code, message) = match self {
            Self::Stretch => {
                let days = HORIZON_MS / DAY_MS;
                let message = format!(
                    "the stretch is empty or longer than {days} days; write an `until` after \
                     `from` and at most {days} days later"
                );
                ("until", "out_of_bounds", message)
            }
            Self::TooManyChanges => {
                let message = format!(
                    "the history opens and closes the gates more than {MAX_QUESTIONS} times; \
                     write a shorter stretch"
                );
                ("layers", "too_many", message)
            }
        };
        Problem { path: path.to_owned(), code, message }
    }
}

/// The length of a page as a power of two, in milliseconds: nine hours. Few rules open more than
/// twice in so short a time.
const PAGE_BITS: u32 = 25;

impl Timetable {
    /// The timetable of a `{ layers, from, until }` document.
    ///
    /// # Errors
    ///
    /// Every problem of the document at once.
    pub fn parse(document: &Value) -> Result<Self, Vec<Problem>> {
        let (mut problems, root) = (Problems::default(), Path::Root);
        let fields = object(document, &root, TimetableRequestDocument::FIELDS, &mut problems);
        let request = fields.and_then(|fields| {
            let layers = layers(fields, "layers", &root, &mut most_cuts(), &mut problems);
            let from = required_instant(fields, "from", &root, &mut problems);
            let until = required_instant(fields, "until", &root, &mut problems);
            Some((layers, from?, until?))
        });
        let (layers, from, until) = problems.unless_any(request)?;
        Self::new(&layers, from, until).map_err(|why| vec![why.problem()])
    }

    /// The openings from `from` up to, and without, `until`, at most 731 days later.
    ///
    /// # Errors
    ///
    /// When the stretch is not one, or the history makes for too many openings.
    pub fn new(layers: &[Layer], from: Instant, until: Instant) -> Result<Self, NoTimetable> {
        if until <= from || until.since(from) > HORIZON_MS {
            return Err(NoTimetable::Stretch);
        }
        let openings = openings(layers, from, until)?;
        let last_page = page(from, until.minus(1));
        let mut first = 0;
        let pages = (0..=last_page).map(|page| {
            let start = from.plus(i64::try_from(page << PAGE_BITS).unwrap_or(i64::MAX));
            let over = openings.iter().skip(first).take_while(|opening| opening.until <= start);
            first += over.count();
            first
        });
        let pages = pages.collect();
        Ok(Self { from, until, openings, pages })
    }

    /// Whether every gate is open at `at`. Outside the stretch nothing is.
    #[must_use]
    pub fn is_open(&self, at: Instant) -> bool {
        self.next(at).is_some_and(|opening| opening.from <= at)
    }

    /// The first instant, at `at` or after it, at which every gate is open. None when there is none
    /// before the stretch ends.
    #[must_use]
    pub fn next_opening(&self, at: Instant) -> Option<Instant> {
        self.next(at).map(|opening| opening.from.max(at))
    }

    /// Each opening, in order. The first may have begun before the stretch, and the last may go on
    /// after it.
    #[must_use]
    pub fn openings(&self) -> &[Span] {
        &self.openings
    }

    /// The first opening that ends after `at`.
    fn next(&self, at: Instant) -> Option<&Span> {
        if at >= self.until {
            return None;
        }
        let first = self.pages.get(page(self.from, at))?;
        self.openings.get(*first..)?.iter().find(|opening| at < opening.until)
    }
}

/// The page of time on which `at` is; the first for earlier instants.
fn page(from: Instant, at: Instant) -> usize {
    usize::try_from(at.since(from).max(0) >> PAGE_BITS).unwrap_or(usize::MAX)
}

fn openings(layers: &[Layer], from: Instant, until: Instant) -> Result<Vec<Span>, NoTimetable> {
    // What the first message of a plan with the seed 0 draws, as in a decision.
    let draw = draw(0, 0);
    let mut watches: Vec<_> = layers.iter().map(|layer| Watch::new(layer, from)).collect();
    let mut openings: Vec<Span> = Vec::new();
    let mut at = from;
    for _ in 0..MAX_QUESTIONS {
        if at >= until {
            return Ok(openings);
        }
        let standing = ask(watches.iter_mut(), at, draw);
        let Some(hold) = standing.hold else {
            let end = standing.open_until.min(until);
            match openings.last_mut() {
                Some(last) if last.until == at => last.until = end,
                _ => openings.push(Span { from: at, until: end }),
            }
            at = standing.open_until;
            continue;
        };
        at = hold.until;
    }
    Err(NoTimetable::TooManyChanges)
}
