//! The engine as an ES module. Bindings only: no rule lives here.

use wasm_bindgen::prelude::wasm_bindgen;

/// The engine's version, as its package states it.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
