//! Texts with fields: what is accepted at the door, and what comes out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tidegate_worker::content::{RENDERED_MAX, TEXT_MAX, Texts, check, field_name, missing_fields};
use tidegate_worker::ports::Renderer;

fn rendered(text: &str, fields: &Value) -> Result<String, String> {
    Texts::default().render(text, fields.as_object().unwrap())
}

#[test]
fn a_columns_name_in_texts_is_in_lower_case_with_underscores() {
    let table = [
        ("name", "name"),
        ("First Name", "first_name"),
        ("  First - Name ", "first_name"),
        ("Prénom", "prénom"),
        ("ПРІЗВИЩЕ", "прізвище"),
        ("名前", "名前"),
        ("2nd line", "_2nd_line"),
        ("Total (€)", "total"),
        ("_id_", "id"),
        ("order.no/ref", "order_no_ref"),
        ("In", "in_"),
        ("TRUE", "true_"),
        ("###", "_"),
        ("x²", "x"),
    ];
    for (heading, name) in table {
        assert_eq!(field_name(heading), name, "{heading:?}");
        let text = format!("{{{{{name}}}}}");
        assert_eq!(check(&text), Ok(vec![name.to_owned()]), "{heading:?}");
    }
}

#[test]
fn fields_are_filled_in() {
    let ada =
        json!({ "first_name": "Ada", "city": "LONDON", "empty": "", "age": 36, "prénom": "Ada" });
    let table = [
        ("Hello", "Hello"),
        ("Hi {{first_name}}!", "Hi Ada!"),
        ("Hi {{ First_Name }} {{CITY}}!", "Hi Ada LONDON!"),
        ("{{prénom}} {{ Prénom }}", "Ada Ada"),
        ("{{city|title}} {{city|lower}} {{first_name|upper}}", "London london ADA"),
        ("{{ ' jean-luc o\\'neil ' | trim | title }}", "Jean-Luc O'neil"),
        ("{{nick | default('there')}} {{empty | default(\"x\")}} {{empty|d('y')}}", "there x y"),
        ("{{nick | default(first_name) | upper}}", "ADA"),
        ("{% if nick %}{{nick}}{% elif city == 'LONDON' %}mate{% else %}you{% endif %}", "mate"),
        ("{% if empty %}full{% else %}empty{% endif %}", "empty"),
        ("{{ age }}", "36"),
        ("a {# a note #}b\n", "a b\n"),
        ("5 * 3, 100%, {x}, } }, <b>&amp;\n\n", "5 * 3, 100%, {x}, } }, <b>&amp;\n\n"),
        ("{{ '{{' }}name{{ '}}' }} and {{ \"*\" }}", "{{name}} and *"),
        ("{{first_name ~ ', ' ~ city}}", "Ada, LONDON"),
        ("<{{ '<&>' }}>", "<<&>>"),
    ];
    for (text, expected) in table {
        assert_eq!(rendered(text, &ada).as_deref(), Ok(expected), "{text:?}");
        assert!(check(text).is_ok(), "{text:?}: {:?}", check(text));
    }
}

#[test]
fn nobody_gets_a_message_with_a_hole_in_it() {
    for fields in [&json!({}), &json!({ "name": "" }), &json!({ "name": "  " })] {
        let error = rendered("Hi\nthere {{name}},", fields).unwrap_err();
        assert_eq!(
            error,
            "line 2, column 9: the person has no `name`; say what to write instead, as in \
             `{{ name | default(\"there\") }}`"
        );
    }
    let error = rendered("Hi {{name|upper}}", &json!({})).unwrap_err();
    assert!(error.contains("`name`"), "{error}");
}

#[test]
fn the_fields_asked_for_are_told() {
    let asked = |text| check(text).unwrap();
    assert_eq!(asked("no fields"), [""; 0]);
    assert_eq!(asked("{{b}} {{ A }} {{a}} {{ c | default(d) }}"), ["a", "b", "c", "d"]);
    assert_eq!(asked("{% if vip %}{{gift}}{% endif %}"), ["gift", "vip"]);
}

