//! Documents of the engine, by their names in its own schema.

/// Declares documents that the engine declares.
macro_rules! engine {
    ($($(#[$about:meta])* $name:ident = $path:literal $(, $example:literal)?;)*) => {$(
        $(#[$about])*
        pub struct $name;

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "$ref": $path,
                    $("examples": [super::json($example)],)?
                })
            }
        }
    )*};
}

engine! {
    /// Several lanes on one sender.
    PlannedLanes = "#/$defs/SharedLanes";
    /// The rules of a sender or a campaign.
    Policy = "#/$defs/Policy";
    /// A question whether a message may go now.
    DecideRequest = "#/$defs/DecideRequest", r#"{
        "layers": [{ "name": "rules", "policy": { "gap": "10s" }, "history": [1795528795000] }],
        "now": "2026-11-24T14:00:00Z"
    }"#;
    /// A question when each of many messages will go.
    PlanRequest = "#/$defs/PlanRequest", r#"{
        "layers": [{ "name": "rules", "policy": { "gap": "10s" } }],
        "count": 1000,
        "now": "2026-11-24T14:00:00Z"
    }"#;
    /// A question what would have them gone sooner.
    AdviseRequest = "#/$defs/AdviseRequest", r#"{
        "layers": [{ "name": "rules", "policy": { "gap": "10s" } }],
        "count": 1000,
        "now": "2026-11-24T14:00:00Z",
        "finish_by": "2026-11-24T15:00:00Z"
    }"#;
    /// A question why one of them goes when it goes.
    ExplainRequest = "#/$defs/ExplainRequest", r#"{
        "layers": [{ "name": "rules", "policy": { "gap": "10s" } }],
        "count": 1000,
        "now": "2026-11-24T14:00:00Z",
        "message": 7
    }"#;
}

/// Hours that are read on the clock of each recipient: windows and blocked times.
pub struct RecipientPolicy;

#[cfg(feature = "schema")]
impl schemars::JsonSchema for RecipientPolicy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RecipientPolicy".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Hours that are read on the clock of each recipient.",
            "type": "object",
            "properties": {
                "time_zone": {
                    "description": "The zone of people without one; the sender's unless told.",
                    "type": "string",
                },
                "windows": { "type": "array", "maxItems": 100, "items": { "$ref": "#/$defs/Window" } },
                "blocked": {
                    "type": "array", "maxItems": 1000, "items": { "$ref": "#/$defs/BlockedTime" },
                },
            },
            "additionalProperties": false,
        })
    }
}

/// A policy, or a document with one. What is no policy is what is asked about, so anything may be.
pub struct PolicyToCheck;

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PolicyToCheck {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PolicyToCheck".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let about = "A policy, or `{\"policy\": ...}`. Whatever it is, its problems are told.";
        let example = super::json(r#"{ "gap": "10 seconds" }"#);
        schemars::json_schema!({ "description": about, "examples": [example] })
    }
}

/// The zone of a policy, for files that name none.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ZoneOf {
    /// An IANA name, such as `Europe/Paris`; UTC unless told.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    time_zone: Option<String>,
}
