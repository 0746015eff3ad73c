//! Images: their content is what their name says.

use cairn_domain::catalog::{Fault, media_type};

use crate::faults::{Code, Faults, Pos, fault};
use crate::svg;
use crate::text::Text;

/// Whether a name is that of an image, though perhaps of a type that is not served.
pub(crate) fn looks_like_one(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    matches!(
        extension.as_str(),
        "png"
            | "jpg"
            | "jpeg"
            | "gif"
            | "webp"
            | "svg"
            | "bmp"
            | "tif"
            | "tiff"
            | "avif"
            | "heic"
            | "ico"
            | "pdf"
            | "svgz"
    )
}

/// Reports an image that is none, or one that does more than be seen.
pub(crate) fn check(path: &str, bytes: &[u8], faults: &mut Faults) {
    if media_type(path) == Some("image/svg+xml") {
        if let Some(text) = Text::decode(bytes, faults) {
            svg::check(text.as_str(), faults);
        }
    } else if !begins_right(path, bytes) {
        faults.push(broken(path));
    }
}

/// How many bytes of a file [`begins_right`] looks at.
pub(crate) const HEAD: u64 = 12;

/// Whether a file, by its first bytes, may be what its name says. An SVG image is a text, and any bytes may begin it.
pub(crate) fn begins_right(path: &str, bytes: &[u8]) -> bool {
    match media_type(path) {
        Some("image/png") => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        Some("image/jpeg") => bytes.starts_with(b"\xff\xd8\xff"),
        Some("image/gif") => bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a"),
        Some("image/webp") => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        _ => true,
    }
}

/// The fault of a file that does not begin right.
pub(crate) fn broken(path: &str) -> Fault {
    let help = "Save it again in the type of its name, or name it by its type.";
    fault(path, Pos::FILE, Code::BrokenImage.as_str(), "The file is not the image that its name says.", help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(path: &str, bytes: &[u8]) -> Vec<String> {
        let mut faults = Faults::of(path, crate::faults::Guesses::OF_PACK);
        check(path, bytes, &mut faults);
        faults.into_vec().into_iter().map(|f| f.code).collect()
    }

    #[test]
    fn the_content_fits_the_name() {
        for (path, bytes) in [
            ("a.png", &b"\x89PNG\r\n\x1a\n..."[..]),
            ("a.jpg", b"\xff\xd8\xff\xe0"),
            ("a.jpeg", b"\xff\xd8\xff\xdb"),
            ("a.gif", b"GIF89a"),
            ("a.webp", b"RIFF\0\0\0\0WEBP"),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("a.py", b"\0\0"),
        ] {
            assert!(codes(path, bytes).is_empty(), "{path}");
        }
        for path in ["a.png", "a.jpg", "a.gif", "a.webp", "a.svg"] {
            assert_eq!(codes(path, b"<html>"), ["broken-image"], "{path}");
        }
        assert_eq!(codes("a.svg", b"<svg>\xff</svg>"), ["not-utf-8"]);
    }
}
