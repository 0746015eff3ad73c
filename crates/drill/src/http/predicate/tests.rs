use serde_json::json;

use super::*;

fn conditions(value: &Value) -> Conditions {
    serde_json::from_value(value.clone()).unwrap()
}

#[track_caller]
fn judge(is: &Value, held: &[Value], not: &[Value]) {
    let is = conditions(is);
    for value in held {
        assert!(hold(&is, &one(value), false), "{is:?} of {value}");
        assert!(!hold(&Conditions(vec![Predicate::Not(is.clone())]), &one(value), false), "not {is:?} of {value}");
    }
    for value in not {
        assert!(!hold(&is, &one(value), false), "{is:?} of {value}");
        assert!(hold(&Conditions(vec![Predicate::Not(is.clone())]), &one(value), false), "not {is:?} of {value}");
    }
    assert!(!say(&is).is_empty());
}

#[test]
fn equal() {
    judge(&json!(1), &[json!(1), json!(1.0)], &[json!("1"), json!(1.5), json!(null), json!([1])]);
    judge(&json!({"eq": null}), &[json!(null)], &[json!(0), json!("")]);
    judge(&json!({"eq": {"a": [1]}}), &[json!({"a": [1.0]})], &[json!({"a": [1], "b": 2}), json!({"a": [1, 1]})]);
    judge(&json!({"eq": u64::MAX}), &[json!(u64::MAX)], &[json!(u64::MAX - 1)]);
    judge(&json!({"eq": 9_007_199_254_740_993_i64}), &[], &[json!(9_007_199_254_740_992.0)]);
    judge(&json!({"ne": 1}), &[json!(2), json!("1")], &[json!(1)]);
    judge(&json!({"in": [1, "a"]}), &[json!(1), json!("a")], &[json!("1"), json!(2)]);
}

#[test]
fn less_and_greater() {
    judge(&json!({"lt": 5}), &[json!(4), json!(4.9), json!(-1)], &[json!(5), json!("4"), json!(null)]);
    judge(&json!({"le": 5}), &[json!(5)], &[json!(5.1)]);
    judge(&json!({"gt": "b"}), &[json!("c"), json!("ba")], &[json!("a"), json!("b"), json!(9)]);
    judge(&json!({"ge": 1.5}), &[json!(1.5), json!(2)], &[json!(1)]);
    judge(&json!({"ge": 1, "lt": 3}), &[json!(1), json!(2)], &[json!(0), json!(3)]);
}

#[test]
fn texts() {
    judge(&json!({"starts_with": "ab"}), &[json!("ab"), json!("abc")], &[json!("b"), json!("cab"), json!(1)]);
    judge(&json!({"ends_with": "ü"}), &[json!("aü")], &[json!("üa")]);
    judge(&json!({"matches": "^[0-9]+$"}), &[json!("12")], &[json!("a1"), json!(12)]);
    judge(
        &json!({"contains": "b"}),
        &[json!("abc"), json!(["b"]), json!({"b": 1})],
        &[json!("B"), json!(["ab"]), json!({"a": "b"})],
    );
    judge(&json!({"contains": 1}), &[json!([1.0])], &[json!("1"), json!([[1]])]);
}

#[test]
fn statuses() {
    judge(&json!({"class": "2xx"}), &[json!(200), json!(299)], &[json!(199), json!(300), json!("200")]);
    judge(&json!({"class": "5xx"}), &[json!(503)], &[json!(403)]);
}

#[test]
fn types() {
    let all = [json!("a"), json!(1), json!(1.5), json!(true), json!({}), json!([]), json!(null)];
    let kinds = ["string", "integer", "number", "boolean", "object", "array", "null"];
    for (place, kind) in kinds.iter().enumerate() {
        for (other, value) in all.iter().enumerate() {
            let held = place == other || (*kind == "number" && value.is_number());
            let is = conditions(&json!({"type": kind}));
            assert_eq!(hold(&is, &one(value), false), held, "{kind} of {value}");
        }
    }
    judge(&json!({"type": "integer"}), &[json!(2.0)], &[]);
}

#[test]
fn sizes() {
    judge(
        &json!({"empty": true}),
        &[json!(""), json!([]), json!({})],
        &[json!(" "), json!([0]), json!(null), json!(0)],
    );
    judge(&json!({"empty": false}), &[json!("a")], &[json!(""), json!(null)]);
    judge(&json!({"count": 2}), &[json!([1, 2]), json!("äö"), json!({"a": 1, "b": 2})], &[json!([1]), json!(2)]);
    judge(&json!({"count": {"ge": 1, "le": 2}}), &[json!([1])], &[json!([]), json!([1, 2, 3])]);
}

