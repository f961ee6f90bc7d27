//! Calendar files, such as a country's holidays, as blocked times for a policy.

use axum::Json;
use tidegate::zone::Zone;
use tidegate_calendar::{Imported, blocked_times};

use super::api::{About, Repeat, Routes};
use super::asked::engine as asked;
use super::body::CalendarFile;
use super::caller::Viewer;
use super::fields::{Fields, shown};
use super::params::Query;
use super::{App, Failure};
use crate::ports::World;

/// The longest name of a zone that is looked up, in characters.
const ZONE_MOST: usize = 100;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("calendars", "Calendar files, such as a country's holidays.").post(
        "/blocked-times/import",
        import::<W>,
        About::new("readCalendar", "Make blocked times of an iCalendar file")
            .says("Nothing is kept: what comes out goes into a policy's `blocked`.")
            .filters::<asked::ZoneOf>()
            .takes("text/calendar")
            .repeated(Repeat::Harmless),
    )
}

/// Reads an iCalendar file and keeps nothing: what came out of it goes into a policy's `blocked`.
/// `time_zone` is that policy's, in which whole days and times without a zone are meant.
async fn import<W: World + 'static>(
    _: Viewer,
    app: App<W>,
    Query(query): Query,
    CalendarFile(file): CalendarFile,
) -> Result<Json<Imported>, Failure> {
    let mut fields = Fields::of(&query);
    let zone = match fields.optional("time_zone") {
        None => Some(Zone::UTC),
        Some(value) => fields.text("time_zone", value, ZONE_MOST).and_then(|name| {
            let zone = Zone::named(&name);
            if zone.is_none() {
                let message = format!(
                    "`{}` is no time zone; write an IANA name such as `Europe/Paris`",
                    shown(&name)
                );
                fields.refuse("time_zone", "unknown_zone", message);
            }
            zone
        }),
    };
    let zone = fields.finish(zone)?;
    Ok(Json(blocked_times(&file, zone, app.now)))
}
