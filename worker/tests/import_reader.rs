//! What the reader of an import makes of files: people, rejected rows, refusals.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::fmt::Write;

use proptest::prelude::*;
use tidegate_worker::content::cells::guarded;
use tidegate_worker::import::{Header, Known, Reader, Row, Rule, region};
use tidegate_worker::model::Person;

/// What a file came to.
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    /// Each person as JSON, fields in alphabetical order, or `line column code` of each rejected row.
    rows: Vec<String>,
    /// The header, or `path code` of why the file cannot be used.
    end: Result<Header, String>,
    /// Every message that was made on the way.
    messages: Vec<String>,
}

/// Reads `file` in pieces of `size` bytes.
fn read_by(rule: Rule, wanted: Option<&str>, file: &[u8], size: usize) -> Outcome {
    let known = Known { address: wanted.map(str::to_owned), time_zone: None };
    let mut reader = Reader::new(rule, known);
    let mut rows = Vec::new();
    let mut messages = Vec::new();
    let mut take = |row: Row<'_>| match row {
        Row::Person { address, json, .. } => {
            let person: Person = serde_json::from_str(json).unwrap();
            assert_eq!(person.to, address);
            let written = serde_json::to_string(&person).unwrap();
            // The same but for the order of the fields.
            assert_eq!(written.len(), json.len());
            rows.push(written);
        }
        Row::Rejected(rejection) => {
            let (line, column, code) = (rejection.line, rejection.column, rejection.code);
            rows.push(format!("{line} {column} {code}"));
            messages.push(rejection.message);
        }
    };
    let pushed = file.chunks(size).try_for_each(|piece| reader.push(piece, &mut take));
    let end = match pushed {
        Ok(()) => reader.finish(&mut take),
        Err(problem) => Err(problem),
    };
    let end = end.map_err(|problem| {
        messages.push(problem.message);
        format!("{} {}", problem.path, problem.code)
    });
    Outcome { rows, end, messages }
}

fn read(rule: Rule, file: impl AsRef<[u8]>) -> Outcome {
    read_by(rule, None, file.as_ref(), 64 * 1024)
}

/// Why the file cannot be used: `path code`, and the message.
fn refusal(rule: Rule, wanted: Option<&str>, file: &[u8]) -> (String, String) {
    let outcome = read_by(rule, wanted, file, 64 * 1024);
    assert_eq!(outcome.rows, [""; 0]);
    (outcome.end.unwrap_err(), outcome.messages.concat())
}

const MAIL: Rule = Rule::Email;

fn phone() -> Rule {
    Rule::Phone(region("FR"))
}

#[test]
fn each_row_is_a_person_with_the_other_columns_as_fields() {
    let file = "First Name,Phone,City\nAda,06 12 34 56 78,Paris\n Bob , +44 7911 123456 ,\n";
    let outcome = read(phone(), file);
    assert_eq!(
        outcome.rows,
        [
            r#"{"to":"+33612345678","fields":{"city":"Paris","first_name":"Ada"}}"#,
            r#"{"to":"+447911123456","fields":{"first_name":"Bob"}}"#,
        ]
    );
    let header = outcome.end.unwrap();
    assert_eq!(header.label(header.address), "Phone");
    assert_eq!(header.fields().collect::<Vec<_>>(), ["first_name", "city"]);
}

