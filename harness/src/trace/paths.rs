//! The paths that a trace shows: as the thread wrote them, their directories resolved.
//!
//! Invariant: what is remembered of a path holds until a directory, or a symlink on the way, is renamed or removed; and all calls
//! that could do that come through here, see [`Paths::may_change`].

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat2, readlinkat, statat};

use super::call::{Subject, or_here};
use super::class::Class;
use super::context::Context;
use super::event::{Answer, Event};
use super::spelling::Spelling;
use super::walk::comes_by_proc;

/// Where directories are.
#[derive(Debug, Default)]
pub struct Paths {
    /// By what was written; of relative paths, behind the directory that they begin in.
    known: HashMap<Vec<u8>, PathBuf>,
    elsewhere: Elsewhere,
}

/// Whether the kernel moves or removes anything without us.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Elsewhere {
    #[default]
    Nothing,
    /// It may, at any time from now on.
    Something,
}

impl Paths {
    /// The path, with its directory resolved, as far as that can be done. We must be in the thread's directory.
    ///
    /// # Errors
    /// It may lead elsewhere for the thread than for us.
    pub fn shown(&mut self, subject: &Subject, thread: &Context) -> io::Result<String> {
        let path = match subject {
            Subject::Text(text) => return Ok(text.to_string_lossy().into_owned()),
            Subject::File(file) => path_of(file),
            Subject::At { .. } => self.place(subject, thread)?,
        };
        Ok(path.to_string_lossy().into_owned())
    }

    /// Notes what was done. Making a path leads none elsewhere that led anywhere.
    pub fn may_change(&mut self, event: &Event) {
        if !matches!(event.class, Class::Rename | Class::Unlink) {
            return;
        }
        match event.answer {
            Answer::Done => self.known.clear(),
            Answer::Unseen(_) => {
                self.known.clear();
                self.elsewhere = Elsewhere::Something;
            }
            _ => {}
        }
    }

    fn place(&mut self, subject: &Subject, thread: &Context) -> io::Result<PathBuf> {
        let Subject::At { directory, path, spelling, within } = subject else { return Ok(PathBuf::new()) };
        let bytes = path.as_os_str().as_bytes();
        let beginning = || path_of(directory.as_deref().unwrap_or(&thread.directory));
        let (parent, name) = match bytes.iter().rposition(|byte| *byte == b'/') {
            None => return Ok(beginning().join(path)),
            Some(0) => (&bytes[..1], &bytes[1..]),
            Some(slash) => (&bytes[..slash], &bytes[slash + 1..]),
        };
        let whole = matches!(name, b"" | b"." | b"..");
        let parent = if whole { bytes } else { parent };
        let joined = |parent: &Path| if whole { parent.to_owned() } else { parent.join(OsStr::from_bytes(name)) };
        let key = match (path.is_absolute(), directory) {
            _ if thread.disguise.is_some() || self.elsewhere == Elsewhere::Something || !within.is_empty() => None,
            (true, _) => Some(parent.to_vec()),
            (false, None) => Some([beginning().as_os_str().as_bytes(), parent].join(&b'/')),
            (false, Some(_)) => None,
        };
        if let Some(known) = key.as_ref().and_then(|key| self.known.get(key)) {
            return Ok(joined(known));
        }
        match open_path(directory.as_deref(), Path::new(OsStr::from_bytes(parent)), *spelling, *within)? {
            Ok((_, resolved)) => {
                let shown = joined(&resolved);
                if let Some(key) = key {
                    self.known.insert(key, resolved);
                }
                Ok(shown)
            }
            Err(_) => Ok(beginning().join(path)),
        }
    }
}

impl Subject {
    /// What is there, if something is; of a symlink, what it leads to. We must be in the thread's directory.
    ///
    /// # Errors
    /// It may lead elsewhere for the thread than for us.
    pub fn look(&self) -> io::Result<rustix::io::Result<Stat>> {
        let (directory, path, spelling, within) = match self {
            Self::File(file) => return Ok(fstat(file)),
            Self::Text(_) => return Ok(Err(rustix::io::Errno::NOENT)),
            Self::At { directory, path, spelling, within } => (directory.as_deref(), path, *spelling, *within),
        };
        let found = statat(or_here(directory), path, AtFlags::SYMLINK_NOFOLLOW);
        let is_symlink = found.is_ok_and(|found| FileType::from_raw_mode(found.st_mode).is_symlink());
        if !is_symlink && within.is_empty() {
            return Ok(found);
        }
        Ok(open_path(directory, path, spelling, within)?.and_then(|(file, _)| fstat(file)))
    }
}

