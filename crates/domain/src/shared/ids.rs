use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, Result};

macro_rules! uuid_ids {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        ///
        /// A UUID; version 7 (RFC 9562) when made by [`super::Ids`], so that ids sort by the time they were made.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(#[serde(with = "hyphenated")] Uuid);

        impl $name {
            /// Wraps a UUID.
            #[must_use]
            pub const fn new(id: Uuid) -> Self { Self(id) }
            /// The UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid { self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.hyphenated().fmt(f) }
        }

        impl FromStr for $name {
            type Err = Error;
            /// Reads the hyphenated lower-case form, the only one that is written.
            fn from_str(text: &str) -> Result<Self> {
                Uuid::try_parse(text)
                    .ok()
                    .filter(|id| id.hyphenated().to_string() == text)
                    .map(Self)
                    .ok_or_else(|| Error::field("", "not_an_id", "An id is a UUID in lower case, such as `0190d6f0-…`."))
            }
        }
    )+};
}

mod hyphenated {
    use serde::{Deserialize, Deserializer, Serializer};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Uuid::try_parse(&text).map_err(serde::de::Error::custom)
    }
}

uuid_ids! {
    /// A user.
    UserId;
    /// A signed-in session.
    SessionId;
    /// An API token.
    TokenId;
    /// An enrolment.
    EnrolmentId;
    /// A try at a quiz or a drill.
    AttemptId;
    /// A release of a pack.
    ReleaseId;
    /// A learner's work at a capstone.
    SubmissionId;
}

macro_rules! content_ids {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        ///
        /// Lower-case letters, digits, single `-` and `.` between them, at most 80 bytes.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and wraps the text.
            ///
            /// # Errors
            /// [`super::Code::Invalid`] when the text is not of the form above.
            pub fn new(text: impl AsRef<str>) -> Result<Self> {
                check_content_id(text.as_ref())?;
                Ok(Self(text.as_ref().into()))
            }
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> { Self::new(text) }
        }
        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self> { Self::new(text) }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String { id.0.as_ref().to_owned() }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str { &self.0 }
        }
    )+};
}

content_ids! {
    /// The id of a document of any kind, or a slug: both have the same form.
    ContentId;
    /// A pack.
    PackId;
    /// A guide.
    GuideId;
    /// A track.
    TrackId;
    /// A course.
    CourseId;
    /// A lesson.
    LessonId;
    /// A skill.
    SkillId;
    /// A question within its quiz.
    QuestionId;
    /// A choice within its question.
    ChoiceId;
    /// A criterion within a capstone's rubric.
    CriterionId;
}

macro_rules! as_content_id {
    ($($name:ident),+) => {$(
        impl From<$name> for ContentId { fn from(id: $name) -> Self { Self(id.0) } }
        impl From<&$name> for ContentId { fn from(id: &$name) -> Self { Self(id.0.clone()) } }
        impl From<ContentId> for $name { fn from(id: ContentId) -> Self { Self(id.0) } }
        impl From<&ContentId> for $name { fn from(id: &ContentId) -> Self { Self(id.0.clone()) } }
    )+};
}
as_content_id!(GuideId, TrackId, CourseId, LessonId, SkillId);

fn check_content_id(text: &str) -> Result<()> {
    let well_formed = !text.is_empty()
        && text.len() <= 80
        && text
            .split(['-', '.'])
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if well_formed {
        Ok(())
    } else {
        Err(Error::field(
            "",
            "not_an_id",
            "An id has lower-case letters and digits, with single `-` or `.` between them, at most 80 in all.",
        ))
    }
}

/// The SHA-256 of a document as it is served, or of a file, as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Revision(Arc<str>);

impl Revision {
    /// Writes a digest as hexadecimal.
    #[must_use]
    pub fn from_digest(digest: [u8; 32]) -> Self {
        use fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in digest {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text.into())
    }

    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits, enough to tell revisions apart on a screen.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Revision {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(text.into()))
        } else {
            Err(Error::field("", "not_a_revision", "A revision is 64 hexadecimal digits in lower case."))
        }
    }
}

impl TryFrom<String> for Revision {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Revision> for String {
    fn from(revision: Revision) -> String {
        revision.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ids_have_one_form() {
        for good in ["a", "http", "http.methods", "two-fer", "a1-b2.c3", &"x".repeat(80)] {
            assert_eq!(ContentId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "-a", "a-", "a--b", "a.-b", "A", "a b", "a/b", "..", "é", &"x".repeat(81), "a\0"] {
            assert!(ContentId::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn uuid_ids_have_one_spelling() {
        let text = "0190d6f0-0000-7000-8000-000000000001";
        let id: UserId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
        assert!(text.to_uppercase().parse::<UserId>().is_ok() == (text.to_uppercase() == text));
        assert!("0190d6f000007000800000000000000A".parse::<UserId>().is_err());
        assert!("{0190d6f0-0000-7000-8000-000000000001}".parse::<UserId>().is_err());
    }

    #[test]
    fn a_revision_is_a_sha_256_in_hexadecimal() {
        let revision = Revision::from_digest([0xab; 32]);
        assert_eq!(revision.as_str(), "ab".repeat(32));
        assert_eq!(revision.as_str().parse::<Revision>().unwrap(), revision);
        assert!("AB".repeat(32).parse::<Revision>().is_err());
        assert_eq!(revision.short().len(), 12);
    }
}
