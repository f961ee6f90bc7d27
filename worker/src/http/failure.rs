//! What a caller gets when a request cannot be carried out: a problem document (RFC 9457).
//!
//! Nothing of the inside reaches it: no SQL, no stack, no provider's secret. What only the
//! operator of a deployment needs goes to the log.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tidegate::Problem;

use crate::jobs::{Changed, CommandError, Standing};
use crate::store::StoreError;

/// A request that was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<Problem>,
    legal: Option<Vec<String>>,
    standing: Option<Standing>,
    header: Option<(HeaderName, &'static str)>,
}

/// Why a request was not carried out (RFC 9457).
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ProblemDocument"))]
pub(super) struct Document<'a> {
    /// `/problems/` and a code that stays the same.
    r#type: String,
    /// What kind of problem it is, in a few words.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What happened here, and what to do.
    detail: &'a str,
    /// Every fault of the request.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Fault>"))]
    errors: &'a [Problem],
    /// What may be done instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    legal: Option<&'a [String]>,
    /// What is different from what the caller had looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<&'a [Changed]>,
    /// What it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<Now<'a>>,
}

/// A fault of a request.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "the shape of a `Problem` whose codes are not the engine's alone")]
struct Fault {
    /// Where it is: `recipients[2].to`; empty for the whole.
    path: String,
    /// What kind of fault it is, for programs.
    code: String,
    /// What is wrong and what to write instead, for people.
    message: String,
}

/// What the thing is that was not what the caller looked at.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Now<'a> {
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
}

impl Failure {
    fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Parts {
            status,
            code,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            legal: None,
            standing: None,
            header: None,
        }))
    }

    /// 400: the body is not JSON, or broke off.
    pub fn malformed(detail: impl Into<String>) -> Self {
        let title = "The body cannot be read";
        Self::new(StatusCode::BAD_REQUEST, "malformed", title, detail)
    }

    /// 401: no key, or one that does not open anything.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        let title = "A key is needed";
        let mut failure = Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", title, detail);
        failure.0.header = Some((header::WWW_AUTHENTICATE, r#"Bearer realm="tidegate""#));
        failure
    }

    /// 403: the key's role does not reach that far.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::refused("forbidden", detail)
    }

    /// 403: as [`Failure::forbidden`], for a reason of its own.
    pub fn refused(code: &'static str, detail: impl Into<String>) -> Self {
        let title = "The caller may not do this";
        Self::new(StatusCode::FORBIDDEN, code, title, detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        let title = "There is nothing here";
        Self::new(StatusCode::NOT_FOUND, "not_found", title, detail)
    }

    /// 405: the resource does not know the method.
    pub fn method_not_allowed() -> Self {
        let title = "The resource does not know this method";
        let detail = "the `Allow` header names the methods that it knows";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "method_not_allowed", title, detail)
    }

    /// 409: the state does not allow it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        let title = "The present state does not allow this";
        Self::new(StatusCode::CONFLICT, code, title, detail)
    }

    /// 409: the same request is being carried out.
    pub fn in_progress() -> Self {
        let detail = "the request with this `Idempotency-Key` is being carried out; send it again \
                      in a moment";
        let mut failure = Self::conflict("in_progress", detail);
        failure.0.header = Some((header::RETRY_AFTER, "2"));
        failure
    }

    /// 409: as [`Failure::conflict`], with the triggers that are legal now.
    pub fn illegal(code: &'static str, detail: impl Into<String>, legal: Vec<String>) -> Self {
        let mut failure = Self::conflict(code, detail);
        failure.0.legal = Some(legal);
        failure
    }

    /// Whether it is a 404.
    pub fn is_not_found(&self) -> bool {
        self.0.status == StatusCode::NOT_FOUND
    }

    /// The same with what the thing is now, and what changed about it.
    pub fn standing(mut self, standing: Option<Standing>) -> Self {
        self.0.standing = standing;
        self
    }

    /// 413: the body is longer than `most` bytes.
    pub fn too_large(most: usize) -> Self {
        let title = "The body is too large";
        let detail = format!("the body may have up to {most} bytes; send less at once");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", title, detail)
    }

    /// 415: the body is not of the `wanted` type.
    pub fn unsupported(wanted: &'static str, found: &str) -> Self {
        let title = "The body is of another type than this takes";
        let detail = format!("the content type is `{found}`; send `{wanted}`");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "unsupported_type", title, detail)
    }

    /// 422: the document can be read and says something that cannot be. Every problem at once.
    pub fn invalid(errors: Vec<Problem>) -> Self {
        let title = "Some fields cannot be taken as they are";
        let detail = match errors.as_slice() {
            [only] if only.path.is_empty() => only.message.clone(),
            [only] => format!("`{}`: {}", only.path, only.message),
            many => format!("{} fields are at fault; see `errors`", many.len()),
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let mut failure = Self::new(status, "invalid", title, detail);
        failure.0.errors = errors;
        failure
    }

    /// 503: something that this deployment stands on did not answer. `inside` goes to the log.
    pub fn unavailable(inside: impl std::fmt::Display) -> Self {
        super::log(&format!("unavailable: {inside}"));
        let title = "The service cannot answer at the moment";
        let detail = "the storage did not answer as it should; look whether the change was made, \
                      then try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title, detail)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Parts { status, .. } = *self.0;
        let document = Document {
            r#type: format!("/problems/{}", self.0.code),
            title: self.0.title,
            status: status.as_u16(),
            detail: &self.0.detail,
            errors: &self.0.errors,
            legal: self.0.legal.as_deref(),
            changed: self.0.standing.as_ref().map(|standing| standing.changed.as_slice()),
            now: self.0.standing.as_ref().map(|standing| Now {
                version: standing.version,
                status: standing.status.as_deref(),
            }),
        };
        let body = serde_json::to_string(&document).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some((name, value)) = self.0.header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Self::invalid(problems)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::unavailable(error)
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::NotFound => Self::not_found("no such campaign, message or dead letter"),
            CommandError::Conflict { code, detail, legal, standing } => {
                Self::illegal(code, detail, legal).standing(standing.map(|standing| *standing))
            }
            CommandError::Forbidden { code, detail } => Self::refused(code, detail),
            CommandError::Invalid(problems) => Self::invalid(problems),
            CommandError::Store(error) => Self::unavailable(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(path: &str) -> Problem {
        Problem { path: path.into(), code: "missing", message: "is missing; write one".into() }
    }

    #[test]
    fn one_problem_is_told_in_the_detail_and_many_are_counted() {
        assert_eq!(
            Failure::invalid(vec![problem("name")]).0.detail,
            "`name`: is missing; write one"
        );
        assert_eq!(Failure::invalid(vec![problem("")]).0.detail, "is missing; write one");
        assert_eq!(
            Failure::invalid(vec![problem("a"), problem("b")]).0.detail,
            "2 fields are at fault; see `errors`"
        );
    }
}
