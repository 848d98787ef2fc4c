//! A page of text for people: lines of a width, labels, lists, colours.

use std::io;

use anstyle::{AnsiColor, Style};

use super::wording::grouped;
use crate::Severity;
use crate::escape::{columns, shortened, wrap};

/// Columns of the labels in front of values.
const LABEL: usize = 12;
/// Longest text that is wrapped instead of cut, in columns.
pub(crate) const LONGEST_PARAGRAPH: usize = 1_200;
/// Values of a list that are shown unless everything was asked for.
const LIST_PREVIEW: usize = 4;

/// The lines written so far end here; knows width and colours.
pub(crate) struct Page<'a> {
    pub(crate) out: &'a mut dyn io::Write,
    pub(crate) color: bool,
    pub(crate) width: usize,
}

impl Page<'_> {
    /// Writes a line as it is. Callers pass text that is already visible.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", text.trim_end())
    }

    pub(crate) fn painted(&self, style: Style, text: &str) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// A heading with a rule to the right margin. The text is one of ours.
    pub(crate) fn heading(&mut self, style: Style, text: &str) -> io::Result<()> {
        let text = &shortened(text, self.width.saturating_sub(4));
        let rest = self.width.saturating_sub(columns(text) + 4);
        let line = format!(
            "{} {} {}",
            self.painted(style.bold(), "──"),
            self.painted(style.bold(), text),
            self.painted(style, &"─".repeat(rest)),
        );
        self.line(&line)
    }

    /// A label and its value, which is made visible, cut when very long, and wrapped.
    pub(crate) fn field(&mut self, label: &str, value: &str) -> io::Result<()> {
        self.hanging(label, "", value)
    }

    /// A label before the first of several marked paragraphs.
    pub(crate) fn items(&mut self, label: &str, values: &[String]) -> io::Result<()> {
        let mut label = label;
        for value in values {
            self.hanging(label, "- ", value)?;
            label = "";
        }
        Ok(())
    }

    fn hanging(&mut self, label: &str, mark: &str, value: &str) -> io::Result<()> {
        let room = self.width.saturating_sub(LABEL + 4 + mark.len());
        let text = shortened(value, LONGEST_PARAGRAPH);
        let dimmed = self.painted(Style::new().dimmed(), &format!("{label:<LABEL$}"));
        for (number, line) in wrap(&text, room).iter().enumerate() {
            let start = if number == 0 {
                dimmed.as_str()
            } else {
                "            "
            };
            let mark = if number == 0 {
                mark
            } else {
                "  ".get(..mark.len()).unwrap_or("")
            };
            self.line(&format!("    {start}{mark}{line}"))?;
        }
        Ok(())
    }

    /// A list on as few lines as possible; long values cut, many values counted.
    pub(crate) fn list(&mut self, label: &str, values: &[String], verbose: bool) -> io::Result<()> {
        let room = self.width.saturating_sub(LABEL + 4);
        // A comma may follow.
        let longest = if verbose {
            LONGEST_PARAGRAPH
        } else {
            room.saturating_sub(1)
        };
        let limit = if verbose { usize::MAX } else { LIST_PREVIEW };
        let mut shown: Vec<String> = values
            .iter()
            .take(limit)
            .map(|value| shortened(value, longest))
            .collect();
        if values.len() > limit {
            let more = (values.len() - limit) as u64;
            shown.push(format!("and {} more", grouped(more)));
        }
        let lines = flow(&shown, room);
        let lines = lines.into_iter().flat_map(|line| {
            if columns(&line) > room {
                wrap(&line, room)
            } else {
                vec![line]
            }
        });
        let dimmed = self.painted(Style::new().dimmed(), &format!("{label:<LABEL$}"));
        for (number, line) in lines.enumerate() {
            let start = if number == 0 {
                dimmed.as_str()
            } else {
                "            "
            };
            self.line(&format!("    {start}{line}"))?;
        }
        Ok(())
    }
}

/// Joins values with commas and breaks lines only between values.
fn flow(values: &[String], room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for (number, value) in values.iter().enumerate() {
        let comma = if number + 1 < values.len() { "," } else { "" };
        if !line.is_empty() && columns(&line) + columns(value) + 2 > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(value);
        line.push_str(comma);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

pub(crate) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::BrightRed.on_default(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Informational => AnsiColor::Blue.on_default(),
    }
}
