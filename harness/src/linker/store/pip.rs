//! Asks pip: the ordinary client, so that a user's mirrors, proxies and certificates apply.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::error::StoreError;

/// pip, with the directory of exdev's own tools in front of the search path.
#[derive(Debug, Clone)]
pub(super) struct Pip {
    path: OsString,
}

impl Pip {
    /// The pip of the first python3 in `tools` or on the search path.
    pub(super) fn new(tools: &Path) -> Self {
        let mut path = tools.as_os_str().to_owned();
        if let Some(inherited) = env::var_os("PATH") {
            path.push(":");
            path.push(inherited);
        }
        Self { path }
    }

    /// Downloads the wheel of this version into an empty directory, and says its path.
    pub(super) fn download(&self, version: &str, directory: &Path) -> Result<PathBuf, StoreError> {
        let (wanted, to) = (format!("uv=={version}"), directory.display().to_string());
        let arguments = [
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--dest",
            &to,
            &wanted,
        ];
        self.run(&arguments, &format!("uv {version}"), Some(version))?;
        let entries = directory.read_dir().into_iter().flatten().flatten();
        let mut wheels =
            entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "whl"));
        wheels.next().ok_or_else(|| StoreError::Pip {
            wanted: format!("uv {version}"),
            said: "it left no wheel".to_owned(),
            arguments: arguments.join(" "),
        })
    }

    /// The newest version that the package index has for this machine.
    pub(super) fn latest(&self) -> Result<String, StoreError> {
        let (arguments, wanted) = (["index", "versions", "--disable-pip-version-check", "uv"], "the newest uv");
        let said = self.run(&arguments, wanted, None)?;
        newest(&said).ok_or_else(|| StoreError::Pip {
            wanted: wanted.to_owned(),
            said: "its list of versions has another form than `uv (VERSION)`".to_owned(),
            arguments: arguments.join(" "),
        })
    }

    fn run(&self, arguments: &[&str], wanted: &str, version: Option<&str>) -> Result<String, StoreError> {
        let output = Command::new("python3").args(["-m", "pip"]).args(arguments).env("PATH", &self.path).output();
        match output {
            Ok(Output { status, stdout, .. }) if status.success() => Ok(String::from_utf8_lossy(&stdout).into_owned()),
            Ok(Output { stderr, .. }) => Err(explain(&String::from_utf8_lossy(&stderr), arguments, wanted, version)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::NoPip { said: "there is no python3".to_owned() })
            }
            Err(error) => Err(StoreError::NoPip { said: format!("python3 does not start, {error}") }),
        }
    }
}

/// The version in the line `uv (0.13.9)`.
fn newest(said: &str) -> Option<String> {
    said.lines().find_map(|line| line.strip_prefix("uv (")?.strip_suffix(')')).map(str::to_owned)
}

/// What the text on pip's standard error means. pip answers an unknown version and an index that it cannot reach by the same
/// last line; but it lists the versions that it knows, and that list is empty only when it has reached nothing.
fn explain(stderr: &str, arguments: &[&str], wanted: &str, version: Option<&str>) -> StoreError {
    let said = stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned();
    if stderr.contains("No module named pip") {
        return StoreError::NoPip { said };
    }
    let is_cut_off = |line: &&str| line.contains("after connection broken by") || line.contains("Could not fetch URL");
    if let Some(line) = stderr.lines().rev().find(is_cut_off) {
        return StoreError::Unreachable { wanted: wanted.to_owned(), said: cause(line).to_owned() };
    }
    match version {
        _ if stderr.contains("(from versions: none)") => StoreError::Unreachable { wanted: wanted.to_owned(), said },
        Some(version) if stderr.contains("(from versions: ") => {
            StoreError::NoSuchVersion { version: version.to_owned(), said }
        }
        _ => StoreError::Pip { wanted: wanted.to_owned(), said, arguments: arguments.join(" ") },
    }
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
        explain(
            stderr,
            &["download", "uv==1"],
            &version.map_or("the newest uv".to_owned(), |v| format!("uv {v}")),
            version,
        )
        .to_string()
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
        assert_eq!(newest("uv (0.13.9)\nAvailable versions: 0.13.9, 0.13.8\n"), Some("0.13.9".to_owned()));
        assert_eq!(newest("nothing of the kind\n"), None);
    }
}
