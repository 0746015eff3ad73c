//! The one place that prints.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use console::Style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::Failure;

/// How to print.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Values as JSON, one document on standard output; failures as JSON on standard error.
    pub json: bool,
    /// No colours, whatever the terminal can do.
    pub plain: bool,
    /// More about what is done, on standard error.
    pub verbose: bool,
}

/// Prints results on standard output; notes, progress and failures on standard error.
pub struct Output {
    manner: Manner,
    colours: bool,
    error_colours: bool,
    width: usize,
    cut: bool,
    out: Mutex<Box<dyn Write + Send>>,
    err: Mutex<Box<dyn Write + Send>>,
}

impl Output {
    /// Prints on the process's own standard output and error. Colours go to terminals only.
    #[must_use]
    pub fn standard(manner: Manner) -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        Self {
            manner,
            colours: out.is_terminal() && !manner.plain && !manner.json,
            error_colours: err.is_terminal() && !manner.plain && !manner.json,
            width: terminal_width(),
            cut: out.is_terminal(),
            out: Mutex::new(Box::new(out)),
            err: Mutex::new(Box::new(err)),
        }
    }

    /// Prints into memory, without colours and 80 columns wide.
    #[must_use]
    pub fn captured(manner: Manner) -> (Self, Captured) {
        let captured = Captured::default();
        let output = Self {
            manner,
            colours: false,
            error_colours: false,
            width: 80,
            cut: false,
            out: Mutex::new(Box::new(captured.out.clone())),
            err: Mutex::new(Box::new(captured.err.clone())),
        };
        (output, captured)
    }

    /// Whether values are printed as JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.manner.json
    }

    /// How many columns a line of text has, at most 100.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether standard output shows colours.
    #[must_use]
    pub fn colours(&self) -> bool {
        self.colours
    }

    /// Prints a result: the value as JSON, or what `text` prints with [`Output::line`].
    pub fn show(&self, value: &impl Serialize, text: impl FnOnce()) {
        if self.manner.json {
            let json = serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
            write(&self.out, &json);
        } else {
            text();
        }
    }

    /// Prints a line of a result. With `--json` nothing: there the value is the result.
    pub fn line(&self, text: impl Display) {
        if !self.manner.json {
            write(&self.out, &text);
        }
    }

    /// Prints text as it is, also with `--json`: for a completion script or a file.
    pub fn raw(&self, text: impl Display) {
        write(&self.out, &text);
    }

    /// Prints a remark beside the result, on standard error. With `--json` nothing.
    pub fn note(&self, text: impl Display) {
        if !self.manner.json {
            write(&self.err, &text);
        }
    }

    /// Prints what is being done, on standard error, when asked for with `-v`.
    pub fn detail(&self, text: impl Display) {
        if self.manner.verbose {
            write(&self.err, &format_args!("{text}"));
        }
    }

    /// Prints a failure on standard error.
    pub fn failure(&self, failure: &Failure) {
        if self.manner.json {
            let json = serde_json::to_string_pretty(failure).unwrap_or_default();
            write(&self.err, &json);
            return;
        }
        for fault in &failure.faults {
            write(&self.err, &fault);
            if !fault.help.is_empty() {
                write(&self.err, &format_args!("  help: {}", fault.help));
            }
        }
        let style = |style: Style, text: &str| paint(self.error_colours, &style, text);
        write(&self.err, &format_args!("{} {}", style(Style::new().red().bold(), "error:"), failure.detail));
        if let Some(help) = &failure.help {
            write(&self.err, &format_args!("{} {help}", style(Style::new().cyan(), " help:")));
        }
        if let Some(request) = &failure.request {
            write(&self.err, &format_args!("{} {request}", style(Style::new().dim(), "  request:")));
        }
    }

    /// Text that stands out.
    #[must_use]
    pub fn bold(&self, text: impl Display) -> String {
        paint(self.colours, &Style::new().bold(), text)
    }

    /// Text that steps back.
    #[must_use]
    pub fn dim(&self, text: impl Display) -> String {
        paint(self.colours, &Style::new().dim(), text)
    }

    /// Text that says that all is well.
    #[must_use]
    pub fn good(&self, text: impl Display) -> String {
        paint(self.colours, &Style::new().green(), text)
    }

    /// Text that asks for attention.
    #[must_use]
    pub fn warning(&self, text: impl Display) -> String {
        paint(self.colours, &Style::new().yellow(), text)
    }

    /// Text that says that something is wrong.
    #[must_use]
    pub fn bad(&self, text: impl Display) -> String {
        paint(self.colours, &Style::new().red(), text)
    }

    /// Prints rows in columns that are as wide as their widest cell.
    pub fn table(&self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| console::measure_text_width(cell))
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in rows {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| console::pad_str(cell, *width, console::Alignment::Left, None).into_owned())
                .collect();
            let line = cells.join("  ");
            // A terminal would wrap a long line and break the columns; a pipe gets all of it.
            let line = if self.cut { console::truncate_str(&line, self.width, "…") } else { line.as_str().into() };
            self.line(line.trim_end());
        }
    }

    /// A bar of `done` out of `all`, `width` columns wide.
    #[must_use]
    pub fn bar(&self, done: u64, all: u64, width: usize) -> String {
        let filled = (done.min(all) as usize * width).checked_div(all as usize).unwrap_or(0);
        format!("{}{}", self.good("█".repeat(filled)), self.dim("░".repeat(width - filled)))
    }

    /// Shows how far a long work has come, on a terminal's standard error.
    #[must_use]
    pub fn progress(&self, what: &str, unit: Unit, total: u64) -> Progress {
        let shown = self.error_colours || (!self.manner.json && io::stderr().is_terminal());
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target((total > 0).then_some(total), target);
        let template = match (total, unit) {
            (0, _) => "{spinner} {msg} {elapsed}",
            (_, Unit::Bytes) => "{msg} {wide_bar} {bytes}/{total_bytes} {eta}",
            (_, Unit::Items) => "{msg} {wide_bar} {pos}/{len}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        if total == 0 {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Progress(bar)
    }
}

