//! Rules of the outside world, ready to be copied into a team: who may be written to when, and how
//! often, by which law. Most of these laws are about sales, by call or by text, to people who did not
//! ask for them; whether one of them is about a message is for its sender to judge.

/// One set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its short stable name.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Where the law holds: a country by ISO 3166-1, or a part of one by ISO 3166-2.
    pub place: &'static str,
    /// JSON of the change of a team that applies it.
    pub document: &'static str,
    /// What the law says, in a sentence, and what of it is not in the document.
    pub says: &'static str,
    /// The law and its section.
    pub law: &'static str,
    /// Where it can be read.
    pub url: &'static str,
    /// When it was looked up: a date.
    pub looked_up: &'static str,
}

const LOOKED_UP: &str = "2026-11-22";

/// Every preset.
pub const PRESETS: [Preset; 6] = [
    Preset {
        id: "us_tcpa",
        name: "United States: 8:00 to 21:00",
        place: "US",
        document: r#"{ "person_policy": { "hours": {
            "windows": [{ "from": "08:00", "to": "21:00" }] } } }"#,
        says: "No solicitation before 8 a.m. or after 9 p.m. where the person is. Several states \
               are stricter.",
        law: "Telephone Consumer Protection Act, 47 CFR § 64.1200(c)(1)",
        url: "https://www.ecfr.gov/current/title-47/section-64.1200",
        looked_up: LOOKED_UP,
    },
    Preset {
        id: "us_florida",
        name: "Florida: 8:00 to 20:00, three in 24 hours",
        place: "US-FL",
        document: r#"{ "person_policy": {
            "limits": [{ "max": 3, "rolling": "24h" }],
            "hours": { "windows": [{ "from": "08:00", "to": "20:00" }] } } }"#,
        says: "No commercial solicitation before 8 a.m. or after 8 p.m. in the person's zone, and no \
               more than three in 24 hours on one subject. The limit here counts all subjects.",
        law: "Florida Telemarketing Act, Fla. Stat. § 501.616(6)",
        url: "https://www.leg.state.fl.us/statutes/index.cfm?App_mode=Display_Statute&URL=0500-0599/0501/Sections/0501.616.html",
        looked_up: LOOKED_UP,
    },
    Preset {
        id: "us_texas",
        name: "Texas: 9:00 to 21:00, Sundays from noon",
        place: "US-TX",
        document: r#"{ "person_policy": { "hours": { "windows": [
            { "days": ["mon", "tue", "wed", "thu", "fri", "sat"], "from": "09:00", "to": "21:00" },
            { "days": ["sun"], "from": "12:00", "to": "21:00" }] } } }"#,
        says: "No solicitation before 9 a.m. or after 9 p.m. from Monday to Saturday, nor before \
               noon or after 9 p.m. on Sunday. Since 1 September 2025 (S.B. 140) a text message can \
               be a telephone solicitation, which needs a registration.",
        law: "Texas Business and Commerce Code § 301.051(b), and chapter 302",
        url: "https://statutes.capitol.texas.gov/Docs/BC/htm/BC.301.htm#301.051",
        looked_up: LOOKED_UP,
    },
    Preset {
        id: "ca_crtc",
        name: "Canada: 9:00 to 21:30, weekends 10:00 to 18:00",
        place: "CA",
        document: r#"{ "person_policy": { "hours": { "windows": [
            { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "21:30" },
            { "days": ["sat", "sun"], "from": "10:00", "to": "18:00" }] } } }"#,
        says: "Telemarketing from 9:00 to 21:30 from Monday to Friday and from 10:00 to 18:00 at the \
               weekend, by the clock of the person. A province may be stricter.",
        law: "CRTC Unsolicited Telecommunications Rules, Part III",
        url: "https://crtc.gc.ca/eng/trules-reglest.htm",
        looked_up: LOOKED_UP,
    },
    Preset {
        id: "fr_demarchage",
        name: "France : du lundi au vendredi, de 10 h à 13 h et de 14 h à 20 h",
        place: "FR",
        document: r#"{ "person_policy": {
            "limits": [{ "max": 4, "rolling": "30d" }],
            "hours": {
                "windows": [
                    { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "10:00", "to": "13:00" },
                    { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "14:00", "to": "20:00" }],
                "blocked": [
                    { "name": "Jour de l'An", "annual": "01-01" },
                    { "name": "Fête du Travail", "annual": "05-01" },
                    { "name": "Victoire 1945", "annual": "05-08" },
                    { "name": "Fête nationale", "annual": "07-14" },
                    { "name": "Assomption", "annual": "08-15" },
                    { "name": "Toussaint", "annual": "11-01" },
                    { "name": "Armistice 1918", "annual": "11-11" },
                    { "name": "Noël", "annual": "12-25" }] } } }"#,
        says: "Solicitation by telephone from Monday to Friday, not on public holidays, from 10:00 \
               to 13:00 and from 14:00 to 20:00 in the person's zone, and no more than four times \
               in thirty days. Since 11 August 2026 nobody may be called who has not agreed to it \
               before, save about a contract that is under way. Easter Monday, Ascension Day and \
               Whit Monday move from year to year: add them as blocked times.",
        law: "Code de la consommation, articles D. 223-9 and L. 223-1",
        url: "https://www.legifrance.gouv.fr/codes/article_lc/LEGIARTI000046422695",
        looked_up: LOOKED_UP,
    },
    Preset {
        id: "au_telemarketing",
        name: "Australia: 9:00 to 20:00, Saturdays to 17:00",
        place: "AU",
        document: r#"{ "person_policy": { "hours": {
            "windows": [
                { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "20:00" },
                { "days": ["sat"], "from": "09:00", "to": "17:00" }],
            "blocked": [
                { "name": "New Year's Day", "annual": "01-01" },
                { "name": "Australia Day", "annual": "01-26" },
                { "name": "Anzac Day", "annual": "04-25" },
                { "name": "Christmas Day", "annual": "12-25" },
                { "name": "Boxing Day", "annual": "12-26" }] } } }"#,
        says: "Telemarketing from 9:00 to 20:00 from Monday to Friday and from 9:00 to 17:00 on \
               Saturday, never on Sunday or a national public holiday. Good Friday and Easter \
               Monday move from year to year: add them as blocked times.",
        law: "Telecommunications (Telemarketing and Research Calls) Industry Standard 2017, \
              section 8",
        url: "https://www.legislation.gov.au/F2017L00323/latest/text",
        looked_up: LOOKED_UP,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;
    use tidegate::Policy;

    use super::*;
    use crate::dispatch::person::Limits;

    #[test]
    fn every_preset_is_a_policy_of_the_engine() {
        for preset in PRESETS {
            let document: Value = serde_json::from_str(preset.document).unwrap();
            let policy = &document["person_policy"];
            Policy::parse(&policy["hours"]).unwrap_or_else(|found| panic!("{found:?}"));
            Limits::parse(policy).unwrap_or_else(|found| panic!("{found:?}"));
            assert!(preset.url.starts_with("https://"), "{}", preset.id);
        }
        let ids: BTreeSet<_> = PRESETS.iter().map(|preset| preset.id).collect();
        assert_eq!(ids.len(), PRESETS.len());
    }
}
