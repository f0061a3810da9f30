//! What a linker writes: all of it is read, and so much of it is kept.
//!
//! Invariant: a process of its own reads it, at once. No linker waits for us, and none fills our memory.

use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::AsRawFd;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

use nix::sys::signal::SigSet;
use rustix::fs::{Mode, fchmod};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Signal, set_parent_process_death_signal};

use super::nested::{Forked, beside};
use crate::sys::replay::before_exec;

/// So many bytes of a stream's beginning are kept, and so many of its end; where there are more such streams, a part of that.
const HALF: usize = 2 << 20;

/// Begins to read what a command writes that is to be started: its standard output, and its standard error. They end when nothing
/// that it has started is alive.
///
/// If it is so many runs beside each other, each has both for itself: their paths are the command's last arguments, two by two. What
/// they write is told in their order after what the command does; in one pipe, parts of their lines would come in any.
pub fn listen(command: &mut Command, runs: usize) -> io::Result<Forked<(String, String)>> {
    let (own, [stdout, stderr]) = pipes()?;
    command.stdout(stdout).stderr(stderr);
    let (mut ends, mut starts) = (vec![own], Vec::new());
    for _ in 0..runs {
        let (end, start) = pipes()?;
        ends.push(end);
        starts.extend(start);
    }
    let (before, ours) = (&mut *command, &mut starts);
    let listening = beside(move || {
        // As long as the fork had these ends, too, it could not tell that the others are closed.
        before.stdout(Stdio::null()).stderr(Stdio::null());
        ours.clear();
        // What interrupts at the terminal does not mean us, and what is written after us would be lost.
        SigSet::all().thread_block()?;
        set_parent_process_death_signal(Some(Signal::KILL))?;
        let half = HALF / ends.len();
        let reading = |end| thread::Builder::new().spawn(move || kept(end, half));
        let reading = ends.into_iter().map(|[output, error]| Ok((reading(output)?, reading(error)?)));
        let reading = reading.collect::<io::Result<Vec<_>>>()?;
        let (mut output, mut error) = (String::new(), String::new());
        for (written, told) in reading {
            append(&mut output, &read(written)?);
            append(&mut error, &read(told)?);
        }
        Ok((output, error))
    })?;
    command.args(starts.iter().map(|start| format!("/proc/self/fd/{}", start.as_raw_fd())));
    before_exec(command, move || Ok(starts.iter().try_for_each(|start| fcntl_setfd(start, FdFlags::empty()))?));
    Ok(listening)
}

/// A pipe for standard output, and one for standard error: where they end, and where they start.
fn pipes() -> io::Result<([PipeReader; 2], [PipeWriter; 2])> {
    let ((output, stdout), (error, stderr)) = (io::pipe()?, io::pipe()?);
    // Whoever the linker is, it may open /dev/stdout.
    [&stdout, &stderr].into_iter().try_for_each(|pipe| fchmod(pipe, Mode::from_raw_mode(0o666)))?;
    Ok(([output, error], [stdout, stderr]))
}

fn kept(mut stream: PipeReader, half: usize) -> io::Result<String> {
    let (mut kept, mut buffer) = (Kept::of(half), vec![0; 64 << 10]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(kept.text()),
            Ok(count) => kept.take(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// What a thread has read.
fn read(reading: JoinHandle<io::Result<String>>) -> io::Result<String> {
    reading.join().map_err(|_| io::Error::other("what it writes could not be read"))?
}

/// Puts a text after another, on a line of its own.
fn append(texts: &mut String, text: &str) {
    if !texts.is_empty() && !texts.ends_with('\n') && !text.is_empty() {
        texts.push('\n');
    }
    texts.push_str(text);
}

/// The beginning and the end of a stream, and how many bytes it had.
struct Kept {
    half: usize,
    start: Vec<u8>,
    end: VecDeque<u8>,
    total: usize,
}

impl Kept {
    const fn of(half: usize) -> Self {
        Self { half, start: Vec::new(), end: VecDeque::new(), total: 0 }
    }

    fn take(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(self.half - self.start.len()));
        self.start.extend(first);
        self.end.extend(rest);
        self.end.drain(..self.end.len().saturating_sub(self.half));
        self.total += bytes.len();
    }

    /// All of it; or its beginning and its end, in whole lines where there are any, and how many bytes were between them.
    fn text(self) -> String {
        let Self { mut start, end, total, .. } = self;
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
        let mut kept = Kept::of(HALF);
        // As a pipe may give them.
        bytes.chunks(4093).for_each(|chunk| kept.take(chunk));
        kept.text()
    }

    #[test]
    fn what_several_write_in_turn_is_not_mixed() {
        let script =
            r#"echo own; printf a >"$1"; printf b >"$3"; echo c >"$1"; echo d >"$4"; echo e >"$2"; echo f >&2"#;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, "sh"]).stdin(Stdio::null());
        let listening = listen(&mut command, 2).unwrap();
        assert!(command.status().unwrap().success());
        drop(command);
        assert_eq!(listening.finish().unwrap(), ("own\nac\nb".to_owned(), "f\ne\nd\n".to_owned()));
    }

    #[test]
    fn several_share_the_room_of_one() {
        let script = format!(r#"head -c {} /dev/zero >"$1""#, 2 * HALF);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script, "sh"]).stdin(Stdio::null());
        let listening = listen(&mut command, 1).unwrap();
        assert!(command.status().unwrap().success());
        drop(command);
        let (output, _) = listening.finish().unwrap();
        let half = "\0".repeat(HALF / 2);
        assert!(output == format!("{half}\n[exdev left out {HALF} bytes]\n{half}"));
    }

    #[test]
    fn each_text_begins_a_line() {
        let mut texts = String::new();
        for text in ["", "a", "", "b\n", "c"] {
            append(&mut texts, text);
        }
        assert_eq!(texts, "a\nb\nc");
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
