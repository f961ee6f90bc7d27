//! The pure part of an import: the bytes of a file in; people, rejected rows and the header out.

use tidegate::Problem;

use super::address::Rule;
use super::header::{self, HEADER_MAX, Header, Known};
use super::records::{Record, Records};
use super::row::{Row, row};

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
    state: State,
}

#[derive(Debug)]
enum State {
    /// The first row is not complete: all that has arrived.
    Header(Vec<u8>),
    Rows(Box<Rows>),
}

#[derive(Debug)]
struct Rows {
    records: Records,
    header: Header,
    json: String,
}

impl Reader {
    /// A reader of addresses by `rule`, with the columns that the caller knows by name.
    #[must_use]
    pub const fn new(rule: Rule, known: Known) -> Self {
        Self { rule, infers: false, known, state: State::Header(Vec::new()) }
    }

    /// The same, with the zones of their numbers for people whose rows say none.
    #[must_use]
    pub fn inferring_zones(self, infers: bool) -> Self {
        Self { infers, ..self }
    }

    /// The header, once it is read.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        match &self.state {
            State::Header(_) => None,
            State::Rows(rows) => Some(&rows.header),
        }
    }

    /// Reads the next bytes and gives `take` each row that they complete.
    ///
    /// # Errors
    /// Why the file cannot be used at all. Nothing is to be read any more.
    pub fn push(&mut self, bytes: &[u8], take: &mut impl FnMut(Row<'_>)) -> Result<(), Problem> {
        match &mut self.state {
            State::Rows(rows) => rows.push(bytes, (self.rule, self.infers), take),
            State::Header(begun) => {
                let room = HEADER_MAX.saturating_sub(begun.len()).min(bytes.len());
                let (head, tail) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
                begun.extend_from_slice(head);
                if begun.len() == HEADER_MAX || first_row(unmarked(begun)).is_some() {
                    let begun = std::mem::take(begun);
                    if let Some((mut rows, rest)) = self.begin(&begun, false)? {
                        rows.push(rest, (self.rule, self.infers), take);
                        rows.push(tail, (self.rule, self.infers), take);
                        self.state = State::Rows(Box::new(rows));
                    } else if begun.len() < HEADER_MAX {
                        self.state = State::Header(begun);
                    } else {
                        return Err(header::endless());
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads the last row, and gives the header.
    ///
    /// # Errors
    /// Why the file cannot be used at all.
    pub fn finish(self, take: &mut impl FnMut(Row<'_>)) -> Result<Header, Problem> {
        let mut rows = match self.state {
            State::Rows(rows) => *rows,
            State::Header(ref begun) => {
                let (mut rows, rest) = self.begin(begun, true)?.ok_or_else(empty)?;
                rows.push(rest, (self.rule, self.infers), take);
                rows
            }
        };
        rows.finish((self.rule, self.infers), take);
        Ok(rows.header)
    }

    /// The header of a file that begins with `begun`, or is no longer when it is `whole`, and
    /// what of it follows the header. `None`: the header goes on, or there is none.
    fn begin<'a>(&self, begun: &'a [u8], whole: bool) -> Result<Option<(Rows, &'a [u8])>, Problem> {
        if begun.starts_with(b"\xff\xfe") || begun.starts_with(b"\xfe\xff") {
            return Err(header::refused(
                "not_utf8",
                "the file is UTF-16; save it again as `CSV UTF-8`".into(),
            ));
        }
        let mut rest = unmarked(begun);
        let mut records = Records::new(header::delimiter(first_row(rest).unwrap_or(rest)), 1);
        let read = |record: &Record<'_>| Header::read(record, self.rule, &self.known);
        let header = match records.next(&mut rest) {
            Some(record) => read(&record)?,
            None if !whole => return Ok(None),
            None => match records.finish() {
                Some(record) => read(&record)?,
                None => return Ok(None),
            },
        };
        let json = String::new();
        Ok(Some((Rows { records, header, json }, rest)))
    }
}

impl Rows {
    fn push(&mut self, mut bytes: &[u8], how: (Rule, bool), take: &mut impl FnMut(Row<'_>)) {
        while let Some(record) = self.records.next(&mut bytes) {
            row(&self.header, how, &record, &mut self.json, take);
        }
    }

    fn finish(&mut self, how: (Rule, bool), take: &mut impl FnMut(Row<'_>)) {
        if let Some(record) = self.records.finish() {
            row(&self.header, how, &record, &mut self.json, take);
        }
    }
}

/// What follows the mark that some programs put before UTF-8.
pub(crate) fn unmarked(begun: &[u8]) -> &[u8] {
    begun.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begun)
}

/// The row of names, once it is complete. A stray quote in it can hide its end, and then the bound
/// on the header decides when to look; or make an end of what is none, and then it is waited for.
pub(crate) fn first_row(begun: &[u8]) -> Option<&[u8]> {
    let mut quoted = false;
    let mut begins = true;
    let end = begun.iter().position(|byte| {
        quoted ^= *byte == b'"';
        let ends = !quoted && matches!(byte, b'\r' | b'\n');
        begins &= ends;
        ends && !begins
    })?;
    begun.get(..end)
}

fn empty() -> Problem {
    header::refused(
        "empty_file",
        "the file is empty; its first row names the columns, and each row after it is a person"
            .into(),
    )
}
