use std::collections::VecDeque;
use std::fmt::{self, Write as _};

use comrak::html::{ChildRendering, Context, escape, format_document_with_formatter, format_node_default};
use comrak::nodes::NodeValue;
use comrak::options::Plugins;
use comrak::{Node, Options};

use super::highlight;

/// Writes a text as HTML. `ids` are those of its headings, in order; headings beyond them get none.
pub(super) fn format(root: Node<'_>, options: &Options<'_>, ids: VecDeque<String>) -> String {
    let mut html = String::new();
    // Writing into a String does not fail.
    let _ = format_document_with_formatter(root, options, &mut html, &Plugins::default(), node, ids);
    html
}

fn node(
    context: &mut Context<'_, '_, VecDeque<String>>,
    node: Node<'_>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    match &node.data().value {
        NodeValue::Heading(heading) if entering => {
            context.cr()?;
            write!(context, "<h{}", heading.level)?;
            if let Some(id) = context.user.pop_front() {
                context.write_str(" id=\"")?;
                context.escape(&id)?;
                context.write_str("\"")?;
            }
            context.write_str(">")?;
        }
        NodeValue::Heading(heading) => {
            write!(context, "</h{}>", heading.level)?;
            context.lf()?;
        }
        NodeValue::CodeBlock(block) if entering => {
            context.cr()?;
            context.write_str("<pre><code")?;
            let language = block.info.split_whitespace().next().unwrap_or_default();
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '#' | '.' | '_');
            let language = if language.chars().all(is_name) { language.to_ascii_lowercase() } else { String::new() };
            if !language.is_empty() {
                write!(context, " class=\"language-{language}\"")?;
            }
            context.write_str(">")?;
            let mut code = String::new();
            highlight::highlight(&block.literal, &language, &mut code)?;
            context.write_str(&code)?;
            context.write_str("</code></pre>")?;
            context.lf()?;
        }
        NodeValue::CodeBlock(_) => {}
        NodeValue::Link(link) if entering => {
            context.write_str("<a href=\"")?;
            context.escape_href(&link.url)?;
            context.write_str("\"")?;
            if !link.title.is_empty() {
                context.write_str(" title=\"")?;
                context.escape(&link.title)?;
                context.write_str("\"")?;
            }
            // Whatever is neither an address of this server nor an anchor leads out.
            if !link.url.starts_with(['/', '#']) {
                context.write_str(" rel=\"noopener noreferrer\"")?;
            }
            context.write_str(">")?;
        }
        NodeValue::Link(_) => context.write_str("</a>")?,
        _ => return format_node_default(context, node, entering),
    }
    Ok(ChildRendering::HTML)
}

/// Writes text so that it means itself in HTML.
pub(super) fn write_escaped(out: &mut String, text: &str) -> fmt::Result {
    escape(out, text)
}
