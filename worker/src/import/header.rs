//! The first row of a file: which columns there are, and which one holds the address.

use tidegate::Problem;

use super::address::{Rule, quoted};
use super::records::{Body, COLUMNS_MAX, Record};
use super::zone;
use crate::content::field_name;
use crate::model::Channel;

/// Bytes within which the first row must end.
pub const HEADER_MAX: usize = 64 * 1024;

/// Bytes of a column's name.
const NAME_MAX: usize = 200;

/// Headings that name the number for text messages, folded as by [`fold`]. Where a file has several
/// columns that are known, the first in these lists is taken.
const SMS: &[&str] = &["sms", "smsnumber"];

/// Headings that name the number for WhatsApp, likewise: a mobile one.
const WHATSAPP: &[&str] = &["whatsapp", "whatsappnumber"];

/// Headings that name a mobile number, likewise.
const MOBILE: &[&str] = &[
    "mobile",
    "mobilephone",
    "mobilenumber",
    "mobileno",
    "mobilephonenumber",
    "cell",
    "cellphone",
    "cellnumber",
    "cellphonenumber",
    "celular",
    "móvil",
    "movil",
    "teléfonomóvil",
    "telefonomovil",
    "telemóvel",
    "telemovel",
    "portable",
    "téléphoneportable",
    "telephoneportable",
    "telportable",
    "mobil",
    "mobilnummer",
    "mobiltelefon",
    "mobiltelefonnummer",
    "mobielnummer",
    "mobiel",
    "handy",
    "handynummer",
    "cellulare",
    "komórka",
    "msisdn",
];

/// Headings that name any number, likewise.
const PHONE: &[&str] = &[
    "phone",
    "phonenumber",
    "phoneno",
    "telephone",
    "telephonenumber",
    "tel",
    "telno",
    "telnr",
    "téléphone",
    "numérodetéléphone",
    "numerodetelephone",
    "teléfono",
    "telefono",
    "númerodeteléfono",
    "numerodetelefono",
    "numeroditelefono",
    "telefone",
    "númerodetelefone",
    "telefon",
    "telefonnummer",
    "telefoonnummer",
    "telefoon",
    "numertelefonu",
    "телефон",
    "电话",
    "手机",
    "電話",
    "電話番号",
    "携帯電話",
    "전화번호",
    "هاتف",
    "number",
    "numéro",
    "numero",
    "número",
    "nummer",
    "recipient",
    "to",
];

/// Headings that name a mail address, likewise.
const EMAIL: &[&str] = &[
    "email",
    "emailaddress",
    "mail",
    "mailaddress",
    "correo",
    "correoelectrónico",
    "correoelectronico",
    "courriel",
    "adressemail",
    "adresseemail",
    "adresseélectronique",
    "emailadresse",
    "mailadresse",
    "epost",
    "epostadresse",
    "epostadress",
    "endereçodeemail",
    "enderecodeemail",
    "indirizzoemail",
    "indirizzomail",
    "postaelettronica",
    "emailadres",
    "mailadres",
    "adresemail",
    "почта",
    "邮箱",
    "メール",
    "メールアドレス",
    "이메일",
    "recipient",
    "to",
];

/// Headings that name an account on a platform, likewise.
const DIRECT: &[&str] = &[
    "handle",
    "username",
    "user",
    "userid",
    "account",
    "screenname",
    "usuario",
    "usuário",
    "nombredeusuario",
    "utilisateur",
    "nomdutilisateur",
    "benutzer",
    "benutzername",
    "utente",
    "nomeutente",
    "gebruiker",
    "gebruikersnaam",
    "recipient",
    "to",
];

/// A column other than the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the file.
    pub heading: String,
    /// Its name in a campaign's text.
    pub field: String,
}

/// The columns of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// All of them, the address among them.
    pub columns: Vec<Column>,
    /// Which one holds the address, from 0.
    pub address: usize,
    /// Which one says the time zone, if one does.
    pub time_zone: Option<usize>,
}

