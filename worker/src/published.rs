//! The copy of a sender's policy in KV: read close to whoever asks, without the database.
//!
//! A copy and nothing more. It can be a minute old everywhere and, where two edits raced for it,
//! an hour: then it runs out. No limit, opt-out or lock is ever read from here.

use serde_json::Value;

/// How long a copy lasts, in seconds.
#[cfg(target_arch = "wasm32")]
const LASTS_S: u64 = 3600;

/// A copy is found by its team and its sender, as the sender is.
fn name(team_id: &str, sender_id: &str) -> String {
    format!("policy:{team_id}:{sender_id}")
}

/// The copies in Workers KV.
#[cfg(target_arch = "wasm32")]
#[derive(Clone, Debug)]
pub struct Published(pub worker::kv::KvStore);

#[cfg(target_arch = "wasm32")]
impl Published {
    /// The copy for a sender, if there is one that can be read.
    pub async fn get(&self, team_id: &str, sender_id: &str) -> Option<Value> {
        self.0.get(&name(team_id, sender_id)).json().await.ok().flatten()
    }

    /// Keeps a copy. One that cannot be kept is made again by a later reader.
    pub async fn put(&self, team_id: &str, sender_id: &str, copy: &Value) {
        if let Ok(put) = self.0.put(&name(team_id, sender_id), copy.to_string()) {
            let kept = put.expiration_ttl(LASTS_S).execute().await;
            if let Err(error) = kept {
                worker::console_error!("the policy of {sender_id} was not published: {error}");
            }
        }
    }
}

/// The copies in memory, for native tests.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug, Default)]
pub struct Published(std::rc::Rc<std::cell::RefCell<std::collections::BTreeMap<String, Value>>>);

#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::unused_async, reason = "KV has to be waited for, and this stands in for it")]
impl Published {
    /// The copy for a sender, if there is one.
    pub async fn get(&self, team_id: &str, sender_id: &str) -> Option<Value> {
        self.0.borrow().get(&name(team_id, sender_id)).cloned()
    }

    /// Keeps a copy.
    pub async fn put(&self, team_id: &str, sender_id: &str, copy: &Value) {
        self.0.borrow_mut().insert(name(team_id, sender_id), copy.clone());
    }
}
