//! Why a linker cannot be had: each error says what failed, where, and what to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use zip::result::ZipError;

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
    #[error("the lock pins no version of uv; add an entry, or name a version like uv@0.6.1")]
    NothingPinned,
    /// A version that could mean several.
    #[error("`{version}` is no exact version of uv; write all of its numbers, like uv@0.6.1")]
    NotExact {
        /// The version as it was given.
        version: String,
    },
    /// No python3, or no pip in it.
    #[error("uv cannot be fetched, because python3 with pip does not run here ({said}); scripts/setup installs both")]
    NoPip {
        /// What the system or python3 said.
        said: String,
    },
    /// The package index cannot be reached.
    #[error(
        "{wanted} cannot be fetched, because pip reaches no package index that has uv for this machine ({said}); \
         check the network, the proxy, and `python3 -m pip config list`"
    )]
    Unreachable {
        /// What was to be fetched.
        wanted: String,
        /// What pip said.
        said: String,
    },
    /// The package index has no such version.
    #[error("uv {version} is not on the package index ({said}); `python3 -m pip index versions uv` lists what is")]
    NoSuchVersion {
        /// The version.
        version: String,
        /// What pip said.
        said: String,
    },
    /// pip failed in another way.
    #[error("pip could not fetch {wanted} ({said}); run `python3 -m pip {arguments}` to see all that it says")]
    Pip {
        /// What was to be fetched.
        wanted: String,
        /// What pip said.
        said: String,
        /// What pip was run with.
        arguments: String,
    },
    /// pip chose another wheel than the pinned one: this is another kind of machine.
    #[error(
        "pip chose {found} where {expected} is pinned; nothing was installed; \
         the lock is for another kind of machine: name a program of this one by its path, like uv@/usr/bin/uv"
    )]
    OtherWheel {
        /// The wheel in the lock.
        expected: String,
        /// What pip fetched.
        found: String,
    },
    /// The wheel is not the one that was pinned.
    #[error(
        "sha256 of {file} differs from the lock: expected {expected}, found {found}; nothing was installed; \
         if the lock is right, the package index serves something else under this name"
    )]
    Digest {
        /// The wheel's name.
        file: String,
        /// The digest in the lock.
        expected: String,
        /// The digest of the wheel.
        found: String,
    },
    /// The wheel does not hold the program.
    #[error("failed to unpack {member} from {}: {cause}; nothing was installed", wheel.display())]
    Unpack {
        /// The wheel.
        wheel: PathBuf,
        /// The program in it.
        member: String,
        /// What went wrong.
        cause: ZipError,
    },
    /// A path that names no program.
    #[error("{} cannot be tested: {problem}; name an executable file, like uv@/usr/bin/uv", path.display())]
    NoProgram {
        /// The path as it was given.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}
