//! A deployment in memory, and calls to it.

use std::rc::Rc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tidegate_worker::callback::{Message, Signer};
use tidegate_worker::http::{App, Services, router};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::published::Published;
use tidegate_worker::sql;
use tidegate_worker::store::Statement;
use tower_service::Service;

use tidegate_world::TestWorld;

use crate::contract::{self, Call};

/// Tuesday 24 November 2026, 14:00 UTC.
pub const NOW: &str = "2026-11-24T14:00:00Z";
/// The same.
pub const NOW_MS: i64 = 1_795_528_800_000;

/// A key of each role, and one that was revoked.
pub const ADMINISTRATOR: &str = "tg_administrator";
pub const OPERATOR: &str = "tg_operator";
pub const VIEWER: &str = "tg_viewer";
pub const REVOKED: &str = "tg_revoked";

/// A deployment.
pub struct Api {
    pub world: Rc<TestWorld>,
    local: bool,
    published: Published,
}

/// What a call gave.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    /// The `(path, code)` of each error.
    pub fn errors(&self) -> Vec<(String, String)> {
        let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        let errors = self.body["errors"].as_array().unwrap();
        errors.iter().map(|error| (text(error, "path"), text(error, "code"))).collect()
    }

    /// The status and the code of a refusal.
    #[track_caller]
    pub fn expect_failure(self) -> (u16, String) {
        let kind = text(&self.body["type"]);
        (self.status.as_u16(), kind.rsplit(['/', ':', '#']).next().unwrap().to_owned())
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }
}

impl Api {
    /// On the internet, at [`NOW_MS`].
    pub fn new() -> Self {
        Self::with(false)
    }

    /// On someone's own machine.
    pub fn local() -> Self {
        Self::with(true)
    }

    fn with(local: bool) -> Self {
        let api = Self { world: TestWorld::at(NOW), local, published: Published::default() };
        for (key, role, revoked) in [
            (ADMINISTRATOR, "administrator", None),
            (OPERATOR, "operator", None),
            (VIEWER, "viewer", None),
            (REVOKED, "administrator", Some(1)),
        ] {
            api.user(key, key == ADMINISTRATOR, &[("team_main", role)]);
            api.sql(sql!(
                "UPDATE keys SET revoked_ms = ?2 WHERE id = ?1",
                key,
                revoked.map(i64::from)
            ));
        }
        api
    }

    /// A user `usr_<key>` of that name in these teams, with that key.
    pub fn user(&self, key: &str, is_owner: bool, teams: &[(&str, &str)]) {
        let id = format!("usr_{key}");
        self.sql(sql!(
            "INSERT INTO users (id, name, is_owner, created_ms) VALUES (?1, ?2, ?3, 0)",
            &id,
            key,
            i64::from(is_owner),
        ));
        for (at, (team, role)) in (0_i64..).zip(teams) {
            self.sql(sql!(
                "INSERT INTO memberships (user_id, team_id, role, created_ms)
                 VALUES (?1, ?2, ?3, ?4)",
                &id,
                *team,
                *role,
                at,
            ));
        }
        self.key(key, &id);
    }

    /// A key of a user, with this id.
    pub fn key(&self, key: &str, user: &str) {
        self.sql(sql!(
            "INSERT INTO keys (id, user_id, name, hash, created_ms) VALUES (?1, ?2, ?1, ?3, 0)",
            key,
            user,
            hash(key),
        ));
    }

    /// A message in the inbox of the first team, as the first message of the first campaign.
    pub fn sandbox_message(&self, id: &str, address: &str) {
        let signer = pollster::block_on(Signer::load(self.world.database(), &*self.world, ""));
        let token = signer.unwrap().token(Message { campaign_seq: 1, ordinal: 0 });
        self.sql(sql!(
            "INSERT INTO sandbox_messages
               (id, sender_name, channel, address, text, callback_url, received_ms)
             VALUES (?1, 'Front desk', 'sms', ?2, 'Hello', ?3, 1) ON CONFLICT (id) DO NOTHING",
            id,
            address,
            format!("https://tidegate.test/api/v1/receipts/{token}"),
        ));
    }

