//! Asks npm for what is on its registry.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::client::{self, Client, Failed, files};
use super::error::StoreError;

/// The codes by which npm says that it reached no registry; those of TLS and of the registry's own failures are told by their form.
const CUT_OFF: [&str; 11] = [
    "EAI_AGAIN",
    "ECONNABORTED",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "EIDLETIMEOUT",
    "ENETUNREACH",
    "ENOTFOUND",
    "EPROTO",
    "ERR_SOCKET_TIMEOUT",
    "ETIMEDOUT",
];

/// An npm that runs here.
#[derive(Debug)]
pub(super) struct Npm<'a> {
    /// Its program, and what stands before its arguments.
    words: Vec<PathBuf>,
    /// The search path.
    path: &'a OsStr,
}

/// What npm is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Package<'a> {
    /// What exdev calls it.
    pub(super) name: &'static str,
    /// What npm calls it.
    pub(super) called: &'static str,
    /// Its version; the newest if there is none.
    pub(super) version: Option<&'a str>,
}

impl Package<'_> {
    fn text(self) -> String {
        self.version.map_or_else(|| format!("the newest {}", self.name), |version| format!("{} {version}", self.name))
    }
}

impl<'a> Npm<'a> {
    /// The npm on the search path; what it said where it does not run.
    pub(super) fn installed(path: &'a OsStr) -> Result<Self, String> {
        let npm = Self { words: vec!["npm".into()], path };
        match npm.client(&["--version"]) {
            Ok(_) => Ok(npm),
            Err(Failed::Start(error)) if error.kind() == io::ErrorKind::NotFound => Err("there is no npm".to_owned()),
            Err(Failed::Start(error)) => Err(format!("it does not start, {error}")),
            Err(Failed::Said(stderr)) => Err(client::last_line(&stderr)),
        }
    }

    /// The npm that comes with a node, in the directory of that node.
    pub(super) fn of_node(node: &Path, path: &'a OsStr) -> Self {
        Self { words: vec![node.join("bin/node"), node.join("lib/node_modules/npm/bin/npm-cli.js")], path }
    }

    /// Downloads the tarball of this version into an empty directory.
    pub(super) fn tarball(&self, wanted: Package, to: &Path) -> Result<PathBuf, StoreError> {
        let package = format!("{}@{}", wanted.called, wanted.version.unwrap_or_default());
        let arguments = ["pack", "--ignore-scripts", &package, "--pack-destination", &to.display().to_string()];
        self.run(&arguments, wanted)?;
        let tarball = files(to, "tgz").into_iter().next();
        tarball.ok_or_else(|| failed(wanted, "it left no tarball".to_owned(), &arguments))
    }

    /// The newest version of this package.
    pub(super) fn latest(&self, name: &'static str, package: &'static str) -> Result<String, StoreError> {
        let (wanted, arguments) = (Package { name, called: package, version: None }, ["view", package, "version"]);
        let said = self.run(&arguments, wanted)?;
        let version = said.trim();
        if version.starts_with(|first: char| first.is_ascii_digit()) {
            return Ok(version.to_owned());
        }
        Err(failed(wanted, format!("`{version}` is no version"), &arguments))
    }

    fn run(&self, arguments: &[&str], wanted: Package) -> Result<String, StoreError> {
        self.client(arguments).map_err(|error| match error {
            Failed::Said(stderr) => explain(&stderr, arguments, wanted),
            Failed::Start(error) => failed(wanted, format!("it does not start, {error}"), arguments),
        })
    }

    fn client(&self, arguments: &[&str]) -> Result<String, Failed> {
        let mut command = Command::new(&self.words[0]);
        client::run(command.args(&self.words[1..]).args(arguments), self.path)
    }
}

fn failed(wanted: Package, said: String, arguments: &[&str]) -> StoreError {
    StoreError::Client { client: Client::Npm, wanted: wanted.text(), said, arguments: arguments.join(" ") }
}

/// What the text on npm's standard error means: it begins with a code.
fn explain(stderr: &str, arguments: &[&str], wanted: Package) -> StoreError {
    let lines: Vec<_> = stderr.lines().filter_map(error).collect();
    let code = lines.iter().find_map(|line| line.strip_prefix("code ")).unwrap_or_default();
    let Package { name, called, version } = wanted;
    let said = reason(&lines).map_or_else(|| client::last_line(stderr), str::to_owned);
    match version {
        Some(version) if ["E404", "ETARGET"].contains(&code) => {
            StoreError::NoSuchVersion { client: Client::Npm, name, package: called, version: version.to_owned(), said }
        }
        _ if is_cut_off(code) => StoreError::Unreachable { client: Client::Npm, name, wanted: wanted.text(), said },
        _ => failed(wanted, said, arguments),
    }
}

