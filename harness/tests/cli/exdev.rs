//! `exdev(["run", ...]).env("PATH", "/nonexistent").run().refuses(69, "...")`.
//!
//! Invariant: nothing of the caller's environment is inherited but the search path, not even signals that are ignored, as they are in
//! what a shell has started in the background; and a run's cache directory is its own.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Seek, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use assert_fs::TempDir;
use nix::sys::signal::Signal;

/// A run that is being written down.
pub struct Exdev {
    command: Command,
    cache: TempDir,
    home: TempDir,
}

/// A run that has begun.
pub struct Running {
    child: Child,
    exdev: Exdev,
}

/// What came of it.
pub struct Ran {
    pub stdout: String,
    stderr: String,
    code: Option<i32>,
    signal: Option<i32>,
    cache: TempDir,
}

/// The program with these arguments.
pub fn exdev<const N: usize>(arguments: [&str; N]) -> Exdev {
    let mut exdev = within(&[]);
    exdev.command.args(arguments);
    exdev
}

/// `exdev run` with the reference linker and these arguments.
pub fn reference<const N: usize>(arguments: [&str; N]) -> Exdev {
    exdev(["run", "--linker", "reference"]).args(arguments)
}

/// The program, started by another one, which takes it and its arguments behind its own.
pub fn within(outer: &[String]) -> Exdev {
    // pip, which knows many programs, has some of them write into the home directory.
    let (cache, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut command = Command::new("/usr/bin/env");
    command
        .arg("--default-signal")
        .args(outer)
        .arg(env!("CARGO_BIN_EXE_exdev"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .env("EXDEV_CACHE", cache.path())
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null());
    Exdev { command, cache, home }
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

impl Exdev {
    /// With more arguments.
    pub fn args<const N: usize>(mut self, arguments: [&str; N]) -> Self {
        self.command.args(arguments);
        self
    }

    /// With this variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// In this directory.
    pub fn at(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// With this on its standard input.
    pub fn input(mut self, text: &str) -> Self {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        self.command.stdin(file);
        self
    }

    /// With this socket as its standard input.
    pub fn on(mut self, listener: TcpListener) -> Self {
        self.command.stdin(OwnedFd::from(listener));
        self
    }

    /// In a process group of its own, as a shell with job control starts it.
    pub fn in_a_group(mut self) -> Self {
        self.command.process_group(0);
        self
    }

    /// Its home directory, which is empty.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Its cache directory, which is empty.
    pub fn cache(&self) -> &Path {
        self.cache.path()
    }

    /// Runs it.
    pub fn run(self) -> Ran {
        self.start().end()
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        let child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Running { child, exdev: self }
    }
}

impl Running {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line on its standard output.
    pub fn line(&mut self) -> String {
        let stdout = self.child.stdout.as_mut().unwrap();
        let (mut line, mut byte) = (Vec::new(), [0]);
        while stdout.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
            line.extend(byte);
        }
        String::from_utf8(line).unwrap()
    }

    /// Waits for its end.
    pub fn end(self) -> Ran {
        let output = self.child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let (code, signal) = (output.status.code(), output.status.signal());
        Ran { stdout, stderr, code, signal, cache: self.exdev.cache }
    }
}

impl Ran {
    /// It first said that it fetches this version of uv; the rest is for the other assertions.
    #[track_caller]
    pub fn fetches(mut self, version: &str) -> Self {
        let rest = self.stderr.strip_prefix(&format!("exdev: fetching uv {version}\n")).map(str::to_owned);
        assert!(rest.is_some(), "no word of a fetch:\n{}", self.stderr);
        self.stderr = rest.unwrap_or_default();
        self
    }

    /// It ended with this code, wrote exactly this sentence to standard error, and nothing to standard output.
    #[track_caller]
    pub fn refuses(&self, code: i32, sentence: &str) -> &Self {
        let seen = (self.code, self.stderr.as_str(), self.stdout.as_str());
        assert_eq!(seen, (Some(code), format!("exdev: {sentence}\n").as_str(), ""));
        self
    }

    /// It ended with this code and a sentence on standard error, which is returned, and wrote nothing to standard output.
    #[track_caller]
    pub fn refuses_with(&self, code: i32) -> &str {
        assert_eq!(
            (self.code, self.stdout.as_str(), self.stderr.lines().count()),
            (Some(code), "", 1),
            "{}",
            self.stderr
        );
        self.stderr.trim_end()
    }

    /// It ended with this code, and wrote exactly this to standard output and to standard error.
    #[track_caller]
    pub fn writes(&self, code: i32, stdout: &str, stderr: &str) -> &Self {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (Some(code), stdout, stderr));
        self
    }

    /// It ended with this code, and this line is in its help, all of it on standard error.
    #[track_caller]
    pub fn explains(&self, code: i32, line: &str) -> &Self {
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""), "{}", self.stderr);
        assert!(self.stderr.lines().any(|found| found == line), "no line is `{line}` in:\n{}", self.stderr);
        self
    }

    /// It ended with this code and said nothing on standard error.
    #[track_caller]
    pub fn ends(&self, code: i32) -> &Self {
        assert_eq!((self.code, self.stderr.as_str()), (Some(code), ""), "{}", self.stdout);
        self
    }

    /// It was ended by this signal.
    #[track_caller]
    pub fn dies_of(&self, signal: Signal) -> &Self {
        assert_eq!((self.code, self.signal), (None, Some(signal as i32)), "{}", self.stderr);
        self
    }

    /// It found this, which is a line of its own on standard output.
    #[track_caller]
    pub fn finds(&self, line: &str) -> &Self {
        assert!(self.stdout.lines().any(|found| found == line), "no line is `{line}` in:\n{}", self.stdout);
        self
    }

    /// It ended with this code; what it wrote to standard error.
    #[track_caller]
    pub fn told(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        &self.stderr
    }

    /// Its cache directory holds exactly these paths.
    #[track_caller]
    pub fn leaves<const N: usize>(&self, paths: [&str; N]) -> &Self {
        assert_eq!(below(self.cache.path(), self.cache.path()), paths);
        self
    }
}

fn below(root: &Path, directory: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        paths.push(path.strip_prefix(root).unwrap().display().to_string());
        if path.is_dir() {
            paths.extend(below(root, &path));
        }
    }
    paths.sort();
    paths
}
