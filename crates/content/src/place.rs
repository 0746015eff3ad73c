use cairn_domain::catalog::DocKind;

/// What a file of a pack is, by its path alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// `pack.yaml`.
    Pack,
    /// A guide or track.
    Document(DocKind),
    /// `course.md` of the course in this folder.
    Course(&'a str),
    /// A lesson of the course in this folder.
    Lesson(&'a str),
    /// A Markdown file directly in `courses/`.
    Misplaced,
    /// Anything else: an image, an example, a README.
    Other,
}

impl<'a> Place<'a> {
    pub(crate) fn of(path: &'a str) -> Self {
        if path == "pack.yaml" {
            return Self::Pack;
        }
        let Some((folder, rest)) = path.split_once('/') else { return Self::Other };
        if !path.ends_with(".md") || path.rsplit('/').next() == Some("README.md") {
            return Self::Other;
        }
        match (folder, rest.split_once('/')) {
            ("guides", _) => Self::Document(DocKind::Guide),
            ("tracks", _) => Self::Document(DocKind::Track),
            ("courses", Some((course, "course.md"))) => Self::Course(course),
            ("courses", Some((course, _))) => Self::Lesson(course),
            ("courses", None) => Self::Misplaced,
            _ => Self::Other,
        }
    }

    /// The kind of document, for a file that is one.
    pub(crate) fn kind(self) -> Option<DocKind> {
        match self {
            Self::Document(kind) => Some(kind),
            Self::Course(_) => Some(DocKind::Course),
            Self::Lesson(_) => Some(DocKind::Lesson),
            Self::Pack | Self::Misplaced | Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_makes_the_kind() {
        for (path, place) in [
            ("pack.yaml", Place::Pack),
            ("x/pack.yaml", Place::Other),
            ("guides/a.md", Place::Document(DocKind::Guide)),
            ("guides/a/b.md", Place::Document(DocKind::Guide)),
            ("tracks/a.md", Place::Document(DocKind::Track)),
            ("courses/a/course.md", Place::Course("a")),
            ("courses/a/b.md", Place::Lesson("a")),
            ("courses/a/b/course.md", Place::Lesson("a")),
            ("courses/a.md", Place::Misplaced),
            ("courses/a/README.md", Place::Other),
            ("guides/README.md", Place::Other),
            ("README.md", Place::Other),
            ("notes.md", Place::Other),
            ("notes/a.md", Place::Other),
            ("courses/a/b.png", Place::Other),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}
