//! A watched call, read from the memory of the thread that wants to make it, in words that mean the same here.

use std::ffi::{OsStr, OsString};
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nix::libc;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};

use super::context::Context;
use super::signature::{Argument, Role, Signature};
use crate::sys::replay::Word;

/// A call that can be made here.
#[derive(Debug)]
pub struct Call {
    /// Its number.
    pub number: i64,
    /// Its arguments.
    pub words: [Word; 6],
    /// What it takes something from.
    pub from: Option<Subject>,
    /// What it places, changes or removes.
    pub to: Option<Subject>,
    /// The words whose bytes the kernel changes, with where they belong in the thread's memory.
    pub returned: Vec<(usize, u64)>,
    /// Where the flags of openat(2) are.
    pub flags: Option<usize>,
}

/// What a call is about. Descriptors are our own copies, whose numbers are in the words.
#[derive(Debug)]
pub enum Subject {
    /// A path that begins in a directory, the thread's own where none is given.
    At { directory: Option<Rc<OwnedFd>>, path: PathBuf },
    /// An open file.
    File(Rc<OwnedFd>),
    /// A text that names nothing yet.
    Text(OsString),
}

impl Call {
    /// Reads a call of this thread.
    pub fn read(signature: &Signature, arguments: &[u64; 6], thread: &Context) -> io::Result<Self> {
        let mut reader = Reader { thread, directory: None, call: Self::new(signature.number, arguments) };
        for (index, argument) in signature.arguments.iter().enumerate() {
            reader.take(*argument, index, arguments)?;
        }
        Ok(reader.call)
    }

    fn new(number: i64, arguments: &[u64; 6]) -> Self {
        let words = arguments.map(Word::Number);
        Self { number, words, from: None, to: None, returned: Vec::new(), flags: None }
    }
}

impl Subject {
    /// The path, with its directory resolved, as far as that can be done.
    pub fn shown(&self, thread: &Context) -> String {
        let path = match self {
            Self::Text(text) => return text.to_string_lossy().into_owned(),
            Self::File(file) => path_of(file),
            Self::At { directory, path } => place(directory.as_deref(), path, thread),
        };
        path.to_string_lossy().into_owned()
    }

    /// What is there, if something is; of a symlink, what it leads to.
    pub fn look(&self) -> rustix::io::Result<Stat> {
        match self {
            Self::File(file) => fstat(file),
            Self::At { directory, path } => statat(or_here(directory.as_deref()), path, AtFlags::empty()),
            Self::Text(_) => Err(rustix::io::Errno::NOENT),
        }
    }
}

struct Reader<'a> {
    thread: &'a Context,
    directory: Option<Rc<OwnedFd>>,
    call: Call,
}

