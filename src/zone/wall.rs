//! From the wall clock to the instant.

use super::Zone;
use super::days::OFFSET_BOUND_MS;
use crate::time::Instant;

impl Zone {
    /// The instant at which the wall clock reads `wall`, as Temporal's `compatible`: in a gap
    /// it moves forward by the gap, in a fold the first of the two counts.
    ///
    /// ```
    /// use tidegate::time::civil::parse_date_time;
    /// use tidegate::zone::Zone;
    ///
    /// let lord_howe = Zone::named("Australia/Lord_Howe").unwrap();
    /// let instant = |text| lord_howe.instant(parse_date_time(text).unwrap());
    /// // The clock goes from 02:00 to 02:30 in October 2026 ...
    /// assert_eq!(instant("2026-10-04T02:10"), instant("2026-10-04T02:40"));
    /// // ... and from 02:00 back to 01:30 in April 2027.
    /// assert_eq!(instant("2027-04-04T01:45").since(instant("2027-04-04T01:15")), 30 * 60_000);
    /// assert_eq!(instant("2027-04-04T02:15").since(instant("2027-04-04T01:45")), 60 * 60_000);
    /// ```
    #[must_use]
    pub fn instant(self, wall: i64) -> Instant {
        let wall = Instant::from_millis(wall);
        let mut offset = self.offset_at(wall.minus(OFFSET_BOUND_MS));
        // One turn an offset between the bounds of where `wall` can be; most often just one.
        loop {
            let candidate = wall.minus(offset.millis);
            if candidate < offset.until || offset.until == Instant::MAX {
                return candidate;
            }
            let next = self.offset_at(offset.until);
            if wall.minus(next.millis) < next.from {
                // Neither before nor after: the gap between the two.
                return candidate;
            }
            offset = next;
        }
    }
}
