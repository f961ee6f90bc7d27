//! The drivers: load, ask [`crate::dispatch`] what to do, commit. Generic over the ports and the
//! database, so that the same code runs on Workers and in native tests.

pub mod commands;
pub mod hand_over;
pub mod outlook;
pub mod receipts;
pub mod start;
pub mod state;
pub mod sweep;
pub mod tick;

use tidegate::Problem;

use crate::store::StoreError;

/// Why a command on a campaign was not carried out. Nothing has changed.
#[derive(Debug)]
pub enum CommandError {
    /// There is no such campaign or sender.
    NotFound,
    /// Its state does not allow it.
    Conflict {
        /// A short stable word.
        code: &'static str,
        /// A sentence: what is in the way.
        detail: String,
        /// The triggers that are legal now.
        legal: Vec<String>,
    },
    /// The request is at fault: every problem at once.
    Invalid(Vec<Problem>),
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
