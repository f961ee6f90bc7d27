//! CSV bytes in, records out: the shape of the file, and nothing of its meaning.
//!
//! RFC 4180 with the usual kindnesses: LF, CRLF or CR ends a line, blank lines are skipped, a
//! quote inside an unquoted field is a quote. Memory is bounded whatever arrives.

use csv_core::{ReadRecordResult, ReaderBuilder};

/// Columns of a file.
pub const COLUMNS_MAX: usize = 100;

/// Bytes of one record: all its fields, without delimiters and quotes.
pub const RECORD_MAX: usize = 100_000;

/// One record, or what stands in its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The line on which it begins.
    pub line: u64,
    /// The line on which it ends.
    pub last_line: u64,
    /// What it holds.
    pub body: Body<'a>,
}

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Its fields.
    Fields(Fields<'a>),
    /// More fields than [`COLUMNS_MAX`]: this many.
    TooManyFields(usize),
    /// More than [`RECORD_MAX`].
    TooLong {
        /// The field, from 0, that was being read when the bound was reached.
        field: usize,
        /// How much of that field had been read, in bytes.
        length: usize,
    },
    /// The file ended inside a quoted field.
    QuoteNotClosed {
        /// Which field, from 0.
        field: usize,
    },
}

/// The fields of a record, with the quotes around them undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Fields<'a> {
    /// How many there are.
    #[must_use]
    pub const fn count(self) -> usize {
        self.ends.len()
    }

    /// Each of them, in the file's order.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let field = self.bytes.get(start..end).unwrap_or_default();
            start = end;
            field
        })
    }
}

/// Cuts a file into records. How the file was cut into pieces makes no difference.
#[derive(Debug)]
pub struct Records {
    csv: csv_core::Reader,
    lines: Lines,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// The record that is being read, or was read last.
    current: Current,
}

#[derive(Debug, Default)]
struct Current {
    /// `None` while only blank lines were seen.
    begun_on: Option<u64>,
    filled: usize,
    fields: usize,
    /// Once set, the rest of the record is read into the same space and forgotten.
    overflow: Option<Overflow>,
    complete: bool,
}

#[derive(Clone, Copy, Debug)]
enum Overflow {
    Fields,
    Bytes { field: usize, length: usize },
}

impl Records {
    /// A reader of fields parted by `delimiter`, whose first byte stands on line `line`.
    #[must_use]
    pub fn new(delimiter: u8, line: u64) -> Self {
        Self {
            csv: ReaderBuilder::new().delimiter(delimiter).build(),
            lines: Lines { line, last: 0 },
            // One more than a record may have: only a full buffer shows that it has more.
            bytes: vec![0; RECORD_MAX + 1],
            ends: vec![0; COLUMNS_MAX],
            current: Current::default(),
        }
    }

    /// Reads on in `input`, which is left at what follows the record it gives. `None`: all of
    /// `input` is read and the record goes on.
    pub fn next(&mut self, input: &mut &[u8]) -> Option<Record<'_>> {
        self.advance(input).then(|| self.record())
    }

    /// The record that the end of the file ends, if the file does not end in a line's end.
    pub fn finish(&mut self) -> Option<Record<'_>> {
        let line = self.current.begun_on.filter(|_| !self.current.complete)?;
        let last_line = self.lines.of_last_byte();
        // One line's end more does no harm, unless a quote is still open: then it is text.
        if self.advance(&mut b"\n".as_slice()) {
            return Some(self.record());
        }
        Some(Record { line, last_line, body: Body::QuoteNotClosed { field: self.current.fields } })
    }

    /// Whether a record is complete now.
    fn advance(&mut self, input: &mut &[u8]) -> bool {
        if self.current.complete {
            self.current = Current::default();
        }
        if self.current.begun_on.is_none() {
            let blank = input.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
            let blank = blank.count();
            self.pass(input, blank);
        }
        while !input.is_empty() {
            self.current.begun_on.get_or_insert(self.lines.line);
            let (filled, fields) = match self.current.overflow {
                None => (self.current.filled, self.current.fields),
                Some(_) => (0, 0),
            };
            let (result, read, written, ended) = self.csv.read_record(
                input,
                self.bytes.get_mut(filled..).unwrap_or_default(),
                self.ends.get_mut(fields..).unwrap_or_default(),
            );
            self.pass(input, read);
            self.current.filled += written;
            self.current.fields += ended;
            match result {
                ReadRecordResult::Record => {
                    self.current.complete = true;
                    return true;
                }
                ReadRecordResult::OutputFull if self.current.overflow.is_none() => {
                    let field = self.current.fields;
                    let begin = field.checked_sub(1).and_then(|last| self.ends.get(last));
                    let length = self.current.filled - begin.copied().unwrap_or(0);
                    self.current.overflow = Some(Overflow::Bytes { field, length });
                }
                ReadRecordResult::OutputEndsFull => {
                    self.current.overflow.get_or_insert(Overflow::Fields);
                }
                _ => {}
            }
        }
        false
    }

    fn pass(&mut self, input: &mut &[u8], count: usize) {
        let (passed, rest) = input.split_at_checked(count).unwrap_or((input, &[]));
        self.lines.pass(passed);
        *input = rest;
    }

    fn record(&self) -> Record<'_> {
        let last_line = self.lines.of_last_byte();
        let fields = self.current.fields;
        let body = match self.current.overflow {
            None => Body::Fields(Fields {
                bytes: self.bytes.get(..self.current.filled).unwrap_or_default(),
                ends: self.ends.get(..fields).unwrap_or_default(),
            }),
            Some(Overflow::Fields) => Body::TooManyFields(fields),
            Some(Overflow::Bytes { field, length }) => Body::TooLong { field, length },
        };
        Record { line: self.current.begun_on.unwrap_or(last_line), last_line, body }
    }
}

