//! The engine's output: a package for browsers and Node.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;
use wasm_bindgen_cli_support::Bindgen;

const NAME: &str = "tidegate";

/// Writes `tidegate.js`, `tidegate_bg.wasm`, their types and a `package.json` into `output`.
///
/// The module's default export loads the wasm beside it; `initSync({ module })` takes the
/// bytes from the caller instead, which is what Node and tests want.
pub fn generate(input: &Path, output: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name(NAME)
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .omit_default_module_path(false)
        .web(true)?;
    bindgen.generate(output).with_context(|| format!("could not bind `{}`", input.display()))?;

    let manifest = format!("{:#}\n", package_json());
    let path = output.join("package.json");
    fs::write(&path, manifest).with_context(|| format!("could not write `{}`", path.display()))
}

fn package_json() -> serde_json::Value {
    let module = format!("./{NAME}.js");
    let wasm = format!("./{NAME}_bg.wasm");
    let types = format!("./{NAME}.d.ts");
    json!({
        "name": NAME,
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Rule engine for limits, windows, blocked times and status transitions of bulk messages",
        "license": env!("CARGO_PKG_LICENSE"),
        "type": "module",
        "main": module,
        "types": types,
        "exports": {
            ".": module,
            wasm.clone(): wasm,
            "./package.json": "./package.json",
        },
        "files": [
            format!("{NAME}.js"),
            format!("{NAME}.d.ts"),
            format!("{NAME}_bg.wasm"),
            format!("{NAME}_bg.wasm.d.ts"),
            // npm takes `README.md` and `LICENSE` by itself, and no other licence.
            "LICENSE-APACHE",
            "LICENSE-MIT",
        ],
        "sideEffects": false,
    })
}
