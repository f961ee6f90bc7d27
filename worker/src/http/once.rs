//! Requests that carry an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): what was
//! done once is not done again, and is answered as it was.
//!
//! The key is noted before anything is done, with what is asked and with a seed from which all ids
//! follow. Each change that is committed for the request says so in its own transaction, and fails
//! when another attempt has taken the request over. So wherever a crash falls, the next attempt
//! knows whether anything was changed. A refusal keeps nothing: its key is free again.

use std::future::Future;
use std::pin::Pin;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use tidegate::Problem;
use worker::send::SendFuture;

use super::api::{REPLAYED, Repeat};
use super::body::{JSON_MOST, read, stated_length};
use super::caller::Viewer;
use super::{App, Failure};
use crate::ports::World;
use crate::store::idempotency::{self, Attempt, KeptRow, New, Owner};
use crate::store::{Answer, Database, StoreError};

/// The longest `Idempotency-Key`, in bytes.
const KEY_MOST: usize = 200;
/// How long a request is believed to be alive, in ms.
const LEASE_MS: i64 = 60_000;
/// The same for one that streams a file in.
const STREAM_LEASE_MS: i64 = 900_000;
/// The longest answer that is kept, in bytes: D1 holds 2 MB a row.
const ANSWER_MOST: usize = 1_000_000;

/// A handler that is run once for a key.
#[derive(Clone)]
pub struct Once<H> {
    /// The handler.
    pub handler: H,
    /// What is done about a request whose answer was lost.
    pub repeat: Repeat,
}

impl<H, T, W> Handler<T, App<W>> for Once<H>
where
    H: Handler<T, App<W>>,
    W: World + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, app: App<W>) -> Self::Future {
        if !request.headers().contains_key(HEADER) {
            return Box::pin(self.handler.call(request, app));
        }
        Box::pin(SendFuture::new(async move {
            match begin(request, &app, self.repeat).await {
                Ok(Begun::Go { request, attempting, attempt, is_free }) => {
                    let response = self.handler.call(*request, attempting).await;
                    end(&app, &attempt, is_free, response).await
                }
                Ok(Begun::Answered(response)) => response,
                Err(failure) => failure.into_response(),
            }
        }))
    }
}

const HEADER: &str = "idempotency-key";

/// The caller's own name for a request, by which a repeated one is known. None where it is left
/// out, or refused with its problem.
///
/// It is a text in quotes, as the draft has it, or the same without them.
pub fn idempotency_key(headers: &HeaderMap, problems: &mut Vec<Problem>) -> Option<String> {
    let header = headers.get(HEADER)?;
    let text =
        header.to_str().ok().map(str::trim).map(|text| {
            text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
        });
    let text = text.filter(|text| !text.is_empty() && text.len() <= KEY_MOST);
    if text.is_none() {
        problems.push(Problem {
            path: "Idempotency-Key".into(),
            code: "bad_key",
            message: format!(
                "is not 1 to {KEY_MOST} visible characters of ASCII; send a text of your own, such \
                 as a random UUID"
            ),
        });
    }
    text.map(str::to_owned)
}

/// What a request with a key comes to.
enum Begun<W> {
    /// It is to be carried out. `is_free`: nobody would miss the key if it is refused.
    Go { request: Box<Request>, attempting: App<W>, attempt: Attempt, is_free: bool },
    /// It was.
    Answered(Response),
}

/// What was answered, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    status: u16,
    location: Option<String>,
    body: String,
}

