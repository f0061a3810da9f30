//! Which mount a path is on, by what a text shows.
//!
//! Invariant: paths are compared as texts; none is opened.

use super::facts::{Fact, Note};
use super::mounts::Mount;

/// The mounts of a text, and what its paths hang on.
#[derive(Debug)]
pub struct Places<'a> {
    notes: &'a [Note],
    home: Option<String>,
    directory: Option<&'a str>,
}

/// A mount that a path is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The line that shows the mount.
    pub line: usize,
    /// That line.
    pub quote: String,
    /// The mount.
    pub mount: Mount,
    /// How it is known.
    pub how: How,
}

/// How the mount of a path is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// The text asks for this path, or for one above it.
    Asked,
    /// Its mount point is above the path.
    Below,
    /// The text asks for this path, which is near.
    Beside(String),
}

impl<'a> Places<'a> {
    /// The places of a text.
    #[must_use]
    pub fn new(notes: &'a [Note]) -> Self {
        let directory = notes.iter().rev().find_map(|note| match &note.fact {
            Fact::Directory(directory) => Some(directory.as_str()),
            _ => None,
        });
        Self { notes, home: home(notes), directory }
    }

    /// The value of a variable, and its line.
    #[must_use]
    pub fn variable(&self, wanted: &str) -> Option<(&'a Note, &'a str)> {
        self.notes.iter().rev().find_map(|note| match &note.fact {
            Fact::Variable { name, value } if name == wanted => Some((note, value.as_str())),
            _ => None,
        })
    }

    /// The directory that commands run in, if the text shows it.
    #[must_use]
    pub const fn directory(&self) -> Option<&'a str> {
        self.directory
    }

    /// The path from the root, or from `~` where the text does not show where home is.
    #[must_use]
    pub fn absolute(&self, path: &str) -> String {
        let path = ["$HOME", "${HOME}"].iter().fold(path.to_owned(), |path, home| path.replace(home, "~"));
        let path = match path.strip_prefix('$').map(|name| name.trim_matches(['{', '}'])) {
            Some(name) => self.variable(name).map_or(path.clone(), |(_, value)| value.to_owned()),
            None => path,
        };
        let path = if path.starts_with(['/', '~', '$']) {
            path
        } else {
            format!("{}/{}", self.directory.unwrap_or("."), path.trim_start_matches("./"))
        };
        match (&self.home, path.strip_prefix('~')) {
            (Some(home), Some(rest)) if rest.is_empty() || rest.starts_with('/') => format!("{home}{rest}"),
            _ => path,
        }
    }

    /// The mount that a path is on: the one with most of the path in common.
    #[must_use]
    pub fn mount(&self, path: &str) -> Option<Found> {
        let path = self.absolute(path);
        let wanted = parts(&path);
        let found = self.mounts().filter_map(|(note, mount)| {
            let (how, score) = self.how(mount, &wanted)?;
            Some((score, Found { line: note.line, quote: note.quote.clone(), mount: mount.clone(), how }))
        });
        // Of equals the first: a later table may be of another time.
        found.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, found)| found)
    }

    /// The mounts that answer questions for paths: the path as it was asked for, with its mount.
    #[must_use]
    pub fn asked(&self) -> Vec<(&'a str, Found)> {
        let asked = self.mounts().filter_map(|(note, mount)| {
            let found = Found { line: note.line, quote: note.quote.clone(), mount: mount.clone(), how: How::Asked };
            Some((mount.asked.as_deref()?, found))
        });
        asked.collect()
    }

    /// Every mount.
    pub fn mounts(&self) -> impl Iterator<Item = (&'a Note, &'a Mount)> {
        self.notes.iter().filter_map(|note| match &note.fact {
            Fact::Mount(mount) => Some((note, mount)),
            _ => None,
        })
    }

    /// The better of two answers scores higher: by the parts in common, then by how they are known.
    fn how(&self, mount: &Mount, wanted: &[&str]) -> Option<(How, (usize, u8))> {
        let above = |path: &str| {
            let parts = parts(path);
            wanted.starts_with(&parts).then_some(parts.len())
        };
        let below = (!mount.at.is_empty()).then(|| above(&mount.at)).flatten();
        let Some(asked) = mount.asked.as_deref() else {
            return below.map(|score| (How::Below, (score, 1)));
        };
        let absolute = self.absolute(asked);
        if let Some(score) = above(&absolute) {
            return Some((How::Asked, (score, 2)));
        }
        if let Some(score) = below {
            return Some((How::Below, (score, 1)));
        }
        // A mount point that is above the path asked for, and not above this one, is between the two.
        let between = !mount.at.is_empty() && parts(&absolute).starts_with(&parts(&mount.at));
        let common = parts(&absolute).iter().zip(wanted).take_while(|(a, b)| a == b).count();
        // Whatever is in a home may be a way out of it.
        let home = parts(self.home.as_deref().unwrap_or("~"));
        let least = if wanted.starts_with(&home) { home.len() } else { 0 };
        (common > least && !between).then(|| (How::Beside(asked.to_owned()), (common, 0)))
    }

    /// The mount with what other tables say of it.
    #[must_use]
    pub fn enriched(&self, mount: &Mount) -> Mount {
        let mut rich = mount.clone();
        let same = |other: &&Mount| !mount.at.is_empty() && other.at == mount.at && other.source == mount.source;
        for other in self.mounts().map(|(_, other)| other).filter(same) {
            rich.kind = rich.kind.or_else(|| other.kind.clone());
            rich.root = rich.root.or_else(|| other.root.clone());
            rich.device = rich.device.or_else(|| other.device.clone());
            rich.number = rich.number.or_else(|| other.number.clone());
            if rich.options.is_empty() {
                rich.options.clone_from(&other.options);
            }
        }
        rich
    }
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

