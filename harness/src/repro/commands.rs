//! The commands in a text: what they set, ask and install.

use super::facts::{Command, Fact, Manner, Verb};
use super::mounts::Mount;
use super::shell;

/// What a command waits for on the lines after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// The mounts of these paths, in this order.
    Mounts(Vec<String>),
    /// The types of these paths' filesystems, a line each.
    Types(Vec<String>),
    /// The cache's directory.
    CacheDir,
}

/// What a line holds as a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// What it says.
    pub facts: Vec<Fact>,
    /// What the next lines answer.
    pub asks: Option<Asks>,
}

/// Reads a line that may have been typed, and the code in a sentence.
#[must_use]
pub fn read(line: &str) -> Read {
    let shell::Typed { prompt, text } = shell::typed(line);
    let mut read = Read::default();
    if let Some(prompt) = prompt {
        read.facts.extend(shell::user(prompt).map(|user| Fact::User(user.to_owned())));
        read.facts.extend(shell::directory(prompt).map(|directory| Fact::Directory(directory.to_owned())));
    }
    if let Some(fact) = setting(text) {
        read.facts.push(fact);
        return read;
    }
    read.facts.extend(container(text));
    for words in shell::commands(text) {
        command(&words, Manner::Typed, &mut read);
    }
    for code in text.split('`').skip(1).step_by(2) {
        for words in shell::commands(code) {
            command(&words, Manner::Mentioned, &mut read);
        }
    }
    read
}

/// Whether a variable has to do with where uv's files are, or how they get there.
fn matters(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "UV_CACHE_DIR",
        "UV_TOOL_DIR",
        "UV_TOOL_BIN_DIR",
        "UV_LINK_MODE",
        "UV_PROJECT_ENVIRONMENT",
        "VIRTUAL_ENV",
        "HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
        "XDG_BIN_HOME",
    ];
    NAMES.contains(&name)
}

fn variable(name: &str, value: &str) -> Option<Fact> {
    let (name, value) = (name.to_owned(), value.trim().to_owned());
    (matters(&name) && !value.is_empty()).then_some(Fact::Variable { name, value })
}

/// `UV_CACHE_DIR: /data` of YAML, `"UV_CACHE_DIR": "/data",` of JSON.
fn setting(text: &str) -> Option<Fact> {
    let (name, value) = text.split_once(':')?;
    let bare = |text: &str| text.trim().trim_end_matches(',').trim_matches(['"', '\'']).to_owned();
    variable(&bare(name), &bare(value))
}

/// `--mount=type=cache,target=/root/.cache/uv` of Docker, `"source=v,target=/cache,type=volume"` of a devcontainer.
fn container(text: &str) -> Vec<Fact> {
    let lists = text
        .split([' ', '"', '\''])
        .map(|word| word.trim_start_matches("--mount="))
        .filter(|word| word.contains("type="));
    let fact = |list: &str| {
        let of = |names: &[&str]| {
            list.split(',')
                .filter_map(|pair| pair.split_once('='))
                .find(|(name, _)| names.contains(name))
                .map(|(_, value)| value)
        };
        let kind = of(&["type"]).filter(|kind| ["cache", "bind", "volume", "tmpfs"].contains(kind))?;
        let at = of(&["target", "dst", "destination"]).filter(|at| at.starts_with(['/', '~']))?.to_owned();
        let kind = (kind == "tmpfs").then(|| kind.to_owned());
        Some(Fact::Container(Mount { kind, at, ..Mount::default() }))
    };
    lists.filter_map(fact).collect()
}

fn command(words: &[String], manner: Manner, read: &mut Read) {
    let mut words = words.iter().map(String::as_str).collect::<Vec<_>>().into_iter().peekable();
    while let Some(word) = words.next_if(|word| is_prefix(word)) {
        if let Some((name, value)) = word.split_once('=').filter(|(name, _)| tells(name, manner)) {
            read.facts.extend(variable(name, value));
        }
    }
    let Some(program) = words.next() else { return };
    let rest: Vec<_> = words.collect();
    let paths = || rest.iter().filter(|word| !word.starts_with('-')).map(|&path| path.to_owned()).collect::<Vec<_>>();
    match program.rsplit('/').next().unwrap_or(program) {
        "setenv" | "ENV" | "set" | "ARG" => {
            let name = rest.iter().position(|word| matters(word));
            let spaced = name.and_then(|at| Some((rest[at], *rest.get(at + 1)?)));
            let pairs = rest.iter().filter_map(|word| word.split_once('=')).chain(spaced);
            read.facts.extend(
                pairs.filter(|(name, _)| tells(name, manner)).filter_map(|(name, value)| variable(name, value)),
            );
        }
        "cd" | "WORKDIR" if manner == Manner::Typed => {
            read.facts
                .extend(rest.first().filter(|at| at.starts_with(['/', '~'])).map(|&at| Fact::Directory(at.to_owned())));
        }
        "df" => read.asks = Some(Asks::Mounts(paths())),
        "findmnt" => {
            let mut paths = paths();
            paths.retain(|path| path.contains(['/', '~', '$', '.']));
            read.asks = Some(Asks::Mounts(paths));
        }
        "stat" if rest.iter().any(|word| word.starts_with("-f")) && rest.contains(&"%T") => {
            read.asks = Some(Asks::Types(paths().into_iter().filter(|path| path != "%T").collect()));
        }
        "docker" | "podman" => read.facts.extend(volumes(&rest)),
        "uv" if rest.starts_with(&["cache", "dir"]) => read.asks = Some(Asks::CacheDir),
        "uv" => read.facts.extend(uv(&rest, manner).map(Fact::Command)),
        _ => {}
    }
}

