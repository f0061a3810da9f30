//! Pasted text, made readable: Markdown, HTML entities, colours and control characters taken away, line by line.
//!
//! Invariant: no line holds a control character, or one that turns the direction of writing; line numbers are those of the text as it
//! was pasted.

/// So much of a text is read.
pub const MOST: usize = 4 << 20;

/// So many characters of a line are shown.
const SHOWN: usize = 88;

/// One line of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// What it says.
    pub text: String,
}

/// The lines of a text. What is not UTF-8 is replaced.
#[must_use]
pub fn lines(bytes: &[u8]) -> Vec<Line> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST)]);
    text.split('\n').enumerate().map(|(at, line)| Line { number: at + 1, text: clean(line) }).collect()
}

/// The text without what a terminal would act on.
#[must_use]
pub fn printable(text: &str) -> String {
    let kept = |c: char| match c {
        '\t' | '\n' | '\u{a0}' => Some(' '),
        // These make a terminal show a text in another order than a program reads it, or not at all.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => None,
        _ if c.is_control() => None,
        _ => Some(c),
    };
    text.chars().filter_map(kept).collect()
}

/// As much of a line as is shown of it.
#[must_use]
pub fn shortened(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

fn clean(line: &str) -> String {
    let line = line.strip_suffix('\r').unwrap_or(line);
    // A terminal shows what was written last.
    let line = line.rsplit('\r').next().unwrap_or(line);
    let line = entities(&printable(&without_escapes(line)));
    unmarked(&line).trim_end().to_owned()
}

/// Without escape sequences, see `console_codes(4)`.
fn without_escapes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        let mut chars = after.chars();
        rest = match chars.next() {
            Some('[') => {
                let parameters = after[1..].trim_start_matches(|c: char| matches!(c, ' '..='?'));
                let mut last = parameters.chars();
                last.next();
                last.as_str()
            }
            Some(']') => after.find(['\u{7}', '\\']).map_or("", |end| &after[end + 1..]),
            Some(_) => chars.as_str(),
            None => "",
        };
    }
    out.push_str(rest);
    out
}

/// With the entities that HTML needs for plain text; any other stays as it is.
fn entities(line: &str) -> String {
    const KNOWN: [(&str, &str); 8] = [
        ("lt;", "<"),
        ("gt;", ">"),
        ("amp;", "&"),
        ("quot;", "\""),
        ("apos;", "'"),
        ("#39;", "'"),
        ("#x27;", "'"),
        ("nbsp;", " "),
    ];
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = KNOWN.iter().find_map(|(name, meant)| Some((meant, after.strip_prefix(name)?)));
        let (meant, after) = known.map_or(("&", after), |(meant, after)| (*meant, after));
        out.push_str(meant);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Without the marks of a quotation, of a fence, and of a line that is all code.
fn unmarked(line: &str) -> &str {
    let mut line = line;
    while let Some(quoted) = line.strip_prefix("> ").or_else(|| (line == ">").then_some("")) {
        line = quoted;
    }
    let bare = line.trim();
    if bare.starts_with("```") || bare.starts_with("~~~") {
        return "";
    }
    let code = bare.strip_prefix('`').and_then(|code| code.strip_suffix('`'));
    code.filter(|code| !code.contains('`')).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<String> {
        lines(text).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn what_a_terminal_or_a_page_adds_is_taken_away() {
        for (raw, text) in [
            ("\u{1b}[1;33mwarning\u{1b}[0m: x", "warning: x"),
            ("\u{1b}]0;title\u{7}$ df", "$ df"),
            ("\u{1b}]8;;https://a.b\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("[0/2] Installing\r[2/2] Installing\r", "[2/2] Installing"),
            ("a &lt;b&gt; &amp;amp; &quot;c&quot; &#27; & d", "a <b> &amp; \"c\" &#27; & d"),
            ("> > $ uv sync", "$ uv sync"),
            ("```console", ""),
            ("  `uv sync`  ", "uv sync"),
            ("run `uv sync` twice", "run `uv sync` twice"),
            ("a\tb\u{7}\u{9b}31m\u{202e}c", "a b31mc"),
            ("cut \u{1b}", "cut "),
            ("cut \u{1b}[", "cut "),
        ] {
            assert_eq!(read(raw.as_bytes()), [text.trim_end()], "{raw:?}");
        }
    }

    #[test]
    fn a_line_keeps_its_number_and_bad_bytes_are_replaced() {
        let text = lines(b"one\r\n\n\xff\xfethree");
        assert_eq!(text[2], Line { number: 3, text: "\u{fffd}\u{fffd}three".to_owned() });
    }

    #[test]
    fn a_long_line_is_shown_in_part() {
        assert_eq!(shortened("  a   b "), "a b");
        assert_eq!(shortened(&"é".repeat(90)), format!("{}…", "é".repeat(88)));
    }

    #[test]
    fn no_more_than_the_most_is_read() {
        assert_eq!(read(&vec![b'x'; MOST + 9])[0].len(), MOST);
    }
}
