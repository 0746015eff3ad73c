use serde_json::{Map, Value, json};

use super::shape::{Field, Record, Shape};

/// The JSON Schema of a record, of the draft that editors' tools know without being told. It says what a schema can say; the check says more.
pub(crate) fn json_schema(record: &'static Record, title: &str) -> Value {
    let mut schema = of_record(record);
    let head = [("$schema", json!("http://json-schema.org/draft-07/schema#")), ("title", json!(title))];
    schema.extend(head.map(|(key, value)| (key.to_owned(), value)));
    Value::Object(schema)
}

fn of_record(record: &'static Record) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("description".into(), json!(record.doc));
    schema.insert("additionalProperties".into(), json!(false));
    schema.insert(
        "properties".into(),
        Value::Object(record.fields.iter().map(|f| (f.name.to_owned(), of_field(f))).collect()),
    );
    let always = |f: &&Field| f.required && f.with.is_empty();
    schema.insert("required".into(), record.fields.iter().filter(always).map(|f| f.name).collect());
    if let Some(by) = record.decided_by
        && let Some(Shape::Word(values)) = record.field(by).map(|field| &field.shape)
    {
        schema.insert("allOf".into(), values.iter().map(|value| for_value(record, by, value)).collect());
    }
    schema
}

/// What goes with one value of the deciding field: fields that must, and fields that must not be there.
fn for_value(record: &'static Record, by: &str, value: &str) -> Value {
    let required: Vec<_> =
        record.fields.iter().filter(|f| f.required && f.with.contains(&value)).map(|f| f.name).collect();
    let refused: Map<_, _> = record
        .fields
        .iter()
        .filter(|f| !f.stands_with(Some(value)))
        .map(|f| (f.name.to_owned(), json!(false)))
        .collect();
    json!({
        "if": { "properties": { by: { "const": value } }, "required": [by] },
        "then": { "required": required, "properties": refused },
    })
}

fn of_field(field: &Field) -> Value {
    let mut schema = of_shape(&field.shape);
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".into(), json!(field.doc));
    }
    schema
}

fn of_shape(shape: &Shape) -> Value {
    match shape {
        Shape::Id => json!({ "type": "string", "pattern": "^[a-z0-9]+([.-][a-z0-9]+)*$", "maxLength": 80 }),
        Shape::Line { max } => json!({ "type": "string", "minLength": 1, "maxLength": max, "pattern": "^[^\\n\\t]*$" }),
        Shape::Text { max } => json!({ "type": "string", "maxLength": max }),
        Shape::Markdown { max } => json!({ "type": "string", "minLength": 1, "maxLength": max }),
        Shape::Language => json!({ "type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$", "maxLength": 35 }),
        Shape::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Decimal { positive: false } => {
            json!({ "type": ["string", "number"], "pattern": "^[-+]?[0-9]*\\.?[0-9]*$" })
        }
        Shape::Decimal { positive: true } => {
            json!({ "type": ["string", "number"], "pattern": "^\\+?[0-9]*\\.?[0-9]*$", "minimum": 0 })
        }
        Shape::Duration => json!({ "type": "string", "pattern": "^[0-9]+[smhd]$" }),
        Shape::Word(words) => json!({ "type": "string", "enum": words }),
        Shape::List { of, min, max, unique } => {
            json!({ "type": "array", "items": of_shape(of), "minItems": min, "maxItems": max, "uniqueItems": unique })
        }
        Shape::Record(record) => Value::Object(of_record(record)),
    }
}
