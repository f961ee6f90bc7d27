//! Phone numbers to E.164, by Google's rules for every country (through `rlibphonenumber`).

use rlibphonenumber::{
    PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region,
    ValidationError,
};

use super::address::{Fault, quoted};

/// The country whose numbers may be written without `+`.
///
/// Its source is ISO 3166-1: `FR`, in capitals or not. `None` for a text that names no country
/// with a numbering plan.
#[must_use]
pub fn region(code: &str) -> Option<Region> {
    let region: Region = code.to_ascii_uppercase().parse().ok()?;
    PHONE_NUMBER_UTIL.get_country_code_for_region(region)?;
    Some(region)
}

/// `+33612345678` for `06 12 34 56 78` of region `FR`.
pub(super) fn e164(text: &str, region: Option<Region>) -> Result<String, Fault> {
    if shortened_by_a_spreadsheet(text) {
        return Err(Fault::new(
            "not_a_number",
            format!(
                "{} was shortened by a spreadsheet and its last digits are lost; format the column \
                 as text there and export the file again",
                quoted(text)
            ),
        ));
    }
    let number: PhoneNumber =
        PHONE_NUMBER_UTIL.parse(text, region).map_err(|error| unreadable(text, region, &error))?;
    if number.extension.as_deref().is_some_and(|extension| !extension.is_empty()) {
        return Err(Fault::new(
            "has_extension",
            format!(
                "{} has an extension, and no message reaches one; write the person's own number, or \
                 this one without the extension",
                quoted(text)
            ),
        ));
    }
    if has_a_word(text) {
        return Err(Fault::new(
            "not_a_number",
            format!("{} has a word in it; write the digits alone", quoted(text)),
        ));
    }
    let number = with_its_country(text, region, &number).unwrap_or(number);
    number.is_possible_with_reason().map_err(|error| impossible(text, error))?;
    if !number.is_valid() {
        let country = number.country_code;
        return Err(Fault::new(
            "not_valid",
            format!(
                "{} has the length of a number of country +{country} but is in none of its ranges; \
                 correct the digits",
                quoted(text)
            ),
        ));
    }
    Ok(number.format_as(PhoneNumberFormat::E164).into_owned())
}

/// Whether texts may reach the owner of a number in E.164: it is a mobile one, or of a country that does
/// not tell these apart.
pub(crate) fn may_be_mobile(e164: &str) -> bool {
    let number = PHONE_NUMBER_UTIL.parse(e164, None);
    number.is_ok_and(|number| reaches_a_mobile(&number))
}

fn reaches_a_mobile(number: &PhoneNumber) -> bool {
    matches!(number.get_type(), PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile)
}

/// What the digits are behind a `+`, where that is a mobile number of `region` and `at_home`, how the
/// country reads them without, is none. Germany's and Indonesia's landlines are of so many lengths that
/// `4915123456789` is one of them too. The reverse is left alone: `3907922112` is a mobile number in Italy
/// and, behind a `+`, a landline.
fn with_its_country(
    text: &str,
    region: Option<Region>,
    at_home: &PhoneNumber,
) -> Option<PhoneNumber> {
    let country = PHONE_NUMBER_UTIL.get_country_code_for_region(region?)?;
    if text.contains(['+', '＋']) || reaches_a_mobile(at_home) {
        return None;
    }
    let digits: String = text.chars().filter(|c| c.is_numeric()).collect();
    let abroad = PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None).ok()?;
    let is_it = abroad.country_code == country && abroad.get_type() == PhoneNumberType::Mobile;
    is_it.then_some(abroad)
}

/// Three letters behind the first digit are read as the keys of a phone: `0664 1234567 Max` had become a
/// number of three digits more. Those before it are left out.
fn has_a_word(text: &str) -> bool {
    let behind = text.chars().skip_while(|c| !c.is_numeric());
    behind.filter(|c| c.is_alphabetic()).count() >= 3
}

fn unreadable(text: &str, region: Option<Region>, error: &ParseError) -> Fault {
    match error {
        ParseError::InvalidCountryCode if text.starts_with(['+', '＋']) => Fault::new(
            "no_country",
            format!(
                "{} begins with no country's code; write `+`, the country code and the number",
                quoted(text)
            ),
        ),
        ParseError::InvalidCountryCode if region.is_none() => Fault::new(
            "no_country",
            format!(
                "{} does not say its country; write `+` and the country code before it, or name \
                 the country of the whole file with `region` (such as `region=FR`)",
                quoted(text)
            ),
        ),
        ParseError::InvalidCountryCode => Fault::new(
            "no_country",
            format!(
                "{} begins with no country's code; write `+`, the country code and the number",
                quoted(text)
            ),
        ),
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => short(text),
        ParseError::TooLongNsn => long(text),
        ParseError::NotANumber(_) => Fault::new(
            "not_a_number",
            format!("{} is not a phone number; write digits, such as `+33612345678`", quoted(text)),
        ),
    }
}

