//! A watched call, read from the memory of the thread that wants to make it, in words that mean the same here.
//!
//! Invariant: what is wrong with a call is as wrong with ours, so that the kernel finds the same fault first.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::rc::Rc;

use nix::libc;
use rustix::fs::{CWD, ResolveFlags};

use super::context::Context;
use super::memory::{Memory, PAGE, TEXTS};
use super::signature::{Argument, Role, Signature};
use super::spelling::{Spelling, spell};
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
    At {
        /// The directory.
        directory: Option<Rc<OwnedFd>>,
        /// The path.
        path: PathBuf,
        /// Whether the thread wrote it so.
        spelling: Spelling,
        /// Where it may lead, see openat2(2).
        within: ResolveFlags,
    },
    /// An open file.
    File(Rc<OwnedFd>),
    /// A text that names nothing, or nothing yet.
    Text(OsString),
}

impl Call {
    /// Reads a call of this thread.
    pub fn read(signature: &Signature, arguments: &[u64; 6], thread: &Context) -> io::Result<Self> {
        let memory = Memory { thread: thread.thread };
        let is_text = |argument: &Argument| matches!(argument, Argument::Path(_) | Argument::Text);
        let mut at = (0..).zip(signature.arguments).filter(|(_, argument)| is_text(argument));
        let at: [Option<u64>; TEXTS] =
            std::array::from_fn(|_| at.next().map(|(index, _): (usize, _)| arguments[index]));
        let texts = if at[0].is_some() { memory.texts(at)? } else { Default::default() };
        let call = Self {
            number: signature.number,
            words: arguments.map(Word::Number),
            from: None,
            to: None,
            returned: Vec::new(),
            flags: None,
        };
        let mut reader = Reader { thread, memory, texts: texts.into_iter(), directory: Directory::Own, call };
        for (index, argument) in signature.arguments.iter().enumerate() {
            reader.take(*argument, index, arguments)?;
        }
        Ok(reader.call)
    }

    /// Whether it matters which directory it is made in.
    pub fn is_relative(&self) -> bool {
        let relative =
            |subject: &Subject| matches!(subject, Subject::At { directory: None, path, .. } if path.is_relative());
        [&self.from, &self.to].into_iter().flatten().any(relative)
    }
}

/// The directory that the next path begins in.
enum Directory {
    /// The thread's own.
    Own,
    /// This one.
    Given(Rc<OwnedFd>),
    /// None: relative paths name nothing.
    Nowhere,
}

struct Reader<'a> {
    thread: &'a Context,
    memory: Memory,
    texts: std::array::IntoIter<Option<Vec<u8>>, TEXTS>,
    directory: Directory,
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
                if let Some(copy) = self.thread.file(descriptor(value))? {
                    self.call.words[index] = number(&copy);
                    self.about(role, Subject::File(Rc::new(copy)));
                }
            }
            Argument::Path(role) => self.path(role, index),
            Argument::Text => {
                let text = self.texts.next().flatten();
                self.call.from = Some(Subject::Text(OsString::from_vec(text.clone().unwrap_or_default())));
                self.call.words[index] = text.map_or(Word::Unreadable, |text| Word::Bytes(ended(text)));
            }
            Argument::How => self.how(index, value, arguments[index + 1])?,
            Argument::Range => self.range(index, value)?,
            Argument::Offset if value == 0 => {}
            Argument::Offset => {
                self.bytes(index, value, size_of::<u64>())?;
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
        self.directory = if descriptor(value) == libc::AT_FDCWD {
            Directory::Own
        } else if let Some(copy) = self.thread.file(descriptor(value))? {
            self.call.words[index] = number(&copy);
            Directory::Given(Rc::new(copy))
        } else {
            self.call.words[index] = Word::Number(NO_DESCRIPTOR);
            Directory::Nowhere
        };
        Ok(())
    }

    fn path(&mut self, role: Role, index: usize) {
        let directory = std::mem::replace(&mut self.directory, Directory::Own);
        let Some(path) = self.texts.next().flatten() else {
            self.call.words[index] = Word::Unreadable;
            return self.about(role, Subject::Text(OsString::new()));
        };
        let (path, spelling) = spell(path, self.thread.process, self.thread.thread);
        self.call.words[index] = Word::Bytes(ended(path.clone()));
        let path = PathBuf::from(OsString::from_vec(path));
        let directory = match directory {
            Directory::Nowhere if path.is_relative() => return self.about(role, Subject::Text(path.into())),
            Directory::Given(directory) => Some(directory),
            Directory::Own | Directory::Nowhere => None,
        };
        self.about(role, Subject::At { directory, path, spelling, within: ResolveFlags::empty() });
    }

    /// `struct open_how` holds flags, a mode, and how the path may lead anywhere, each of 64 bits.
    fn how(&mut self, index: usize, value: u64, size: u64) -> io::Result<()> {
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(PAGE);
        self.bytes(index, value, size)?;
        self.call.flags = Some(index);
        let Word::Bytes(how) = &self.call.words[index] else { return Ok(()) };
        if let (Some(resolve), Some(Subject::At { within, .. })) = (how.get(16..24), &mut self.call.to) {
            *within = ResolveFlags::from_bits_retain(u64::from_ne_bytes(std::array::from_fn(|byte| resolve[byte])));
        }
        Ok(())
    }

    /// `struct file_clone_range` begins with a descriptor of 64 bits.
    fn range(&mut self, index: usize, value: u64) -> io::Result<()> {
        self.bytes(index, value, 4 * size_of::<u64>())?;
        let Word::Bytes(range) = &mut self.call.words[index] else { return Ok(()) };
        let (theirs, _) = range.split_at_mut(size_of::<u64>());
        let number = u64::from_ne_bytes(std::array::from_fn(|byte| theirs[byte]));
        if let Some(copy) = self.thread.file(descriptor(number))? {
            theirs.copy_from_slice(&i64::from(copy.as_raw_fd()).to_ne_bytes());
            self.about(Role::From, Subject::File(Rc::new(copy)));
        }
        Ok(())
    }

    fn bytes(&mut self, index: usize, at: u64, length: usize) -> io::Result<()> {
        self.call.words[index] = self.memory.bytes(at, length)?.map_or(Word::Unreadable, Word::Bytes);
        Ok(())
    }
}

/// What is a descriptor in no process.
const NO_DESCRIPTOR: u64 = u64::MAX;

fn number(file: &OwnedFd) -> Word {
    Word::Number(u64::from(file.as_raw_fd().unsigned_abs()))
}

fn descriptor(value: u64) -> RawFd {
    #[expect(clippy::cast_possible_truncation, reason = "the kernel looks at the lower half alone")]
    let descriptor = value as RawFd;
    descriptor
}

fn ended(mut text: Vec<u8>) -> Vec<u8> {
    text.push(0);
    text
}

/// The directory, or the one that we are in.
pub fn or_here(directory: Option<&OwnedFd>) -> BorrowedFd<'_> {
    directory.map_or(CWD, AsFd::as_fd)
}
