//! A file of contacts that was written is read as the same contacts, whatever they are called.

#![expect(clippy::unwrap_used, reason = "what cannot be here means that the test is wrong")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::{collection, option};
use tidegate_worker::contacts::csv::{write_header, write_row};
use tidegate_worker::contacts::file::{FileReader, Row};
use tidegate_worker::contacts::{Address, Contact, ZoneSource};
use tidegate_worker::import::Rule;
use tidegate_worker::model::Channel;

const FIELDS: [&str; 3] = ["city", "größe", "_2nd"];

/// A text as the API and the import take it: no blanks around it, and something in it. Most begin as
/// formulas do, or are full of what parts cells.
fn text() -> impl Strategy<Value = String> {
    let some =
        "['=+\\-@＝＠]{1,3}[a-z0-9;,\"\\\\ ']{0,8}|[;\\\\,\"' \n]{0,4}[\\PC&&[^\u{feff}]]{1,12}";
    some.prop_map(|text| text.trim().to_owned()).prop_filter("empty", |text| !text.is_empty())
}

/// A tag is parted from others by `;`, and blanks beside it are not its own.
fn labels() -> impl Strategy<Value = BTreeSet<String>> {
    let label = text().prop_filter("lines", |text| !text.contains(['\n', '\r', '\t']));
    collection::btree_set(label, 0..4)
}

fn addresses() -> impl Strategy<Value = Vec<Address>> {
    let number =
        |channel| (10_000_000..99_999_999_u32).prop_map(move |n| (channel, format!("+336{n}")));
    let mail = "[=+a-z'-]{1,6}".prop_map(|name| (Channel::Email, format!("{name}@example.org")));
    let name = "[a-z_]{2,9}".prop_map(|name| (Channel::Direct, format!("@{name}")));
    let one = prop_oneof![number(Channel::Sms), number(Channel::Whatsapp), mail, name];
    collection::vec(one, 1..6).prop_filter_map("no address", |found| {
        let mut kept: Vec<Address> = Vec::new();
        for (channel, text) in found {
            let address = Rule::of(channel, None).normal(&text).ok()?;
            let address = Address { channel, address };
            if !kept.contains(&address) {
                kept.push(address);
            }
        }
        // A file has the channels in an order of its own.
        kept.sort_by_key(|address| address.channel);
        Some(kept)
    })
}

prop_compose! {
    fn contact()(
        name in option::of(text()),
        addresses in addresses(),
        tags in labels(),
        accounts in labels(),
        zone in option::of(prop_oneof![Just("Europe/Paris"), Just("America/Port-au-Prince")]),
        fields in collection::vec(option::of(text()), FIELDS.len()),
    ) -> Contact {
        let fields: BTreeMap<String, String> = FIELDS
            .iter()
            .zip(fields)
            .filter_map(|(name, value)| Some(((*name).to_owned(), value?)))
            .collect();
        let mut contact = Contact {
            name: name.unwrap_or_default(),
            addresses,
            tags,
            accounts,
            zones: zone.into_iter().map(str::to_owned).collect(),
            zone_source: if zone.is_some() { ZoneSource::Given } else { ZoneSource::Unknown },
            fields,
            ..Contact::default()
        };
        contact.infer_zones();
        contact
    }
}

fn written(contacts: &[Contact]) -> String {
    let fields: Vec<String> = FIELDS.iter().map(|name| (*name).to_owned()).collect();
    let mut file = String::new();
    write_header(&mut file, &fields);
    for contact in contacts {
        write_row(&mut file, contact, &fields);
    }
    file
}

fn read(file: &str, piece: usize) -> Vec<Contact> {
    let mut reader = FileReader::new(None);
    let (mut contacts, mut rejected) = (Vec::new(), Vec::new());
    let mut take = |row: Row| match row {
        Row::Person { patch, .. } => {
            let mut contact = Contact::default();
            patch.apply(&mut contact);
            contacts.push(contact);
        }
        Row::Rejected(rejection) => rejected.push(rejection),
    };
    for bytes in file.as_bytes().chunks(piece) {
        reader.push(bytes, &mut take).unwrap();
    }
    reader.finish(&mut take).unwrap();
    assert_eq!(rejected, []);
    contacts
}

proptest! {
    #[test]
    fn what_was_written_is_read_as_the_same(
        contacts in collection::vec(contact(), 1..6),
        piece in 1_usize..200,
    ) {
        let file = written(&contacts);
        prop_assert_eq!(read(&file, piece), contacts, "{}", file);
    }

    /// And no cell of it begins like a formula, but numbers and names on a platform.
    #[test]
    fn no_cell_is_a_formula(contact in contact()) {
        let mut reader = csv_cells(&written(&[contact]));
        reader.drain(..9 + FIELDS.len());
        for cell in reader {
            let rest = cell.strip_prefix('+').unwrap_or(&cell);
            let is_numbers = !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || "+; ".contains(c));
            prop_assert!(is_numbers || !cell.starts_with(['=', '+', '-', '@', '＝', '＠']), "{}", cell);
        }
    }
}

/// The cells of a file, by the rules of RFC 4180 and no code of ours.
fn csv_cells(file: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = file.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            '\r' if !quoted => {}
            ',' | '\n' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells
}
