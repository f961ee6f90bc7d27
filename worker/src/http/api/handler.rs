//! What a handler's signature tells of its route.

use std::future::Future;

use axum::extract::{Path, Request};
use axum::http::HeaderMap;

use super::answer::Answer;
#[cfg(feature = "schema")]
use super::operation::Operation;
use crate::http::App;
use crate::http::body::{CalendarFile, Document, Form, OptionalDocument};
use crate::http::caller::{Administrator, Campaigner, Operator, Owner, Steerer, Viewer};
use crate::http::params::{Id, Query};

/// Something whose shape can be told.
#[cfg(feature = "schema")]
pub trait Shape: schemars::JsonSchema {}
#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> Shape for T {}

/// Something whose shape can be told, where anybody asks.
#[cfg(not(feature = "schema"))]
pub trait Shape {}
#[cfg(not(feature = "schema"))]
impl<T> Shape for T {}

/// A part of a request that a handler takes.
pub trait Part {
    /// Notes what it means for the route: nothing unless told.
    #[cfg(feature = "schema")]
    fn note(_operation: &mut Operation) {}
}

impl<W> Part for App<W> {}
impl Part for Id {}
impl Part for HeaderMap {}
impl<T> Part for Path<T> {}

macro_rules! part {
    ($($type:ty = |$operation:ident| $note:expr;)*) => {$(
        impl Part for $type {
            #[cfg(feature = "schema")]
            fn note($operation: &mut Operation) {
                $note;
            }
        }
    )*};
}

part! {
    Viewer = |operation| operation.role = Some("viewer");
    Operator = |operation| operation.role = Some("operator");
    Campaigner = |operation| {
        operation.role = Some("operator");
        operation.narrowed = "For administrators alone where the team leaves its campaigns to them \
            (`campaigns_for`).";
    };
    Steerer = |operation| {
        operation.role = Some("operator");
        operation.narrowed = "For administrators alone where the team leaves its campaigns to them \
            (`campaigns_for`), unless it goes to one person.";
    };
    Administrator = |operation| operation.role = Some("administrator");
    Owner = |operation| operation.role = Some("owner");
    Document = |operation| operation.body = Some(true);
    OptionalDocument = |operation| operation.body = Some(false);
    CalendarFile = |operation| operation.file = true;
    Form = |operation| operation.file = true;
    Request = |operation| operation.file = true;
    Query = |operation| operation.query = true;
}

/// A function that axum takes for a handler, by the tuple of its arguments.
pub trait Described<T> {
    /// Notes what its signature tells.
    #[cfg(feature = "schema")]
    fn note(operation: &mut Operation);
}

macro_rules! described {
    ($($part:ident)*) => {
        impl<F, Answered, M, R, $($part),*> Described<(M, $($part,)*)> for F
        where
            F: FnOnce($($part),*) -> Answered,
            Answered: Future<Output = R>,
            R: Answer,
            $($part: Part,)*
        {
            #[cfg(feature = "schema")]
            fn note(operation: &mut Operation) {
                $($part::note(operation);)*
                R::note(operation);
            }
        }
    };
}

described!(A);
described!(A B);
described!(A B C);
described!(A B C D);
described!(A B C D E);
described!(A B C D E G);