/// Where home is: as it is set, else as the prompt's user has it, else as the first path in a home has it.
fn home(notes: &[Note]) -> Option<String> {
    let set = notes.iter().find_map(|note| match &note.fact {
        Fact::Variable { name, value } if name == "HOME" && value.starts_with('/') => {
            Some(value.trim_end_matches('/').to_owned())
        }
        _ => None,
    });
    let used = || {
        notes.iter().find_map(|note| match &note.fact {
            Fact::User(user) if user == "root" => Some("/root".to_owned()),
            Fact::User(user) => Some(format!("/home/{user}")),
            _ => None,
        })
    };
    let seen = || {
        notes.iter().find_map(|note| match &note.fact {
            Fact::Variable { value, .. } | Fact::CacheDir(value) => in_home(value),
            Fact::Mount(mount) => mount.asked.as_deref().and_then(in_home),
            Fact::Container(mount) => in_home(&mount.at),
            Fact::Paths(paths) => paths.iter().flatten().find_map(|path| in_home(path)),
            _ => None,
        })
    };
    set.or_else(used).or_else(seen)
}

fn in_home(path: &str) -> Option<String> {
    match parts(path)[..] {
        [top @ ("home" | "Users"), user, ..] if path.starts_with('/') => Some(format!("/{top}/{user}")),
        ["root", ..] if path.starts_with('/') => Some("/root".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::gather::gather;
    use super::super::text::lines;
    use super::*;

    fn on(text: &str, path: &str) -> Option<(String, How)> {
        let notes = gather(&lines(text.as_bytes()));
        Places::new(&notes).mount(path).map(|found| (found.mount.at, found.how))
    }

    const TABLE: &str = "/dev/sda1 on / type ext4 (rw)\n/dev/sda2 on /home type ext4 (rw)\n";

    #[test]
    fn a_path_is_below_the_longest_mount_point() {
        assert_eq!(on(TABLE, "/home/me/x"), Some(("/home".to_owned(), How::Below)));
        assert_eq!(on(TABLE, "/homely"), Some(("/".to_owned(), How::Below)));
        assert_eq!(on("/dev/sda2 on /home type ext4 (rw)\n", "/srv"), None);
    }

    #[test]
    fn home_is_where_the_prompt_s_user_has_it() {
        assert_eq!(on(&format!("[me@host ~]$ true\n{TABLE}"), "~/.cache"), Some(("/home".to_owned(), How::Below)));
        assert_eq!(on(&format!("root@host:~# true\n{TABLE}"), "~/.cache"), Some(("/".to_owned(), How::Below)));
    }

    #[test]
    fn what_was_asked_for_is_known_even_through_a_symlink() {
        let text =
            "$ df -T ~/data ~/.local/bin\nnas:/data nfs4 9 9 9 1% /mnt/data\nnas:/home nfs4 9 9 9 1% /cluster/home\n";
        assert_eq!(on(text, "~/data/uv"), Some(("/mnt/data".to_owned(), How::Asked)));
        let beside = How::Beside("~/.local/bin".to_owned());
        assert_eq!(on(text, "~/.local/share/uv/tools"), Some(("/cluster/home".to_owned(), beside)));
        assert_eq!(on(text, "~/other"), None);
    }

    #[test]
    fn a_mount_point_between_is_no_neighbour() {
        let text = "$ df -T /srv/a\n/dev/sdb1 ext4 9 9 9 1% /srv/a\n";
        assert_eq!(on(text, "/srv/b"), None);
    }
}
