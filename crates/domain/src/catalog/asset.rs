/// The media type under which a file of a pack is served; `None` for a file that is not public.
///
/// Images are shown in texts; source files of these languages are examples that a text links, served as plain text.
/// The extension decides, in lower case.
#[must_use]
pub fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match extension {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "py" | "sh" | "sql" | "json" | "txt" | "http" | "rs" | "js" | "ts" | "go" | "toml" => {
            "text/plain; charset=utf-8"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn sources_that_hold_answers_are_not_public() {
        assert_eq!(media_type("lesson.md"), None);
        assert_eq!(media_type("pack.yaml"), None);
        assert_eq!(media_type("png"), None);
        assert_eq!(media_type("a.b/c"), None);
        assert_eq!(media_type("images/x.svg"), Some("image/svg+xml"));
        assert_eq!(media_type("examples/server.py"), Some("text/plain; charset=utf-8"));
    }
}
