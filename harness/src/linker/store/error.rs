//! Why a linker cannot be had: each error says what failed, where, and what to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::client::Client;

/// Why a linker cannot be had.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no place for the cache directory.
    #[error("no cache directory: none of EXDEV_CACHE, XDG_CACHE_HOME and HOME is set; set EXDEV_CACHE to a directory")]
    NoCacheDirectory,
    /// The cache directory cannot be used.
    #[error("failed to {operation} {}: {cause}; set EXDEV_CACHE to a directory that can be written", path.display())]
    Cache {
        /// What was tried.
        operation: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The newest pinned version is wanted, and nothing is pinned.
    #[error("the lock pins no version of {name}; add an entry, or name a version like {name}@0.6.1")]
    NothingPinned {
        /// The program.
        name: &'static str,
    },
    /// A version that could mean several.
    #[error("`{version}` is no exact version of {name}; write all of its numbers, like {name}@0.6.1")]
    NotExact {
        /// The program.
        name: &'static str,
        /// The version as it was given.
        version: String,
    },
    /// No python3, or no pip in it.
    #[error(
        "{name} cannot be fetched, because python3 with pip does not run here ({said}); scripts/setup installs both"
    )]
    NoPip {
        /// The program that was to be fetched.
        name: &'static str,
        /// What the system or python3 said.
        said: String,
    },
    /// No npm, and none to be had.
    #[error(
        "{name} cannot be fetched, because npm does not run here ({said}); install it, \
         or mend what kept exdev from fetching one: {cause}"
    )]
    NoNpm {
        /// The program that was to be fetched.
        name: &'static str,
        /// What the system said.
        said: String,
        /// Why node, which npm comes with, cannot be had.
        cause: Box<StoreError>,
    },
    /// The registry cannot be reached.
    #[error(
        "{wanted} cannot be fetched, because {client} reaches {} ({said}); check the network, the proxy, and `{} config list`",
        client.nothing(name),
        client.command()
    )]
    Unreachable {
        /// The client.
        client: Client,
        /// The program.
        name: &'static str,
        /// What was to be fetched.
        wanted: String,
        /// What the client said.
        said: String,
    },
    /// The registry has no such version.
    #[error("{name} {version} is not on {} ({said}); `{}` lists what is", client.registry(), client.versions(package))]
    NoSuchVersion {
        /// The client.
        client: Client,
        /// The program.
        name: &'static str,
        /// What the registry calls it.
        package: &'static str,
        /// The version.
        version: String,
        /// What the client said.
        said: String,
    },
    /// The client failed in another way.
    #[error("{client} could not fetch {wanted} ({said}); run `{} {arguments}` to see all that it says", client.command())]
    Client {
        /// The client.
        client: Client,
        /// What was to be fetched.
        wanted: String,
        /// What it said.
        said: String,
        /// What it was run with.
        arguments: String,
    },
    /// The client chose another file than the pinned one: this is another kind of machine.
    #[error(
        "{client} chose {found} where {expected} is pinned; nothing was installed; \
         the lock is for another kind of machine: name a program of this one by its path, like {name}@/usr/bin/{name}"
    )]
    OtherFile {
        /// The client.
        client: Client,
        /// The program.
        name: &'static str,
        /// The file in the lock.
        expected: String,
        /// What was fetched.
        found: String,
    },
    /// The file is not the one that was pinned.
    #[error(
        "sha256 of {file} differs from the lock: expected {expected}, found {found}; nothing was installed; \
         if the lock is right, {server} something else under this name"
    )]
    Digest {
        /// The file's name.
        file: String,
        /// The digest in the lock.
        expected: String,
        /// The digest of the file.
        found: String,
        /// Who gave the file, and the verb for it.
        server: String,
    },
    /// A list that is pinned is not built in.
    #[error(
        "exdev has no list {file}, which the lock pins for {name}; name a version that is not pinned, or take the entry out"
    )]
    NoList {
        /// The program.
        name: &'static str,
        /// The list.
        file: String,
    },
    /// What was fetched does not hold what it should.
    #[error("failed to unpack {member} from {}: {cause}; nothing was installed", archive.display())]
    Unpack {
        /// The archive.
        archive: PathBuf,
        /// What was wanted of it.
        member: String,
        /// What went wrong.
        cause: io::Error,
    },
    /// A path that names no program.
    #[error("{} cannot be tested: {problem}; name {instead}", path.display())]
    NoProgram {
        /// The path as it was given.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What could be named.
        instead: String,
    },
    /// A program of the system that is not here.
    #[error(
        "{program} is not on this machine ({said}); install it, or name it by its path, like {program}@/opt/{program}"
    )]
    NotInstalled {
        /// The program.
        program: &'static str,
        /// What was found instead.
        said: String,
    },
    /// The newest of what has no registry.
    #[error(
        "there is no {program}@latest, for {program} is not fetched; this machine has {version} in {}: write {program}, \
         or name one by its path, like {program}@/opt/{program}/bin/{program}",
        path.display()
    )]
    NoLatest {
        /// The program.
        program: &'static str,
        /// The version that is here.
        version: String,
        /// Where it is.
        path: PathBuf,
    },
    /// Another version of a program of the system than it has.
    #[error(
        "{program} {wanted} is not what this machine has ({program} {version} in {}); \
         name a program by its path, like {program}@/opt/{program}/bin/{program}",
        path.display()
    )]
    OtherVersion {
        /// The program.
        program: &'static str,
        /// The version that is wanted.
        wanted: String,
        /// The version that is here.
        version: String,
        /// Where it is.
        path: PathBuf,
    },
}
