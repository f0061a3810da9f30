//! Asks pip for what is on `PyPI`.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::client::{self, Client, Failed, files, last_line};
use super::error::StoreError;

/// How pip is run for any of these: it fetches wheels, and builds nothing.
const DOWNLOAD: [&str; 5] = ["download", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];

/// The pip of an interpreter.
#[derive(Debug)]
pub(super) struct Pip<'a> {
    /// The interpreter.
    pub(super) python: &'a OsStr,
    /// Where it is searched for.
    pub(super) path: &'a OsStr,
}

/// What pip is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Project<'a> {
    /// What exdev calls it.
    pub(super) name: &'static str,
    /// What the package index calls it.
    pub(super) called: &'static str,
    /// Its version; the newest if there is none.
    pub(super) version: Option<&'a str>,
}

impl Project<'_> {
    fn requirement(self) -> String {
        format!("{}=={}", self.called, self.version.unwrap_or_default())
    }

    fn text(self) -> String {
        self.version.map_or_else(|| format!("the newest {}", self.name), |version| format!("{} {version}", self.name))
    }
}

impl Pip<'_> {
    /// Downloads the wheel of this version into an empty directory.
    pub(super) fn wheel(&self, wanted: Project, to: &Path) -> Result<PathBuf, StoreError> {
        let wheels = self.download(wanted, &["--no-deps", &wanted.requirement()], to)?;
        Ok(wheels.into_iter().next().unwrap_or_default())
    }

    /// Downloads the wheels of this version, and of all that it imports, into an empty directory.
    pub(super) fn resolved(&self, wanted: Project, to: &Path) -> Result<Vec<PathBuf>, StoreError> {
        self.download(wanted, &[&wanted.requirement()], to)
    }

    /// Downloads the wheels of a list, each of a digest in it, into an empty directory.
    pub(super) fn listed(&self, wanted: Project, list: &Path, to: &Path) -> Result<Vec<PathBuf>, StoreError> {
        self.download(wanted, &["--no-deps", "--require-hashes", "--requirement", &list.display().to_string()], to)
    }

    fn download(&self, wanted: Project, what: &[&str], to: &Path) -> Result<Vec<PathBuf>, StoreError> {
        let directory = to.display().to_string();
        let arguments = [DOWNLOAD.as_slice(), &["--dest", &directory], what].concat();
        self.run(&arguments, wanted)?;
        let wheels = files(to, "whl");
        if wheels.is_empty() { Err(failed(wanted, "it left no wheel".to_owned(), &arguments)) } else { Ok(wheels) }
    }

    /// Compiles modules, as an installer does: else each run would do it again. Files that are none for this interpreter stay as they
    /// are.
    pub(super) fn compile(&self, wanted: Project, modules: &Path) -> Result<(), StoreError> {
        let directory = modules.display().to_string();
        // Whatever becomes of the times of files on their way into a guest, what is compiled is taken.
        let arguments = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", &directory];
        match client::run(Command::new(self.python).args(arguments), self.path) {
            Ok(_) | Err(Failed::Said(_)) => Ok(()),
            Err(Failed::Start(error)) => Err(not_started(wanted.name, &error)),
        }
    }

    /// The newest version that the package index has for this machine.
    pub(super) fn latest(&self, name: &'static str, project: &'static str) -> Result<String, StoreError> {
        let (wanted, arguments) = (
            Project { name, called: project, version: None },
            ["index", "versions", "--disable-pip-version-check", project],
        );
        let said = self.run(&arguments, wanted)?;
        let problem = || format!("its list of versions has another form than `{project} (VERSION)`");
        newest(&said, project).ok_or_else(|| failed(wanted, problem(), &arguments))
    }

    fn run(&self, arguments: &[&str], wanted: Project) -> Result<String, StoreError> {
        let mut command = Command::new(self.python);
        let name = wanted.name;
        client::run(command.args(["-m", "pip"]).args(arguments), self.path).map_err(|error| match error {
            Failed::Said(stderr) => explain(&stderr, arguments, wanted),
            Failed::Start(error) => not_started(name, &error),
        })
    }
}

fn not_started(name: &'static str, error: &io::Error) -> StoreError {
    let said = match error.kind() {
        io::ErrorKind::NotFound => "there is no python3".to_owned(),
        _ => format!("python3 does not start, {error}"),
    };
    StoreError::NoPip { name, said }
}

/// The version in the line `uv (0.13.9)`.
fn newest(said: &str, project: &str) -> Option<String> {
    let version = |line: &str| line.strip_prefix(project)?.strip_prefix(" (")?.strip_suffix(')').map(str::to_owned);
    said.lines().find_map(version)
}

fn failed(wanted: Project, said: String, arguments: &[&str]) -> StoreError {
    StoreError::Client { client: Client::Pip, wanted: wanted.text(), said, arguments: arguments.join(" ") }
}

