//! One file of the catalogue.

use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::error::CatalogueError;

/// One reported case, or one that a measurement found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The file's name, without its end.
    #[serde(skip_deserializing)]
    pub name: String,
    /// Where it was reported; `None` for what no report is known of.
    pub url: Option<String>,
    /// Where the same was reported again.
    #[serde(default)]
    pub also: Vec<String>,
    /// What happens, in one sentence.
    pub title: String,
    /// The versions in which it does.
    pub affected: Option<String>,
    /// The version from which on it does not.
    pub fixed: Option<String>,
    /// Why it cannot be run here: it takes another system, or has nothing to do with placing files.
    pub elsewhere: Option<String>,
    /// What is run, and what must be seen.
    #[serde(default, rename = "scenario")]
    pub claims: Vec<Claim>,
}

impl Row {
    /// The row of this name that this text is.
    ///
    /// # Errors
    /// The text is no row, or says something that cannot be.
    pub fn parse(name: &str, text: &str) -> Result<Self, CatalogueError> {
        let row: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = 1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count();
            let problem = error.message().replace('\n', ", ");
            CatalogueError::Malformed { name: name.to_owned(), line, problem }
        })?;
        let problem = match (&row.elsewhere, row.claims.is_empty()) {
            (None, true) => Some("it has no [[scenario]]; add one, or say with elsewhere = \"...\" why there is none"),
            (Some(_), false) => Some("it has elsewhere, and yet a [[scenario]]; keep one of them"),
            _ => None,
        };
        match problem {
            Some(problem) => Err(CatalogueError::Wrong { name: name.to_owned(), problem }),
            None => Ok(Self { name: name.to_owned(), ..row }),
        }
    }

    /// The report in short, `owner/name#number`, where it is one on GitHub; else where it is, or `-`.
    #[must_use]
    pub fn issue(&self) -> String {
        let Some(url) = &self.url else { return "-".to_owned() };
        let path = url.strip_prefix("https://github.com/").unwrap_or_default();
        match path.split('/').collect::<Vec<_>>().as_slice() {
            [owner, name, "issues" | "pull", number] => format!("{owner}/{name}#{number}"),
            _ => url.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = "\
title = \"a bind mount\"
url = \"https://github.com/astral-sh/uv/issues/17962\"
[[scenario]]
linker = \"uv@0.6.1\"
pairing = \"ext4+bind\"
exit = 0
strategy = \"copy\"
broken = []
";

    fn problem(text: &str) -> String {
        Row::parse("case", text).map_err(|error| error.to_string()).expect_err("it was understood")
    }

    #[test]
    fn a_row_has_the_name_of_its_file() {
        let row = Row::parse("case", CASE).unwrap();
        assert_eq!((row.name.as_str(), row.claims.len()), ("case", 1));
        assert_eq!(row.issue(), "astral-sh/uv#17962");
        assert_eq!(Row { url: Some("https://x.org/1".to_owned()), ..row.clone() }.issue(), "https://x.org/1");
        assert_eq!(Row { url: None, ..row }.issue(), "-");
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let at = |line: usize| format!("the case scenarios/issues/case.toml is malformed at line {line}: ");
        assert_eq!(
            problem(&CASE.replace("ext4+bind", "ext4+rope")),
            at(5) + &"ext4+rope".parse::<crate::pairing::Pairing>().unwrap_err().to_string()
        );
        assert_eq!(
            problem(&CASE.replace("uv@0.6.1", "npm")),
            at(4) + "unknown linker `npm`; `exdev list linkers` shows all that there are"
        );
        assert!(problem(&CASE.replace("exit", "exits")).starts_with(&(at(6) + "unknown field `exits`")));
        assert_eq!(
            problem(&CASE.replace("exit = 0", "exit = \"well\"")),
            at(6) + "`well` is no way for a program to end"
        );
    }

    #[test]
    fn a_row_without_scenarios_says_why() {
        let wrong = "the case scenarios/issues/case.toml is wrong: it has ";
        assert_eq!(
            problem("title = 't'"),
            format!("{wrong}no [[scenario]]; add one, or say with elsewhere = \"...\" why there is none")
        );
        assert_eq!(
            problem(&format!("elsewhere = \"macOS\"\n{CASE}")),
            format!("{wrong}elsewhere, and yet a [[scenario]]; keep one of them")
        );
    }
}
