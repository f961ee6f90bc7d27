//! Contacts as rows of CSV: what is written can be read back, and no spreadsheet takes a text for a
//! formula.
//!
//! A cell that begins like a formula gets an apostrophe before it, which spreadsheets do not show
//! and the import takes away again. A phone number keeps its `+`: it is nothing but a number.

use super::{Contact, ZoneSource};
use crate::content::cells::guarded;
use crate::model::Channel;

/// The columns of an export that are not fields.
pub const COLUMNS: [&str; 9] = [
    "name",
    "sms",
    "whatsapp",
    "email",
    "direct",
    "tags",
    "accounts",
    "time_zone",
    "inferred_time_zones",
];

/// Channels in the order of their columns.
const CHANNELS: [Channel; 4] = [Channel::Sms, Channel::Whatsapp, Channel::Email, Channel::Direct];

/// The first row, with the names of the fields.
pub fn write_header(out: &mut String, fields: &[String]) {
    let mut row = Row::begin(out);
    for column in COLUMNS.iter().copied().chain(fields.iter().map(String::as_str)) {
        row.cell(column);
    }
    row.end();
}

/// A contact's row, with the fields that the header names.
pub fn write_row(out: &mut String, contact: &Contact, fields: &[String]) {
    let mut row = Row::begin(out);
    row.text(&contact.name);
    for channel in CHANNELS {
        let cell = join(contact.on(channel));
        if matches!(channel, Channel::Sms | Channel::Whatsapp) {
            row.cell(&cell);
        } else {
            row.text(&cell);
        }
    }
    row.text(&join(contact.tags.iter().map(String::as_str)));
    row.text(&join(contact.accounts.iter().map(String::as_str)));
    let zones = join(contact.zones.iter().map(String::as_str));
    let given = contact.zone_source == ZoneSource::Given;
    row.text(if given { &zones } else { "" });
    row.text(if given { "" } else { &zones });
    for field in fields {
        row.text(contact.fields.get(field).map_or("", String::as_str));
    }
    row.end();
}

/// A row of texts for a spreadsheet.
pub fn guarded_row<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    let mut row = Row::begin(out);
    for cell in cells {
        row.text(cell);
    }
    row.end();
}

/// A row of texts for a spreadsheet, in which a phone number keeps its `+`: it is nothing but digits.
pub fn row_with_numbers<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    let mut row = Row::begin(out);
    for cell in cells {
        if is_phone_number(cell) {
            row.cell(cell);
        } else {
            row.text(cell);
        }
    }
    row.end();
}

fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// As [`guarded_row`], with an address first. A number or a name on a platform is nothing else, and is
/// written as it is, so that an import finds it again.
pub fn addressed_row<'a>(out: &mut String, address: &str, cells: impl Iterator<Item = &'a str>) {
    let rest = address.strip_prefix(['+', '@']).unwrap_or_default();
    let is_plain = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let mut row = Row::begin(out);
    if is_plain {
        row.cell(address);
    } else {
        row.text(address);
    }
    cells.for_each(|cell| row.text(cell));
    row.end();
}

/// A row of texts as they are, for a reader of our own.
pub fn plain_row<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    let mut row = Row::begin(out);
    for cell in cells {
        row.cell(cell);
    }
    row.end();
}

/// A row on its way.
struct Row<'a> {
    out: &'a mut String,
    is_first: bool,
}

impl<'a> Row<'a> {
    const fn begin(out: &'a mut String) -> Self {
        Self { out, is_first: true }
    }

    /// A cell whose content no spreadsheet takes for a formula.
    fn text(&mut self, text: &str) {
        self.cell(&guarded(text));
    }

    fn cell(&mut self, text: &str) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.out.push(',');
        }
        if text.contains(['"', ',', ';', '\t', '\r', '\n']) {
            self.out.push('"');
            self.out.push_str(&text.replace('"', "\"\""));
            self.out.push('"');
        } else {
            self.out.push_str(text);
        }
    }

    fn end(self) {
        self.out.push_str("\r\n");
    }
}

/// Several texts in one cell, parted by `;`. A `;` or `\` inside one has a `\` before it.
fn join<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut cell = String::new();
    for (place, text) in texts.enumerate() {
        if place > 0 {
            cell.push_str("; ");
        }
        for c in text.chars() {
            if matches!(c, ';' | '\\') {
                cell.push('\\');
            }
            cell.push(c);
        }
    }
    cell
}

/// The texts of a cell, without the blanks around them. A `\` before anything but `;` and `\` is
/// a `\`.
#[must_use]
pub fn split(cell: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut text = String::new();
    let mut chars = cell.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = (c == '\\').then(|| chars.next_if(|next| matches!(next, ';' | '\\')));
        match (c, escaped.flatten()) {
            (';', _) => texts.push(std::mem::take(&mut text)),
            (c, escaped) => text.push(escaped.unwrap_or(c)),
        }
    }
    texts.push(text);
    let texts = texts.into_iter().map(|text| text.trim().to_owned());
    texts.filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_stays_what_it_is_unless_it_could_be_a_formula() {
        for (address, cell) in [
            ("+33612345678", "+33612345678"),
            ("@ada_l", "@ada_l"),
            ("ada@shop.example", "ada@shop.example"),
            ("+1+cmd|'/C calc'!A0", "'+1+cmd|'/C calc'!A0"),
            ("@SUM(1)", "'@SUM(1)"),
            ("=1@shop.example", "'=1@shop.example"),
            ("+", "'+"),
        ] {
            let mut out = String::new();
            addressed_row(&mut out, address, ["=1"].into_iter());
            assert_eq!(out, format!("{cell},'=1\r\n"));
        }
    }

    #[test]
    fn a_row_tells_numbers_from_formulas() {
        let mut out = String::new();
        let cells = ["+33612345678", "+1+cmd|' /C calc'!A0", "=1", "+", "a,\"b\""];
        row_with_numbers(&mut out, cells.into_iter());
        assert_eq!(out, "+33612345678,'+1+cmd|' /C calc'!A0,'=1,'+,\"a,\"\"b\"\"\"\r\n");
    }

    #[test]
    fn a_phone_number_keeps_its_plus() {
        let mut out = String::new();
        let address =
            |channel, address: &str| super::super::Address { channel, address: address.into() };
        let contact = Contact {
            name: "+1 \"Ada\"".into(),
            addresses: vec![
                address(Channel::Sms, "+33612345678"),
                address(Channel::Sms, "+33612345679"),
                address(Channel::Email, "=x@example.org"),
            ],
            ..Contact::default()
        };
        write_row(&mut out, &contact, &[]);
        assert_eq!(
            out,
            "\"'+1 \"\"Ada\"\"\",\"+33612345678; +33612345679\",,'=x@example.org,,,,,\r\n"
        );
    }

    proptest! {
        #[test]
        fn texts_of_a_cell_come_back(
            texts in proptest::collection::vec("[a;\\\\,]{1,5}|[a-z;]{1,8}", 0..5),
        ) {
            let cell = join(texts.iter().map(String::as_str));
            prop_assert_eq!(split(&cell), texts);
        }
    }
}
