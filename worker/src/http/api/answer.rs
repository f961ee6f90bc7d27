//! Answers whose status is in their type, so that the document tells it.

use std::marker::PhantomData;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use super::handler::Shape;
#[cfg(feature = "schema")]
use super::operation::{Operation, schema_of};
use crate::http::Failure;
use crate::http::table::Table;

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

impl Answer for Table {
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation) {
        operation.gives = Some("text/csv; charset=utf-8");
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