#[test]
fn files_from_spreadsheets_are_read_whatever_parts_their_fields() {
    let expected = [r#"{"to":"a@example.org","fields":{"name":"Ada; 1,2"}}"#];
    for file in [
        "email,name\na@example.org,\"Ada; 1,2\"\n",
        "email;name\r\na@example.org;\"Ada; 1,2\"\r\n",
        "email\tname\na@example.org\tAda; 1,2",
        "\u{feff}email;name\na@example.org;\"Ada; 1,2\"\n;\n;\n",
        "\u{feff}\r\n\r\nemail,name\ra@example.org,\"Ada; 1,2\"\r,\r",
        "\"email\",\"name\"\n\"a@example.org\",\"Ada; 1,2\"",
    ] {
        assert_eq!(read(MAIL, file).rows, expected, "{file:?}");
    }
}

#[test]
fn what_stands_in_quotes_in_the_first_row_parts_and_ends_nothing() {
    let file = "\"First, middle, last\";\"E-\nmail\"\nAda;a@example.org\n";
    for size in [1, 30, 100] {
        let outcome = read_by(MAIL, None, file.as_bytes(), size);
        assert_eq!(
            outcome.rows,
            [r#"{"to":"a@example.org","fields":{"first_middle_last":"Ada"}}"#]
        );
    }
}

#[test]
fn a_stray_quote_in_the_first_row_is_waited_out_to_its_end() {
    let file = "phone,5\" pipe,\"two\nlines\"\n0612345678,a,b\n";
    let outcome = read(phone(), file);
    let person = r#"{"to":"+33612345678","fields":{"_5_pipe":"a","two_lines":"b"}}"#;
    assert_eq!(outcome.rows, [person]);
    for size in 1..file.len() {
        assert_eq!(read_by(phone(), None, file.as_bytes(), size), outcome, "{size}");
    }
}

#[test]
fn a_byte_order_mark_is_no_first_row() {
    let file = "\u{feff}\nphone,5\" pipe\n0612345678,\"a;b;c\"\n";
    let outcome = read(phone(), file);
    for size in 1..file.len() {
        assert_eq!(read_by(phone(), None, file.as_bytes(), size), outcome, "{size}");
    }
}

#[test]
fn a_file_of_one_column_needs_no_delimiter() {
    let outcome = read(MAIL, "email\na@example.org\n\nb@example.org\n");
    assert_eq!(outcome.rows, [r#"{"to":"a@example.org"}"#, r#"{"to":"b@example.org"}"#]);
}

#[test]
fn a_row_that_cannot_be_taken_says_its_line_its_column_and_why() {
    let long = "x".repeat(10_001);
    let longest = "y".repeat(10_000);
    let lines: &[(&str, &str)] = &[
        (
            "a@example.org,Ada,Paris",
            r#"{"to":"a@example.org","fields":{"city":"Paris","name":"Ada"}}"#,
        ),
        ("b@example.org,Bob", "3 city too_few_fields"),
        ("b@example.org", "4 name too_few_fields"),
        ("b@example.org,Bob,Rome,Italy", "5 4 too_many_fields"),
        ("b.example.org,Bob,Rome", "6 email not_valid"),
        (",Bob,Rome", "7 email missing"),
        (&format!("c@example.org,{long},Rome"), "8 name field_too_long"),
        (&format!("c@example.org,{},Rome", "z".repeat(200_000)), "9 name field_too_long"),
        (
            "d@example.org,\"Eve\n\nand Mal\",",
            "{\"to\":\"d@example.org\",\"fields\":{\"name\":\"Eve\\n\\nand Mal\"}}",
        ),
        ("e.example.org,,", "13 email not_valid"),
        (
            &format!("f@example.org,{longest},"),
            &format!("{{\"to\":\"f@example.org\",\"fields\":{{\"name\":\"{longest}\"}}}}"),
        ),
        (
            "g@example.org,\"G \"\"H\"\" \\ é\u{1}\",",
            r#"{"to":"g@example.org","fields":{"name":"G \"H\" \\ é\u0001"}}"#,
        ),
        ("h@example.org,5\" pipe,", r#"{"to":"h@example.org","fields":{"name":"5\" pipe"}}"#),
    ];
    let mut file = "email,name,city\n".to_owned();
    for (line, _) in lines {
        file.push_str(line);
        file.push('\n');
    }
    let expected: Vec<&str> = lines.iter().map(|(_, row)| *row).collect();
    assert_eq!(read(MAIL, file).rows, expected);
}

#[test]
fn a_wide_row_is_refused_by_its_length_as_a_whole() {
    let names: Vec<String> = (0..99).map(|number| format!("c{number}")).collect();
    let cells = vec!["x".repeat(2_000); 99].join(",");
    let file = format!(
        "email,{}\na@example.org,{cells}\nb@example.org{}\n",
        names.join(","),
        ",".repeat(99)
    );
    let outcome = read(MAIL, file);
    assert_eq!(outcome.rows, ["2 c49 row_too_long", r#"{"to":"b@example.org"}"#]);
}

#[test]
fn bytes_that_are_no_utf_8_cost_their_row_alone() {
    let file = b"email,name\na@example.org,Ren\xe9\nb@example.org,Ren\xc3\xa9\n";
    let outcome = read(MAIL, file);
    assert_eq!(
        outcome.rows,
        ["2 name not_utf8", r#"{"to":"b@example.org","fields":{"name":"René"}}"#]
    );
    let message = &outcome.messages[0];
    assert!(message.contains("0xe9") && message.contains("CSV UTF-8"), "{message}");
}

#[test]
fn a_quote_that_is_never_closed_says_what_it_swallowed() {
    let file =
        "email,name\na@example.org,Ada\nb@example.org,\"Bob\nc@example.org,Cy\nd@example.org,Di\n";
    let outcome = read(MAIL, file);
    assert_eq!(
        outcome.rows,
        [r#"{"to":"a@example.org","fields":{"name":"Ada"}}"#, "3 name quote_not_closed"]
    );
    let message = &outcome.messages[0];
    assert!(message.contains("lines 3 to 5"), "{message}");
}

#[test]
fn a_quote_closed_much_later_is_suspected() {
    let mut file = "email,name\na@example.org,\"Ada\n".to_owned();
    for number in 0..1000 {
        writeln!(file, "p{number}@example.org,P").unwrap();
    }
    file.push_str("b@example.org,\"Bob\"\nc@example.org,Cy\n");
    let outcome = read(MAIL, file);
    // The stray quote closes at the next one; what follows it is text up to the line's end.
    assert_eq!(outcome.rows[0], "2 name field_too_long");
    assert!(outcome.messages[0].contains("lines 2 to 1003"), "{:?}", outcome.messages);
    assert_eq!(outcome.rows[1..], [r#"{"to":"c@example.org","fields":{"name":"Cy"}}"#]);
}

#[test]
fn the_address_is_found_by_its_heading_in_many_languages() {
    let phones = [
        "phone",
        "Phone Number",
        "MOBILE",
        "msisdn",
        "Téléphone",
        "telephone",
        "Teléfono",
        "celular",
        "Telefonnummer",
        "Handy",
        "numéro",
        "To",
        "WhatsApp",
        "portable",
        "telefono",
        "Telemóvel",
    ];
    for heading in phones {
        let outcome = read(phone(), format!("name;{heading}\nAda;0612345678\n"));
        assert_eq!(outcome.rows, [r#"{"to":"+33612345678","fields":{"name":"Ada"}}"#], "{heading}");
    }
    for heading in
        ["E-mail", "email address", "Mail", "Correo electrónico", "courriel", "E-Mail-Adresse"]
    {
        let outcome = read(MAIL, format!("name,{heading}\nAda,a@example.org\n"));
        assert_eq!(
            outcome.rows,
            [r#"{"to":"a@example.org","fields":{"name":"Ada"}}"#],
            "{heading}"
        );
    }
    for heading in ["handle", "User Name", "usuario", "Benutzername"] {
        let outcome = read(Rule::Direct, format!("name,{heading}\nAda,@ada\n"));
        assert_eq!(outcome.rows, [r#"{"to":"@ada","fields":{"name":"Ada"}}"#], "{heading}");
    }
}

#[test]
fn of_several_phone_columns_the_mobile_one_is_taken_unless_another_is_asked_for() {
    let file = "Phone,Mobile\n0123456789,0612345678\n";
    let found = |wanted| read_by(phone(), wanted, file.as_bytes(), 100).rows;
    assert_eq!(found(None), [r#"{"to":"+33612345678","fields":{"phone":"0123456789"}}"#]);
    for wanted in ["Phone", "phone", " PHONE "] {
        assert_eq!(
            found(Some(wanted)),
            [r#"{"to":"+33123456789","fields":{"mobile":"0612345678"}}"#]
        );
    }
}

#[test]
fn of_two_channels_in_a_file_the_campaigns_own_is_taken() {
    let file = "whatsapp,sms\n+33612000001,+33612000002\n";
    let (first, second) = ("+33612000001", "+33612000002");
    let table = [
        (phone(), file.to_owned(), second),
        (Rule::Whatsapp(None), file.to_owned(), first),
        (phone(), file.replace("sms", "Mobile"), second),
        (phone(), file.replace("sms", "Phone"), first),
        (Rule::Whatsapp(None), file.replace("sms", "Phone"), first),
    ];
    for (rule, file, taken) in table {
        let rows = read(rule, &file).rows;
        assert!(rows[0].starts_with(&format!(r#"{{"to":"{taken}""#)), "{rule:?} {rows:?}");
    }
    let (why, _) = refusal(Rule::Whatsapp(None), None, b"sms\n+33612000001\n");
    assert_eq!(why, "column no_address_column");
}

#[test]
fn a_file_that_cannot_be_used_says_why_and_what_to_do() {
    let hundred_and_one = vec!["a"; 101].join(",");
    let endless = "x".repeat(70_000);
    let table: &[(&[u8], &str, &str)] = &[
        (b"", "file empty_file", "first row names the columns"),
        (b"\n\r\n", "file empty_file", "first row names the columns"),
        (b"\xef\xbb\xbf", "file empty_file", "first row names the columns"),
        (b"name,city\nAda,Paris\n", "column no_address_column", "`name`, `city`"),
        (b"email,,city\n", "file empty_column_name", "column 2 has no name"),
        (b"email,City,email\n", "file duplicate_column", "columns 1 and 3"),
        (b"email,First Name,first_name\n", "file duplicate_column", "`first_name`"),
        (b"email,Pr\xe9nom\n", "file not_utf8", "column 2"),
        (b"\xff\xfee\0m\0a\0i\0l\0", "file not_utf8", "UTF-16"),
        (b"a@example.org,Ada\nb@example.org,Bob\n", "file no_header", "`a@example.org`"),
        (hundred_and_one.as_bytes(), "file too_many_columns", "101 columns"),
        (b"\"email,name\na@example.org,Ada\n", "file no_header", "every quote"),
        (endless.as_bytes(), "file no_header", "65536 bytes"),
    ];
    for (file, expected, says) in table {
        let shown = String::from_utf8_lossy(&file[..file.len().min(40)]).into_owned();
        let (found, message) = refusal(MAIL, None, file);
        assert_eq!(found, *expected, "{shown:?}");
        assert!(message.contains(says), "{shown:?}: {message}");
    }
    let (found, message) = refusal(MAIL, Some("adresse"), b"email,name\na@example.org,Ada\n");
    assert_eq!(found, "column unknown_column");
    assert!(message.contains("`adresse`") && message.contains("`email`, `name`"), "{message}");
}

#[test]
fn a_hundred_columns_are_the_most() {
    let names: Vec<String> = (1..100).map(|number| format!("c{number}")).collect();
    let file = format!("email,{}\na@example.org{}\n", names.join(","), ",x".repeat(99));
    let outcome = read(MAIL, file);
    assert_eq!(outcome.end.unwrap().columns.len(), 100);
    assert_eq!(outcome.rows.len(), 1);
}

#[test]
fn a_header_alone_is_no_rows_and_no_problem() {
    for file in ["email,name", "email,name\n", "email,name\n\n,\n"] {
        let outcome = read(MAIL, file);
        assert_eq!(outcome.rows, [""; 0]);
        assert!(outcome.end.is_ok());
    }
}

/// Bytes that are likely to matter, in any order.
fn csv_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(b"email,name\n".to_vec()),
        4 => Just(b"a@example.org,Ada\n".to_vec()),
        1 => Just(b"\xef\xbb\xbf".to_vec()),
        1 => Just(vec![b'x'; 12_000]),
        3 => Just(b"\"".to_vec()),
        3 => Just(b"\r\n".to_vec()),
        2 => Just(b"\r".to_vec()),
        2 => Just(b"\n".to_vec()),
        2 => Just(b",".to_vec()),
        1 => Just(b";".to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn how_a_file_is_cut_into_pieces_makes_no_difference(
        with_header in any::<bool>(), body in csv_like(), size in 1_usize..200,
    ) {
        let mut file = if with_header { b"email,name\n".to_vec() } else { Vec::new() };
        file.extend(body);
        let whole = read_by(MAIL, None, &file, file.len().max(1));
        prop_assert_eq!(&whole, &read_by(MAIL, None, &file, size));
        for message in &whole.messages {
            prop_assert!(!message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn what_a_csv_writer_wrote_is_read_back(
        rows in prop::collection::vec(("[a-z]{1,8}", "[\\PC\n\r\",;]{0,12}|['=@+-]{1,3}[a-z ]{0,5}"), 1..20),
        quote_all in any::<bool>(), crlf in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut file = format!("email,name{end}");
        let mut expected = Vec::new();
        for (local, name) in &rows {
            expected.push((format!("{local}@example.org"), name.trim().to_owned()));
            // As our own files are written: what a spreadsheet takes for a formula is held to be text.
            let name = guarded(name.trim());
            let quoted = format!("\"{}\"", name.replace('"', "\"\""));
            let plain = !name.contains(['"', ',', '\n', '\r']);
            let cell = if plain && !quote_all { name.as_ref() } else { &quoted };
            write!(file, "{local}@example.org,{cell}{end}").unwrap();
        }
        let found: Vec<(String, String)> = read(MAIL, &file)
            .rows
            .iter()
            .map(|json| serde_json::from_str::<Person>(json).unwrap())
            .map(|person| {
                let name = person.fields.get("name").and_then(|name| name.as_str());
                (person.to, name.unwrap_or_default().to_owned())
            })
            .collect();
        prop_assert_eq!(found, expected);
    }
}