/// The columns that the caller knows by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The one that holds the address.
    pub address: Option<String>,
    /// The one that says the time zone; empty where none does.
    pub time_zone: Option<String>,
}

impl Header {
    /// Reads the first row. `known` are the columns that the caller knows by name.
    ///
    /// # Errors
    /// Why the row names no columns, or none that holds an address.
    pub fn read(record: &Record<'_>, rule: Rule, known: &Known) -> Result<Self, Problem> {
        let columns = columns(record)?;
        if let Some(column) = columns.iter().find(|c| is_address(rule, &c.heading)) {
            return Err(refused(
                "no_header",
                format!(
                    "the first row holds an address, {}; put a row above it that names the columns",
                    quoted(&column.heading)
                ),
            ));
        }
        let address = match known.address.as_deref() {
            Some(wanted) => named(&columns, wanted, "column")?,
            None => well_known(&columns, rule)?,
        };
        let time_zone = zone::column(&columns, address, known.time_zone.as_deref())?;
        Ok(Self { columns, address, time_zone })
    }

    /// The fields that the columns other than the address give, in the file's order.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let others = self.columns.iter().enumerate();
        let others = others.filter(|(index, _)| *index != self.address);
        others.map(|(_, column)| column.field.as_str())
    }

    /// A column by its name in the file, or by its number, from 1, when it has none.
    #[must_use]
    pub fn label(&self, index: usize) -> String {
        match self.columns.get(index) {
            Some(column) => column.heading.clone(),
            None => (index + 1).to_string(),
        }
    }
}

/// The delimiter of the file whose first row is `header`: the one of comma, semicolon and tab
/// that it has most of outside quotes, the first of these when it is a tie.
#[must_use]
pub fn delimiter(header: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for &byte in header {
        quoted ^= byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(!quoted && byte == *delimiter);
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    let first = counts.iter().find(|(_, count)| Some(*count) == most);
    first.map_or(b',', |(delimiter, _)| *delimiter)
}

pub(crate) fn columns(record: &Record<'_>) -> Result<Vec<Column>, Problem> {
    let fields = match &record.body {
        Body::Fields(fields) => *fields,
        Body::TooManyFields(count) => {
            return Err(refused(
                "too_many_columns",
                format!(
                    "the file has {count} columns, and {COLUMNS_MAX} is the most; leave out those \
                     that the text does not use"
                ),
            ));
        }
        Body::TooLong { .. } | Body::QuoteNotClosed { .. } => return Err(endless()),
    };
    let mut columns: Vec<Column> = Vec::with_capacity(fields.count());
    for (index, bytes) in fields.iter().enumerate() {
        let number = index + 1;
        let heading = str::from_utf8(bytes).map_err(|_| not_utf8(number))?.trim();
        if heading.is_empty() {
            return Err(refused(
                "empty_column_name",
                format!("column {number} has no name; give it one, or take the column out"),
            ));
        }
        if heading.len() > NAME_MAX {
            return Err(refused(
                "column_name_too_long",
                format!(
                    "the name of column {number}, {}, has {} bytes, and {NAME_MAX} is the most; \
                     shorten it",
                    quoted(heading),
                    heading.len()
                ),
            ));
        }
        let field = field_name(heading);
        let same = columns.iter().position(|other| other.field == field);
        if let Some(other) = same.and_then(|other| Some((other + 1, columns.get(other)?))) {
            return Err(refused(
                "duplicate_column",
                format!(
                    "columns {} and {number}, {} and {}, have one name, `{field}`; rename one of \
                     them",
                    other.0,
                    quoted(&other.1.heading),
                    quoted(heading)
                ),
            ));
        }
        columns.push(Column { heading: heading.to_owned(), field });
    }
    Ok(columns)
}

/// A column by its name, which came as the parameter `path`.
pub(super) fn named(columns: &[Column], wanted: &str, path: &str) -> Result<usize, Problem> {
    let wanted = wanted.trim();
    let exact = columns.iter().position(|c| c.heading == wanted);
    let alike = || columns.iter().position(|c| c.field == field_name(wanted));
    exact.or_else(alike).ok_or_else(|| Problem {
        path: path.into(),
        code: "unknown_column",
        message: format!(
            "no column is called {}; the file has {}",
            quoted(wanted),
            listed(columns)
        ),
    })
}

fn well_known(columns: &[Column], rule: Rule) -> Result<usize, Problem> {
    let what = match rule {
        Rule::Phone(_) | Rule::Whatsapp(_) => "`phone`",
        Rule::Email => "`email`",
        Rule::Direct => "`handle`",
    };
    let folded: Vec<String> = columns.iter().map(|c| fold(&c.heading)).collect();
    let mut words = words(rule).into_iter().flatten();
    words.find_map(|word| folded.iter().position(|heading| heading == word)).ok_or_else(|| {
        Problem {
            path: "column".into(),
            code: "no_address_column",
            message: format!(
                "none of the columns {} is known to hold the address; say which one does with \
             `column`, or name it {what} in the file",
                listed(columns)
            ),
        }
    })
}

/// The headings that name an address of the rule, the likeliest first: a number that texts reach before
/// any other.
fn words(rule: Rule) -> [&'static [&'static str]; 4] {
    match rule {
        Rule::Phone(_) => [SMS, MOBILE, WHATSAPP, PHONE],
        Rule::Whatsapp(_) => [WHATSAPP, MOBILE, PHONE, &[]],
        Rule::Email => [EMAIL, &[], &[], &[]],
        Rule::Direct => [DIRECT, &[], &[], &[]],
    }
}

