//! Reads every `use` and every path in the sources and holds them to the layers: who may know
//! whom. A comment or a text that names a module is not a path, and code inside a macro is.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a source that cannot be read is a failure, told as it happens"
)]

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Files under a path, what none of them may name, and why.
struct Rule {
    under: &'static str,
    never: &'static [&'static str],
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        under: "src",
        never: &[
            "worker",
            "wasm_bindgen",
            "wasm_bindgen_futures",
            "js_sys",
            "web_sys",
            "serde_wasm_bindgen",
            "tsify",
            "axum",
            "http",
            "tokio",
            "futures",
            "rusqlite",
        ],
        why: "the engine knows no platform",
    },
    Rule {
        under: "src",
        never: &[
            "std::time::Instant",
            "std::time::SystemTime",
            "SystemTime",
            "Utc::now",
            "Local",
            "chrono::Utc::now",
            "chrono::Local",
            "std::fs",
            "std::io",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "rand",
            "getrandom",
        ],
        why: "the engine has no clock, no input or output, and no chance: time is an argument",
    },
    Rule {
        under: "src",
        never: &["std::collections::HashMap", "std::collections::HashSet", "HashMap", "HashSet"],
        why: "the engine's answers are the same byte for byte, so nothing in it is unordered",
    },
    Rule {
        under: "www/wasm/src",
        never: &["worker", "tidegate_worker", "axum"],
        why: "the bindings know the engine alone",
    },
    Rule {
        under: "worker/src/dispatch",
        never: &[
            "worker",
            "axum",
            "std::time::SystemTime",
            "std::time::Instant",
            "crate::entry",
            "crate::http",
            "crate::jobs",
            "crate::ports",
            "crate::provider",
            "crate::runtime",
            "crate::store",
        ],
        why: "what to do next is a plain function of state and event",
    },
    Rule {
        under: "worker/src/jobs",
        never: &[
            "worker",
            "axum",
            "crate::entry",
            "crate::http",
            "crate::provider",
            "crate::runtime",
        ],
        why: "a job reaches the outside through the ports, and runs natively under the simulation",
    },
    Rule {
        under: "worker/src/store",
        never: &[
            "axum",
            "crate::dispatch",
            "crate::entry",
            "crate::http",
            "crate::import",
            "crate::jobs",
            "crate::ports",
            "crate::provider",
            "crate::runtime",
        ],
        why: "the store knows neither the providers nor who calls it",
    },
    Rule {
        under: "worker/src/provider",
        never: &[
            "axum",
            "crate::dispatch",
            "crate::entry",
            "crate::http",
            "crate::import",
            "crate::jobs",
            "crate::runtime",
            "crate::store",
        ],
        why: "a provider knows neither the store nor who calls it",
    },
    Rule {
        under: "worker/src/http",
        never: &["crate::entry", "crate::provider", "crate::runtime"],
        why: "a route calls what it was given; only lib.rs and what it names wire",
    },
    Rule {
        under: "worker/src/ports.rs",
        never: &[
            "worker",
            "axum",
            "crate::dispatch",
            "crate::entry",
            "crate::http",
            "crate::jobs",
            "crate::provider",
            "crate::runtime",
        ],
        why: "a port says what is needed, not who gives it",
    },
    Rule {
        under: "worker/src/model.rs",
        never: &["worker", "axum", "crate"],
        why: "everybody knows the model, so it knows nobody",
    },
];

