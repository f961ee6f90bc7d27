//! Tidegate's rule engine: when may a message go?
//!
//! A [`Policy`] holds the rules: windows, blocked times, limits, gaps, breaks, a start and an end.
//! A [`Layer`] is a policy with the sends that it counts. A message goes when every gate of every
//! layer is open. [`decide`] says whether that is now, and if not, why and until when; [`plan()`]
//! gives each message of a campaign, or of several on one sender, its instant.
//!
//! ```
//! use serde_json::json;
//! use tidegate::{Decision, decide, request};
//!
//! let request = request::parse_decide(&json!({
//!     "layers": [{
//!         "name": "sender",
//!         "policy": {
//!             "time_zone": "America/Toronto",
//!             "windows": [{ "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:30" }],
//!             "gap": "30s",
//!         },
//!         "history": ["2026-11-20T17:29:50-05:00"],
//!     }],
//!     "now": "2026-11-20T17:30:00-05:00",
//! })).unwrap();
//!
//! let Decision::Wait { because, .. } = decide(&request.layers, request.now) else { panic!() };
//! let texts: Vec<_> = because.iter().map(|reason| reason.text.as_str()).collect();
//! assert_eq!(texts, [
//!     "outside sending hours; opens at Mon 23 Nov 09:00",
//!     "the last went at Fri 20 Nov 17:29:50; the gap of 30 s ends at Fri 20 Nov 17:30:20",
//! ]);
//! ```
//!
//! There is no clock in here, no randomness and no IO: the same question has the same answer,
//! byte for byte, in a browser, on a server and in a test.

mod advise;
mod decide;
mod document;
mod explain;
mod gate;
mod goal;
mod history;
mod jitter;
mod layer;
pub mod lexicon;
mod limiter;
mod open_until;
mod plan;
mod policy;
mod problem;
mod reason;
pub mod request;
#[cfg(feature = "schema")]
pub mod schema;
mod search;
mod shape;
pub mod status;
pub mod time;
mod timetable;
pub mod zone;

pub use advise::{Advice, Change, MAX_KNOBS, NoChange, ONE_BY_ONE, advise};
pub use decide::{Decision, decide, decide_drawn};
pub use explain::{Explanation, explain};
pub use gate::GatePath;
pub use history::{Origin, Run};
pub use jitter::draw;
pub use layer::Layer;
pub use limiter::Limiter;
pub use open_until::open_until;
pub use plan::{
    DayCount, Extent, Group, GroupPlan, Lane, LanePlan, MAX_LOOKS, MAX_RUNS, MAX_WAITS, Order,
    Plan, PlanRequest, PlannedRun, Wait, Warning, plan, plan_times,
};
pub use policy::{Policy, duration_ms};
pub use problem::Problem;
pub use reason::{Code, Reason};
pub use search::{HORIZON_MS, MAX_ANSWERS, MAX_QUESTIONS};
pub use time::Instant;
pub use timetable::{NoTimetable, Timetable};