/// Counts the lines of a file as an editor does, inside quotes too.
#[derive(Debug)]
struct Lines {
    /// The line on which the next byte stands.
    line: u64,
    last: u8,
}

impl Lines {
    fn pass(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let ends = byte == b'\r' || byte == b'\n' && self.last != b'\r';
            self.line += u64::from(ends);
            self.last = byte;
        }
    }

    fn of_last_byte(&self) -> u64 {
        self.line - u64::from(matches!(self.last, b'\r' | b'\n'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every record as text, one a line, read in pieces of `size` bytes.
    fn read(file: &[u8], size: usize) -> Vec<String> {
        let mut records = Records::new(b',', 1);
        let mut seen = Vec::new();
        for mut piece in file.chunks(size) {
            while let Some(record) = records.next(&mut piece) {
                seen.push(text(&record));
            }
        }
        seen.extend(records.finish().as_ref().map(text));
        seen
    }

    fn text(record: &Record<'_>) -> String {
        let body = match &record.body {
            Body::Fields(fields) => {
                assert_eq!(fields.iter().count(), fields.count());
                let fields: Vec<_> = fields.iter().map(String::from_utf8_lossy).collect();
                fields.join("|")
            }
            other => format!("{other:?}"),
        };
        format!("{}-{} {body}", record.line, record.last_line)
    }

    #[test]
    fn records_carry_the_lines_they_stand_on() {
        let table: &[(&str, &[&str])] = &[
            ("a,b\nc,d\n", &["1-1 a|b", "2-2 c|d"]),
            ("a,b\r\nc,d", &["1-1 a|b", "2-2 c|d"]),
            ("a\rb\r", &["1-1 a", "2-2 b"]),
            ("\n\r\n\na\n\n\nb\n", &["4-4 a", "7-7 b"]),
            ("\"a\nb\",\"c\r\n\r\nd\"\ne\n", &["1-4 a\nb|c\r\n\r\nd", "5-5 e"]),
            ("\"say \"\"hi\"\"\",5\" pipe\n", &["1-1 say \"hi\"|5\" pipe"]),
            ("a,\n,\n\"\"\n", &["1-1 a|", "2-2 |", "3-3 "]),
            ("a\n\"b\nc\nd\n", &["1-1 a", "2-4 QuoteNotClosed { field: 0 }"]),
            ("a,b\n1,\"b", &["1-1 a|b", "2-2 QuoteNotClosed { field: 1 }"]),
            ("\"a\"", &["1-1 a"]),
            ("", &[]),
            ("\n\n", &[]),
        ];
        for (file, expected) in table {
            for size in 1..=file.len().max(1) {
                assert_eq!(read(file.as_bytes(), size), *expected, "{file:?} by {size}");
            }
        }
    }

    #[test]
    fn a_record_of_a_hundred_fields_is_the_widest() {
        let hundred = vec!["x"; 100].join(",");
        let more = vec!["x"; 250].join(",");
        let file = format!("{hundred}\n{hundred},x\n{more}\nend\n");
        let expected = [
            format!("1-1 {}", hundred.replace(',', "|")),
            "2-2 TooManyFields(101)".into(),
            "3-3 TooManyFields(250)".into(),
            "4-4 end".into(),
        ];
        for size in [1, 7, 100, 10_000] {
            assert_eq!(read(file.as_bytes(), size), expected, "by {size}");
        }
    }

    #[test]
    fn a_record_past_the_bound_is_passed_over() {
        let longest = "x".repeat(RECORD_MAX);
        let file = format!("{longest}\n1,{longest}y\nend\n");
        let expected = [
            format!("1-1 {longest}"),
            "2-2 TooLong { field: 1, length: 100000 }".into(),
            "3-3 end".into(),
        ];
        for size in [1, 999, 1_000_000] {
            assert_eq!(read(file.as_bytes(), size), expected, "by {size}");
        }
    }
}