/// What the text on pip's standard error means. pip answers an unknown version and an index that it cannot reach by the same
/// last line; but it lists the versions that it knows, and that list is empty only when it has reached nothing.
fn explain(stderr: &str, arguments: &[&str], wanted: Project) -> StoreError {
    let said = last_line(stderr);
    let Project { name, called, version } = wanted;
    if stderr.contains("No module named pip") {
        return StoreError::NoPip { name, said };
    }
    let unreachable = |said| StoreError::Unreachable { client: Client::Pip, name, wanted: wanted.text(), said };
    let is_cut_off = |line: &&str| line.contains("after connection broken by") || line.contains("Could not fetch URL");
    if let Some(line) = stderr.lines().rev().find(is_cut_off) {
        return unreachable(cause(line).to_owned());
    }
    match version {
        _ if stderr.contains("(from versions: none)") => unreachable(said),
        // Not of something that it imports.
        Some(version) if stderr.contains("(from versions: ") && said.contains(&wanted.requirement()) => {
            StoreError::NoSuchVersion { client: Client::Pip, name, package: called, version: version.to_owned(), said }
        }
        _ => failed(wanted, mismatch(stderr).unwrap_or(said), arguments),
    }
}

/// The sentence on a digest that is not in the list.
fn mismatch(stderr: &str) -> Option<String> {
    let line = stderr.lines().find(|line| line.contains("DO NOT MATCH THE HASHES"))?;
    line.split('.').next().map(str::to_owned)
}

/// The part of pip's line about a connection that says why, without the address of a Python object.
fn cause(line: &str) -> &str {
    let cause = line.split_once("broken by '").map_or(line, |(_, cause)| cause);
    let cause = cause.rsplit_once("': /").map_or(cause, |(cause, _)| cause);
    match cause.rsplit_once(" object at 0x").and_then(|(_, cause)| cause.split_once(": ")) {
        Some((_, cause)) => cause.trim_end_matches([')', '\'']),
        None => cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What pip 23 says for an unknown version, the list cut short.
    const UNKNOWN: &str = "\
ERROR: Could not find a version that satisfies the requirement uv==99.0 (from versions: 0.0.5, 0.1.0, 0.13.9)
ERROR: No matching distribution found for uv==99.0
";

    /// What pip 23 says without a network.
    const OFFLINE: &str = "\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f042431d150>: Failed to establish a new \
connection: [Errno -3] Temporary failure in name resolution')': /simple/uv/
ERROR: Could not find a version that satisfies the requirement uv==0.6.1 (from versions: none)
ERROR: No matching distribution found for uv==0.6.1
";

    /// The same, asked for the list of versions.
    const OFFLINE_LIST: &str = "\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'ProxyError('Cannot connect to proxy.', ConnectionResetError(104, 'Connection reset by peer'))': /simple/uv/
ERROR: No matching distribution found for uv
";

    fn explained(stderr: &str, version: Option<&str>) -> String {
        explain(stderr, &["download", "uv==1"], Project { name: "uv", called: "uv", version }).to_string()
    }

    #[test]
    fn an_unknown_version_is_told_from_an_unreachable_index() {
        assert_eq!(
            explained(UNKNOWN, Some("99.0")),
            "uv 99.0 is not on the package index (ERROR: No matching distribution found for uv==99.0); \
             `python3 -m pip index versions uv` lists what is"
        );
        assert_eq!(
            explained(OFFLINE, Some("0.6.1")),
            "uv 0.6.1 cannot be fetched, because pip reaches no package index that has uv for this machine (Failed to \
             establish a new connection: [Errno -3] Temporary failure in name resolution); check the network, the proxy, \
             and `python3 -m pip config list`"
        );
        assert!(
            explained(OFFLINE_LIST, None).contains("Connection reset by peer"),
            "{}",
            explained(OFFLINE_LIST, None)
        );
    }

    #[test]
    fn an_index_without_uv_counts_as_unreachable() {
        let (_, refused) = OFFLINE.split_once('\n').unwrap();
        let error = explained(refused, Some("0.6.1"));
        assert!(error.contains("(ERROR: No matching distribution found for uv==0.6.1); check the network"), "{error}");
    }

    #[test]
    fn a_python_without_pip_and_other_failures_keep_their_last_line() {
        assert_eq!(
            explained("/usr/bin/python3: No module named pip\n", Some("1")),
            "uv cannot be fetched, because python3 with pip does not run here (/usr/bin/python3: No module named pip); \
             scripts/setup installs both"
        );
        assert_eq!(
            explained("ERROR: one\nERROR: disk full\n", Some("1")),
            "pip could not fetch uv 1 (ERROR: disk full); run `python3 -m pip download uv==1` to see all that it says"
        );
    }

    #[test]
    fn the_newest_version_stands_in_the_first_line() {
        assert_eq!(newest("uv (0.13.9)\nAvailable versions: 0.13.9, 0.13.8\n", "uv"), Some("0.13.9".to_owned()));
        assert_eq!(newest("nothing of the kind\n", "uv"), None);
    }

    #[test]
    fn a_wheel_of_another_digest_and_a_missing_import_are_no_missing_version() {
        let mismatched = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated\n\
            uv==1:\n    Expected sha256 00\n         Got        11\n";
        assert_eq!(
            explained(mismatched, Some("1")),
            "pip could not fetch uv 1 (ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE); \
             run `python3 -m pip download uv==1` to see all that it says"
        );
        assert_eq!(
            explained(&UNKNOWN.replace("uv==", "anyio=="), Some("1")),
            "pip could not fetch uv 1 (ERROR: No matching distribution found for anyio==99.0); \
             run `python3 -m pip download uv==1` to see all that it says"
        );
    }
}
