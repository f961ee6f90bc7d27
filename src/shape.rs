//! Declares what may be written in a document: once, for its reader and for everybody else.
//!
//! A reader takes the names of the fields that it knows from the declaration. With the feature
//! `schema` the same declaration is a JSON Schema, and the types for TypeScript are made of that.

/// The names of the fields that an object may have, as one or several lists.
pub(crate) type Fields = &'static [&'static [&'static str]];

/// Declares a document, or a part of one. The types of fields are those of `schema::kind`, and
/// other documents; a question mark says that a field may be left out.
///
/// ```text
/// document! {
///     /// An object of its own, with `FIELDS` for its reader.
///     struct BreakDocument { after: Whole<1, MAX_SENDS>, pause: Duration }
/// }
/// document! {
///     /// What others are put together from, with `NAMES` for their readers.
///     part LimitBase { max: Whole<1, MAX_SENDS>, enforce?: Enforce }
/// }
/// document! {
///     /// Put together from parts, one of those in parentheses. It has `FIELDS` too.
///     type LimitDocument = LimitBase & (| { rolling: Duration } | { calendar: Period });
/// }
/// document! {
///     /// The same for a schema alone, where the reader knows the parts or takes no object.
///     schema LexiconInput = (| LexiconId | LexiconDocument);
/// }
/// ```
///
/// In a schema the name is without `Document` at the end.
macro_rules! document {
    ($(#[doc = $about:literal])* $vis:vis struct $name:ident { $($fields:tt)* }) => {
        $(#[doc = $about])*
        $vis struct $name;

        impl $name {
            /// What it may have.
            $vis const FIELDS: crate::shape::Fields =
                crate::shape::document!(@lists [] { $($fields)* });
        }

        crate::shape::document!(@schema [$($about)*] $name generator
            crate::shape::document!(@object generator $($fields)*).closed());
    };
    ($(#[doc = $about:literal])* $vis:vis part $name:ident { $($fields:tt)* }) => {
        $(#[doc = $about])*
        $vis struct $name;

        impl $name {
            /// What it adds to what it is a part of.
            $vis const NAMES: &'static [&'static str] =
                crate::shape::document!(@names $($fields)*);
        }

        crate::shape::document!(@schema [$($about)*] $name generator
            crate::shape::document!(@object generator $($fields)*).open());
    };
    ($(#[doc = $about:literal])* $vis:vis type $name:ident = $($part:tt)&+;) => {
        $(#[doc = $about])*
        $vis struct $name;

        impl $name {
            /// What it may have.
            $vis const FIELDS: crate::shape::Fields =
                crate::shape::document!(@lists [] $($part)+);
        }

        crate::shape::document!(@schema [$($about)*] $name generator
            crate::schema::all_of(&[$(crate::shape::document!(@of generator $part)),+]));
    };
    ($(#[doc = $about:literal])* $vis:vis schema $name:ident = $($part:tt)&+;) => {
        $(#[doc = $about])*
        $vis struct $name;

        crate::shape::document!(@schema [$($about)*] $name generator
            crate::schema::all_of(&[$(crate::shape::document!(@of generator $part)),+]));
    };

    (@names $($(#[doc = $doc:literal])* $field:ident $(?)? : $type:ty),* $(,)?) => {
        &[$(stringify!($field)),*]
    };

    // The names of all parts, whichever of them an object has.
    (@lists [$($done:expr),*]) => { &[$($done),*] };
    (@lists [$($done:expr),*] { $($fields:tt)* } $($rest:tt)*) => {
        crate::shape::document!(@lists
            [$($done,)* crate::shape::document!(@names $($fields)*)] $($rest)*)
    };
    (@lists [$($done:expr),*] ($(| $one:tt)+) $($rest:tt)*) => {
        crate::shape::document!(@lists [$($done),*] $($one)+ $($rest)*)
    };
    (@lists [$($done:expr),*] $part:ident $($rest:tt)*) => {
        crate::shape::document!(@lists [$($done,)* $part::NAMES] $($rest)*)
    };

    (@schema [$($about:literal)*] $name:ident $generator:ident $schema:expr) => {
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                crate::schema::name_of(stringify!($name))
            }

            fn json_schema($generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                use crate::schema::kind::*;
                described(&[$($about),*], $schema)
            }
        }
    };

    (@of $generator:ident { $($fields:tt)* }) => {
        crate::shape::document!(@object $generator $($fields)*).open()
    };
    (@of $generator:ident ($(| $one:tt)+)) => {
        crate::schema::any_of(&[$(crate::shape::document!(@of $generator $one)),+])
    };
    (@of $generator:ident $part:ident) => { $generator.subschema_for::<$part>() };

    (@object $generator:ident $($fields:tt)*) => {
        crate::shape::document!(@next (crate::schema::Object::default()) $generator $($fields)*)
    };
    (@next ($object:expr) $generator:ident) => { $object };
    (@next ($object:expr) $generator:ident
        $(#[doc = $doc:literal])* $field:ident ? : $type:ty $(, $($rest:tt)*)?) => {
        crate::shape::document!(@next
            ($object.may(stringify!($field), &[$($doc),*], $generator.subschema_for::<$type>()))
            $generator $($($rest)*)?)
    };
    (@next ($object:expr) $generator:ident
        $(#[doc = $doc:literal])* $field:ident : $type:ty $(, $($rest:tt)*)?) => {
        crate::shape::document!(@next
            ($object.must(stringify!($field), &[$($doc),*], $generator.subschema_for::<$type>()))
            $generator $($($rest)*)?)
    };
}

pub(crate) use document;
