//! How text is laid out: the width that it may take, and whether it may hold escape codes.

use std::io;
use std::os::fd::AsFd;

use anstyle::AnsiColor;
use rustix::termios;

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// No escape codes at all.
    Plain,
    /// ANSI escape codes.
    Ansi,
}

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The widest that a line should be, in columns; `None` for no limit.
    pub width: Option<u16>,
    /// Whether colours are used.
    pub colour: Colour,
}

impl Style {
    /// No colours and no limit: for files, pipes and snapshots.
    #[must_use]
    pub const fn plain() -> Self {
        Self { width: None, colour: Colour::Plain }
    }

    /// What standard output can show. `NO_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE` are heeded, see <https://bixense.com/clicolors>.
    #[must_use]
    pub fn terminal() -> Self {
        Self::shown_by(&io::stdout())
    }

    /// What standard error can show.
    #[must_use]
    pub fn of_errors() -> Self {
        Self::shown_by(&io::stderr())
    }

    fn shown_by(stream: &(impl anstream::stream::RawStream + AsFd)) -> Self {
        let colour = match anstream::AutoStream::choice(stream) {
            anstream::ColorChoice::Never => Colour::Plain,
            _ => Colour::Ansi,
        };
        // Only a terminal has a window size; one that does not know its own says 0.
        let width = termios::tcgetwinsize(stream).ok().map(|size| size.ws_col).filter(|&columns| columns > 0);
        Self { width, colour }
    }

    /// The text in the ink's colour, where colours are used.
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        match self.colour {
            Colour::Plain => text.to_owned(),
            Colour::Ansi => {
                let style = ink.style();
                format!("{style}{text}{style:#}")
            }
        }
    }

    /// The parts with the gap between them, in as many lines as the width asks for; every line but the first is indented.
    pub(super) fn wrap<'a>(self, parts: impl IntoIterator<Item = &'a str>, gap: &str, indent: usize) -> String {
        let width = self.width.map_or(usize::MAX, usize::from);
        let (mut text, mut column) = (String::new(), 0);
        for part in parts {
            let length = part.chars().count();
            if text.is_empty() {
                column = length;
            } else if column + gap.len() + length <= width {
                text.push_str(gap);
                column += gap.len() + length;
            } else {
                text.push('\n');
                text.push_str(&" ".repeat(indent));
                column = indent + length;
            }
            text.push_str(part);
        }
        text
    }
}

/// What a piece of text means, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Title,
    Kept,
    Broken,
    Warned,
    Absent,
}

impl Ink {
    const fn style(self) -> anstyle::Style {
        match self {
            Self::Title => anstyle::Style::new().bold(),
            Self::Kept => AnsiColor::Green.on_default(),
            Self::Broken => AnsiColor::Red.on_default().bold(),
            Self::Warned => AnsiColor::Yellow.on_default(),
            Self::Absent => anstyle::Style::new().dimmed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ansi_output_holds_escape_codes() {
        let ansi = Style { colour: Colour::Ansi, ..Style::plain() };
        assert_eq!(Style::plain().paint(Ink::Kept, "x"), "x");
        assert_eq!(ansi.paint(Ink::Kept, "x"), "\u{1b}[32mx\u{1b}[0m");
    }

    #[test]
    fn a_line_that_is_too_long_goes_on_indented() {
        let narrow = Style { width: Some(12), ..Style::plain() };
        let words = ["one", "two", "three", "four", "five"];
        assert_eq!(narrow.wrap(words, " ", 2), "one two\n  three four\n  five");
        assert_eq!(narrow.wrap(words, "   ", 0), "one   two\nthree   four\nfive");
        assert_eq!(Style::plain().wrap(words, " ", 2), "one two three four five");
    }
}
