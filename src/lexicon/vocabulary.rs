//! The words for one machine: labels, and the rules that choose between them.

use serde::Serialize;

use super::condition::Condition;
use super::fact::Fact;
use crate::status::Machine;

/// How many conditions that do not overlap the rules of a machine may come to: all its filters
/// together, and what is left to later rules.
pub const MAX_PIECES: usize = 500;

/// A word of a team's product, and what it says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Label {
    /// The word, exactly as it is shown.
    pub word: String,
    /// The heading under which lists gather it. Mostly the word itself.
    pub group: String,
    /// What the word tells the reader.
    pub meaning: String,
    /// The colour's meaning; none for words that need no attention.
    pub tone: Option<Tone>,
}

/// What the colour of a word says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// It is going to happen.
    Planned,
    /// Something holds it.
    Waiting,
    /// It is going, or it went.
    Sent,
    /// It needs a person.
    Failed,
}

impl Tone {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Planned, Self::Waiting, Self::Sent, Self::Failed];

    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// Where `when` holds and no rule before it did, the word is that of `label`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rule {
    pub(super) when: Condition,
    pub(super) label: Label,
}

/// Labels in the order in which they are shown, and rules of which the first that holds decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Vocabulary {
    labels: Vec<Label>,
    rules: Vec<Rule>,
    /// Holds wherever none of `rules` does, or there would be no vocabulary.
    last: Rule,
}

/// Why rules are not a vocabulary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Flaw {
    /// The rule of that index holds nowhere where none before it does.
    Unreachable(usize),
    /// With the rule of that index there are more than [`MAX_PIECES`].
    Intricate(usize),
    /// No rule holds there. One a status.
    Uncovered(&'static str, Condition),
}

impl Vocabulary {
    /// The vocabulary, if there is a word for everything and each rule has something to say.
    pub(super) fn new(
        machine: Machine,
        labels: Vec<Label>,
        mut rules: Vec<Rule>,
    ) -> Result<Self, Vec<Flaw>> {
        let (mut left, mut flaws) = (vec![Condition::any(machine)], Vec::new());
        let mut pieces = 0;
        for (index, rule) in rules.iter().enumerate() {
            let decides = left.iter().filter(|piece| piece.and(&rule.when).is_some()).count();
            if decides == 0 {
                flaws.push(Flaw::Unreachable(index));
            }
            pieces += decides;
            left = cut(&left, &rule.when);
            if pieces.max(left.len()) > MAX_PIECES {
                return Err(vec![Flaw::Intricate(index)]);
            }
        }
        flaws.extend(Fact::Status.values(machine).into_iter().filter_map(|status| {
            let of_status = Condition::any(machine).with(Fact::Status, |value| value == status);
            let uncovered = left.iter().find_map(|piece| piece.and(&of_status))?;
            Some(Flaw::Uncovered(status, uncovered))
        }));
        match rules.pop() {
            Some(last) if flaws.is_empty() => Ok(Self { labels, rules, last }),
            _ => Err(flaws),
        }
    }

    /// One of rules that are known to leave out exactly what `last` holds for.
    pub(super) fn of_each(labels: Vec<Label>, rules: Vec<Rule>, last: Rule) -> Self {
        Self { labels, rules, last }
    }

    pub(super) fn labels(&self) -> &[Label] {
        &self.labels
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().chain([&self.last])
    }

    /// The label for one combination of values.
    pub(super) fn label(&self, point: &Condition) -> &Label {
        let decides = |rule: &&Rule| rule.when.and(point).is_some();
        &self.rules.iter().find(decides).unwrap_or(&self.last).label
    }

    /// Where a label that `wanted` picks is the answer, as conditions that do not overlap.
    pub(super) fn matching(&self, wanted: impl Fn(&Label) -> bool) -> Vec<Condition> {
        let (mut left, mut found) = (vec![Condition::any(self.last.when.machine())], Vec::new());
        for rule in self.rules() {
            if wanted(&rule.label) {
                let pieces = left.iter().filter_map(|piece| piece.and(&rule.when));
                pieces.for_each(|piece| join(&mut found, piece));
            }
            left = cut(&left, &rule.when);
        }
        found
    }
}

/// Adds a piece to those that are there, as one with each that differs from it in one fact alone.
fn join(pieces: &mut Vec<Condition>, mut piece: Condition) {
    while let Some((index, joined)) =
        pieces.iter().enumerate().find_map(|(index, other)| Some((index, other.joined(&piece)?)))
    {
        pieces.remove(index);
        piece = joined;
    }
    pieces.push(piece);
}

fn cut(pieces: &[Condition], away: &Condition) -> Vec<Condition> {
    pieces.iter().flat_map(|piece| piece.without(away)).collect()
}
