//! Which paths cache and target have, by what a text says of uv's settings and commands.

use crate::linker::Family;

use super::facts::{Command, Fact, Manner, Note, Verb};
use super::places::Places;
use super::understanding::Understanding;

/// A path with what says that it is the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The path.
    pub path: String,
    /// What says so.
    pub said: Said,
}

/// What says which path an end has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A line.
    Line {
        /// Its number.
        line: usize,
        /// What it says.
        quote: String,
        /// What that means.
        means: String,
    },
    /// What uv does of itself, given the command.
    Rule(String),
    /// What uv does where nothing else is set, which the text may have left out.
    Default(String),
}

impl Path {
    /// Whether it must be this path.
    #[must_use]
    pub const fn is_sure(&self) -> bool {
        matches!(self.said, Said::Line { .. } | Said::Rule(_))
    }
}

fn line(note: &Note, path: &str, means: String) -> Path {
    Path { path: path.to_owned(), said: Said::Line { line: note.line, quote: note.quote.clone(), means } }
}

/// The command that the text is about.
pub fn command(notes: &[Note]) -> Option<(&Note, &Command)> {
    let of = |manner: Manner| {
        notes.iter().find_map(move |note| match &note.fact {
            Fact::Command(command) if command.manner == manner => Some((note, command)),
            _ => None,
        })
    };
    of(Manner::Typed).or_else(|| of(Manner::Mentioned))
}

fn error_path(notes: &[Note], of: usize) -> Option<Path> {
    notes.iter().find_map(|note| match &note.fact {
        Fact::Paths(paths) => paths[of].as_ref().map(|path| line(note, path, format!("the error is of {path}"))),
        _ => None,
    })
}

/// The path of the cache.
pub fn cache(notes: &[Note], places: &Places<'_>) -> Path {
    let given = || {
        let (note, command) = command(notes)?;
        command.cache.as_ref().map(|path| line(note, path, format!("the cache is {path}, as the command says")))
    };
    let printed = || {
        notes.iter().find_map(|note| match &note.fact {
            Fact::CacheDir(path) => Some(line(note, path, format!("the cache is {path}, as `uv cache dir` prints"))),
            _ => None,
        })
    };
    let set = || places.variable("UV_CACHE_DIR").map(|(note, path)| line(note, path, format!("the cache is {path}")));
    let xdg = || {
        let (note, base) = places.variable("XDG_CACHE_HOME")?;
        let path = format!("{}/uv", base.trim_end_matches('/'));
        Some(line(note, &path, format!("the cache is {path}")))
    };
    let asked = || {
        let asked = places.asked();
        let (path, found) = asked.into_iter().find(|(path, _)| path.contains("cache"))?;
        let said = Said::Line {
            line: found.line,
            quote: found.quote,
            means: format!("{path} is taken for the cache, by its name"),
        };
        Some(Path { path: path.to_owned(), said })
    };
    let default = || Path {
        path: "~/.cache/uv".to_owned(),
        said: Said::Default("the cache is ~/.cache/uv, as it is without UV_CACHE_DIR".to_owned()),
    };
    let found = error_path(notes, 0).or_else(given).or_else(set).or_else(printed).or_else(xdg).or_else(asked);
    found.unwrap_or_else(default)
}

/// The path of the target, if there is a word of it, and the linker that has its target so.
pub fn target(notes: &[Note], places: &Places<'_>, told: &mut Understanding) -> (Family, Option<Path>) {
    let command = command(notes);
    if let Some((note, command)) = command {
        let verb = match command.verb {
            Verb::Tool => "a tool is installed",
            Verb::Environment => "it is installed into an environment",
        };
        told.find(note.line, &note.quote, verb);
    }
    match command.map(|(_, command)| command.verb) {
        Some(Verb::Tool) => tool(places, told),
        Some(Verb::Environment) => (Family::UV, environment(notes, places, command)),
        None => {
            told.assume("the command is `uv pip install`, as the text shows none");
            (Family::UV, environment(notes, places, None))
        }
    }
}

/// The directory of tools, see <https://docs.astral.sh/uv/concepts/tools/#tools-directory>.
fn tool(places: &Places<'_>, told: &mut Understanding) -> (Family, Option<Path>) {
    if let Some((note, path)) = places.variable("UV_TOOL_DIR") {
        return (Family::UV_TOOL, Some(line(note, path, format!("the tools are in {path}"))));
    }
    if let Some((note, path)) = places.variable("UV_TOOL_BIN_DIR") {
        told.find(
            note.line,
            &note.quote,
            &format!("only the tools' executables are in {path}, not their environments"),
        );
    }
    if let Some((note, base)) = places.variable("XDG_DATA_HOME") {
        let path = format!("{}/uv/tools", base.trim_end_matches('/'));
        return (Family::UV_TOOL, Some(line(note, &path, format!("the tools are in {path}"))));
    }
    let why = "the target is ~/.local/share/uv/tools, where `uv tool install` puts environments without UV_TOOL_DIR";
    let said = Said::Rule(why.to_owned());
    (Family::UV_TOOL_HOME, Some(Path { path: "~/.local/share/uv/tools".to_owned(), said }))
}

fn environment(notes: &[Note], places: &Places<'_>, command: Option<(&Note, &Command)>) -> Option<Path> {
    let given = || {
        let (note, command) = command?;
        command.target.as_ref().map(|path| line(note, path, format!("the target is {path}, as the command says")))
    };
    let venv = || {
        let mut commands = notes.iter().filter_map(|note| match &note.fact {
            Fact::Command(command) => Some((note, command.target.as_ref()?)),
            _ => None,
        });
        commands.next_back().map(|(note, path)| line(note, path, format!("the environment is {path}")))
    };
    let set =
        |name: &str| places.variable(name).map(|(note, path)| line(note, path, format!("the environment is {path}")));
    let asked = || {
        let signs = ["venv", "env", "site-packages", "proj", "work"];
        let asked = places.asked().into_iter().filter(|(path, _)| !path.contains("cache"));
        let (path, found) = asked.into_iter().find(|(path, _)| signs.iter().any(|sign| path.contains(sign)))?;
        let said = Said::Line {
            line: found.line,
            quote: found.quote,
            means: format!("{path} is taken for the target, by its name"),
        };
        Some(Path { path: path.to_owned(), said })
    };
    let here = || {
        let directory = places.directory()?;
        let why = format!("the target is {directory}/.venv, where uv has the environment of a project");
        Some(Path { path: format!("{directory}/.venv"), said: Said::Default(why) })
    };
    let found =
        error_path(notes, 1).or_else(given).or_else(|| set("UV_PROJECT_ENVIRONMENT")).or_else(|| set("VIRTUAL_ENV"));
    found.or_else(venv).or_else(asked).or_else(here)
}