/// Where a heading stands among those of numbers for text messages; the lower, the likelier.
pub(crate) fn rank(heading: &str) -> usize {
    let folded = fold(heading);
    let mut words = words(Rule::Phone(None)).into_iter().flatten();
    words.position(|word| *word == folded).unwrap_or(usize::MAX)
}

/// A direct message's address can look like anything, so nothing can be said about those.
fn is_address(rule: Rule, heading: &str) -> bool {
    !matches!(rule, Rule::Direct) && rule.normal(heading).is_ok()
}

/// A heading without what people write it with in many ways.
pub(crate) fn fold(heading: &str) -> String {
    let letters = heading.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The channel whose addresses a column of this heading holds, where the heading says so by itself.
pub(crate) fn channel_of(heading: &str) -> Option<Channel> {
    let folded = fold(heading);
    let folded = folded.as_str();
    let says = |words: &[&str]| words.contains(&folded);
    match folded {
        "recipient" | "to" => None,
        "direct" => Some(Channel::Direct),
        _ if says(WHATSAPP) => Some(Channel::Whatsapp),
        _ if says(SMS) || says(MOBILE) || says(PHONE) => Some(Channel::Sms),
        _ if says(EMAIL) => Some(Channel::Email),
        _ if says(DIRECT) => Some(Channel::Direct),
        _ => None,
    }
}

/// Problems list this many columns by name.
const LISTED_MAX: usize = 20;

fn listed(columns: &[Column]) -> String {
    let names: Vec<String> =
        columns.iter().take(LISTED_MAX).map(|column| quoted(&column.heading)).collect();
    match columns.len().checked_sub(LISTED_MAX) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names.join(", ")),
    }
}

fn not_utf8(column: usize) -> Problem {
    refused(
        "not_utf8",
        format!("the name of column {column} is not UTF-8; save the file again as `CSV UTF-8`"),
    )
}

/// The first row does not end where a first row should.
pub(crate) fn endless() -> Problem {
    refused(
        "no_header",
        format!(
            "no row of column names ends within {HEADER_MAX} bytes; check that the file is CSV and \
             that every quote in its first row is closed"
        ),
    )
}

pub(crate) fn refused(code: &'static str, message: String) -> Problem {
    Problem { path: "file".into(), code, message }
}
