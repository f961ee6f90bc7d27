//! Lanes and groups of them, as documents.

use serde_json::{Map, Value};

use super::{MAX_COUNT, MAX_EXACT, MAX_LANES, layers};
use crate::document::{list, name, number, object, required};
use crate::history::Cuts;
use crate::plan::{Group, Lane};
use crate::problem::{Path, Problems};
use crate::shape::document;
#[cfg(feature = "schema")]
use {
    super::{LayerDocument, MAX_LAYERS},
    crate::document::MAX_NAME,
};

document! {
    /// Several lanes on one sender.
    pub(crate) part SharedLanes {
        /// Layers to which every send is charged.
        shared?: List<LayerDocument, MAX_LAYERS>,
        /// Layers that some of the lanes have in common, beside the shared ones.
        groups?: List<GroupDocument, MAX_LANES>,
        /// The order in which they are listed settles ties.
        lanes: List<LaneDocument, MAX_LANES>,
        /// Who goes first of those that could go at the same instant: the first listed, or who has
        /// sent the fewest so far. `in_turn` if left out.
        order?: Turns,
    }
}

document! {
    /// Messages with rules of their own.
    pub(crate) type LaneDocument = {
        /// Named in answers.
        name?: Text<MAX_NAME>,
        /// The index of its group; none if left out.
        group?: Whole<0, { MAX_LANES as u64 - 1 }>,
    } & LaneRules;
}

document! {
    /// Lanes with layers in common, to each of which every send of these lanes is charged: the
    /// people of a campaign in several zones. `fair` counts them as one.
    pub(crate) struct GroupDocument {
        /// Named in answers.
        name?: Text<MAX_NAME>,
        /// Each of them has to allow each message.
        layers?: List<LayerDocument, MAX_LAYERS>,
        /// How many `fair` holds against the group from the start, beside those of its lanes; 0 if
        /// left out.
        sent_before?: Whole<0, MAX_EXACT>,
    }
}

document! {
    /// Messages and the rules that are theirs.
    pub(crate) part LaneRules {
        /// Each of them has to allow each message.
        layers?: List<LayerDocument, MAX_LAYERS>,
        /// How many messages are to go.
        count: Whole<0, MAX_COUNT>,
        /// What jitter is drawn from; 0 if left out.
        seed?: Whole<0, MAX_EXACT>,
        /// How many of the lane's messages were planned before; 0 if left out.
        first_ordinal?: Whole<0, MAX_EXACT>,
        /// How many `fair` holds against the lane from the start; 0 if left out.
        sent_before?: Whole<0, MAX_EXACT>,
    }
}

/// Reads the `groups` and the `lanes` of a request.
pub(super) fn in_groups(
    fields: &Map<String, Value>,
    root: &Path<'_>,
    cuts: &mut Cuts,
    problems: &mut Problems,
) -> (Vec<Group>, Vec<Lane>) {
    let at = root.field("groups");
    let given = fields.get("groups");
    let items = given.map_or(Some(&[][..]), |value| list(value, &at, MAX_LANES, problems));
    let groups = items.unwrap_or_default().iter().enumerate();
    // Of a list that cannot be read nobody knows how many there are.
    let count = items.map_or(MAX_LANES, <[_]>::len);
    let groups =
        groups.filter_map(|(index, item)| group(item, &at.item(index), cuts, problems)).collect();
    let at = root.field("lanes");
    let items = required(fields, "lanes", root, problems)
        .and_then(|value| list(value, &at, MAX_LANES, problems));
    let lanes = items.unwrap_or_default().iter().enumerate();
    let lanes = lanes
        .filter_map(|(index, item)| lane(item, &at.item(index), count, cuts, problems))
        .collect();
    (groups, lanes)
}

/// Reads the rules of a request's only lane.
pub(super) fn alone(
    fields: &Map<String, Value>,
    root: &Path<'_>,
    cuts: &mut Cuts,
    problems: &mut Problems,
) -> Option<Lane> {
    lane_fields(fields, (String::new(), None), root, cuts, problems)
}

fn group(value: &Value, at: &Path<'_>, cuts: &mut Cuts, problems: &mut Problems) -> Option<Group> {
    let fields = object(value, at, GroupDocument::FIELDS, problems)?;
    let named = fields.get("name").and_then(|value| name(value, &at.field("name"), problems));
    let layers = layers(fields, "layers", at, cuts, problems);
    let sent_before = fields.get("sent_before");
    let sent_before = sent_before
        .and_then(|value| number(value, &at.field("sent_before"), (0, MAX_EXACT), problems));
    let sent_before = sent_before.unwrap_or(0);
    Some(Group { name: named.unwrap_or_default(), layers, sent_before })
}

fn lane(
    value: &Value,
    at: &Path<'_>,
    groups: usize,
    cuts: &mut Cuts,
    problems: &mut Problems,
) -> Option<Lane> {
    let fields = object(value, at, LaneDocument::FIELDS, problems)?;
    let named = fields.get("name").and_then(|value| name(value, &at.field("name"), problems));
    let group = fields.get("group").and_then(|value| member(value, at, groups, problems));
    lane_fields(fields, (named.unwrap_or_default(), group), at, cuts, problems)
}

/// The index of a group that is there.
fn member(value: &Value, at: &Path<'_>, groups: usize, problems: &mut Problems) -> Option<usize> {
    let at = at.field("group");
    let most = u64::try_from(MAX_LANES).unwrap_or(u64::MAX).saturating_sub(1);
    let index = number(value, &at, (0, most), problems)?;
    let index = usize::try_from(index).ok().filter(|index| *index < groups);
    if index.is_none() {
        let message = format!(
            "`{value}` is the index of no group, and there are {groups}; write a lower one, or add \
             the group"
        );
        problems.report(&at, "out_of_bounds", message);
    }
    index
}

fn lane_fields(
    fields: &Map<String, Value>,
    (name, group): (String, Option<usize>),
    at: &Path<'_>,
    cuts: &mut Cuts,
    problems: &mut Problems,
) -> Option<Lane> {
    let layers = layers(fields, "layers", at, cuts, problems);
    let count = required(fields, "count", at, problems)
        .and_then(|value| number(value, &at.field("count"), (0, MAX_COUNT), problems));
    let mut optional = |name: &str| {
        let value = fields.get(name)?;
        number(value, &at.field(name), (0, MAX_EXACT), problems)
    };
    let seed = optional("seed").unwrap_or(0);
    let first_ordinal = optional("first_ordinal").unwrap_or(0);
    let sent_before = optional("sent_before").unwrap_or(0);
    Some(Lane { name, layers, count: count?, seed, first_ordinal, sent_before, group })
}