fn impossible(text: &str, error: ValidationError) -> Fault {
    match error {
        ValidationError::TooShort => short(text),
        ValidationError::TooLong => long(text),
        ValidationError::InvalidCountryCode | ValidationError::InvalidLength => Fault::new(
            "not_valid",
            format!(
                "{} has a number of digits that no number of its country has; correct it",
                quoted(text)
            ),
        ),
    }
}

fn short(text: &str) -> Fault {
    Fault::new(
        "too_short",
        format!("{} is too short for its country; add the missing digits", quoted(text)),
    )
}

fn long(text: &str) -> Fault {
    Fault::new(
        "too_long",
        format!(
            "{} is too long for its country; take the extra digits out, and put one number into \
             each row",
            quoted(text)
        ),
    )
}

/// `3.36123E+10`: what is left of a long number in a cell that is not formatted as text.
fn shortened_by_a_spreadsheet(text: &str) -> bool {
    text.split_once(['e', 'E']).is_some_and(|(digits, power)| {
        digits.contains(|c: char| c.is_ascii_digit())
            && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
            && power
                .strip_prefix('+')
                .is_some_and(|power| power.chars().all(|c| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str, code: &str) -> String {
        let region = (!code.is_empty()).then(|| region(code).unwrap());
        match e164(text, region) {
            Ok(number) => number,
            Err(fault) => fault.code.to_owned(),
        }
    }

    #[test]
    fn numbers_of_many_countries_become_e164_or_say_why_not() {
        let table = [
            ("+33 6 12 34 56 78", "", "+33612345678"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("06.12.34.56.78", "fr", "+33612345678"),
            ("0033612345678", "FR", "+33612345678"),
            ("33612345678", "FR", "+33612345678"),
            ("+33 (0)6 12 34 56 78", "", "+33612345678"),
            ("(416) 967-1111", "CA", "+14169671111"),
            ("020 7946 0018", "GB", "+442079460018"),
            ("+44 7911 123456", "FR", "+447911123456"),
            ("+39 06 6982", "", "+39066982"),
            ("+49 151 23456789", "", "+4915123456789"),
            ("11 96123-4567", "BR", "+5511961234567"),
            ("+54 9 11 2345-6789", "", "+5491123456789"),
            ("98765 43210", "IN", "+919876543210"),
            ("tel:+1-201-555-0123", "", "+12015550123"),
            ("٠٦١٢٣٤٥٦٧٨", "FR", "+33612345678"),
            ("0612345678", "", "no_country"),
            ("+999 123 456 789", "", "no_country"),
            ("+999 123 456 789", "FR", "no_country"),
            ("+33 6 12", "", "too_short"),
            ("+1", "", "not_a_number"),
            ("+33 6 12 34 56 78 90 12", "", "too_long"),
            ("+336123456781234567890", "", "too_long"),
            ("+33 0 99 99 99 99", "", "not_valid"),
            ("+1 555 555 5555", "", "not_valid"),
            // What a spreadsheet leaves of `+49151...`; a landline may have those digits.
            ("4915123456789", "DE", "+4915123456789"),
            ("49 151 23456789", "DE", "+4915123456789"),
            ("62812318725", "ID", "+62812318725"),
            ("38343201234", "XK", "+38343201234"),
            ("0151 23456789", "DE", "+4915123456789"),
            ("030 123456", "DE", "+4930123456"),
            // A mobile number of Italy, and a landline behind a `+`.
            ("3907922112", "IT", "+393907922112"),
            ("416-967-1111 x101", "CA", "has_extension"),
            ("416-967-1111 ext. 140", "CA", "has_extension"),
            ("0664 1234567 Max", "AT", "not_a_number"),
            ("030 123456 Max", "DE", "not_a_number"),
            ("1-800-FLOWERS", "US", "not_a_number"),
            ("Mobile: 0664 1234567", "AT", "+436641234567"),
            ("ask her", "FR", "not_a_number"),
            ("-", "FR", "not_a_number"),
            ("3.36123E+10", "FR", "not_a_number"),
            ("3,36E+10", "", "not_a_number"),
        ];
        for (text, region, expected) in table {
            assert_eq!(outcome(text, region), expected, "{text} in {region:?}");
        }
    }

    #[test]
    fn a_region_is_a_country_with_numbers() {
        assert!(region("FR").is_some());
        assert!(region("ca").is_some());
        for none in ["", "F", "FRA", "XX", "ZZ", "001", "é", "Fr ance"] {
            assert_eq!(region(none), None, "{none}");
        }
    }
}