#[test]
fn what_is_wrong_with_a_text_is_told_with_its_place_and_the_remedy() {
    let long = "x".repeat(TEXT_MAX + 1);
    let table = [
        ("", "empty", "write what"),
        (" \n\t", "empty", "write what"),
        (&long, "too_long", "10001 characters, and 10000 is the most"),
        ("Hi {{name", "not_a_template", "line 1"),
        ("Hi\n {{ first name }}", "not_a_template", "line 2, column 11"),
        ("Hi {{ }}", "not_a_template", "line 1, column 7"),
        ("Hi {{name|shout}}", "not_a_template", "line 1, column 11"),
        ("Hi {{name()}}", "not_a_template", "line 1, column 6"),
        ("Hi {{name.upper()}}", "not_a_template", "line 1, column 10"),
        ("Hi {{ name is odd }}", "not_a_template", "line 1"),
        ("{% if name %}Hi", "not_a_template", "line 1"),
        (
            "a\nb {% for x in name %}{{x}}{% endfor %}",
            "not_supported",
            "line 2, column 3: `{% for %}`",
        ),
        ("{% set a = 'x' %}", "not_supported", "`{% set %}`"),
        ("{%- raw -%}{{x}}{% endraw %}", "not_supported", "`{% raw %}`"),
        ("{% include 'x' %}", "not_supported", "`{% include %}`"),
        ("{{ 'x' * 100000000 }}", "not_supported", "line 1, column 1: `*`"),
        ("{% if 9 ** 9 %}x{% endif %}", "not_supported", "`*`"),
    ];
    for (text, code, says) in table {
        let problems = check(text).unwrap_err();
        let shown = &text[..text.len().min(40)];
        assert_eq!(problems[0].path, "content.text", "{shown:?}");
        assert_eq!(problems[0].code, code, "{shown:?}: {problems:?}");
        assert!(problems[0].message.contains(says), "{shown:?}: {problems:?}");
        assert!(problems[0].message.contains("; "), "no remedy: {problems:?}");
    }
    let problems = check("{% for x in y %}{% endfor %}{{ 2 * 2 }}").unwrap_err();
    assert_eq!(problems.len(), 3, "every problem at once: {problems:?}");
}

#[test]
fn the_longest_text_is_of_ten_thousand_characters() {
    assert_eq!(check(&"é".repeat(TEXT_MAX)), Ok(vec![]));
}

#[test]
fn a_list_lacks_what_the_text_cannot_do_without() {
    let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let text = "Hi {{Name}}, {{city | default('you')}} {% if vip %}{{gift}}{% endif %}";
    assert_eq!(missing_fields(text, &columns(&["name", "gift"])), [""; 0]);
    assert_eq!(missing_fields(text, &columns(&["Name", "Gift"])), [""; 0]);
    assert_eq!(missing_fields(text, &columns(&["city"])), ["gift", "name"]);
    assert_eq!(missing_fields("Hello", &[]), [""; 0]);
}

#[test]
fn what_fields_make_of_a_text_is_bounded() {
    let text = "{{a}}".repeat(10);
    let field = "x".repeat(RENDERED_MAX / 10);
    assert!(rendered(&text, &json!({ "a": field })).is_ok());
    let error = rendered(&text, &json!({ "a": field + "yyyyyy" })).unwrap_err();
    assert!(error.contains("65536 bytes"), "{error}");
}

#[test]
fn a_renderer_knows_one_text_from_the_next() {
    let texts = Texts::default();
    let fields: Map<String, Value> = json!({ "a": "1" }).as_object().unwrap().clone();
    for text in ["{{a}}", "{{a}}", "b{{a}}", "{{a}}"] {
        let expected = text.replace("{{a}}", "1");
        assert_eq!(texts.render(text, &fields), Ok(expected));
    }
    assert!(texts.render("{{", &fields).is_err());
    assert_eq!(texts.render("{{a}}", &fields), Ok("1".into()));
}

/// Pieces of the language and of what is not, in any order.
fn texts() -> impl Strategy<Value = String> {
    let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "if", "else", "endif", "elif", "for", "set", "name",
        "x", " ", "\n", "|", "default", "upper", "(", ")", "\"", "'", "\\", "*", "~", ".", "[",
        "]", "not", "==", "1", "é", "-", ",", "is", "defined", "in", "loop", "self", "{", "}",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..25).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_checked_and_one_that_passes_can_be_filled_in(text in texts()) {
        match check(&text) {
            Ok(fields) => {
                let all: Map<String, Value> =
                    fields.iter().map(|name| (name.clone(), json!("Ada"))).collect();
                let filled = Texts::default().render(&text, &all);
                prop_assert!(filled.is_ok(), "{text:?}: {filled:?}");
                prop_assert!(missing_fields(&text, &fields).is_empty());
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}