/// What stands before a program's name.
fn is_prefix(word: &str) -> bool {
    const WORDS: [&str; 6] = ["export", "sudo", "time", "env", "RUN", "-E"];
    let assignment = word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.contains(['/', ' ']));
    WORDS.contains(&word) || assignment
}

/// A sentence that names a mode recommends it more often than it reports it.
fn tells(name: &str, manner: Manner) -> bool {
    manner == Manner::Typed || name != "UV_LINK_MODE"
}

/// `docker run -v HOST:CONTAINER`.
fn volumes(words: &[&str]) -> Vec<Fact> {
    let flagged = words
        .iter()
        .zip(words.iter().skip(1))
        .filter(|(flag, _)| ["-v", "--volume"].contains(*flag))
        .map(|(_, value)| *value);
    let glued = words.iter().filter_map(|word| word.strip_prefix("--volume="));
    let places = flagged.chain(glued).filter_map(|volume| volume.split(':').nth(1)).filter(|at| at.starts_with('/'));
    places.map(|at| Fact::Container(Mount { at: at.to_owned(), ..Mount::default() })).collect()
}

fn uv(words: &[&str], manner: Manner) -> Option<Command> {
    let mut plain = words.iter().filter(|word| !word.starts_with('-'));
    let verb = match (*plain.next()?, plain.next().copied()) {
        ("tool", Some("install" | "upgrade")) => Verb::Tool,
        ("pip", Some("install" | "sync")) | ("sync" | "add" | "run" | "venv", _) => Verb::Environment,
        _ => return None,
    };
    let option = |name: &str| {
        let glued = words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let spaced = words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1)).copied();
        glued.or(spaced).filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let place = || option("--target").or_else(|| option("--prefix"));
    let venv = || (words[0] == "venv").then(|| words[1..].iter().find(|word| !word.starts_with('-'))).flatten();
    let target = place().or_else(|| venv().map(|&at| at.to_owned()));
    let mode = option("--link-mode").filter(|_| manner == Manner::Typed);
    Some(Command { verb, manner, target, cache: option("--cache-dir"), mode })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(line: &str) -> Vec<Fact> {
        read(line).facts
    }

    fn set(name: &str, value: &str) -> Fact {
        Fact::Variable { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn a_variable_is_set_in_many_ways() {
        for line in [
            "export UV_CACHE_DIR='/data/uv'",
            "$ UV_CACHE_DIR=/data/uv true",
            "ENV UV_CACHE_DIR=/data/uv",
            "ENV UV_CACHE_DIR /data/uv",
            "set -gx UV_CACHE_DIR /data/uv",
            "setenv UV_CACHE_DIR /data/uv",
            "  UV_CACHE_DIR: /data/uv",
            "\"UV_CACHE_DIR\": \"/data/uv\",",
            "I set `UV_CACHE_DIR=/data/uv` first",
        ] {
            assert_eq!(facts(line), [set("UV_CACHE_DIR", "/data/uv")], "{line}");
        }
        assert_eq!(facts("export PATH=/bin TOKEN=secret"), []);
    }

    #[test]
    fn a_mode_that_is_only_talked_of_is_not_taken() {
        assert_eq!(facts("it helps to `export UV_LINK_MODE=copy`"), []);
        assert_eq!(facts("export UV_LINK_MODE=clone"), [set("UV_LINK_MODE", "clone")]);
    }

    #[test]
    fn a_command_says_what_it_installs_into() {
        let target = |line: &str| match facts(line).as_slice() {
            [.., Fact::Command(command)] => Some((command.verb, command.target.clone(), command.mode.clone())),
            _ => None,
        };
        assert_eq!(target("uv tool install ruff"), Some((Verb::Tool, None, None)));
        assert_eq!(
            target("$ uv pip install --link-mode=hardlink --target /t x"),
            Some((Verb::Environment, Some("/t".to_owned()), Some("hardlink".to_owned())))
        );
        assert_eq!(target("uv venv -q /w/.venv"), Some((Verb::Environment, Some("/w/.venv".to_owned()), None)));
        assert_eq!(target("when I run `uv sync --link-mode copy` it"), Some((Verb::Environment, None, None)));
        assert_eq!(target("uv tool update-shell"), None);
    }

    #[test]
    fn a_question_is_for_paths() {
        assert_eq!(
            read("df -hT ~/a \"$(uv cache dir)\" | cat").asks,
            Some(Asks::Mounts(vec!["~/a".to_owned(), "$(uv cache dir)".to_owned()]))
        );
        assert_eq!(read("findmnt -T /a -o TARGET").asks, Some(Asks::Mounts(vec!["/a".to_owned()])));
        assert_eq!(read("stat -f -c %T /a /b").asks, Some(Asks::Types(vec!["/a".to_owned(), "/b".to_owned()])));
        assert_eq!(read("$ uv cache dir").asks, Some(Asks::CacheDir));
    }

    #[test]
    fn mounts_into_containers_have_places() {
        let at = |line: &str| match facts(line).as_slice() {
            [Fact::Container(mount), ..] => Some((mount.at.clone(), mount.kind.clone())),
            _ => None,
        };
        let volume = |at: &str| Some((at.to_owned(), None));
        assert_eq!(at("RUN --mount=type=cache,target=/root/.cache/uv uv sync"), volume("/root/.cache/uv"));
        assert_eq!(
            at("\"mounts\": [\"source=uv,target=/home/me/.cache/uv,type=volume\"]"),
            volume("/home/me/.cache/uv")
        );
        assert_eq!(at("docker run -v uv:/cache image"), volume("/cache"));
        assert_eq!(at("--mount type=tmpfs,dst=/cache"), Some(("/cache".to_owned(), Some("tmpfs".to_owned()))));
    }
}
