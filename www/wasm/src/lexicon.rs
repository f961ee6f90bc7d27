//! The words of a team's own product, by a lexicon that is shipped or one of the caller's own.

use tidegate::lexicon::{label_json, matching_json, words_json};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{answer, document};

/// The word for a campaign or a message of which `facts` are true, with its meaning.
///
/// Throws a `RequestError` when the lexicon or the facts have problems.
#[wasm_bindgen(unchecked_return_type = "Label")]
pub fn label(
    #[wasm_bindgen(unchecked_param_type = "LexiconInput")] lexicon: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Facts")] facts: &JsValue,
) -> Result<JsValue, JsValue> {
    answer(&label_json(&document(lexicon)?, &document(facts)?))
}

/// Every word for campaigns or for messages, in the order in which filters and tabs show them.
///
/// Throws a `RequestError` when the lexicon has problems.
#[wasm_bindgen(unchecked_return_type = "Label[]")]
pub fn words(
    #[wasm_bindgen(unchecked_param_type = "LexiconInput")] lexicon: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Machine")] machine: &JsValue,
) -> Result<JsValue, JsValue> {
    answer(&words_json(&document(lexicon)?, &document(machine)?))
}

/// What a filter by a word, or by the name of a group, lets through.
///
/// Throws a `RequestError` when the lexicon has problems or does not have the word.
#[wasm_bindgen(unchecked_return_type = "Matching")]
pub fn matching(
    #[wasm_bindgen(unchecked_param_type = "LexiconInput")] lexicon: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Machine")] machine: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "string")] word: &JsValue,
) -> Result<JsValue, JsValue> {
    answer(&matching_json(&document(lexicon)?, &document(machine)?, &document(word)?))
}
