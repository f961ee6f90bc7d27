//! A table as CSV (RFC 4180), safe to open in a spreadsheet.
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP
//! advises ("CSV Injection"). A `+` or `-` before nothing but a number stays: a phone number is no
//! formula.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Rows of cells, written out as they come.
#[derive(Debug)]
pub struct Table {
    file_name: &'static str,
    text: String,
}

impl Table {
    /// A table with a header.
    pub fn new(file_name: &'static str, header: &[&str]) -> Self {
        let mut table = Self { file_name, text: String::new() };
        table.row(&header.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
        table
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[String]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.cell(cell);
        }
        self.text.push_str("\r\n");
    }

    fn cell(&mut self, cell: &str) {
        let apostrophe = if is_formula(cell) { "'" } else { "" };
        if cell.contains([',', '"', '\r', '\n']) {
            let inside = cell.replace('"', "\"\"");
            self.text.extend(["\"", apostrophe, inside.as_str(), "\""]);
        } else {
            self.text.push_str(apostrophe);
            self.text.push_str(cell);
        }
    }
}

fn is_formula(cell: &str) -> bool {
    let is_number = |rest: &str| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ' '))
    };
    match cell.chars().next() {
        Some('=' | '@' | '\t' | '\r') => true,
        Some('+' | '-') => !cell.get(1..).is_some_and(is_number),
        _ => false,
    }
}

impl IntoResponse for Table {
    fn into_response(self) -> Response {
        let disposition = format!("attachment; filename=\"{}\"", self.file_name);
        let disposition = HeaderValue::from_str(&disposition);
        let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], self.text)
            .into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_a_phone_number_stays_one() {
        let written = |cell: &str| {
            let mut table = Table::new("x.csv", &[]);
            table.text.clear();
            table.row(&[cell.to_owned()]);
            table.text.trim_end_matches("\r\n").to_owned()
        };
        for (cell, expected) in [
            ("+33612000000", "+33612000000"),
            ("-12.5", "-12.5"),
            ("+", "'+"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3", "'-2+3"),
            ("\tx", "'\tx"),
            ("Ada, \"the\" first\nof hers", "\"Ada, \"\"the\"\" first\nof hers\""),
            ("=a,b", "\"'=a,b\""),
            ("", ""),
        ] {
            assert_eq!(written(cell), expected);
        }
    }
}
