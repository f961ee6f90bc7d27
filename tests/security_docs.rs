//! The bounds that `SECURITY.md` states are those in the sources.

use std::fs;
use std::path::Path;

/// What, how many, and "`CONSTANT` in `file`", of each row of the table of bounds.
fn rows(page: &str) -> Vec<[String; 3]> {
    let table = page.split("| what | at most | constant |\n|---|---|---|\n").nth(1);
    let rows = table.into_iter().flat_map(str::lines).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        let mut cells = row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
        [(); 3].map(|()| cells.next().unwrap_or_default())
    };
    rows.map(cells).collect()
}

/// The first number in a text, whatever parts its digits.
fn first_number(text: &str) -> String {
    let text = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits = text.chars().take_while(|c| c.is_ascii_digit() || ",_".contains(*c));
    digits.filter(char::is_ascii_digit).collect()
}

#[test]
fn the_bounds_are_those_of_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let rows = rows(&read("SECURITY.md"));
    assert!(rows.len() > 30, "{} rows", rows.len());
    for [what, most, constant] in rows {
        let mut quoted = constant.split('`').skip(1).step_by(2);
        let (name, file) = (quoted.next().unwrap_or_default(), quoted.next().unwrap_or_default());
        let source = read(file);
        let declared = source.split_once(&format!("const {name}: "));
        let value = declared.and_then(|(_, rest)| rest.split(';').next()?.split_once(" = "));
        let value = value.map(|(_, value)| first_number(value));
        assert_eq!(value, Some(first_number(&most)), "{what}: `{name}` in `{file}`");
    }
}
