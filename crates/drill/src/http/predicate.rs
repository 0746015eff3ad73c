//! Whether what is there is what has to be there, and how that is said.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::{Number, Value};

use super::answer::Found;
use super::diff::{Extra, differences, short};
use super::look::{Conditions, Order, Predicate, SortedBy, Type};
use super::template::{Missing, Scope, render_value, render_with};

/// Conditions with the values of a run in place of templates.
pub(super) fn bind(conditions: &Conditions, scope: &impl Scope) -> Result<Conditions, Missing> {
    let value = |value: &Value| render_value(value, scope);
    let text = |text: &str| render_with(text, scope, |text| text);
    let bound = |predicate: &Predicate| {
        Ok(match predicate {
            Predicate::Eq(to) => Predicate::Eq(value(to)?),
            Predicate::Ne(to) => Predicate::Ne(value(to)?),
            Predicate::Lt(than) => Predicate::Lt(value(than)?),
            Predicate::Le(than) => Predicate::Le(value(than)?),
            Predicate::Gt(than) => Predicate::Gt(value(than)?),
            Predicate::Ge(than) => Predicate::Ge(value(than)?),
            Predicate::In(list) => Predicate::In(list.iter().map(value).collect::<Result<_, _>>()?),
            Predicate::Contains(what) => Predicate::Contains(value(what)?),
            Predicate::StartsWith(with) => Predicate::StartsWith(text(with)?),
            Predicate::EndsWith(with) => Predicate::EndsWith(text(with)?),
            Predicate::JsonSubset(of) => Predicate::JsonSubset(value(of)?),
            Predicate::Count(is) => Predicate::Count(bind(is, scope)?),
            Predicate::Each(is) => Predicate::Each(bind(is, scope)?),
            Predicate::Not(is) => Predicate::Not(bind(is, scope)?),
            other => other.clone(),
        })
    };
    conditions.0.iter().map(bound).collect::<Result<_, _>>().map(Conditions)
}

/// Whether all of them hold. `textual` says that what is there is text even where it reads like a number.
pub(super) fn hold(conditions: &Conditions, found: &Found<'_>, textual: bool) -> bool {
    conditions.0.iter().all(|predicate| holds(predicate, found, textual))
}

fn holds(predicate: &Predicate, found: &Found<'_>, textual: bool) -> bool {
    let value = found.value();
    let text = value.and_then(Value::as_str);
    let compared =
        |than: &Value, is: fn(Ordering) -> bool| value.and_then(|value| order(value, than, textual)).is_some_and(is);
    match predicate {
        Predicate::Eq(to) => equals(found, to, textual),
        Predicate::Ne(to) => *found != Found::Nothing && !equals(found, to, textual),
        Predicate::Lt(than) => compared(than, Ordering::is_lt),
        Predicate::Le(than) => compared(than, Ordering::is_le),
        Predicate::Gt(than) => compared(than, Ordering::is_gt),
        Predicate::Ge(than) => compared(than, Ordering::is_ge),
        Predicate::In(list) => list.iter().any(|one| equals(found, one, textual)),
        Predicate::Class(class) => value.and_then(Value::as_u64).is_some_and(|status| status / 100 == *class as u64),
        Predicate::Contains(what) => contains(found, what, textual),
        Predicate::StartsWith(with) => text.is_some_and(|text| text.starts_with(with.as_str())),
        Predicate::EndsWith(with) => text.is_some_and(|text| text.ends_with(with.as_str())),
        Predicate::Matches(pattern) => text.is_some_and(|text| pattern.is_match(text)),
        Predicate::Exists(wanted) => exists(found) == *wanted,
        Predicate::Empty(wanted) => size(found).is_some_and(|size| (size == 0) == *wanted),
        Predicate::Type(wanted) => is_type(found, *wanted),
        Predicate::Count(is) => count(found).is_some_and(|count| hold(is, &whole(count), false)),
        Predicate::Each(is) => {
            found.items().is_some_and(|items| items.iter().all(|item| hold(is, &one(item), textual)))
        }
        Predicate::Unique(wanted) => found.items().is_some_and(|items| repeated(&items).is_none() == *wanted),
        Predicate::SortedBy(by) => found.items().is_some_and(|items| unsorted(&items, by).is_none()),
        Predicate::JsonSubset(of) => subset(found, of),
        Predicate::Not(is) => !hold(is, found, textual),
    }
}