/// A line of an error without its label, which npm 10 changed.
fn error(line: &str) -> Option<&str> {
    let text = line.strip_prefix("npm error ").or_else(|| line.strip_prefix("npm ERR! "))?;
    Some(["notarget ", "network "].iter().find_map(|label| text.strip_prefix(label)).unwrap_or(text))
}

/// What is said of the error itself, behind the lines that name it.
fn reason<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let names = ["code ", "syscall ", "errno ", "A complete log"];
    let line = lines.iter().find(|line| !names.iter().any(|name| line.starts_with(name)))?;
    Some(line.split_once("reason: ").map_or(*line, |(_, reason)| reason).trim_end_matches(['.', ' ']))
}

fn is_cut_off(code: &str) -> bool {
    let of_tls = ["CERT_", "SELF_SIGNED_", "UNABLE_TO_", "DEPTH_ZERO_"];
    let of_registry =
        code.strip_prefix('E').is_some_and(|status| status == "407" || status.len() == 3 && status.starts_with('5'));
    CUT_OFF.contains(&code) || of_registry || of_tls.iter().any(|start| code.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What npm 11 says for an unknown version.
    const UNKNOWN: &str = "\
npm error code ETARGET
npm error notarget No matching version found for pnpm@99.0.0.
npm error notarget In most cases you or one of your dependencies are requesting a package version that doesn't exist.
npm error A complete log of this run can be found in: /root/.npm/_logs/debug-0.log
";

    /// What npm 11 says for an unknown package.
    const MISSING: &str = "\
npm error code E404
npm error 404 Not Found - GET https://registry.npmjs.org/@pnpm%2flinux-x46 - Not found
npm error 404
";

    /// What npm 11 says where nothing listens.
    const REFUSED: &str = "\
npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:9/pnpm failed, reason: connect ECONNREFUSED 127.0.0.1:9
npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/node_modules/minipass-fetch/lib/index.js:130:14)
";

    /// What npm 9 says without a name server.
    const OFFLINE: &str = "\
npm ERR! code EAI_AGAIN
npm ERR! syscall getaddrinfo
npm ERR! errno EAI_AGAIN
npm ERR! request to https://registry.npmjs.org/pnpm failed, reason: getaddrinfo EAI_AGAIN registry.npmjs.org
";

    fn explained(stderr: &str, version: Option<&str>) -> String {
        let wanted = Package { name: "pnpm", called: "@pnpm/linux-x64", version };
        explain(stderr, &["pack", "@pnpm/linux-x64@99.0.0"], wanted).to_string()
    }

    #[test]
    fn an_unknown_version_is_told_from_an_unreachable_registry() {
        assert_eq!(
            explained(UNKNOWN, Some("99.0.0")),
            "pnpm 99.0.0 is not on the npm registry (No matching version found for pnpm@99.0.0); \
             `npm view @pnpm/linux-x64 versions` lists what is"
        );
        assert_eq!(
            explained(MISSING, Some("99.0.0")),
            "pnpm 99.0.0 is not on the npm registry (404 Not Found - GET https://registry.npmjs.org/@pnpm%2flinux-x46 - \
             Not found); `npm view @pnpm/linux-x64 versions` lists what is"
        );
        assert_eq!(
            explained(REFUSED, Some("10.0.0")),
            "pnpm 10.0.0 cannot be fetched, because npm reaches no registry (connect ECONNREFUSED 127.0.0.1:9); \
             check the network, the proxy, and `npm config list`"
        );
        assert_eq!(
            explained(OFFLINE, None),
            "the newest pnpm cannot be fetched, because npm reaches no registry (getaddrinfo EAI_AGAIN registry.npmjs.org); \
             check the network, the proxy, and `npm config list`"
        );
    }

    #[test]
    fn other_failures_keep_what_npm_says_first() {
        assert_eq!(
            explained("npm error code EACCES\nnpm error syscall mkdir\nnpm error Your cache folder is in use\n", None),
            "npm could not fetch the newest pnpm (Your cache folder is in use); run `npm pack @pnpm/linux-x64@99.0.0` to see \
             all that it says"
        );
        assert_eq!(
            explained("/usr/bin/env: 'node': No such file or directory\n", Some("1.0.0")),
            "npm could not fetch pnpm 1.0.0 (/usr/bin/env: 'node': No such file or directory); run `npm pack \
             @pnpm/linux-x64@99.0.0` to see all that it says"
        );
    }

    #[test]
    fn failures_of_tls_of_a_proxy_and_of_the_registry_itself_are_no_answers() {
        for code in ["CERT_HAS_EXPIRED", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "E407", "E503"] {
            assert!(is_cut_off(code), "{code}");
        }
        for code in ["E404", "E401", "EACCES", "EINTEGRITY", ""] {
            assert!(!is_cut_off(code), "{code}");
        }
    }
}
