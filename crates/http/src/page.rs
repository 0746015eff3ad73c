//! Lists in pages.

use cairn_domain::shared::{CursorSigner, Page};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};

use crate::endpoint::SchemaOf;
use crate::extract::query::Parameters;

/// A page as it is sent.
#[derive(Debug, Serialize)]
pub(crate) struct PageView<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T> PageView<T> {
    /// A page of a list, with its cursor sealed for that list alone.
    pub(crate) fn of<S>(page: Page<S>, list: &str, signer: &dyn CursorSigner, view: impl FnMut(S) -> T) -> Self {
        let next = page.next.map(|key| signer.seal(list, &key));
        Self { items: page.items.into_iter().map(view).collect(), next }
    }

    /// A list that is always whole.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// The cursor of the next page, where there is one.
    pub(crate) fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// The `Link` to the next page (RFC 8288), where there is one: the path and the parameters with another cursor. What
/// it says does not depend on how the address was written, because the answer may be kept for others.
pub(crate) fn link(next: Option<&str>, path: &str, parameters: &Parameters) -> Option<String> {
    let next = next?;
    let rest = parameters.canonical(&["cursor"]);
    let joint = if rest.is_empty() { '?' } else { '&' };
    Some(format!("<{path}{rest}{joint}cursor={next}>; rel=\"next\""))
}

/// The schema of a page of these.
pub(crate) fn schema_of<T: ToSchema>() -> SchemaOf {
    let of = SchemaOf::of::<T>();
    let next = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("The cursor of the next page; null on the last."));
    let page = ObjectBuilder::new()
        .property("items", ArrayBuilder::new().items(of.schema).build())
        .property("next", next)
        .required("items")
        .required("next")
        .build();
    SchemaOf { schema: page.into(), components: of.components }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Query;

    #[test]
    fn the_link_keeps_filters_and_replaces_the_cursor() {
        let query = |name| Query { name, about: "", example: serde_json::Value::Null, allowed: &[] };
        let known = ["course", "limit", "cursor"].map(query);
        let parameters = |text| Parameters::read(text, &known).unwrap();
        let page = PageView { items: vec![1], next: Some("abc".into()) };
        let link = |query| super::link(page.next(), "/api/v1/lessons", &parameters(query)).unwrap();
        assert_eq!(link(""), "</api/v1/lessons?cursor=abc>; rel=\"next\"");
        assert_eq!(
            link("limit=2&cursor=old&&course=http"),
            "</api/v1/lessons?course=http&limit=2&cursor=abc>; rel=\"next\""
        );
        assert_eq!(super::link(None, "/", &parameters("")), None);
    }
}