    /// Straight to the database.
    pub fn sql(&self, statement: Statement) -> Vec<Value> {
        self.world.sql(statement)
    }

    /// Calls the API, and holds the call and its answer against the API's document.
    #[track_caller]
    pub fn send(&self, request: Request<Body>) -> Reply {
        let (parts, body) = request.into_parts();
        let body = pollster::block_on(body.collect()).unwrap().to_bytes();
        let (method, uri) = (parts.method.clone(), parts.uri.clone());
        let reply = self.answer(Request::from_parts(parts, Body::from(body.clone())));
        let query = uri.query().unwrap_or_default();
        contract::check(&Call { method: &method, path: uri.path(), query, body: &body }, &reply);
        reply
    }

    fn answer(&self, request: Request<Body>) -> Reply {
        let app = App::new(Services {
            world: Rc::clone(&self.world),
            published: self.published.clone(),
            now: self.world.now(),
            local: self.local,
        });
        pollster::block_on(async {
            let response = router(app).call(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            Reply {
                status: parts.status,
                headers: parts.headers,
                body: serde_json::from_slice(&bytes).unwrap_or_else(|_| {
                    Value::String(String::from_utf8_lossy(&bytes).into_owned())
                }),
            }
        })
    }

    #[track_caller]
    pub fn call(&self, key: &str, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {key}"));
        let request = match body {
            None => request.body(Body::empty()),
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string())),
        };
        self.send(request.unwrap())
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.call(VIEWER, "GET", path, None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.call(ADMINISTRATOR, "POST", path, Some(body))
    }

    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Reply {
        self.call(ADMINISTRATOR, "PATCH", path, Some(body))
    }
}

fn hash(key: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(key).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// A sender, and a draft on it.
pub struct Draft {
    pub sender: String,
    pub campaign: String,
}

impl Api {
    /// A sender with a gap of ten seconds and a draft for `people` people.
    pub fn draft(&self, people: u32) -> Draft {
        let sender = self.post(
            "/senders",
            &json!({
                "name": "Front desk",
                "channel": "sms",
                "provider": { "kind": "sandbox" },
                "policy": { "gap": "10s" },
            }),
        );
        let sender = text(&sender.expect(201)["id"]);
        let campaign = self.post(
            "/campaigns",
            &json!({
                "name": "Term dates",
                "sender_id": sender,
                "content": { "text": "Hello {{ name }}" },
            }),
        );
        let campaign = text(&campaign.expect(201)["id"]);
        if people > 0 {
            let rows = (0..people).map(|n| format!("+336120{n:05},Ada {n}\n"));
            let file = format!("phone,name\n{}", rows.collect::<String>());
            self.import(&campaign, "people.csv", file.into()).expect(200);
        }
        Draft { sender, campaign }
    }

    /// Has a campaign do something, as somebody who has just looked at it.
    pub fn act(&self, campaign: &str, action: &str, mut body: Value) -> Reply {
        body["version"] = self.get(&format!("/campaigns/{campaign}")).expect(200)["version"].take();
        self.post(&format!("/campaigns/{campaign}/{action}"), &body)
    }

    /// Changes a campaign, likewise.
    pub fn edit(&self, campaign: &str, mut body: Value) -> Reply {
        body["version"] = self.get(&format!("/campaigns/{campaign}")).expect(200)["version"].take();
        self.patch(&format!("/campaigns/{campaign}"), &body)
    }

    /// Uploads a CSV file.
    pub fn import(&self, campaign: &str, file_name: &str, file: Vec<u8>) -> Reply {
        self.upload(
            &format!("/campaigns/{campaign}/recipients?file_name={file_name}"),
            "text/csv",
            file,
        )
    }

    /// Uploads a file of that type.
    pub fn upload(&self, path: &str, content_type: &str, file: Vec<u8>) -> Reply {
        let request = Request::post(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {OPERATOR}"))
            .header("content-type", content_type)
            .body(Body::from(file));
        self.send(request.unwrap())
    }
}

/// A JSON text as a text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A path and a code, as [`Reply::errors`] has them.
pub fn pair(path: &str, code: &str) -> (String, String) {
    (path.into(), code.into())
}
