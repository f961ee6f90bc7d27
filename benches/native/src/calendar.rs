//! The windows as instants, compiled by hand from a calendar crate: what a table is made of.

use std::rc::Rc;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use serde::Deserialize;

/// The zone of every question.
pub const ZONE: Tz = chrono_tz::Europe::Paris;

/// The windows of a weekday, and the days without them.
#[derive(Clone, Deserialize)]
pub struct Calendar {
    /// From and to, in minutes of the day.
    pub hours: Rc<[[i64; 2]]>,
    /// Sorted.
    pub holidays: Rc<[NaiveDate]>,
}

/// A stretch of time in which one may send, in milliseconds since 1970.
#[derive(Clone, Copy)]
pub struct Opening {
    /// The local date, in days.
    pub day: i32,
    /// The first instant.
    pub from: i64,
    /// The first instant after it.
    pub until: i64,
}

impl Calendar {
    /// The windows of each weekday that is no holiday, from the day of `start` on.
    pub fn openings(&self, start: i64) -> impl Iterator<Item = Opening> {
        let first = local(start).date_naive();
        let days = first.iter_days().filter(|day| {
            day.weekday().num_days_from_monday() < 5 && self.holidays.binary_search(day).is_err()
        });
        days.flat_map(|day| {
            self.hours.iter().map(move |&[from, to]| Opening {
                day: day.num_days_from_ce(),
                from: instant(day, from),
                until: instant(day, to),
            })
        })
    }
}

/// The wall clock of an instant.
///
/// # Panics
///
/// When it is too far away for a calendar.
#[must_use]
pub fn local(t: i64) -> DateTime<Tz> {
    ZONE.timestamp_millis_opt(t).single().expect("an instant of this age")
}

/// No window starts or ends where the clocks change, on a Sunday night.
fn instant(day: NaiveDate, minute: i64) -> i64 {
    let wall = day.and_time(NaiveTime::MIN) + Duration::minutes(minute);
    ZONE.from_local_datetime(&wall).single().expect("a time that happens once").timestamp_millis()
}
