//! A CSV file as it arrives: its header, once that is complete, and then its records. What a header
//! means and what becomes of a record is its readers' business.

use tidegate::Problem;

use super::header::{self, HEADER_MAX};
use super::records::{Record, Records};

/// A file of which a header `H` is made. How it is cut into pieces makes no difference.
#[derive(Debug)]
pub(crate) struct Sheet<H>(State<H>);

#[derive(Debug)]
enum State<H> {
    /// The first row is not complete: all that has arrived.
    Header(Vec<u8>),
    Rows(Box<Rows<H>>),
}

#[derive(Debug)]
struct Rows<H> {
    records: Records,
    header: H,
}

impl<H> Sheet<H> {
    /// A file of which nothing has arrived.
    pub(crate) const fn new() -> Self {
        Self(State::Header(Vec::new()))
    }

    /// The header, once it is read.
    pub(crate) fn header(&self) -> Option<&H> {
        match &self.0 {
            State::Header(_) => None,
            State::Rows(rows) => Some(&rows.header),
        }
    }

    /// Reads the next bytes: `read` makes the header of the first record, and `take` is given each
    /// record after it that they complete.
    ///
    /// # Errors
    /// Why the file cannot be used at all. Nothing is to be read any more.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        read: impl FnOnce(&Record<'_>) -> Result<H, Problem>,
        take: &mut impl FnMut(&H, &Record<'_>),
    ) -> Result<(), Problem> {
        let begun = match &mut self.0 {
            State::Rows(rows) => {
                rows.push(bytes, take);
                return Ok(());
            }
            State::Header(begun) => begun,
        };
        let room = HEADER_MAX.saturating_sub(begun.len()).min(bytes.len());
        let (head, tail) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        begun.extend_from_slice(head);
        let is_full = begun.len() == HEADER_MAX;
        if !is_full && first_row(unmarked(begun)).is_none() {
            return Ok(());
        }
        if let Some((mut rows, rest)) = begin(begun, false, read)? {
            rows.push(rest, take);
            rows.push(tail, take);
            self.0 = State::Rows(Box::new(rows));
        } else if is_full {
            return Err(header::endless());
        }
        Ok(())
    }

    /// Reads the last record, and gives the header.
    ///
    /// # Errors
    /// Why the file cannot be used at all.
    pub(crate) fn finish(
        self,
        read: impl FnOnce(&Record<'_>) -> Result<H, Problem>,
        take: &mut impl FnMut(&H, &Record<'_>),
    ) -> Result<H, Problem> {
        let mut rows = match self.0 {
            State::Rows(rows) => *rows,
            State::Header(begun) => {
                let (mut rows, rest) = begin(&begun, true, read)?.ok_or_else(empty)?;
                rows.push(rest, take);
                rows
            }
        };
        if let Some(record) = rows.records.finish() {
            take(&rows.header, &record);
        }
        Ok(rows.header)
    }
}

impl<H> Rows<H> {
    fn push(&mut self, mut bytes: &[u8], take: &mut impl FnMut(&H, &Record<'_>)) {
        while let Some(record) = self.records.next(&mut bytes) {
            take(&self.header, &record);
        }
    }
}

/// Rows of which only the header is read, and what follows it; none before there is a header.
type Begun<'a, H> = Option<(Rows<H>, &'a [u8])>;

/// The header of a file that begins with `begun`, or is no longer when it is `whole`, and what of it
/// follows the header. `None`: the header goes on, or there is none.
fn begin<H>(
    begun: &[u8],
    whole: bool,
    read: impl FnOnce(&Record<'_>) -> Result<H, Problem>,
) -> Result<Begun<'_, H>, Problem> {
    if begun.starts_with(b"\xff\xfe") || begun.starts_with(b"\xfe\xff") {
        return Err(header::refused(
            "not_utf8",
            "the file is UTF-16; save it again as `CSV UTF-8`".into(),
        ));
    }
    let mut rest = unmarked(begun);
    let mut records = Records::new(header::delimiter(first_row(rest).unwrap_or(rest)), 1);
    let header = match records.next(&mut rest) {
        Some(record) => read(&record)?,
        None if !whole => return Ok(None),
        None => match records.finish() {
            Some(record) => read(&record)?,
            None => return Ok(None),
        },
    };
    Ok(Some((Rows { records, header }, rest)))
}

/// What follows the mark that some programs put before UTF-8.
fn unmarked(begun: &[u8]) -> &[u8] {
    begun.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begun)
}

/// The row of names, once it is complete. A stray quote in it can hide its end, and then the bound
/// on the header decides when to look; or make an end of what is none, and then it is waited for.
fn first_row(begun: &[u8]) -> Option<&[u8]> {
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
