//! Reads what a call points to, out of the memory of the process that makes it.
//!
//! Invariant: memory that is not there is told from memory that cannot be looked at: of the first, the kernel says EFAULT to the
//! process itself.

use std::io::{self, IoSlice, IoSliceMut};
use std::ops::Range;

use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;

/// The size of a page; no path is longer, see `PATH_MAX`.
pub const PAGE: usize = 4096;

/// Most paths are no longer.
const CHUNK: usize = 256;

/// No call takes more texts.
pub const TEXTS: usize = 2;

/// The memory of one thread.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// The thread. Its process is known by its first thread, which can have ended before it.
    pub thread: i32,
}

impl Memory {
    /// Texts up to their zeroes, all at once; `None` of one that is not there. One that is longer than any path can be is cut, and
    /// then too long for the kernel as well.
    pub fn texts(self, at: [Option<u64>; TEXTS]) -> io::Result<[Option<Vec<u8>>; TEXTS]> {
        let mut room = [0; PAGE];
        let span = span(at);
        let begun = match &span {
            // What was read of one says nothing where the other is not there.
            Some(span) => {
                let length = span.end - span.start;
                let remote = [RemoteIoVec { base: span.start, len: length }];
                let read = process_vm_readv(self.pid(), &mut [IoSliceMut::new(&mut room[..length])], &remote);
                if read == Ok(length) { &room[..length] } else { &[] }
            }
            None => &[],
        };
        let mut texts = [None, None];
        for (text, at) in texts.iter_mut().zip(at) {
            if let Some(at) = at {
                let before = address(at) - span.as_ref().map_or(address(at), |span| span.start);
                *text = self.text(at, begun.get(before..).unwrap_or_default())?;
            }
        }
        Ok(texts)
    }

    /// So many bytes; `None` where they are not there.
    pub fn bytes(self, at: u64, length: usize) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = vec![0; length];
        let remote = [RemoteIoVec { base: address(at), len: length }];
        match process_vm_readv(self.pid(), &mut [IoSliceMut::new(&mut bytes)], &remote) {
            Ok(read) if read == length => Ok(Some(bytes)),
            Ok(_) | Err(Errno::EFAULT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Writes bytes to where they belong; whether they could be written there.
    pub fn write(self, at: u64, bytes: &[u8]) -> bool {
        let remote = [RemoteIoVec { base: address(at), len: bytes.len() }];
        process_vm_writev(self.pid(), &[IoSlice::new(bytes)], &remote) == Ok(bytes.len())
    }

    /// A text that begins so.
    fn text(self, at: u64, begun: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let end = |bytes: &[u8]| bytes.iter().position(|byte| *byte == 0);
        if let Some(end) = end(begun) {
            return Ok(Some(begun[..end].to_vec()));
        }
        let mut text = begun.to_vec();
        while text.len() < PAGE {
            let at = at.wrapping_add(text.len() as u64);
            // Most are short, and what is not read need not be looked through.
            let most = if text.is_empty() { CHUNK } else { PAGE };
            let Some(bytes) = self.bytes(at, chunk(at, most))? else { return Ok(None) };
            if let Some(end) = end(&bytes) {
                text.extend_from_slice(&bytes[..end]);
                return Ok(Some(text));
            }
            text.extend(bytes);
        }
        Ok(Some(text))
    }

    const fn pid(self) -> Pid {
        Pid::from_raw(self.thread)
    }
}

/// What to read at once for all texts: callers often have them close together, and each read costs as much as a page's.
fn span(at: [Option<u64>; TEXTS]) -> Option<Range<usize>> {
    let mut begins = at.iter().flatten().map(|at| address(*at));
    let (first, last) = begins.try_fold((usize::MAX, 0), |(first, last), at| Some((first.min(at), last.max(at))))?;
    let page = |at: usize| at / PAGE;
    (first <= last && page(first) == page(last)).then(|| first..last + chunk(last as u64, CHUNK))
}

/// How much can be read from here: a read that runs into a page that is not there gives nothing at all.
fn chunk(at: u64, most: usize) -> usize {
    (PAGE - address(at) % PAGE).min(most)
}

fn address(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Memory {
        Memory { thread: std::process::id().cast_signed() }
    }

    fn at(text: &[u8]) -> u64 {
        text.as_ptr() as u64
    }

    #[test]
    fn texts_end_at_their_zeroes_wherever_they_cross_a_page() {
        let mut room = vec![b'x'; 3 * PAGE];
        for end in [0, 1, CHUNK - 1, CHUNK, PAGE - 1, PAGE, 2 * PAGE - 1] {
            room[end] = 0;
            let expected = vec![b'x'; end.min(PAGE + CHUNK)];
            let texts = own().texts([Some(at(&room)), Some(at(b"short\0"))]).unwrap();
            assert_eq!(texts[1].as_deref(), Some(&b"short"[..]));
            let read = texts[0].as_ref().unwrap();
            assert!(if end < PAGE { *read == expected } else { read.len() >= PAGE }, "{end}: {}", read.len());
            room[end] = b'x';
        }
    }

    #[test]
    fn one_text_that_is_not_there_leaves_the_other() {
        let short = own().texts([Some(8), Some(at(b"short\0"))]).unwrap();
        assert_eq!(short, [None, Some(b"short".to_vec())]);
        assert_eq!(own().texts([Some(at(b"short\0")), Some(u64::MAX)]).unwrap(), [Some(b"short".to_vec()), None]);
        assert_eq!(own().texts([Some(at(b"short\0")), None]).unwrap(), [Some(b"short".to_vec()), None]);
    }

    #[test]
    fn memory_that_cannot_be_looked_at_is_an_error() {
        let nobody = Memory { thread: i32::MAX };
        assert!(nobody.texts([Some(8), None]).is_err());
        assert!(nobody.bytes(8, 8).is_err());
        assert_eq!(own().bytes(8, 8).unwrap(), None);
        assert!(!own().write(8, &[0; 8]));
    }
}