fn one(value: &Value) -> Found<'_> {
    Found::One(std::borrow::Cow::Borrowed(value))
}

pub(super) fn whole(count: usize) -> Found<'static> {
    Found::One(std::borrow::Cow::Owned(count.into()))
}

fn exists(found: &Found<'_>) -> bool {
    match found {
        Found::Nothing => false,
        Found::Many(items) => !items.is_empty(),
        Found::One(_) | Found::Lines(..) => true,
    }
}

/// How much is in a text, a list or a record.
fn size(found: &Found<'_>) -> Option<usize> {
    if let Found::Many(items) = found {
        return Some(items.len());
    }
    match found.value()? {
        Value::Array(items) => Some(items.len()),
        Value::Object(fields) => Some(fields.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

/// What `count` counts: the lines of a header, and nothing where there are none.
fn count(found: &Found<'_>) -> Option<usize> {
    match found {
        Found::Nothing => Some(0),
        Found::Lines(lines, _) => Some(lines.len()),
        _ => size(found),
    }
}

fn equals(found: &Found<'_>, to: &Value, textual: bool) -> bool {
    match (found, to) {
        (Found::Many(items), Value::Array(wanted)) => {
            items.len() == wanted.len() && items.iter().zip(wanted).all(|(item, wanted)| same(wanted, item, false))
        }
        _ => found.value().is_some_and(|value| same(to, value, textual)),
    }
}

fn subset(found: &Found<'_>, of: &Value) -> bool {
    match (found, of) {
        (Found::Many(items), Value::Array(wanted)) => {
            let held = |(item, wanted): (&&Value, &Value)| differences("", wanted, item, Extra::Allowed).is_empty();
            items.len() == wanted.len() && items.iter().zip(wanted).all(held)
        }
        _ => found.value().is_some_and(|value| differences("", of, value, Extra::Allowed).is_empty()),
    }
}

fn contains(found: &Found<'_>, what: &Value, textual: bool) -> bool {
    if let Found::Many(items) = found {
        return items.iter().any(|item| same(what, item, false));
    }
    match (found.value(), what) {
        (Some(Value::String(text)), Value::String(part)) => text.contains(part.as_str()),
        (Some(Value::String(text)), part) if textual => text.contains(&part.to_string()),
        (Some(Value::Array(items)), item) => items.iter().any(|there| same(item, there, false)),
        (Some(Value::Object(fields)), Value::String(name)) => fields.contains_key(name),
        _ => false,
    }
}

fn is_type(found: &Found<'_>, wanted: Type) -> bool {
    match (found.value(), wanted) {
        (None, _) => matches!(found, Found::Many(_)) && wanted == Type::Array,
        (Some(Value::Null), Type::Null)
        | (Some(Value::Bool(_)), Type::Boolean)
        | (Some(Value::Number(_)), Type::Number)
        | (Some(Value::String(_)), Type::String)
        | (Some(Value::Array(_)), Type::Array)
        | (Some(Value::Object(_)), Type::Object) => true,
        (Some(Value::Number(number)), Type::Integer) => matches!(Exact::of(number), Exact::Whole(_)),
        _ => false,
    }
}

/// The place of an item that was there before, and that of the first of them.
fn repeated(items: &[&Value]) -> Option<(usize, usize)> {
    let mut seen: Vec<(String, usize)> = items.iter().map(|item| canonical(item)).zip(0..).collect();
    seen.sort();
    let twice = seen.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| (pair[1].1, pair[0].1));
    twice.min()
}

/// The place of the first item that should stand before the one before it, or that cannot be compared with it.
fn unsorted(items: &[&Value], by: &SortedBy) -> Option<usize> {
    let key = |item: &'_ Value| match &by.path {
        None => Some(item.clone()),
        Some(path) => path.select(item).first().map(|found| (*found).clone()),
    };
    let keys: Vec<Option<Value>> = items.iter().map(|item| key(item)).collect();
    let fits = |pair: &[Option<Value>]| match (&pair[0], &pair[1]) {
        (Some(before), Some(after)) => order(before, after, false)
            .is_some_and(|order| if by.order == Order::Asc { order.is_le() } else { order.is_ge() }),
        _ => false,
    };
    if keys.first().is_some_and(Option::is_none) {
        return Some(0);
    }
    keys.windows(2).position(|pair| !fits(pair)).map(|place| place + 1)
}

/// A number by its value.
#[derive(Debug, Clone, Copy)]
enum Exact {
    Whole(i128),
    Broken(f64),
}

impl Exact {
    fn of(number: &Number) -> Self {
        if let Some(whole) = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)) {
            return Self::Whole(whole);
        }
        let float = number.as_f64().unwrap_or(f64::NAN);
        if float.fract() == 0.0 && float.abs() < 1e36 { Self::Whole(float as i128) } else { Self::Broken(float) }
    }

    fn float(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Broken(float) => float,
        }
    }

    fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            (a, b) => a.float().partial_cmp(&b.float()),
        }
    }
}

