//! One record of a file: a person, or why not.

use super::address::{Rule, quoted};
use super::header::Header;
use super::records::{Body, Fields, RECORD_MAX, Record};
use super::{Rejection, zone};
use crate::content::cells;
use crate::zones::Zones;

/// Bytes of one field.
pub const FIELD_MAX: usize = 10_000;

/// What a row of the file is.
#[derive(Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// A person.
    Person {
        /// The address in its normal form.
        address: &'a str,
        /// The zones, if the row says one, or its number does.
        zones: Zones,
        /// The person as a JSON text, in the shape of [`crate::model::Person`].
        json: &'a str,
        /// The fields that are not empty, by name.
        fields: &'a [(&'a str, &'a str)],
    },
    /// A row that cannot be taken.
    Rejected(Rejection),
}

/// How rows are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    /// The rule of their addresses.
    pub(super) rule: Rule,
    /// Whether its number says the zones of somebody without one.
    pub(super) infers: bool,
    /// The one field that is read beside the address, where the others do not matter; none: all are.
    pub(super) beside: Option<&'static str>,
}

/// Gives `take` what `record` is, unless it is blank. `json` is room to work in.
pub(super) fn row(
    header: &Header,
    how: How,
    record: &Record<'_>,
    json: &mut String,
    take: &mut impl FnMut(Row<'_>),
) {
    let columns = header.columns.len();
    let outcome = match record.body {
        Body::Fields(fields) if is_blank(fields) => return,
        Body::Fields(fields) => person(header, how, fields, record, json),
        Body::TooManyFields(given) => Err(too_many_fields(columns, given)),
        Body::TooLong { field, length } if length > FIELD_MAX => {
            Err(field_too_long(field, length, record))
        }
        Body::TooLong { field, .. } => Err(row_too_long(field)),
        Body::QuoteNotClosed { field } => Err(quote_not_closed(field, record)),
    };
    match outcome {
        Ok((address, zones, fields)) => {
            take(Row::Person { address: &address, zones, json, fields: &fields });
        }
        Err((index, code, message)) => take(Row::Rejected(Rejection {
            line: record.line,
            column: header.label(index),
            code,
            message,
        })),
    }
}

/// The column, from 0, a code, and a message.
pub(crate) type Fault = (usize, &'static str, String);

/// A person's address and zone, and the fields that are not empty, by name.
type Read<'a> = (String, Zones, Vec<(&'a str, &'a str)>);

/// Writes the person to `json` and gives what else is to be known of them.
fn person<'a>(
    header: &'a Header,
    How { rule, infers, beside }: How,
    fields: Fields<'a>,
    record: &Record<'_>,
    json: &mut String,
) -> Result<Read<'a>, Fault> {
    let columns = header.columns.len();
    let given = fields.count();
    if given < columns {
        return Err(too_few_fields(columns, given));
    }
    if given > columns {
        return Err(too_many_fields(columns, given));
    }
    let mut address = None;
    let mut said = None;
    let mut others: Vec<(&str, &str)> = Vec::with_capacity(columns);
    for (index, (bytes, column)) in fields.iter().zip(&header.columns).enumerate() {
        let is_left_out = index != header.address
            && beside.is_some_and(|field| {
                field != column.field || bytes.len() > FIELD_MAX || str::from_utf8(bytes).is_err()
            });
        if is_left_out {
            continue;
        }
        if bytes.len() > FIELD_MAX {
            return Err(field_too_long(index, bytes.len(), record));
        }
        let text = str::from_utf8(bytes).map_err(|error| not_utf8(index, bytes, &error))?;
        let text = cells::unguarded(text.trim());
        if index == header.address {
            let normal = rule.normal(text);
            address = Some(normal.map_err(|fault| (index, fault.code, fault.message))?);
            continue;
        }
        if header.time_zone == Some(index) {
            said = Some((index, text));
        }
        if !text.is_empty() {
            others.push((&column.field, text));
        }
    }
    // The header has an address column and the row has all columns, so there is one.
    let address = address.unwrap_or_default();
    let (index, said) = said.unwrap_or_default();
    let zones = zone::of_person(said, &address, infers)
        .map_err(|(code, message)| (index, code, message))?;
    json.clear();
    json.push_str("{\"to\":");
    push_json(json, &address);
    if let Some(zones) = zones.told() {
        json.push_str(",\"zone\":");
        push_json(json, &zones);
    }
    let mut before = ",\"fields\":{";
    for (name, value) in &others {
        json.push_str(before);
        push_json(json, name);
        json.push(':');
        push_json(json, value);
        before = ",";
    }
    json.push_str(if others.is_empty() { "}" } else { "}}" });
    Ok((address, zones, others))
}

fn push_json(json: &mut String, text: &str) {
    json.push_str(&serde_json::Value::from(text).to_string());
}

pub(crate) fn row_too_long(field: usize) -> Fault {
    (
        field,
        "row_too_long",
        format!(
            "the row has more than {RECORD_MAX} bytes; leave out columns that the text does not use"
        ),
    )
}

pub(crate) fn quote_not_closed(field: usize, record: &Record<'_>) -> Fault {
    (
        field,
        "quote_not_closed",
        format!(
            "a quote opens in this field and is never closed, so {} read as one field; close the \
             quote or take it out, and import the file again: who is in already counts as a \
             duplicate",
            lines(record)
        ),
    )
}

pub(crate) fn too_few_fields(columns: usize, given: usize) -> Fault {
    (
        given,
        "too_few_fields",
        format!(
            "the row has {given} of the {columns} fields that the header names; add the missing \
             ones, empty if need be"
        ),
    )
}

pub(crate) fn too_many_fields(columns: usize, given: usize) -> Fault {
    (
        columns,
        "too_many_fields",
        format!(
            "the row has {given} fields and the header names {columns}; put quotes around a field \
             that holds the delimiter, or take the extra fields out"
        ),
    )
}

pub(crate) fn field_too_long(index: usize, length: usize, record: &Record<'_>) -> Fault {
    let message = if record.last_line > record.line {
        format!(
            "the field has at least {length} bytes, and {FIELD_MAX} is the most; {} read as one \
             row, so look for a quote that is not closed",
            lines(record)
        )
    } else {
        format!("the field has at least {length} bytes, and {FIELD_MAX} is the most; shorten it")
    };
    (index, "field_too_long", message)
}

fn lines(record: &Record<'_>) -> String {
    if record.last_line > record.line {
        format!("lines {} to {} were", record.line, record.last_line)
    } else {
        format!("the rest of line {} was", record.line)
    }
}

pub(crate) fn not_utf8(index: usize, bytes: &[u8], error: &std::str::Utf8Error) -> Fault {
    let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
    (
        index,
        "not_utf8",
        format!(
            "{} has the byte {byte:#04x}, which is not UTF-8 there; save the file again as `CSV \
             UTF-8`",
            quoted(&String::from_utf8_lossy(bytes))
        ),
    )
}

pub(crate) fn is_blank(fields: Fields<'_>) -> bool {
    fields.iter().all(|field| field.trim_ascii().is_empty())
}
