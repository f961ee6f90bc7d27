//! [`Database`] on Cloudflare D1.

use std::cell::Cell;

use serde_json::Value;
use wasm_bindgen::JsValue;
use worker::D1Database;

use super::{Answer, Database, Param, Statement, StoreError};

/// The D1 binding, of one invocation.
#[derive(Debug)]
pub struct D1 {
    binding: D1Database,
    asked: Cell<usize>,
}

impl D1 {
    /// For an invocation that has asked nothing yet.
    #[must_use]
    pub const fn new(binding: D1Database) -> Self {
        Self { binding, asked: Cell::new(0) }
    }
}

impl Database for D1 {
    fn asked(&self) -> usize {
        self.asked.get()
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        self.asked.set(self.asked.get() + statements.len());
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in &statements {
            let params: Vec<JsValue> = statement.params.iter().map(bound).collect();
            prepared.push(
                self.binding
                    .prepare(statement.sql)
                    .bind(&params)
                    .map_err(|error| failed(&error))?,
            );
        }
        let results = self.binding.batch(prepared).await.map_err(|e| failed(&e))?;
        results
            .iter()
            .map(|result| {
                let meta = result.meta().map_err(|e| failed(&e))?;
                let count = |pick: fn(&worker::D1ResultMeta) -> Option<usize>| {
                    let number = meta.as_ref().and_then(pick).unwrap_or(0);
                    i64::try_from(number).unwrap_or(i64::MAX)
                };
                Ok(Answer {
                    rows: result.results::<Value>().map_err(|e| failed(&e))?,
                    changes: count(|meta| meta.changes),
                    rows_read: count(|meta| meta.rows_read),
                    rows_written: count(|meta| meta.rows_written),
                })
            })
            .collect()
    }
}

fn bound(param: &Param) -> JsValue {
    match param {
        Param::Null => JsValue::NULL,
        Param::Int(number) => {
            #[expect(clippy::cast_precision_loss, reason = "documented as exact up to 2^53")]
            let number = *number as f64;
            JsValue::from_f64(number)
        }
        Param::Text(text) => JsValue::from_str(text),
    }
}

fn failed(error: &worker::Error) -> StoreError {
    StoreError::from_text(error.to_string())
}
