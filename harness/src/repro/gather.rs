//! From lines to facts.
//!
//! Invariant: every line is looked at once, and what it is depends on it and on a few lines before and after it alone.

use std::collections::VecDeque;

use super::commands::{self, Asks};
use super::facts::{Fact, Note};
use super::kinds;
use super::mounts::{self, Mount};
use super::text::Line;
use super::words::{self, Told};

/// The facts of a text, in its order.
#[must_use]
pub fn gather(lines: &[Line]) -> Vec<Note> {
    let mut reader = Reader::default();
    let mut at = 0;
    while at < lines.len() {
        at += reader.take(&lines[at..]);
    }
    reader.notes
}

/// What the next lines are the answer to.
#[derive(Debug, Default)]
enum Awaited {
    #[default]
    Nothing,
    Mounts(VecDeque<String>),
    Types(VecDeque<String>),
    CacheDir,
    Version,
}

#[derive(Debug, Default)]
struct Reader {
    notes: Vec<Note>,
    awaited: Awaited,
    /// The columns of the table that the lines may be rows of.
    columns: Option<Vec<String>>,
    /// The line before, if a table's row may have begun there.
    begun: Option<String>,
    /// The path that `stat -f` tells of.
    stated: Option<String>,
}

impl Reader {
    /// Takes what the lines begin with; answers how many they are.
    fn take(&mut self, lines: &[Line]) -> usize {
        let line = &lines[0];
        if let Some(Told { symptom, paths, lines }) = words::told(lines) {
            self.note(line, Fact::Symptom(symptom));
            if paths.iter().any(Option::is_some) {
                self.note(line, Fact::Paths(paths));
            }
            self.version(line);
            self.other_linker(line);
            return lines;
        }
        let begun = self.begun.take();
        if let Some(mount) = self.row(&line.text, begun.as_deref()) {
            let asked = mount.asked.clone().or_else(|| self.asked());
            self.note(line, Fact::Mount(Mount { asked, ..mount }));
        } else if !self.answer(line) {
            self.begun = mounts::lone_source(&line.text).map(str::to_owned);
            self.say(line);
        }
        1
    }

    fn note(&mut self, line: &Line, fact: Fact) {
        self.notes.push(Note { line: line.number, quote: line.text.clone(), fact });
    }

    fn row(&mut self, text: &str, begun: Option<&str>) -> Option<Mount> {
        if text.is_empty() {
            self.columns = None;
        }
        if let Some(columns) = mounts::findmnt_head(text) {
            self.columns = Some(columns);
            return None;
        }
        let columns = self.columns.as_deref();
        let listed = || columns.and_then(|columns| mounts::findmnt(text, columns));
        mounts::whole(text).or_else(|| mounts::df(text, begun)).or_else(listed).or_else(|| self.stat(text))
    }

    /// Of `stat -f`, whose answer has several lines.
    fn stat(&mut self, text: &str) -> Option<Mount> {
        if let Some(file) = text.trim().strip_prefix("File: ") {
            self.stated = Some(file.trim_matches(['"', '\'']).to_owned());
            return None;
        }
        let (_, rest) = text.split_once("ID: ")?;
        let (id, rest) = rest.split_once(' ')?;
        let (_, kind) = rest.split_once("Type: ")?;
        let device = Some(id.to_owned()).filter(|id| id != "0");
        Some(Mount { kind: Some(kind.trim().to_owned()), device, asked: Some(self.stated.take()?), ..Mount::default() })
    }

    fn asked(&mut self) -> Option<String> {
        match &mut self.awaited {
            Awaited::Mounts(paths) => paths.pop_front(),
            _ => None,
        }
    }

    /// Takes a line that is nothing but the answer to what is awaited.
    fn answer(&mut self, line: &Line) -> bool {
        let word = line.text.trim();
        if word.is_empty() {
            return true;
        }
        let fact = match &mut self.awaited {
            Awaited::CacheDir if word.starts_with(['/', '~']) && !word.contains(' ') => Fact::CacheDir(word.to_owned()),
            Awaited::Types(paths) if kinds::is_known(word) => {
                let kind = Some(word.to_owned());
                Fact::Mount(Mount { kind, asked: paths.pop_front(), ..Mount::default() })
            }
            Awaited::Version => match words::answered_version(word) {
                Some(version) => Fact::Version(version.to_owned()),
                None => return self.forget(),
            },
            _ => return false,
        };
        if !matches!(self.awaited, Awaited::Types(_)) {
            self.forget();
        }
        self.note(line, fact);
        true
    }

