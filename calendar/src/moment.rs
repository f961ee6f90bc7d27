//! Days, times and durations of events (RFC 5545, sections 3.3.4 to 3.3.6).

use tidegate::Instant;
use tidegate::time::civil::{self, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, YearMonthDay};
use tidegate::zone::Zone;

use crate::line::Line;

/// A day or a time as a file has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    /// What the wall clock reads, in milliseconds since 1970-01-01T00:00; midnight for a day.
    pub(crate) wall: i64,
    pub(crate) clock: Clock,
}

/// Whose wall clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Clock {
    /// A whole day, wherever one is.
    Day,
    /// A time without a zone, wherever one is.
    Floating,
    In(Zone),
}

/// How long an event lasts: days by the wall clock, and then elapsed milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Length {
    pub(crate) days: i64,
    pub(crate) ms: i64,
}

impl Clock {
    /// Whether both are days, or times without a zone, or times with one.
    pub(crate) const fn is_like(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Day, Self::Day) | (Self::Floating, Self::Floating) | (Self::In(_), Self::In(_))
        )
    }
}

impl Moment {
    pub(crate) fn date(self) -> i32 {
        civil::date_of(self.wall)
    }

    /// The same time of day on another date.
    pub(crate) fn on(self, date: i32) -> Self {
        Self { wall: civil::midnight(date) + civil::clock_of(self.wall), ..self }
    }

    /// The instant that it is to somebody in a zone.
    pub(crate) fn instant(self, here: Zone) -> Instant {
        match self.clock {
            Clock::Day | Clock::Floating => here.instant(self.wall),
            Clock::In(zone) => zone.instant(self.wall),
        }
    }

    /// When something ends that begins then.
    pub(crate) fn plus(self, length: Length) -> Self {
        let wall = self.wall.saturating_add(length.days.saturating_mul(DAY_MS));
        match self.clock {
            Clock::Day | Clock::Floating => Self { wall: wall.saturating_add(length.ms), ..self },
            Clock::In(_) if length.ms == 0 => Self { wall, ..self },
            Clock::In(zone) => {
                let end = zone.instant(wall).plus(length.ms);
                Self { wall: end.millis(), clock: Clock::In(Zone::UTC) }
            }
        }
    }
}

/// Reads the days or times of a `DTSTART`, `DTEND`, `EXDATE`, `RDATE` or `RECURRENCE-ID`.
///
/// # Errors
///
/// What is wrong, with the remedy.
pub(crate) fn read_all(line: &Line) -> Result<Vec<Moment>, String> {
    let zone = line.parameter("TZID").map(zone);
    let kind = line.parameter("VALUE").map(str::to_ascii_uppercase);
    let moments = line.value.split(',').map(|text| {
        let moment = read(text.trim(), zone.as_ref())?;
        match kind.as_deref() {
            Some("DATE") if moment.clock != Clock::Day => {
                Err(format!("`{text}` is no day; write it as `20261225`"))
            }
            None | Some("DATE" | "DATE-TIME") => Ok(moment),
            Some(kind) => {
                Err(format!("`VALUE={kind}` is not supported; write `DATE` or `DATE-TIME`"))
            }
        }
    });
    moments.collect()
}

/// Reads a single day or time.
///
/// # Errors
///
/// What is wrong, with the remedy.
pub(crate) fn read_one(line: &Line) -> Result<Moment, String> {
    match read_all(line)?.as_slice() {
        [moment] => Ok(*moment),
        _ => Err(format!("`{}` has several values; write one", line.name)),
    }
}

