//! What a person typed at a shell, told from what the shell printed before it.
//!
//! Invariant: nothing is expanded and nothing is run; a command is a list of words to look at.

/// The ends of the prompts that are known.
const SIGNS: [&str; 5] = ["$ ", "# ", "% ", "❯ ", "➜ "];

/// So long may a prompt be, in bytes.
const LONGEST: usize = 120;

/// A line as it may have been typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed<'a> {
    /// What stands before it, of the shell: `(base) [user1@login ~]`.
    pub prompt: Option<&'a str>,
    /// The rest of the line.
    pub text: &'a str,
}

/// Takes a line apart.
#[must_use]
pub fn typed(line: &str) -> Typed<'_> {
    let line = line.trim();
    let sign = SIGNS.iter().filter_map(|sign| Some((line.find(sign)?, sign.len()))).min();
    match sign {
        Some((at, length)) if at <= LONGEST && is_prompt(&line[..at]) => {
            Typed { prompt: Some(line[..at].trim()), text: line[at + length..].trim_start() }
        }
        _ => Typed { prompt: None, text: line.trim_start_matches("- ").trim_start_matches("* ") },
    }
}

fn is_prompt(text: &str) -> bool {
    let text = text.trim();
    // What begins with `#` is a heading.
    text.is_empty()
        || (!text.starts_with('#')
            && !text.contains(['=', '"', '\''])
            && (text.contains('@') || text.starts_with(['(', '[', '/', '~']) || text.ends_with(['~', ']', ')'])))
}

/// The user whose prompt this is: `user1` of `[user1@login ~]`.
#[must_use]
pub fn user(prompt: &str) -> Option<&str> {
    let (before, _) = prompt.split_once('@')?;
    let name = before.rsplit([' ', '[', '(', ']', ')']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// The directory that the prompt shows, where it shows all of its path: `/work` of `me@host:/work`.
#[must_use]
pub fn directory(prompt: &str) -> Option<&str> {
    let (_, host) = prompt.split_once('@')?;
    let place = host.split([' ', ':']).nth(1)?.trim_end_matches([']', ')']);
    place.starts_with(['/', '~']).then_some(place)
}

/// The commands of a line, each as its words without quotes.
#[must_use]
pub fn commands(text: &str) -> Vec<Vec<String>> {
    let mut reader = Reader::default();
    let mut before = ' ';
    for c in text.chars() {
        if c == '#' && before == ' ' && reader.is_open() {
            break;
        }
        reader.take(c, before);
        before = c;
    }
    reader.end_command();
    reader.commands
}

#[derive(Default)]
struct Reader {
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: Option<String>,
    quote: Option<char>,
    /// How many `$(` are open.
    depth: usize,
}

impl Reader {
    fn is_open(&self) -> bool {
        self.quote.is_none() && self.depth == 0
    }

    fn take(&mut self, c: char, before: char) {
        match (c, self.quote) {
            (_, Some(quote)) if c == quote => self.quote = None,
            ('(', _) if before == '$' => self.nest(c, self.depth + 1),
            (')', _) if self.depth > 0 => self.nest(c, self.depth - 1),
            ('\'' | '"', None) if self.depth == 0 => {
                self.quote = Some(c);
                self.word.get_or_insert_default();
            }
            (';' | '|' | '&' | '>' | '<', None) if self.depth == 0 => self.end_command(),
            ('\\', None) => {}
            (' ', None) if self.depth == 0 => self.end_word(),
            _ => self.push(c),
        }
    }

    fn nest(&mut self, c: char, depth: usize) {
        self.depth = depth;
        self.push(c);
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.words.is_empty() {
            self.commands.push(std::mem::take(&mut self.words));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_told_from_what_was_typed() {
        for (line, prompt, text) in [
            ("$ uv sync", Some(""), "uv sync"),
            ("(base) [user1@login ~]$ df -T /a", Some("(base) [user1@login ~]"), "df -T /a"),
            ("root@a1b2:/app# uv sync", Some("root@a1b2:/app"), "uv sync"),
            ("~/work ❯ uv sync", Some("~/work"), "uv sync"),
            ("# uv sync", Some(""), "uv sync"),
            ("### Version", None, "### Version"),
            ("export A='b$ c'", None, "export A='b$ c'"),
            ("- uv sync", None, "uv sync"),
        ] {
            assert_eq!(typed(line), Typed { prompt, text }, "{line}");
        }
    }

    #[test]
    fn a_prompt_shows_user_and_directory() {
        let shown = |prompt| (user(prompt), directory(prompt));
        assert_eq!(shown("(base) [user1@login ~]"), (Some("user1"), Some("~")));
        assert_eq!(shown("root@a1b2:/app"), (Some("root"), Some("/app")));
        assert_eq!(shown("[me@host work]"), (Some("me"), None));
        assert_eq!(shown("(venv)"), (None, None));
    }

    #[test]
    fn a_line_is_commands_of_words() {
        assert_eq!(
            commands("export A='b c' B=\"d\"; uv  sync&&x # y"),
            [vec!["export", "A=b c", "B=d"], vec!["uv", "sync"], vec!["x"]]
        );
        assert_eq!(
            commands("df -T \"$(uv cache dir)\" $(dirname a) ''"),
            [vec!["df", "-T", "$(uv cache dir)", "$(dirname a)", ""]]
        );
        assert_eq!(commands("'open ) $("), [vec!["open ) $("]]);
        assert_eq!(commands(""), Vec::<Vec<String>>::new());
    }
}