/// Opens what a path leads to, to look at it; and the path that it has.
///
/// # Errors
/// It may lead elsewhere for the thread than for us.
fn open_path(
    directory: Option<&OwnedFd>,
    path: &Path,
    spelling: Spelling,
    within: ResolveFlags,
) -> io::Result<rustix::io::Result<(OwnedFd, PathBuf)>> {
    let open = |within| {
        let opened = openat2(or_here(directory), path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), within)?;
        let resolved = path_of(&opened);
        Ok((opened, resolved))
    };
    if spelling == Spelling::Replaced {
        return Ok(open(within));
    }
    let opened = open(within | ResolveFlags::NO_MAGICLINKS);
    // What is in proc(5) by itself is the same for all.
    let is_suspect = opened.as_ref().map_or(true, |(_, resolved)| resolved.starts_with("/proc"));
    if is_suspect && comes_by_proc(or_here(directory), path) {
        return Err(io::Error::other("its path may lead elsewhere for the linker than for exdev"));
    }
    Ok(opened)
}

/// The path of an open file, see `proc_pid_fd(5)`.
pub fn path_of(file: &OwnedFd) -> PathBuf {
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let read = readlinkat(CWD, link, Vec::with_capacity(256));
    read.map(|path| PathBuf::from(OsString::from_vec(path.into_bytes()))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::rc::Rc;

    use super::*;
    use crate::trace::context::Contexts;

    fn at(directory: Option<&OwnedFd>, path: &Path) -> Subject {
        let directory = directory.map(|directory| Rc::new(directory.try_clone().unwrap()));
        Subject::At { directory, path: path.to_owned(), spelling: Spelling::AsWritten, within: ResolveFlags::empty() }
    }

    fn done(class: Class, answer: Answer) -> Event {
        Event { class, ordinal: 1, from: None, to: String::new(), answer, inode: None, confined: false }
    }

    fn own() -> Rc<Context> {
        Contexts::new().unwrap().of(std::process::id().cast_signed()).unwrap()
    }

    #[test]
    fn a_path_is_shown_with_its_directory_resolved_and_its_end_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        symlink("a/b", root.join("way")).unwrap();
        symlink("nowhere", root.join("a/b/end")).unwrap();
        let (mut paths, thread) = (Paths::default(), own());
        let directory: OwnedFd = fs::File::open(&root).unwrap().into();
        for (written, expected) in
            [("way/end", "a/b/end"), ("way/../x", "a/x"), ("way/.", "a/b"), ("way/", "a/b"), ("no/x", "no/x")]
        {
            let expected = root.join(expected).to_str().unwrap().to_owned();
            // The second time it is remembered.
            for _ in 0..2 {
                assert_eq!(paths.shown(&at(None, &root.join(written)), &thread).unwrap(), expected);
            }
            assert_eq!(paths.shown(&at(Some(&directory), Path::new(written)), &thread).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_renamed_or_removed_is_resolved_anew() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        for name in ["a", "b", "c"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        let lead = |to: &str| {
            let _ = fs::remove_file(root.join("way"));
            symlink(to, root.join("way")).unwrap();
        };
        let (mut paths, thread) = (Paths::default(), own());
        let mut shown = |before: &Event| {
            paths.may_change(before);
            paths.shown(&at(None, &root.join("way/x")), &thread).unwrap()
        };
        let expected = |name: &str| root.join(name).join("x").to_str().unwrap().to_owned();
        lead("a");
        assert_eq!(shown(&done(Class::Mkdir, Answer::Done)), expected("a"));
        lead("b");
        assert_eq!(shown(&done(Class::Unlink, Answer::Done)), expected("b"));
        lead("c");
        assert_eq!(shown(&done(Class::Rename, Answer::Unseen(String::new()))), expected("c"));
        // From now on, the kernel may do such a thing at any time.
        lead("a");
        assert_eq!(shown(&done(Class::Mkdir, Answer::Done)), expected("a"));
    }

    #[test]
    fn a_path_through_a_symlink_of_the_process_itself_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let file = fs::File::create(root.path().join("file")).unwrap();
        let magic = format!("/proc/self/fd/{}", file.as_raw_fd());
        symlink(&magic, root.path().join("end")).unwrap();
        symlink("/proc/self/cwd", root.path().join("way")).unwrap();
        symlink("/proc/self/fd/999999", root.path().join("theirs")).unwrap();
        for name in ["end", "theirs", "way"] {
            assert!(at(None, &root.path().join(name)).look().is_err(), "{name}");
        }
        assert!(Paths::default().shown(&at(None, &root.path().join("way/x")), &own()).is_err());
        assert!(at(None, &root.path().join("file")).look().unwrap().is_ok());
    }
}
