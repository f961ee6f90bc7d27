//! The pure part of an import: the bytes of a file in; people, rejected rows and the header out.

use tidegate::Problem;

use super::address::Rule;
use super::header::{Header, Known};
use super::records::Record;
use super::row::{How, Row, row};
use super::sheet::Sheet;

/// Reads a file as it arrives. How it is cut into pieces makes no difference.
///
/// Fields lose the blanks around them. An empty field is left out of its person. A row whose
/// fields are all empty is no row: spreadsheets leave many of them behind.
#[derive(Debug)]
pub struct Reader {
    how: How,
    known: Known,
    sheet: Sheet<Header>,
    /// Room for one person.
    json: String,
}

impl Reader {
    /// A reader of addresses by `rule`, with the columns that the caller knows by name.
    #[must_use]
    pub const fn new(rule: Rule, known: Known) -> Self {
        let how = How { rule, infers: false, beside: None };
        Self { how, known, sheet: Sheet::new(), json: String::new() }
    }

    /// The same, with the zones of their numbers for people whose rows say none.
    #[must_use]
    pub fn inferring_zones(mut self, infers: bool) -> Self {
        self.how.infers = infers;
        self
    }

    /// The same for who is on a list whatever else their row says: of the other columns the one called
    /// `field` alone is read, and where it cannot be read it is left out.
    #[must_use]
    pub const fn with_nothing_beside(mut self, field: &'static str) -> Self {
        self.how.beside = Some(field);
        self
    }

    /// The header, once it is read.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.sheet.header()
    }

    /// Reads the next bytes and gives `take` each row that they complete.
    ///
    /// # Errors
    /// Why the file cannot be used at all. Nothing is to be read any more.
    pub fn push(&mut self, bytes: &[u8], take: &mut impl FnMut(Row<'_>)) -> Result<(), Problem> {
        let Self { how, known, sheet, json } = self;
        let read = |record: &Record<'_>| Header::read(record, how.rule, known);
        sheet.push(bytes, read, &mut |header, record| row(header, *how, record, json, take))
    }

    /// Reads the last row, and gives the header.
    ///
    /// # Errors
    /// Why the file cannot be used at all.
    pub fn finish(self, take: &mut impl FnMut(Row<'_>)) -> Result<Header, Problem> {
        let Self { how, known, sheet, mut json } = self;
        let read = |record: &Record<'_>| Header::read(record, how.rule, &known);
        sheet.finish(read, &mut |header, record| row(header, how, record, &mut json, take))
    }
}
