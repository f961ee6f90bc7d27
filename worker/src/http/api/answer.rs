//! Answers whose status is in their type, so that the document tells it.

use std::marker::PhantomData;

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use super::handler::Shape;
#[cfg(feature = "schema")]
use super::operation::{Operation, schema_of};
use crate::http::Failure;

/// The header that says that an answer was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a handler gives.
pub trait Answer {
    /// Notes what it means for the route.
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation);
}

impl<T: Answer> Answer for Result<T, Failure> {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.can_fail = true;
        T::note(operation);
    }
}

impl<T: Shape> Answer for Json<T> {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.answers.push((200, Some(schema_of::<T>)));
    }
}

/// A document of which only the shape is told by a type: `T`.
#[derive(Debug)]
pub struct As<T>(pub Value, pub PhantomData<T>);

impl<T> As<T> {
    /// The document.
    #[must_use]
    pub const fn new(document: Value) -> Self {
        Self(document, PhantomData)
    }
}

impl<T> IntoResponse for As<T> {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}

impl<T: Shape> Answer for As<T> {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.answers.push((200, Some(schema_of::<T>)));
    }
}

/// 201: it was made, and is to be found at `place`.
#[derive(Debug)]
pub struct Created<T> {
    /// Its address.
    pub place: String,
    /// What was made.
    pub made: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let place = [(header::LOCATION, self.place)];
        (StatusCode::CREATED, place, Json(self.made)).into_response()
    }
}

impl<T: Shape> Answer for Created<T> {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.has_place = true;
        operation.answers.push((201, Some(schema_of::<T>)));
    }
}

/// 201 where it is new, 200 where it was there already.
#[derive(Debug)]
pub struct Kept<T> {
    /// Whether it is new.
    pub is_new: bool,
    /// Whether this very request had been carried out before.
    pub is_repeated: bool,
    /// What there is.
    pub kept: T,
}

impl<T: Serialize> IntoResponse for Kept<T> {
    fn into_response(self) -> Response {
        let status = if self.is_new { StatusCode::CREATED } else { StatusCode::OK };
        marked((status, Json(self.kept)).into_response(), self.is_repeated)
    }
}

impl<T: Shape> Answer for Kept<T> {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.answers.push((201, Some(schema_of::<T>)));
        operation.answers.push((200, Some(schema_of::<T>)));
    }
}

/// 202: it will be done.
#[derive(Debug)]
pub struct Accepted<T> {
    /// Whether it had been accepted before.
    pub is_repeated: bool,
    /// What will become of it.
    pub accepted: T,
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        marked((StatusCode::ACCEPTED, Json(self.accepted)).into_response(), self.is_repeated)
    }
}

impl<T: Shape> Answer for Accepted<T> {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.answers.push((202, Some(schema_of::<T>)));
    }
}

fn marked(mut response: Response, is_repeated: bool) -> Response {
    if is_repeated {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// 200 where it is done, 202 where it goes on.
#[derive(Debug)]
pub struct Begun<T> {
    /// Whether it is done.
    pub is_done: bool,
    /// How far it is.
    pub what: T,
}

impl<T: Serialize> IntoResponse for Begun<T> {
    fn into_response(self) -> Response {
        let status = if self.is_done { StatusCode::OK } else { StatusCode::ACCEPTED };
        (status, Json(self.what)).into_response()
    }
}

impl<T: Shape> Answer for Begun<T> {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.answers.push((200, Some(schema_of::<T>)));
        operation.answers.push((202, Some(schema_of::<T>)));
    }
}

/// 200 with what is there, or 301: it has become part of something else.
#[derive(Debug)]
pub enum Found<T, M> {
    /// It is there.
    Here(T),
    /// It is part of what is at `place`.
    Moved {
        /// The address.
        place: String,
        /// What is said of it.
        into: M,
    },
}

impl<T: Serialize, M: Serialize> IntoResponse for Found<T, M> {
    fn into_response(self) -> Response {
        match self {
            Self::Here(there) => Json(there).into_response(),
            Self::Moved { place, into } => {
                let place = [(header::LOCATION, place)];
                (StatusCode::MOVED_PERMANENTLY, place, Json(into)).into_response()
            }
        }
    }
}

impl<T: Shape, M: Shape> Answer for Found<T, M> {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.answers.push((200, Some(schema_of::<T>)));
        operation.answers.push((301, Some(schema_of::<M>)));
    }
}

/// 200 with a file of comma-separated values, made while it is sent.
#[derive(Debug)]
pub struct CsvFile {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub body: Body,
    /// Where the next file begins, where one cannot hold it all.
    pub next: Option<String>,
}

impl CsvFile {
    /// A file that is all there is.
    #[must_use]
    pub const fn whole(name: &'static str, body: Body) -> Self {
        Self { name, body, next: None }
    }
}

/// The type of a [`CsvFile`].
const CSV: &str = "text/csv; charset=utf-8";

/// The header that says where the next file begins.
const NEXT: HeaderName = HeaderName::from_static("tidegate-next-cursor");

impl IntoResponse for CsvFile {
    fn into_response(self) -> Response {
        let name = format!("attachment; filename=\"{}\"", self.name);
        let headers = [(header::CONTENT_TYPE, CSV.to_owned()), (header::CONTENT_DISPOSITION, name)];
        let mut response = (headers, self.body).into_response();
        if let Some(next) = self.next.and_then(|next| HeaderValue::from_str(&next).ok()) {
            response.headers_mut().insert(NEXT, next);
        }
        response
    }
}

impl Answer for CsvFile {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.media = CSV;
        operation.answers.push((200, Some(schema_of::<String>)));
    }
}

/// 200: a page.
#[derive(Debug)]
pub struct Html(pub Response);

impl IntoResponse for Html {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for Html {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.media = "text/html; charset=utf-8";
        operation.answers.push((200, Some(schema_of::<String>)));
    }
}

/// 200: a file, of whatever type it is.
#[derive(Debug)]
pub struct File(pub Response);

impl IntoResponse for File {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for File {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.media = "*/*";
        operation.answers.push((200, None));
    }
}

/// 204: done, and there is nothing to say.
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Answer for NoContent {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.answers.push((204, None));
    }
}