impl Reader<'_> {
    fn take(&mut self, argument: Argument, index: usize, arguments: &[u64; 6]) -> io::Result<()> {
        let value = arguments[index];
        match argument {
            Argument::Number => {}
            Argument::Flags => self.call.flags = Some(index),
            Argument::Directory => self.directory(index, value)?,
            Argument::File(role) => {
                // One that is none stays so: programs find out in that way whether the kernel knows a call.
                if let Some(copy) = self.copy(index, value)? {
                    self.about(role, Subject::File(copy));
                }
            }
            Argument::Path(role) => {
                let path = rewritten(self.text(value)?, self.thread);
                let directory = self.directory.take();
                self.about(role, Subject::At { directory, path: PathBuf::from(OsString::from_vec(path.clone())) });
                self.call.words[index] = Word::Bytes(ended(path));
            }
            Argument::Text => {
                let text = self.text(value)?;
                self.call.from = Some(Subject::Text(OsString::from_vec(text.clone())));
                self.call.words[index] = Word::Bytes(ended(text));
            }
            Argument::How => {
                let size = usize::try_from(arguments[index + 1]).unwrap_or(usize::MAX).min(PAGE);
                self.call.words[index] = Word::Bytes(self.bytes(value, size)?);
                self.call.flags = Some(index);
            }
            Argument::Range => self.range(index, value)?,
            Argument::Offset if value == 0 => self.call.words[index] = Word::Null,
            Argument::Offset => {
                self.call.words[index] = Word::Bytes(self.bytes(value, size_of::<u64>())?);
                self.call.returned.push((index, value));
            }
        }
        Ok(())
    }

    fn about(&mut self, role: Role, subject: Subject) {
        match role {
            Role::From => self.call.from = Some(subject),
            Role::To => self.call.to = Some(subject),
        }
    }

    fn directory(&mut self, index: usize, value: u64) -> io::Result<()> {
        // The kernel looks at the lower half alone.
        if descriptor(value) != libc::AT_FDCWD {
            self.directory = Some(self.copy(index, value)?.ok_or(io::Error::from_raw_os_error(libc::EBADF))?);
        }
        Ok(())
    }

    /// Our own copy of a descriptor, put in its place; `None` of one that is none.
    fn copy(&mut self, index: usize, value: u64) -> io::Result<Option<Rc<OwnedFd>>> {
        let copy = self.thread.file(descriptor(value))?;
        if let Some(copy) = &copy {
            self.call.words[index] = Word::Number(u64::from(copy.as_raw_fd().unsigned_abs()));
        }
        Ok(copy.map(Rc::new))
    }

    /// `struct file_clone_range` begins with a descriptor of 64 bits.
    fn range(&mut self, index: usize, value: u64) -> io::Result<()> {
        let mut range = self.bytes(value, 4 * size_of::<u64>())?;
        let (descriptor, _) = range.split_at_mut(size_of::<u64>());
        let theirs = u64::from_ne_bytes(std::array::from_fn(|byte| descriptor[byte]));
        if let Some(copy) = self.thread.file(self::descriptor(theirs))? {
            descriptor.copy_from_slice(&i64::from(copy.as_raw_fd()).to_ne_bytes());
            self.about(Role::From, Subject::File(Rc::new(copy)));
        }
        self.call.words[index] = Word::Bytes(range);
        Ok(())
    }

    /// A text up to its zero. One that is longer than any path can be is cut, and then too long for the kernel as well.
    fn text(&self, at: u64) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        while text.len() < PAGE {
            let at = at + text.len() as u64;
            // A read that runs into a page that is not there gives nothing at all.
            let chunk = PAGE - usize::try_from(at).unwrap_or(0) % PAGE;
            let bytes = self.bytes(at, chunk)?;
            if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
                text.extend_from_slice(&bytes[..end]);
                return Ok(text);
            }
            text.extend(bytes);
        }
        Ok(text)
    }

    fn bytes(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let base = usize::try_from(at).map_err(|_| io::ErrorKind::InvalidInput)?;
        let remote = [RemoteIoVec { base, len: length }];
        let read = process_vm_readv(Pid::from_raw(self.thread.process), &mut [IoSliceMut::new(&mut bytes)], &remote)?;
        if read == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// The size of a page; no path is longer, see `PATH_MAX`.
const PAGE: usize = 4096;

fn descriptor(value: u64) -> RawFd {
    #[expect(clippy::cast_possible_truncation, reason = "the kernel looks at the lower half alone")]
    let descriptor = value as RawFd;
    descriptor
}

fn ended(mut text: Vec<u8>) -> Vec<u8> {
    text.push(0);
    text
}

/// A path that leads to the thread itself would lead to us.
fn rewritten(path: Vec<u8>, thread: &Context) -> Vec<u8> {
    let (process, number) = (thread.process, thread.thread);
    let leads = [
        ("/proc/self", format!("/proc/{process}")),
        ("/proc/thread-self", format!("/proc/{process}/task/{number}")),
        ("/dev/fd", format!("/proc/{process}/fd")),
        ("/dev/stdin", format!("/proc/{process}/fd/0")),
        ("/dev/stdout", format!("/proc/{process}/fd/1")),
        ("/dev/stderr", format!("/proc/{process}/fd/2")),
    ];
    if !path.starts_with(b"/proc/") && !path.starts_with(b"/dev/") {
        return path;
    }
    let changed = leads.iter().find_map(|(from, to)| {
        let rest = path.strip_prefix(from.as_bytes()).filter(|rest| rest.is_empty() || rest.starts_with(b"/"))?;
        Some([to.as_bytes(), rest].concat())
    });
    changed.unwrap_or(path)
}

/// A path with its directory resolved.
fn place(directory: Option<&OwnedFd>, path: &Path, thread: &Context) -> PathBuf {
    let beginning = || directory.map_or_else(|| thread.directory_path.clone(), path_of);
    let bytes = path.as_os_str().as_bytes();
    let (parent, name) = match bytes.iter().rposition(|byte| *byte == b'/') {
        None => return beginning().join(path),
        Some(0) => (&bytes[..1], &bytes[1..]),
        Some(slash) => (&bytes[..slash], &bytes[slash + 1..]),
    };
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let whole = matches!(name, b"" | b"." | b"..");
    let parent = Path::new(OsStr::from_bytes(if whole { bytes } else { parent }));
    match openat(or_here(directory), parent, flags, Mode::empty()) {
        Ok(parent) if whole => path_of(&parent),
        Ok(parent) => path_of(&parent).join(OsStr::from_bytes(name)),
        Err(_) => beginning().join(path),
    }
}

/// The directory, or the one that we are in.
pub fn or_here(directory: Option<&OwnedFd>) -> BorrowedFd<'_> {
    directory.map_or(CWD, AsFd::as_fd)
}

/// The path of an open file, see `proc_pid_fd(5)`.
pub fn path_of(file: &OwnedFd) -> PathBuf {
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let read = readlinkat(CWD, link, Vec::with_capacity(256));
    read.map(|path| PathBuf::from(OsString::from_vec(path.into_bytes()))).unwrap_or_default()
}