/// What text says where it is compared with something else than text.
fn read_as(like: &Value, value: &Value, textual: bool) -> Option<Value> {
    let text = value.as_str().filter(|_| textual && (like.is_number() || like.is_boolean()))?;
    serde_json::from_str(text.trim()).ok()
}

/// Whether they are the same: numbers by value, records whatever the order of their fields.
pub(super) fn same(expected: &Value, got: &Value, textual: bool) -> bool {
    let read = read_as(expected, got, textual);
    match (expected, read.as_ref().unwrap_or(got)) {
        (Value::Number(a), Value::Number(b)) => Exact::of(a).order(Exact::of(b)) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, false)),
        (Value::Object(a), Value::Object(b)) => {
            let there = |(name, a): (&String, &Value)| b.get(name).is_some_and(|b| same(a, b, false));
            a.len() == b.len() && a.iter().all(there)
        }
        (expected, got) => expected == got,
    }
}

fn order(value: &Value, than: &Value, textual: bool) -> Option<Ordering> {
    let read = read_as(than, value, textual);
    match (read.as_ref().unwrap_or(value), than) {
        (Value::Number(a), Value::Number(b)) => Exact::of(a).order(Exact::of(b)),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// A text that values have in common exactly when they are the same.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => match Exact::of(number) {
            Exact::Whole(whole) => whole.to_string(),
            Exact::Broken(float) => format!("{float:?}"),
        },
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(fields) => {
            let name = |name: &String| Value::from(name.as_str()).to_string();
            let fields: BTreeSet<String> =
                fields.iter().map(|(key, value)| format!("{}:{}", name(key), canonical(value))).collect();
            format!("{{{}}}", fields.into_iter().collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// What is wanted, for a person.
pub(super) fn say(conditions: &Conditions) -> String {
    conditions.0.iter().map(say_one).collect::<Vec<_>>().join(" and ")
}

fn say_one(predicate: &Predicate) -> String {
    let list = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    match predicate {
        Predicate::Eq(to) => to.to_string(),
        Predicate::Ne(to) => format!("something else than {to}"),
        Predicate::Lt(than) => format!("less than {than}"),
        Predicate::Le(than) => format!("at most {than}"),
        Predicate::Gt(than) => format!("more than {than}"),
        Predicate::Ge(than) => format!("at least {than}"),
        Predicate::In(values) => format!("one of {}", list(values)),
        Predicate::Class(class) => format!("{}xx", *class as u8),
        Predicate::Contains(what) => format!("contains {what}"),
        Predicate::StartsWith(with) => format!("begins with {with:?}"),
        Predicate::EndsWith(with) => format!("ends with {with:?}"),
        Predicate::Matches(pattern) => format!("matches /{}/", pattern.as_str()),
        Predicate::Exists(true) => "is there".into(),
        Predicate::Exists(false) => "is not there".into(),
        Predicate::Empty(true) => "is empty".into(),
        Predicate::Empty(false) => "is not empty".into(),
        Predicate::Type(wanted) => format!("of type {}", format!("{wanted:?}").to_lowercase()),
        Predicate::Count(is) => format!("count: {}", say(is)),
        Predicate::Each(is) => format!("each: {}", say(is)),
        Predicate::Unique(true) => "nothing twice".into(),
        Predicate::Unique(false) => "something twice".into(),
        Predicate::SortedBy(SortedBy { path, order }) => {
            let by = path.as_ref().map(|path| format!(" by {}", path.as_str())).unwrap_or_default();
            format!("sorted{by}, {}", if *order == Order::Asc { "least first" } else { "greatest first" })
        }
        Predicate::JsonSubset(of) => format!("has {of}"),
        Predicate::Not(is) => format!("not ({})", say(is)),
    }
}

/// What is there, for a person: of the first predicate that fails that which explains it. `at` is the path of what is
/// there, as far as it has one.
pub(super) fn explain(conditions: &Conditions, found: &Found<'_>, textual: bool, at: &str) -> String {
    let failing = conditions.0.iter().find(|predicate| !holds(predicate, found, textual));
    failing.and_then(|predicate| explain_one(predicate, found, textual, at)).unwrap_or_else(|| show(found))
}

fn explain_one(predicate: &Predicate, found: &Found<'_>, textual: bool, at: &str) -> Option<String> {
    let items = || found.items().filter(|items| !items.is_empty());
    let differ = |wanted: &Value, extra| {
        let taken = if wanted.is_array() { found.taken() } else { found.value().cloned() }?;
        let both = (wanted.is_object() && taken.is_object()) || (wanted.is_array() && taken.is_array());
        both.then(|| differences(at, wanted, &taken, extra).join("; "))
    };
    match predicate {
        Predicate::Eq(wanted) => differ(wanted, Extra::Refused),
        Predicate::JsonSubset(wanted) => differ(wanted, Extra::Allowed),
        Predicate::Count(_) => Some(format!("{}: {}", count(found)?, show(found))),
        Predicate::Each(is) => {
            let items = items()?;
            let place = items.iter().position(|item| !hold(is, &one(item), textual))?;
            Some(format!("item {place}: {}", explain(is, &one(items[place]), textual, &format!("{at}[{place}]"))))
        }
        Predicate::Unique(true) => {
            let items = items()?;
            let (again, first) = repeated(&items)?;
            Some(format!("items {first} and {again} are both {}", short(items[again])))
        }
        Predicate::SortedBy(by) => {
            let items = items()?;
            let place = unsorted(&items, by)?;
            let key = |item: &Value| match &by.path {
                None => short(item),
                Some(path) => path.select(item).first().map_or_else(|| "nothing".into(), |found| short(found)),
            };
            match place.checked_sub(1) {
                None => Some(format!("item 0 has {}", key(items[0]))),
                Some(before) => {
                    Some(format!("item {before} has {}, item {place} {}", key(items[before]), key(items[place])))
                }
            }
        }
        _ => None,
    }
}

/// What is there, as JSON.
pub(super) fn show(found: &Found<'_>) -> String {
    match found {
        Found::Nothing => "nothing".into(),
        Found::Many(items) => {
            let mut shown = String::from("[");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    shown.push_str(", ");
                }
                shown.push_str(&short(item));
                if shown.len() > 1_000 {
                    shown.push_str(", …");
                    break;
                }
            }
            shown + "]"
        }
        Found::One(value) => value.to_string(),
        Found::Lines(_, joined) => joined.to_string(),
    }
}

#[cfg(test)]
mod tests;
