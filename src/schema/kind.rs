//! The kinds of values that the fields of a document have.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

pub(crate) use super::lexicon::{CampaignCondition, MessageCondition};
pub(crate) use super::object::described;
pub(crate) use super::request::RunInput;
use super::{any_of, word_of};
use crate::gate::GatePath;
use crate::policy::{DAYS, ENFORCE, PERIODS};
use crate::problem::CODES;
use crate::request::ORDERS;
use crate::status::Machine;
use crate::time::Instant;

/// Declares a kind by its schema. An `inline` one is written out where it stands, any other has a
/// name of its own.
macro_rules! kind {
    ($(#[doc = $about:literal])* $name:ident = $schema:expr) => {
        kind!(@ $name, false, described(&[$($about),*], $schema));
        $(#[doc = $about])*
        pub(crate) struct $name;
    };
    ($(#[doc = $about:literal])* inline $name:ident = $schema:expr) => {
        kind!(@ $name, true, $schema);
        $(#[doc = $about])*
        pub(crate) struct $name;
    };
    (@ $name:ty, $inline:expr, $schema:expr) => {
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                $inline
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

pub(super) use kind;

kind! {
    /// Milliseconds since 1970-01-01T00:00Z, or an RFC 3339 text with an offset such as
    /// `2026-11-24T09:00:00-05:00`. Answers always have numbers.
    InstantInput = any_of(&[
        json_schema!({
            "type": "integer",
            "minimum": Instant::MIN.millis(),
            "maximum": Instant::MAX.millis(),
        }),
        json_schema!({ "type": "string" }),
    ])
}
kind! {
    /// A number and a unit: `500ms`, `30s`, `15m`, `24h`, `7d`; at most 366 days.
    Duration = json_schema!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" })
}
kind! {
    /// `HH:MM` or `HH:MM:SS`; `24:00` may end a range.
    ClockTime = json_schema!({ "type": "string", "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$" })
}
kind! {
    /// `YYYY-MM-DDTHH:MM` in the policy's time zone, or an RFC 3339 text.
    SingleTime = json_schema!({ "type": "string" })
}
kind! {
    /// A day of the week.
    Weekday = word_of(&DAYS)
}
kind! {
    /// `YYYY-MM-DD`.
    inline Date = json_schema!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
}
kind! {
    /// `MM-DD`.
    inline MonthDay = json_schema!({ "type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$" })
}
kind! {
    /// An IANA name.
    inline ZoneName = json_schema!({ "type": "string" })
}
kind! {
    /// Whether a limit closes.
    inline Enforce = word_of(&ENFORCE)
}
kind! {
    /// What a calendar limit counts over.
    inline Period = word_of(&PERIODS)
}
kind! {
    /// Who goes first.
    inline Turns = word_of(&ORDERS)
}
kind! {
    /// What kind of problem a document has.
    ProblemCode = json_schema!({ "type": "string", "enum": CODES })
}
kind! {
    /// `campaign`.
    inline Campaign = json_schema!({ "type": "string", "const": Machine::Campaign.name() })
}
kind! {
    /// `message`.
    inline Message = json_schema!({ "type": "string", "const": Machine::Message.name() })
}
kind! {
    /// What a policy has in a field: a number or a text.
    inline Setting = json_schema!({ "type": ["integer", "string"] })
}
kind!(@ Instant, true, json_schema!({ "type": "integer" }));
kind!(@ GatePath, true, json_schema!({ "type": "string" }));

/// A kind with parameters, which is written out where it stands.
macro_rules! parametric {
    ([$($parameters:tt)*] $type:ty, $generator:ident => $schema:expr) => {
        impl<$($parameters)*> JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn schema_id() -> Cow<'static, str> {
                std::any::type_name::<Self>().into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

/// A whole number within bounds. The highest `u64` stands for none.
pub(crate) struct Whole<const MIN: u64, const MAX: u64>;
parametric!([const MIN: u64, const MAX: u64] Whole<MIN, MAX>, _generator => {
    let mut number = json_schema!({ "type": "integer", "minimum": MIN });
    if MAX < u64::MAX {
        number.insert("maximum".to_owned(), json!(MAX));
    }
    number
});

/// A text of so many characters at the most, which may be empty.
pub(crate) struct Text<const MAX: usize>;
parametric!([const MAX: usize] Text<MAX>, _generator => {
    json_schema!({ "type": "string", "maxLength": MAX })
});

/// A text of so many characters at the most, with something to read in it.
pub(crate) struct Words<const MAX: usize>;
parametric!([const MAX: usize] Words<MAX>, _generator => {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX })
});

/// A list of so many items at the most.
pub(crate) struct List<T, const MAX: usize>(PhantomData<T>);
parametric!([T: JsonSchema, const MAX: usize] List<T, MAX>, generator => {
    let items = generator.subschema_for::<T>();
    json_schema!({ "type": "array", "items": items, "maxItems": MAX })
});

/// Something, or null.
pub(crate) struct Nullable<T>(PhantomData<T>);
parametric!([T: JsonSchema] Nullable<T>, generator => {
    let null = json_schema!({ "type": "null" });
    any_of(&[generator.subschema_for::<T>(), null])
});
