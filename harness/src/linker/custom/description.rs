//! What a TOML file says of a linker.
//!
//! Invariant: a description that was read is whole: its commands begin with a program, its modes have chains, and its patterns
//! are patterns.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use globset::Glob;
use regex::Regex;
use serde::{Deserialize, Serialize};

use super::error::DescriptionError;
use crate::linker::meaning::Meaning;
use crate::outcome::Strategy;
use crate::package::Form;

/// What is known of a linker that a person describes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version, to be shown.
    pub version: Option<String>,
    /// Its program; a path that is not absolute begins where the description is.
    pub program: Option<String>,
    /// The form in which it takes the package.
    #[serde(default)]
    pub package: Form,
    /// The command that fills the cache.
    pub prime: Vec<String>,
    /// The command that places the package.
    pub link: Vec<String>,
    /// What the environment of both holds.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Its modes; the first is the one that runs when nothing is asked for.
    #[serde(rename = "mode")]
    pub modes: Vec<Mode>,
    /// The directory in the target that the package's files belong in.
    #[serde(default)]
    pub root: String,
    /// Which paths of the cache it copies whatever the mode, as glob patterns.
    #[serde(default)]
    pub always_copies: Vec<String>,
    /// Which paths of the target it makes itself.
    #[serde(default)]
    pub makes: Vec<String>,
    /// Which paths of the cache it changes by design.
    #[serde(default)]
    pub keeps_books: Vec<String>,
    /// Which paths below HOME it writes to by design.
    #[serde(default)]
    pub writes_at_home: Vec<String>,
    /// What its lines of output mean.
    #[serde(default)]
    pub says: Vec<Meaning>,
}

/// A mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// Its name.
    pub name: String,
    /// The strategies that it tries, in order.
    pub chain: Vec<Strategy>,
    /// What stands behind the words of the command in this mode.
    #[serde(default)]
    pub arguments: Vec<String>,
}

impl Description {
    /// The word for the program itself.
    pub(super) const LINKER: &'static str = "{linker}";

    /// Every word that stands for something else.
    const WORDS: [&'static str; 5] = ["cache", "target", "package", "mode", "linker"];

    /// The description in this file.
    pub(super) fn read(path: &Path) -> Result<Self, DescriptionError> {
        let text =
            fs::read_to_string(path).map_err(|cause| DescriptionError::Unreadable { path: path.to_owned(), cause })?;
        Self::parse(path, &text)
    }

    /// The description that this text is; `path` says in errors where it stands.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, DescriptionError> {
        let description: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start);
            let line = 1 + text.bytes().take(before).filter(|&byte| byte == b'\n').count();
            let problem = error.message().replace('\n', ", ");
            DescriptionError::Malformed { path: path.to_owned(), line, problem }
        })?;
        let checked = description.check();
        checked.map_err(|problem| DescriptionError::Wrong { path: path.to_owned(), problem })?;
        Ok(description)
    }

    fn check(&self) -> Result<(), String> {
        if !self.name.starts_with(|first: char| first.is_ascii_lowercase())
            || !self.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        {
            return Err(format!("`{}` is no name; write one of small letters, digits and hyphens", self.name));
        }
        for (key, words) in [("prime", &self.prime), ("link", &self.link)] {
            let Some(first) = words.first() else {
                return Err(format!("`{key}` is empty; begin it with {} or the name of a program", Self::LINKER));
            };
            if first == Self::LINKER && self.program.is_none() {
                return Err(format!("`{key}` begins with {first}, and there is no `program`"));
            }
            if first != Self::LINKER && (first.contains(['{', '/']) || first.is_empty()) {
                return Err(format!("`{key}` begins with `{first}`; begin it with {} or a bare name", Self::LINKER));
            }
        }
        let own = self.modes.iter().flat_map(|mode| &mode.arguments);
        let words = self.prime.iter().chain(&self.link).chain(self.environment.values()).chain(own);
        words.into_iter().try_for_each(|word| Self::check_word(word))?;
        if self.modes.is_empty() {
            return Err("there is no [[mode]]".to_owned());
        }
        if let Some(mode) = self.modes.iter().find(|mode| mode.chain.is_empty() || mode.name.is_empty()) {
            return Err(format!("the mode `{}` has no name or no chain", mode.name));
        }
        let patterns = [&self.always_copies, &self.makes, &self.keeps_books, &self.writes_at_home];
        let globs = patterns.into_iter().flatten().map(|pattern| Glob::new(pattern).map_err(|error| error.to_string()));
        globs.collect::<Result<Vec<_>, _>>()?;
        let bad = self.says.iter().find(|meaning| Regex::new(&meaning.pattern).is_err());
        bad.map_or(Ok(()), |meaning| Err(format!("`{}` is no regular expression", meaning.pattern)))
    }

    /// A typing error in a word would reach the linker as it is.
    fn check_word(word: &str) -> Result<(), String> {
        for part in word.split('{').skip(1) {
            let name = part.split_once('}').map(|(name, _)| name);
            if name.is_none_or(|name| !Self::WORDS.contains(&name)) {
                let known = Self::WORDS.map(|name| format!("{{{name}}}")).join(", ");
                return Err(format!("`{word}` has a brace that is none of {known}"));
            }
        }
        Ok(())
    }
}
