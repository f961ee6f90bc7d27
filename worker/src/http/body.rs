//! Reads request bodies: bounded, of the stated type, and with the place of a fault in it.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;
use worker::send::SendFuture;

use super::{App, Failure};
use crate::ports::World;

/// The longest JSON body, in bytes.
pub const JSON_MOST: usize = 2_000_000;

/// A JSON document.
pub struct Document(pub Value);

impl<W: World + 'static> FromRequest<App<W>> for Document {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App<W>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        require_type(&parts.headers, "application/json")?;
        let bytes = SendFuture::new(read(&parts.headers, body, JSON_MOST)).await?;
        parse(&bytes).map(Self)
    }
}

/// A JSON document, or `{}` where the body is empty: for actions whose every field may be left
/// out.
pub struct OptionalDocument(pub Value);

impl<W: World + 'static> FromRequest<App<W>> for OptionalDocument {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App<W>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let bytes = SendFuture::new(read(&parts.headers, body, JSON_MOST)).await?;
        if bytes.is_empty() {
            return Ok(Self(Value::Object(serde_json::Map::new())));
        }
        require_type(&parts.headers, "application/json")?;
        parse(&bytes).map(Self)
    }
}

/// The longest form, in bytes: those here have one field.
const FORM_MOST: usize = 2_000;

/// A form as pages and mailboxes send it: `application/x-www-form-urlencoded`, or the
/// `multipart/form-data` that RFC 8058 allows as well.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// The value of a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl<W: World + 'static> FromRequest<App<W>> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App<W>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let bytes = SendFuture::new(read(&parts.headers, body, FORM_MOST)).await?;
        let stated = parts.headers.get(header::CONTENT_TYPE);
        let stated = stated.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (kind, rest) = stated.split_once(';').unwrap_or((stated, ""));
        if kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            return Ok(Self(parts_of(&String::from_utf8_lossy(&bytes), rest)));
        }
        require_type(&parts.headers, "application/x-www-form-urlencoded")?;
        Ok(Self(url::form_urlencoded::parse(&bytes).into_owned().collect()))
    }
}

/// The fields of a multipart body (RFC 7578) that hold nothing but a text.
fn parts_of(body: &str, parameters: &str) -> Vec<(String, String)> {
    let boundary = parameters.split(';').find_map(|pair| pair.trim().strip_prefix("boundary="));
    let Some(boundary) = boundary.map(|b| b.trim_matches('"')).filter(|b| !b.is_empty()) else {
        return Vec::new();
    };
    let field = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let (_, name) = head.split_once("name=\"")?;
        let (name, _) = name.split_once('"')?;
        Some((name.to_owned(), value.trim_end_matches("\r\n").to_owned()))
    };
    body.split(&format!("--{boundary}")).filter_map(field).collect()
}

/// A calendar file: text in UTF-8 (RFC 5545, 3.1.4).
pub struct CalendarFile(pub String);

impl<W: World + 'static> FromRequest<App<W>> for CalendarFile {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App<W>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        require_type(&parts.headers, "text/calendar")?;
        let bytes =
            SendFuture::new(read(&parts.headers, body, tidegate_calendar::MAX_BYTES)).await?;
        String::from_utf8(bytes).map(Self).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            Failure::malformed(format!(
                "the file is not in UTF-8, from byte {place} on; export it as UTF-8"
            ))
        })
    }
}

/// Refuses a body of another type than `wanted`. One that states no type is refused as well: a
/// browser can be made to send that across origins.
pub fn require_type(headers: &HeaderMap, wanted: &'static str) -> Result<(), Failure> {
    let stated =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let found = stated.split(';').next().unwrap_or_default().trim();
    if found.eq_ignore_ascii_case(wanted) {
        Ok(())
    } else {
        Err(Failure::unsupported(wanted, &super::fields::shown(found)))
    }
}

/// How long the body is to be, in bytes.
pub fn stated_length(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// The whole body, of `most` bytes at most.
///
/// # Errors
/// 413, or 400 where it broke off.
pub async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Vec<u8>, Failure> {
    if stated_length(headers)
        .is_some_and(|length| usize::try_from(length).map_or(true, |length| length > most))
    {
        return Err(Failure::too_large(most));
    }
    match Limited::new(body, most).collect().await {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::too_large(most)),
        Err(_) => Err(Failure::malformed("the body broke off; send it again")),
    }
}

fn parse(bytes: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The parser's own text ends in the place; it is said here in the words of the API.
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or(&text);
        Failure::malformed(format!(
            "the body is not JSON: {what}, at line {} column {}",
            error.line(),
            error.column()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_with_its_line_and_column() {
        let failure = parse(b"{\n  \"name\": ,\n}").unwrap_err();
        assert_eq!(
            failure,
            Failure::malformed("the body is not JSON: expected value, at line 2 column 11")
        );
    }

    #[test]
    fn the_fields_of_a_multipart_form_are_read() {
        let body = "--x y\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n\
                    One-Click\r\n--x y--\r\n";
        let fields = parts_of(body, " boundary=\"x y\"");
        assert_eq!(fields, [("List-Unsubscribe".to_owned(), "One-Click".to_owned())]);
        assert!(parts_of(body, "").is_empty());
        assert!(parts_of("--x", " boundary=x").is_empty());
    }

    #[test]
    fn what_is_not_json_is_refused_and_never_a_panic() {
        let deep = vec![b'['; 100_000];
        for bytes in [
            &b""[..],
            b"\xff\xfe",
            b"\"\\ud800\"",
            b"1e999",
            b"NaN",
            b"{} {}",
            b"{\"a\":1,}",
            &deep,
        ] {
            assert!(parse(bytes).is_err());
        }
    }
}
