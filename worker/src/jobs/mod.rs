//! The drivers: load, ask [`crate::dispatch`] what to do, commit. Generic over the ports and the
//! database, so that the same code runs on Workers and in native tests.

pub mod attachments;
pub mod audience;
mod backlogs;
pub mod commands;
mod conflict;
pub mod contact_imports;
pub mod contact_lists;
pub mod contacts;
pub mod dead_letters;
pub mod doubts;
pub mod erasures;
pub mod estimates;
mod expiring;
pub mod hand_over;
pub mod inbound;
mod ledgers;
pub mod look_up;
pub mod marks;
pub mod opt_outs;
pub mod outlook;
pub mod pace;
pub mod period;
mod persons;
pub mod preview;
pub mod prune;
pub mod readiness;
pub mod receipts;
pub mod recipient_index;
pub mod recordings;
pub mod resends;
pub mod reviews;
pub mod rules;
pub mod singles;
pub mod start;
pub mod state;
pub mod sweep;
pub mod teams;
pub mod tick;
pub mod timed;
pub mod timeline;
pub mod wording;

use serde::Serialize;
use serde_json::Value;
use tidegate::Problem;

use crate::store::messages::{self, OpenRow};
use crate::store::{Database, StoreError};

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
        /// What it is now.
        standing: Option<Box<Standing>>,
    },
    /// The caller may not do it.
    Forbidden {
        /// A short stable word.
        code: &'static str,
        /// A sentence: why not.
        detail: String,
    },
    /// The request is at fault: every problem at once.
    Invalid(Vec<Problem>),
    /// The database failed.
    Store(StoreError),
}

impl CommandError {
    /// It as a sentence, for whoever looks later.
    #[must_use]
    pub fn told(self) -> String {
        match self {
            Self::NotFound => "it is not there any more".to_owned(),
            Self::Conflict { detail, .. } | Self::Forbidden { detail, .. } => detail,
            Self::Invalid(problems) => {
                let messages = problems.into_iter().map(|problem| problem.message);
                messages.collect::<Vec<_>>().join("; ")
            }
            Self::Store(error) => error.to_string(),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What something is that is not what somebody looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its version now.
    pub version: i64,
    /// Its status now, if it has one.
    pub status: Option<String>,
    /// What is different from what was looked at, as far as that is known.
    pub changed: Vec<Changed>,
}

/// A field that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changed {
    /// Its name in the API.
    pub field: &'static str,
    /// What it was.
    pub was: Value,
    /// What it is.
    pub is: Value,
}

/// The slices of a campaign that are not done.
async fn open_slices(db: &impl Database, campaign_seq: i64) -> Result<Vec<OpenRow>, StoreError> {
    db.run(messages::open(campaign_seq)).await?.all()
}