    fn forget(&mut self) -> bool {
        self.awaited = Awaited::Nothing;
        false
    }

    fn say(&mut self, line: &Line) {
        self.version(line);
        self.other_linker(line);
        if words::asks_version(&line.text) {
            self.awaited = Awaited::Version;
            return;
        }
        let read = commands::read(&line.text);
        match read.asks {
            Some(Asks::Mounts(paths)) => self.awaited = Awaited::Mounts(paths.into()),
            Some(Asks::Types(paths)) => self.awaited = Awaited::Types(paths.into()),
            Some(Asks::CacheDir) => self.awaited = Awaited::CacheDir,
            None => {}
        }
        for fact in read.facts {
            self.note(line, fact);
        }
    }

    fn version(&mut self, line: &Line) {
        if let Some(version) = words::version(&line.text) {
            self.note(line, Fact::Version(version.to_owned()));
        }
    }

    fn other_linker(&mut self, line: &Line) {
        if let Some(name) = words::other_linker(&line.text) {
            self.note(line, Fact::OtherLinker(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::lines;
    use super::*;

    fn mounts(text: &str) -> Vec<(usize, String, Option<String>)> {
        let notes = gather(&lines(text.as_bytes()));
        let of = |note: Note| match note.fact {
            Fact::Mount(mount) => Some((note.line, mount.named(), mount.asked)),
            _ => None,
        };
        notes.into_iter().filter_map(of).collect()
    }

    fn row(line: usize, named: &str, asked: &str) -> (usize, String, Option<String>) {
        (line, named.to_owned(), Some(asked.to_owned()).filter(|asked| !asked.is_empty()))
    }

    #[test]
    fn rows_are_the_answers_to_what_was_asked() {
        let text = "$ df -T /a /b\nFilesystem Type 1K-blocks Used Available Use% Mounted on\n\
                    nas.example.org:/export/long\n               nfs4  9 9 9 1% /srv/a\n/dev/sda1 ext4 9 9 9 1% /\n";
        assert_eq!(
            mounts(text),
            [row(4, "nfs4 of nas.example.org:/export/long at /srv/a", "/a"), row(5, "ext4 of /dev/sda1 at /", "/b")]
        );
    }

    #[test]
    fn findmnt_and_stat_are_answers_too() {
        let text = "findmnt -T /a/b\nTARGET SOURCE FSTYPE OPTIONS\n/a /dev/sda2[/@a] btrfs rw\n\n\
                    stat -f /c\n  File: \"/c\"\n    ID: 9a0 Namelen: 255     Type: ext2/ext3\n\
                    $ stat -f -c %T /d /e\nxfs\ntmpfs\n";
        assert_eq!(
            mounts(text),
            [
                row(3, "btrfs of /dev/sda2 at /a", "/a/b"),
                row(7, "ext2/ext3", "/c"),
                row(9, "xfs", "/d"),
                row(10, "tmpfs", "/e")
            ]
        );
    }

    #[test]
    fn a_version_may_stand_below_its_title() {
        let versions = |text: &str| {
            let of = |note: Note| match note.fact {
                Fact::Version(version) => Some((note.line, version)),
                _ => None,
            };
            gather(&lines(text.as_bytes())).into_iter().filter_map(of).collect::<Vec<_>>()
        };
        assert_eq!(versions("### Version\n\n0.6.1\n"), [(3, "0.6.1".to_owned())]);
        assert_eq!(versions("Platform\nAlmaLinux 8.10.2\nUV Version\n0.6.1"), [(4, "0.6.1".to_owned())]);
        assert_eq!(versions("### Version\n\nthe newest\n0.6.1"), []);
    }
}