/// What a progress bar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things.
    Items,
}

/// A progress bar; it goes away when it is dropped.
#[derive(Debug, Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// One that nobody sees.
    #[must_use]
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// So much more is done.
    pub fn add(&self, amount: u64) {
        self.0.inc(amount);
    }

    /// So much is done by now.
    pub fn set(&self, amount: u64) {
        self.0.set_position(amount);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What [`Output::captured`] printed.
#[derive(Clone, Default)]
pub struct Captured {
    out: Buffer,
    err: Buffer,
}

impl Captured {
    /// What went to standard output.
    #[must_use]
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// What went to standard error.
    #[must_use]
    pub fn err(&self) -> String {
        self.err.text()
    }
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a line. A reader that has gone, such as `head`, is no fault.
fn write(to: &Mutex<Box<dyn Write + Send>>, text: &impl Display) {
    let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = writeln!(to, "{text}").and_then(|()| to.flush());
}

fn paint(colours: bool, style: &Style, text: impl Display) -> String {
    style.clone().force_styling(colours).apply_to(text).to_string()
}

fn terminal_width() -> usize {
    let term = console::Term::stdout();
    if term.is_term() { usize::from(term.size().1).clamp(40, 100) } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Exit;

    #[test]
    fn with_json_only_the_value_is_printed() {
        let (output, captured) = Output::captured(Manner { json: true, ..Manner::default() });
        output.line("text");
        output.note("note");
        output.show(&serde_json::json!({"a": 1}), || panic!("text instead of a value"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&captured.out()).unwrap()["a"], 1);
        assert_eq!(captured.err(), "");
    }

    #[test]
    fn without_json_only_the_text_is_printed() {
        let (output, captured) = Output::captured(Manner::default());
        output.show(&1, || output.line("one"));
        output.note("beside");
        assert_eq!((captured.out().as_str(), captured.err().as_str()), ("one\n", "beside\n"));
    }

    #[test]
    fn a_failure_says_what_is_wrong_and_what_to_do() {
        let failure = Failure::new(Exit::Failed, "x", "It broke.").help("Mend it.");
        let (output, captured) = Output::captured(Manner::default());
        output.failure(&failure);
        assert_eq!(captured.err(), "error: It broke.\n help: Mend it.\n");
        let (output, captured) = Output::captured(Manner { json: true, ..Manner::default() });
        output.failure(&failure);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&captured.err()).unwrap()["detail"], "It broke.");
        assert_eq!(captured.out(), "");
    }

    #[test]
    fn columns_line_up_whatever_the_script() {
        let (output, captured) = Output::captured(Manner::default());
        output.table(&[vec!["a".into(), "b".into()], vec!["日本".into(), "c".into()]]);
        assert_eq!(captured.out(), "a     b\n日本  c\n");
    }

    #[test]
    fn a_bar_is_as_long_as_it_should_be() {
        let (output, _) = Output::captured(Manner::default());
        assert_eq!(output.bar(0, 0, 4), "░░░░");
        assert_eq!(output.bar(1, 2, 4), "██░░");
        assert_eq!(output.bar(9, 2, 4), "████");
    }
}
