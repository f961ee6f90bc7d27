//! The pure part of an import: the bytes of a file in; people, rejected rows and the header out.

use tidegate::Problem;

use super::address::Rule;
use super::header::{Header, Known};
use super::records::Record;
use super::row::{Row, row};
use super::sheet::Sheet;

/// Reads a file as it arrives. How it is cut into pieces makes no difference.
///
/// Fields lose the blanks around them. An empty field is left out of its person. A row whose
/// fields are all empty is no row: spreadsheets leave many of them behind.
#[derive(Debug)]
pub struct Reader {
    rule: Rule,
    /// Whether people without a zone have those of their number.
    infers: bool,
    known: Known,
    sheet: Sheet<Header>,
    /// Room for one person.
    json: String,
}

impl Reader {
    /// A reader of addresses by `rule`, with the columns that the caller knows by name.
    #[must_use]
    pub const fn new(rule: Rule, known: Known) -> Self {
        Self { rule, infers: false, known, sheet: Sheet::new(), json: String::new() }
    }

    /// The same, with the zones of their numbers for people whose rows say none.
    #[must_use]
    pub fn inferring_zones(self, infers: bool) -> Self {
        Self { infers, ..self }
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
        let Self { rule, infers, known, sheet, json } = self;
        let read = |record: &Record<'_>| Header::read(record, *rule, known);
        sheet.push(bytes, read, &mut |header, record| {
            row(header, (*rule, *infers), record, json, take);
        })
    }

    /// Reads the last row, and gives the header.
    ///
    /// # Errors
    /// Why the file cannot be used at all.
    pub fn finish(self, take: &mut impl FnMut(Row<'_>)) -> Result<Header, Problem> {
        let Self { rule, infers, known, sheet, mut json } = self;
        let read = |record: &Record<'_>| Header::read(record, rule, &known);
        sheet.finish(read, &mut |header, record| {
            row(header, (rule, infers), record, &mut json, take);
        })
    }
}
