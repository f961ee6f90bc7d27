//! Hands messages to the providers and asks what became of them: one file a provider, behind
//! [`Providers`].

mod address;
pub mod fate;
pub mod sandbox;
pub mod verdict;
#[cfg(target_arch = "wasm32")]
pub mod webhook;

use std::future::Future;

use crate::model::Outgoing;
#[cfg(target_arch = "wasm32")]
use crate::{
    model::{Found, Outcome, ProviderConfig},
    ports::{Clock, Providers},
};

/// The inbox of this deployment, kept by whoever wires the providers.
pub trait Inbox {
    /// Keeps a message unless its id is there already.
    ///
    /// # Errors
    /// A text for the log. The message may have been kept all the same.
    fn put(&self, message: &Outgoing) -> impl Future<Output = Result<(), String>>;

    /// Looks for a message by its id.
    ///
    /// # Errors
    /// A text for the log.
    fn find(&self, id: &str) -> impl Future<Output = Result<Option<Kept>, String>>;
}

/// A message that the inbox has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// `delivered` or `failed`, as the last receipt that was made for it said.
    pub receipt: Option<String>,
}

/// The providers as a Worker reaches them.
#[cfg(target_arch = "wasm32")]
#[derive(Clone, Copy, Debug)]
pub struct WorkerProviders<I, C> {
    /// Where the sandbox puts messages.
    pub inbox: I,
    /// Tells how far away a date in a `Retry-After` is.
    pub clock: C,
}

#[cfg(target_arch = "wasm32")]
impl<I: Inbox, C: Clock> Providers for WorkerProviders<I, C> {
    async fn hand_over(&self, provider: &ProviderConfig, message: &Outgoing) -> Outcome {
        match provider {
            ProviderConfig::Sandbox { .. } => sandbox::hand_over(&self.inbox, message).await,
            ProviderConfig::Webhook { url, .. } => {
                webhook::hand_over(&self.clock, url, provider.deduplicates(), message).await
            }
        }
    }

    async fn look_up(&self, provider: &ProviderConfig, id: &str) -> Found {
        match provider {
            ProviderConfig::Sandbox { .. } => sandbox::look_up(&self.inbox, id).await,
            ProviderConfig::Webhook { lookup_url: Some(url), .. } => {
                webhook::look_up(&url.replace("{key}", id)).await
            }
            ProviderConfig::Webhook { lookup_url: None, .. } => {
                Found::Unclear { detail: "the sender has no address for it".to_owned() }
            }
        }
    }
}
