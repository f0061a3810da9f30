//! What a linker writes: all of it is read, and so much of it is kept.
//!
//! Invariant: a process of its own reads it, at once. No linker waits for us, and none fills our memory.

use std::collections::VecDeque;
use std::io::{self, PipeReader, Read};
use std::process::{Command, Stdio};
use std::thread;

use nix::sys::signal::SigSet;
use rustix::fs::{Mode, fchmod};
use rustix::process::{Signal, set_parent_process_death_signal};

use super::nested::{Forked, beside};

/// So many bytes of a stream's beginning are kept, and so many of its end.
const HALF: usize = 2 << 20;

/// Begins to read what a command writes that is to be started: its standard output, and its standard error. They end when nothing
/// that it has started is alive.
pub fn listen(command: &mut Command) -> io::Result<Forked<(String, String)>> {
    let ((output, stdout), (error, stderr)) = (io::pipe()?, io::pipe()?);
    // Whoever the linker is, it may open /dev/stdout.
    [&stdout, &stderr].into_iter().try_for_each(|pipe| fchmod(pipe, Mode::from_raw_mode(0o666)))?;
    command.stdout(stdout).stderr(stderr);
    beside(move || {
        // As long as the fork had these ends, too, it could not tell that the others are closed.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        // What interrupts at the terminal does not mean us, and what is written after us would be lost.
        SigSet::all().thread_block()?;
        set_parent_process_death_signal(Some(Signal::KILL))?;
        let error = thread::Builder::new().spawn(move || kept(error))?;
        let output = kept(output)?;
        let error = error.join().map_err(|_| io::Error::other("standard error could not be read"))?;
        Ok((output, error?))
    })
}

fn kept(mut stream: PipeReader) -> io::Result<String> {
    let (mut kept, mut buffer) = (Kept::default(), vec![0; 64 << 10]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(kept.text()),
            Ok(count) => kept.take(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The beginning and the end of a stream, and how many bytes it had.
#[derive(Default)]
struct Kept {
    start: Vec<u8>,
    end: VecDeque<u8>,
    total: usize,
}

impl Kept {
    fn take(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(HALF - self.start.len()));
        self.start.extend(first);
        self.end.extend(rest);
        self.end.drain(..self.end.len().saturating_sub(HALF));
        self.total += bytes.len();
    }

    /// All of it; or its beginning and its end, in whole lines where there are any, and how many bytes were between them.
    fn text(self) -> String {
        let Self { mut start, end, total } = self;
        let end = Vec::from(end);
        if start.len() + end.len() == total {
            start.extend(end);
            return String::from_utf8_lossy(&start).into_owned();
        }
        let is_newline = |byte: &u8| *byte == b'\n';
        if let Some(last) = start.iter().rposition(is_newline) {
            start.truncate(last);
        }
        let end = end.iter().position(is_newline).map_or(end.as_slice(), |first| &end[first + 1..]);
        let left_out = total - start.len() - end.len();
        format!(
            "{}\n[exdev left out {left_out} bytes]\n{}",
            String::from_utf8_lossy(&start),
            String::from_utf8_lossy(end)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        let mut kept = Kept::default();
        // As a pipe may give them.
        bytes.chunks(4093).for_each(|chunk| kept.take(chunk));
        kept.text()
    }

    #[test]
    fn what_is_short_is_kept_whole() {
        assert_eq!(text(b""), "");
        assert_eq!(text(b"one\ntwo"), "one\ntwo");
        let longest = "x".repeat(2 * HALF);
        assert!(text(longest.as_bytes()) == longest);
    }

    #[test]
    fn of_what_is_long_whole_lines_are_kept() {
        let line = "fifteen letters\n";
        let count = 3 * HALF / line.len();
        let part = line.repeat(HALF / line.len() - 1);
        let all = format!("a\n{}z\n", line.repeat(count));
        let (start, end) = (format!("a\n{part}"), format!("{part}z\n"));
        let told = all.len() - (start.len() - 1) - end.len();
        assert!(text(all.as_bytes()) == format!("{start}[exdev left out {told} bytes]\n{end}"));
    }

    #[test]
    fn of_a_long_line_both_ends_are_kept() {
        let half = "x".repeat(HALF);
        assert!(text("x".repeat(2 * HALF + 1).as_bytes()) == format!("{half}\n[exdev left out 1 bytes]\n{half}"));
    }

    #[test]
    fn what_is_not_utf_8_is_shown_as_far_as_it_is() {
        assert_eq!(text(b"a\xff\xfeb\xc3"), "a\u{fffd}\u{fffd}b\u{fffd}");
    }
}
