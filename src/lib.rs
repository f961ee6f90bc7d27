//! Tidegate's rule engine.

mod decide;
mod history;
mod plan;
mod policy;
mod problem;
mod reason;
pub mod request;
pub mod status;
pub mod time;
pub mod zone;

pub use decide::{Decision, Layer, decide};
pub use history::{Origin, Run};
pub use plan::{
    DayCount, Lane, LanePlan, Order, Plan, PlanRequest, PlannedRun, Wait, Warning, plan, plan_times,
};
pub use policy::Policy;
pub use problem::Problem;
pub use reason::{Code, Reason};
pub use time::Instant;
