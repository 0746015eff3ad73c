//! How conditions are written: predicates by their names, beside the fields that say where they hold.

use std::fmt;

use serde::de::value::EnumAccessDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, VariantAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Conditions, JsonPath, Predicate};

pub(super) const NAME: u8 = 0;
pub(super) const COOKIE: u8 = 1;
pub(super) const PATH: u8 = 2;

/// Conditions among which it stands where they hold.
pub(super) struct Placed<const KIND: u8> {
    pub(super) name: String,
    pub(super) attribute: Option<String>,
    pub(super) path: Option<JsonPath>,
    pub(super) is: Conditions,
}

impl<const KIND: u8> Placed<KIND> {
    const FIELDS: &'static [&'static str] = match KIND {
        NAME => &["name"],
        COOKIE => &["name", "attribute"],
        _ => &["path"],
    };
}

impl<'de, const KIND: u8> Deserialize<'de> for Placed<KIND> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = from.deserialize_map(Reader { fields: Self::FIELDS, short: false })?;
        let name = match (KIND, read.name) {
            (PATH, _) => String::new(),
            (_, name) => name.ok_or_else(|| D::Error::missing_field("name"))?,
        };
        if KIND == PATH && read.path.is_none() {
            return Err(D::Error::missing_field("path"));
        }
        Ok(Self { name, attribute: read.attribute, path: read.path, is: read.is })
    }
}

impl<const KIND: u8> Serialize for Placed<KIND> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        if KIND != PATH {
            map.serialize_entry("name", &self.name)?;
        }
        if let Some(attribute) = &self.attribute {
            map.serialize_entry("attribute", attribute)?;
        }
        if let Some(path) = &self.path {
            map.serialize_entry("path", path)?;
        }
        write(&self.is, &mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(from.deserialize_any(Reader { fields: &[], short: true })?.is)
    }
}

impl Serialize for Conditions {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        write(self, &mut map)?;
        map.end()
    }
}

fn write<M: SerializeMap>(conditions: &Conditions, map: &mut M) -> Result<(), M::Error> {
    for predicate in &conditions.0 {
        if let Value::Object(fields) = serde_json::to_value(predicate).map_err(serde::ser::Error::custom)? {
            for (name, value) in &fields {
                map.serialize_entry(name, value)?;
            }
        }
    }
    Ok(())
}

#[derive(Default)]
struct Read {
    name: Option<String>,
    attribute: Option<String>,
    path: Option<JsonPath>,
    is: Conditions,
}

struct Reader {
    fields: &'static [&'static str],
    short: bool,
}

impl Reader {
    fn short<E: Error>(self, value: Value) -> Result<Read, E> {
        if self.short {
            Ok(Read { is: Conditions(vec![Predicate::Eq(value)]), ..Read::default() })
        } else {
            Err(E::custom(format!("this has to be a record with {}", self.fields.join(", "))))
        }
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("conditions such as `eq: 1`, or a scalar")
    }

    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        self.short(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Read, E> {
        self.short(value.into())
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Read, E> {
        self.short(value.into())
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Read, E> {
        self.short(value.into())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Read, E> {
        self.short(value.into())
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Read, E> {
        self.short(value.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let mut read = Read::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" if self.fields.contains(&"name") => read.name = Some(map.next_value()?),
                "attribute" if self.fields.contains(&"attribute") => read.attribute = Some(map.next_value()?),
                "path" if self.fields.contains(&"path") => read.path = Some(map.next_value()?),
                _ => read.is.0.push(Predicate::deserialize(EnumAccessDeserializer::new(Entry { key, map: &mut map }))?),
            }
        }
        Ok(read)
    }
}

/// An entry of a map read as a variant of an enum.
struct Entry<'m, A> {
    key: String,
    map: &'m mut A,
}

impl<'de, 'm, A: MapAccess<'de>> EnumAccess<'de> for Entry<'m, A> {
    type Error = A::Error;
    type Variant = EntryValue<'m, A>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), A::Error> {
        Ok((seed.deserialize(self.key.into_deserializer())?, EntryValue(self.map)))
    }
}

struct EntryValue<'m, A>(&'m mut A);

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for EntryValue<'_, A> {
    type Error = A::Error;

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.0.next_value_seed(seed)
    }

    // No predicate is of these kinds.
    fn unit_variant(self) -> Result<(), A::Error> {
        Err(A::Error::custom("this needs a value"))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("this needs a value"))
    }
    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("this needs a value"))
    }
}
