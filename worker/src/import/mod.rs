//! Puts the people of a CSV file into a campaign: all of them, or nobody.
//!
//! [`run`] reads the file as it arrives and writes as it reads, so that a million rows need
//! neither the file nor the people in memory. What it writes lies past the campaign's `total` and
//! stays invisible until one last transaction raises it.
//!
//! The reading itself ([`reader`]) knows nothing of campaigns, databases or clocks.

pub(crate) mod address;
pub(crate) mod copy;
mod fields;
pub(crate) mod header;
mod intake;
mod pages;
mod phone;
pub mod phone_zones;
mod reader;
mod ready;
pub(crate) mod records;
pub(crate) mod row;
mod run;
pub(crate) mod seen;
pub(crate) mod sheet;
mod zone;

pub use address::{Fault, Rule, known_as, spellings};
pub use header::{Column, Header, Known};
pub(crate) use phone::may_be_mobile;
pub use phone::region;
pub use reader::Reader;
pub use row::Row;
pub use run::run;
pub use zone::of_number;

use serde::Serialize;
use tidegate::Problem;

use crate::model::{Caller, Channel};
use crate::store::StoreError;

/// People of one campaign, at most: their addresses must fit into a Worker's 128 MB while a file
/// is compared with them.
pub const PEOPLE_MAX: i64 = 3_000_000;

/// How many rejected rows an answer lists.
pub const REJECTIONS_LISTED: usize = 1000;

/// What to import, and into which campaign.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The channel of its sender, which says what an address looks like.
    pub channel: Channel,
    /// The file's name, as people will see it.
    pub file_name: String,
    /// The columns that the caller knows by their names in the header. Those left out are found by
    /// well-known names.
    pub columns: Known,
    /// The country (ISO 3166, `FR`) of phone numbers that are written without `+`. `None`: such
    /// numbers are rejected.
    pub region: Option<String>,
    /// How many bytes the file has (`Content-Length`), if that is known. Fewer than that is an
    /// upload that broke off, even where the stream calls it the end.
    pub length: Option<u64>,
    /// Who imports it.
    pub by: Caller,
    /// Whether people without a zone have those of their phone numbers.
    pub infers_zones: bool,
}

/// What became of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportAnswer {
    /// The new list's id.
    pub list_id: String,
    /// The column that the addresses were taken from.
    pub column: String,
    /// The column that the time zones were taken from, if there is one.
    pub time_zone_column: Option<String>,
    /// People who are in now.
    pub accepted: i64,
    /// Rows left out because the campaign has the address already.
    pub duplicates: i64,
    /// The first 1,000 rows that were not taken, in the file's order.
    pub rejected: Vec<Rejection>,
    /// How many were not taken.
    pub rejected_total: i64,
    /// People in the campaign, all lists together.
    pub total: i64,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rejection {
    /// The line of the file on which the row begins; the first line is 1.
    pub line: u64,
    /// The column as it stands in the header, or its number when it has no name there.
    pub column: String,
    /// What is wrong, for programs.
    pub code: &'static str,
    /// What is wrong and what to do, for people.
    pub message: String,
}

/// Why nothing was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// There is no such campaign. HTTP 404.
    NoCampaign,
    /// The campaign's status takes no more people. HTTP 409.
    Closed {
        /// Its status.
        status: String,
    },
    /// Another file is being imported into the campaign. HTTP 409.
    Busy,
    /// The campaign was scheduled, changed its text or began meanwhile, or the file stood still for
    /// so long that another import took over. HTTP 409; importing again is safe.
    Overtaken,
    /// The file or a parameter cannot be used as it is. HTTP 422.
    Refused(Problem),
    /// The file stopped arriving. HTTP 400, should anyone still listen.
    Interrupted(String),
    /// The database failed. HTTP 500.
    Store(StoreError),
}

impl std::fmt::Display for ImportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoCampaign => write!(f, "there is no such campaign"),
            Self::Closed { status } => write!(
                f,
                "people can be added to a campaign that is `draft` or `scheduled`, and this one is \
                 `{status}`; put them into a new campaign"
            ),
            Self::Busy => write!(
                f,
                "another file is being imported into this campaign; try again when it is in"
            ),
            Self::Overtaken => write!(
                f,
                "the campaign changed, or another import took over, while the file arrived, and \
                 nobody of the file was added; look at the campaign and import the file again"
            ),
            Self::Refused(problem) => write!(f, "{}: {}", problem.path, problem.message),
            Self::Interrupted(why) => write!(
                f,
                "the file stopped arriving ({why}), and nobody of it was added; send it again"
            ),
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ImportError {}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