#[test]
fn lists() {
    judge(&json!({"each": {"gt": 0}}), &[json!([1, 2]), json!([])], &[json!([1, 0]), json!(1)]);
    judge(
        &json!({"unique": true}),
        &[json!([1, "1", [1]])],
        &[json!([1, 2, 1.0]), json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}])],
    );
    judge(&json!({"unique": false}), &[json!([1, 1])], &[json!([1])]);
    judge(
        &json!({"sorted_by": {}}),
        &[json!([1, 1, 2.5]), json!([]), json!(["a", "b"])],
        &[json!([2, 1]), json!([1, "a"])],
    );
    let by = json!({"sorted_by": {"path": "$.n", "order": "desc"}});
    judge(&by, &[json!([{"n": 2}, {"n": 1}])], &[json!([{"n": 1}, {"n": 2}]), json!([{"n": 1}, {}]), json!([{}])]);
}

#[test]
fn subsets() {
    let is = json!({"json_subset": {"a": 1, "b": [{"c": 2}]}});
    let held = [json!({"a": 1, "b": [{"c": 2, "d": 3}], "e": 4})];
    judge(&is, &held, &[json!({"a": 1}), json!({"a": 1, "b": [{"c": 2}, {}]}), json!(1)]);
}

#[test]
fn nothing_is_only_what_is_not_there() {
    let on_nothing = |is: &Value| hold(&conditions(is), &Found::Nothing, false);
    assert!(on_nothing(&json!({"exists": false})));
    assert!(on_nothing(&json!({"not": {"eq": 1}})));
    assert!(on_nothing(&json!({"count": 0})));
    for is in
        [json!({"exists": true}), json!({"eq": null}), json!({"ne": 1}), json!({"empty": true}), json!({"each": 1})]
    {
        assert!(!on_nothing(&is), "{is}");
    }
    assert!(hold(&conditions(&json!({"exists": true})), &one(&Value::Null), false), "null is there");
}

#[test]
fn several_values_are_a_list() {
    let (a, b) = (json!(1), json!({"x": 2}));
    let many = Found::Many(vec![&a, &b]);
    for is in [
        json!({"eq": [1, {"x": 2}]}),
        json!({"json_subset": [1, {}]}),
        json!({"count": 2}),
        json!({"contains": {"x": 2}}),
        json!({"type": "array"}),
        json!({"exists": true, "empty": false, "unique": true, "ne": 1}),
    ] {
        assert!(hold(&conditions(&is), &many, false), "{is}");
    }
    assert!(!hold(&conditions(&json!(1)), &many, false));
    assert!(hold(&conditions(&json!({"empty": true, "count": 0, "exists": false})), &Found::Many(Vec::new()), false));
}

#[test]
fn text_is_read_as_a_number_where_it_is_compared_with_one() {
    let text = json!("30");
    for is in [json!(30), json!({"gt": 9}), json!("30"), json!({"in": [30]}), json!({"contains": 3})] {
        assert!(hold(&conditions(&is), &one(&text), true), "{is}");
    }
    assert!(!hold(&conditions(&json!({"gt": 9})), &one(&json!("soon")), true));
    assert!(hold(&conditions(&json!(true)), &one(&json!("true")), true));
}

#[test]
fn lines_of_a_header_are_one_text_and_several_lines() {
    let lines = Found::Lines(vec![json!("a"), json!("b")], json!("a, b"));
    for is in [json!("a, b"), json!({"contains": "b"}), json!({"count": 2}), json!({"each": {"in": ["a", "b"]}})] {
        assert!(hold(&conditions(&is), &lines, true), "{is}");
    }
}

#[test]
fn why_it_fails_is_said() {
    let why = |is: Value, value: Value| explain(&conditions(&is), &one(&value), false, "$.x");
    assert_eq!(why(json!(1), json!(2)), "2");
    assert_eq!(why(json!({"eq": {"a": 1}}), json!({"a": 2})), "$.x.a is 2, not 1");
    assert_eq!(why(json!({"json_subset": {"a": {"b": 1}}}), json!({"a": {}})), "$.x.a.b is missing");
    assert_eq!(why(json!({"eq": {"a": 1}}), json!("text")), "\"text\"");
    assert_eq!(why(json!({"each": {"gt": 0}}), json!([1, -1])), "item 1: -1");
    assert_eq!(why(json!({"unique": true}), json!([3, 1, 3])), "items 0 and 2 are both 3");
    assert_eq!(why(json!({"sorted_by": {}}), json!([1, 3, 2])), "item 1 has 3, item 2 2");
    assert_eq!(why(json!({"count": 3}), json!([1, 2])), "2: [1,2]");
    assert_eq!(why(json!({"exists": true, "gt": 5}), json!(4)), "4");
    assert_eq!(explain(&conditions(&json!(1)), &Found::Nothing, false, "$"), "nothing");
}

#[test]
fn numbers_that_are_the_same_have_one_canonical_text() {
    assert_eq!(canonical(&json!({"b": 1.0, "a": [2]})), canonical(&json!({"a": [2.0], "b": 1})));
    assert_ne!(canonical(&json!("1")), canonical(&json!(1)));
    assert_ne!(canonical(&json!(["a,b"])), canonical(&json!(["a", "b"])));
}