#[test]
fn every_layer_names_only_what_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for rule in RULES {
        let files = rust_files(&root.join(rule.under));
        assert!(!files.is_empty(), "`{}` has no Rust file; mend the rule", rule.under);
        for file in files {
            let source = fs::read_to_string(&file).expect("a source file can be read");
            let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            for path in paths_in(&source, &module_of(&shown)) {
                if rule.never.iter().any(|name| reaches(&path, name)) {
                    broken.push(format!("{shown} names `{path}`, but {}", rule.why));
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// Where a route is made without being told of, the API's document does not see it.
#[test]
fn every_route_is_declared_where_the_document_sees_it() {
    const DECLARE: [&str; 2] = ["worker/src/http/mod.rs", "worker/src/http/api/mod.rs"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in rust_files(&root.join("worker/src/http")) {
        let source = fs::read_to_string(&file).expect("a source file can be read");
        let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        if DECLARE.contains(&shown.as_str()) {
            continue;
        }
        for path in paths_in(&source, &module_of(&shown)) {
            let makes = ["axum::Router", "axum::routing"].iter().any(|name| reaches(&path, name));
            assert!(!makes, "{shown} names `{path}`; declare routes with `api::Routes`");
        }
    }
}

#[test]
fn a_path_is_found_however_it_is_written() {
    let found = |source| paths_in(source, &module_of("worker/src/store/d1.rs"));
    assert_eq!(found("use worker::Env;"), ["worker::Env"]);
    assert_eq!(found("use worker as w;"), ["worker"]);
    assert_eq!(found("fn f() { ::worker::log() }"), ["worker::log"]);
    assert_eq!(found("#[worker::send] fn f() {}"), ["worker::send"]);
    assert_eq!(found("json!({ \"a\": crate::http::a() })"), ["crate::http::a"]);
    assert_eq!(
        found("use crate::{http::{a, b}, jobs, model::*};"),
        ["crate::http::a", "crate::http::b", "crate::jobs", "crate::model"]
    );
    assert_eq!(found("use super::keys;"), ["crate::store::keys"]);
    assert_eq!(found("use super::super::{jobs::tick};"), ["crate::jobs::tick"]);
}

#[test]
fn words_in_comments_and_texts_are_no_paths() {
    let source = "//! worker::Env\n/// [`crate::http`]\nfn f() { \"crate::jobs::tick\" }";
    assert!(paths_in(source, &[]).is_empty());
}

#[test]
fn a_name_reaches_what_is_below_it_and_nothing_beside_it() {
    assert!(reaches("crate::http::body", "crate::http"));
    assert!(reaches("worker", "worker"));
    assert!(!reaches("worker_build::x", "worker"));
    assert!(!reaches("crate::https", "crate::http"));
}

fn reaches(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn rust_files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = fs::read_dir(path) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "rs"))
        .flat_map(|path| rust_files(path))
        .collect()
}

/// `worker/src/store/d1.rs` is the module `store::d1`; `mod.rs` and `lib.rs` are their folders.
fn module_of(file: &str) -> Vec<String> {
    let inside = file.split_once("src/").map_or(file, |(_, inside)| inside);
    inside
        .trim_end_matches(".rs")
        .split('/')
        .filter(|part| !matches!(*part, "mod" | "lib"))
        .map(str::to_owned)
        .collect()
}

/// Every path in the source, `super` resolved against `module`, groups written out.
fn paths_in(source: &str, module: &[String]) -> Vec<String> {
    let tokens: TokenStream = source.parse().expect("the sources are valid Rust");
    let mut found = Vec::new();
    walk(tokens, module, &mut found);
    found
}

fn walk(tokens: TokenStream, module: &[String], found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut after_use = false;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(name) => {
                let is_root = after_use || is_colons(&tokens, at + 1);
                after_use = name == "use";
                if is_root && !after_use {
                    at = path(&tokens, at, &[], module, found);
                    continue;
                }
            }
            TokenTree::Group(group) => {
                after_use = false;
                walk(group.stream(), module, found);
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            TokenTree::Punct(_) | TokenTree::Literal(_) => after_use = false,
        }
        at += 1;
    }
}

/// Reads one path that begins at `at`, behind `prefix`, and answers where it ends.
fn path(
    tokens: &[TokenTree],
    mut at: usize,
    prefix: &[String],
    module: &[String],
    found: &mut Vec<String>,
) -> usize {
    let mut parts = prefix.to_vec();
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(name)) => parts.push(name.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in
                    inner.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','))
                {
                    if !branch.is_empty() {
                        path(branch, 0, &parts, module, found);
                    }
                }
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        if !is_colons(tokens, at) {
            break;
        }
        at += 2;
    }
    found.push(resolve(&parts, module));
    at
}

fn resolve(parts: &[String], module: &[String]) -> String {
    let up = parts.iter().take_while(|part| *part == "super").count();
    let mut whole: Vec<&str> = Vec::new();
    if up > 0 {
        whole.push("crate");
        whole.extend(module.iter().take(module.len().saturating_sub(up)).map(String::as_str));
    }
    whole.extend(parts[up..].iter().map(String::as_str));
    whole.join("::")
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(at) && colon(at + 1)
}