async fn begin<W: World + 'static>(
    request: Request,
    app: &App<W>,
    repeat: Repeat,
) -> Result<Begun<W>, Failure> {
    let (mut parts, body) = request.into_parts();
    // Nothing is noted for somebody without a key of the API.
    let Viewer(caller) = Viewer::from_request_parts(&mut parts, app).await?;
    let mut problems = Vec::new();
    let Some(key) = idempotency_key(&parts.headers, &mut problems) else {
        return Err(Failure::invalid(problems));
    };
    let owner = Owner { team_id: caller.team_id().to_owned(), caller_id: caller.user_id, key };
    let (asked, body) = asked(&parts, body, repeat).await?;
    let now_ms = app.now.millis();
    let (seed, name) = (app.world.token(), app.world.token());
    let lease_ms = if repeat == Repeat::Streams { STREAM_LEASE_MS } else { LEASE_MS };
    let new = New {
        owner: &owner,
        request: &asked,
        seed: &seed,
        attempt: &name,
        lease_until_ms: now_ms + lease_ms,
        now_ms,
    };
    let mut kept = standing(app.db().batch(idempotency::begin(&new)).await?)?;
    if kept.attempt != name {
        if kept.request != asked {
            return Err(Failure::invalid(vec![reused()]));
        }
        if let Some(answer) = &kept.answer {
            return Ok(Begun::Answered(replayed(answer)?));
        }
        if kept.lease_until_ms > now_ms {
            return Err(Failure::in_progress());
        }
        kept = standing(app.db().batch(idempotency::take_over(&new, &kept)).await?)?;
        if kept.attempt != name {
            return Err(Failure::in_progress());
        }
        if kept.changed != 0 && repeat == Repeat::Answered {
            // Whoever asks again is told the same at once.
            let attempt = Attempt { owner, day: kept.day, name };
            app.db().run(idempotency::let_go(&attempt)).await?;
            return Err(lost());
        }
    }
    let attempt = Attempt { owner, day: kept.day, name };
    let attempting = app.attempting(attempt.clone(), kept.seed);
    let request = Box::new(Request::from_parts(parts, body));
    // What an attempt before this one has made is found by the seed, unless it is a file, which is read
    // again.
    let is_free = kept.changed == 0 || repeat == Repeat::Streams;
    Ok(Begun::Go { request, attempting, attempt, is_free })
}

/// What is asked, as a hash, and the body as it was. A file that streams in is told by its length,
/// because nobody keeps it.
async fn asked(parts: &Parts, body: Body, repeat: Repeat) -> Result<(String, Body), Failure> {
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let mut hash = Sha256::new();
    hash.update(format!("{} {address}\n", parts.method));
    if repeat == Repeat::Streams {
        let length = stated_length(&parts.headers).unwrap_or(0);
        hash.update(length.to_string());
        return Ok((URL_SAFE_NO_PAD.encode(hash.finalize()), body));
    }
    let bytes = Bytes::from(read(&parts.headers, body, JSON_MOST).await?);
    hash.update(&bytes);
    Ok((URL_SAFE_NO_PAD.encode(hash.finalize()), Body::from(bytes)))
}

/// The second of two answers is what stands.
fn standing(answers: Vec<Answer>) -> Result<KeptRow, StoreError> {
    let row = answers.into_iter().nth(1).map(Answer::first::<KeptRow>).transpose()?.flatten();
    row.ok_or_else(|| StoreError::Failed("a key was not noted".into()))
}

fn reused() -> Problem {
    Problem {
        path: "Idempotency-Key".into(),
        code: "key_reused",
        message: "stands for another request; take a new key".into(),
    }
}

fn lost() -> Failure {
    Failure::conflict(
        "answer_lost",
        "this request has changed something before, and its answer was lost; look at what there is \
         now, and take a new key if more is to be done",
    )
}

fn replayed(answer: &str) -> Result<Response, Failure> {
    let kept: Kept = serde_json::from_str(answer).map_err(Failure::unavailable)?;
    let status = StatusCode::from_u16(kept.status).map_err(Failure::unavailable)?;
    let is_empty = kept.body.is_empty();
    let mut response = (status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if !is_empty {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let location = kept.location.and_then(|location| HeaderValue::from_str(&location).ok());
    if let Some(location) = location {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Keeps what is answered. A request that was refused has its key back, because a refusal changes
/// nothing; one whose outcome is not known can be taken over at once.
async fn end<W: World>(
    app: &App<W>,
    attempt: &Attempt,
    is_free: bool,
    response: Response,
) -> Response {
    let status = response.status();
    if !status.is_success() {
        let is_refused = status.is_client_error() && is_free;
        let statement =
            if is_refused { idempotency::forget(attempt) } else { idempotency::let_go(attempt) };
        return after(app, statement, response).await;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Failure::unavailable("an answer broke off").into_response();
    };
    let location = parts.headers.get(header::LOCATION).and_then(|place| place.to_str().ok());
    let kept = String::from_utf8(bytes.to_vec()).ok().filter(|text| text.len() <= ANSWER_MOST);
    let kept = kept.map(|body| {
        json!(Kept { status: status.as_u16(), location: location.map(str::to_owned), body })
            .to_string()
    });
    let statement = match kept {
        Some(answer) => idempotency::keep(attempt, &answer),
        None => idempotency::let_go(attempt),
    };
    after(app, statement, Response::from_parts(parts, Body::from(bytes))).await
}

async fn after<W: World>(
    app: &App<W>,
    statement: crate::store::Statement,
    response: Response,
) -> Response {
    // The request is done whether or not that can be kept; its lease runs out.
    if let Err(error) = app.db().run(statement).await {
        super::log(&format!("an answer is not kept: {error}"));
    }
    response
}
