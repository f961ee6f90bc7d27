//! `/reasons`.

use crate::api::Api;

#[test]
fn every_reason_says_what_it_means_and_what_to_check() {
    let list = Api::new().get("/reasons").expect(200);
    let items = list["items"].as_array().unwrap();
    assert!(items.len() > 20);
    for item in items {
        for field in ["code", "means", "check"] {
            assert!(!item[field].as_str().unwrap().is_empty(), "{item}");
        }
        assert!(!item["statuses"].as_array().unwrap().is_empty(), "{item}");
    }
}