/// Reads `20261225`, `20261225T090000` or `20261225T140000Z`, as the `UNTIL` of a rule has it too.
pub(crate) fn read(text: &str, zone: Option<&Result<Zone, String>>) -> Result<Moment, String> {
    let malformed =
        || format!("`{text}` is no day or time; write it as `20261225` or `20261225T090000`");
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let (date, rest) = digits::<4>(date).ok_or_else(malformed)?;
    let (month, rest) = digits::<2>(rest).ok_or_else(malformed)?;
    let (day, rest) = digits::<2>(rest).ok_or_else(malformed)?;
    let date = civil::day_number(date, month, day)
        .filter(|_| rest.is_empty())
        .ok_or_else(|| format!("`{text}` is not in the calendar; write a date that is"))?;
    let Some(time) = time else {
        return Ok(Moment { wall: civil::midnight(date), clock: Clock::Day });
    };
    let (hour, rest) = digits::<2>(time).ok_or_else(malformed)?;
    let (minute, rest) = digits::<2>(rest).ok_or_else(malformed)?;
    let (second, rest) = digits::<2>(rest).ok_or_else(malformed)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(format!("`{text}` is on no clock; write a time that is"));
    }
    let wall = civil::midnight(date)
        + i64::from(hour) * HOUR_MS
        + i64::from(minute) * MINUTE_MS
        + i64::from(second) * SECOND_MS;
    let clock = match (rest, zone) {
        ("Z", _) => Clock::In(Zone::UTC),
        ("", Some(zone)) => Clock::In(zone.clone()?),
        ("", None) => Clock::Floating,
        _ => return Err(malformed()),
    };
    Ok(Moment { wall, clock })
}

/// The number that so many digits write, and the rest.
fn digits<const COUNT: usize>(text: &str) -> Option<(i32, &str)> {
    let (digits, rest) = text.split_at_checked(COUNT)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    Some((digits.parse().ok().filter(|_| are_digits)?, rest))
}

/// An IANA zone, also behind a prefix such as `/example.org/20260101/`.
fn zone(name: &str) -> Result<Zone, String> {
    let starts = std::iter::once(0).chain(name.match_indices('/').map(|(slash, _)| slash + 1));
    let mut tails = starts.filter_map(|start| name.get(start..));
    tails.find_map(Zone::named).ok_or_else(|| {
        format!("`{name}` is no time zone; write an IANA name such as `Europe/Paris`")
    })
}

/// Reads `P1D`, `PT1H30M`, `P2W` or `P1DT12H`.
///
/// # Errors
///
/// What is wrong, with the remedy.
pub(crate) fn read_length(text: &str) -> Result<Length, String> {
    parse_length(text).ok_or_else(|| {
        format!("`{text}` is no duration of an event; write one such as `P1D` or `PT1H30M`")
    })
}

fn parse_length(text: &str) -> Option<Length> {
    const DAYS: [(char, i64); 2] = [('W', 7), ('D', 1)];
    const TIMES: [(char, i64); 3] = [('H', HOUR_MS), ('M', MINUTE_MS), ('S', SECOND_MS)];
    let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (days, times) = text.split_once('T').unwrap_or((text, ""));
    let is_empty = days.is_empty() && times.is_empty() || text.ends_with('T');
    let (days, ms) = (sum(days, &DAYS)?, sum(times, &TIMES)?);
    (!is_empty).then_some(Length { days, ms })
}

/// The sum of numbers with units, which come in that order.
fn sum(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0_i64;
    let mut units = units.iter();
    while !text.is_empty() {
        let (number, rest) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
        let unit = rest.chars().next()?;
        let (_, ms) = units.find(|(name, _)| *name == unit)?;
        sum = sum.checked_add(number.parse::<i64>().ok()?.checked_mul(*ms)?)?;
        text = rest.get(1..)?;
    }
    Some(sum)
}

/// `YYYY-MM-DD`.
pub(crate) fn date_text(date: i32) -> String {
    let YearMonthDay { year, month, day } = civil::year_month_day(date);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `HH:MM`, with seconds when there are some; `24:00` for a whole day.
pub(crate) fn clock_text(clock: i64) -> String {
    let (hour, minute, second) =
        (clock / HOUR_MS, clock % HOUR_MS / MINUTE_MS, clock % MINUTE_MS / SECOND_MS);
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}
