//! Writes a lexicon as the document that it is read from, for a team to start its own with.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Lexicon;
use super::vocabulary::{Rule, Vocabulary};

impl Serialize for Lexicon {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Lexicon", 4)?;
        object.serialize_field("name", &self.name)?;
        if self.about.is_empty() {
            object.skip_field("about")?;
        } else {
            object.serialize_field("about", &self.about)?;
        }
        object.serialize_field("campaign", &self.campaign)?;
        object.serialize_field("message", &self.message)?;
        object.end()
    }
}

impl Serialize for Vocabulary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Vocabulary", 2)?;
        object.serialize_field("words", self.labels())?;
        object.serialize_field("rules", &self.rules().collect::<Vec<_>>())?;
        object.end()
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Rule", 2)?;
        object.serialize_field("when", &self.when)?;
        object.serialize_field("word", &self.label.word)?;
        object.end()
    }
}
