//! The reasons there are: one sentence for each, and one on what to change.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::errno::Errno;
use crate::outcome::Strategy;

/// Why a placing call was refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Reason {
    /// Cache and target are on two filesystems.
    DifferentFilesystems {
        /// The type of the cache's.
        cache: String,
        /// The type of the target's.
        target: String,
    },
    /// Cache and target are one filesystem, reached through two mounts: a bind mount, or the same thing mounted twice.
    AnotherMount {
        /// The filesystem's type.
        kind: String,
    },
    /// Cache and target are two subvolumes of one Btrfs.
    Subvolume,
    /// Cache and target have two project IDs, see `quotactl(2)`.
    Project,
    /// Cache and target are on one overlay, whose layers stand between them.
    Overlay,
    /// The filesystem links files within one directory alone, as AFS and `BeeGFS` do.
    OneDirectory {
        /// Its type.
        kind: String,
    },
    /// Only one of the two directories is encrypted, see <https://docs.kernel.org/filesystems/fscrypt.html>.
    Encrypted,
    /// Cache and target are two exports of one NFS server.
    Exports {
        /// The export of the cache, as `host:/path`.
        cache: String,
        /// The export of the target.
        target: String,
    },
    /// The cached file belongs to somebody else, and `fs.protected_hardlinks` is set, see `proc_sys_fs(5)`.
    ProtectedHardlinks,
    /// The cached file is immutable or append-only, see chattr(1).
    Immutable,
    /// The cached file has as many links as its filesystem allows.
    LinkLimit {
        /// The filesystem's type.
        kind: String,
    },
    /// The filesystem has no such links at all.
    NoLinks {
        /// Hard links or symlinks.
        strategy: Strategy,
        /// The filesystem's type.
        kind: String,
    },
    /// The filesystem has no reflinks.
    NoReflinks {
        /// The filesystem's type.
        kind: String,
    },
    /// The filesystem cannot rename without replacing, see `RENAME_NOREPLACE` in rename(2).
    NoExclusiveRename {
        /// The filesystem's type.
        kind: String,
    },
    /// Only one of cache and target is nocow, see chattr(1): such files share no extents.
    Nocow,
    /// The cached file is not yet written out, and its filesystem reflinks only what is (ZFS).
    NotWrittenOut,
    /// The target cannot be written to, whoever asks.
    ReadOnly,
    /// A quota is used up.
    Quota {
        /// The type of the filesystem that has it.
        kind: String,
    },
    /// A filesystem is full.
    NoSpace {
        /// Its type.
        kind: String,
    },
    /// A sandbox forbids what the filesystem would allow.
    Sandbox {
        /// By what it does.
        by: Confiner,
    },
    /// Permission bits, an access control list or a security module forbid it, see `path_resolution(7)`.
    Permission,
    /// The filesystem, or the server behind it, refuses the name.
    Name {
        /// The filesystem's type.
        kind: String,
    },
    /// Nothing that is known explains it.
    Unknown {
        /// What the call got.
        errno: Errno,
    },
}

/// By what a sandbox forbids things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confiner {
    /// Landlock, or something like it: access to paths is restricted, see landlock(7).
    Landlock,
    /// A filter of system calls, see seccomp(2).
    Seccomp,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DifferentFilesystems { cache, target } => write!(f, "different filesystems ({cache}, {target})"),
            Self::AnotherMount { kind } => write!(f, "another mount of the same {kind}"),
            Self::Subvolume => f.write_str("another subvolume of the same btrfs"),
            Self::Project => f.write_str("another project ID"),
            Self::Overlay => f.write_str("the layers of the overlay are in between"),
            Self::OneDirectory { kind } => write!(f, "{kind} links files within one directory alone"),
            Self::Encrypted => f.write_str("only one of cache and target is encrypted"),
            Self::Exports { cache, target } => write!(f, "two exports of one server ({cache}, {target})"),
            Self::ProtectedHardlinks => f.write_str("the cached file belongs to another user (fs.protected_hardlinks)"),
            Self::Immutable => f.write_str("the cached file is immutable or append-only"),
            Self::LinkLimit { kind } => write!(f, "the cached file has all the links that {kind} allows"),
            Self::NoLinks { strategy, kind } => write!(f, "no {strategy}s on {kind}"),
            Self::NoReflinks { kind } => write!(f, "no reflinks on {kind}"),
            Self::NoExclusiveRename { kind } => write!(f, "{kind} cannot rename without replacing"),
            Self::Nocow => f.write_str("one of cache and target is nocow"),
            Self::NotWrittenOut => f.write_str("the cached file is not yet written out"),
            Self::ReadOnly => f.write_str("the target is read-only"),
            Self::Quota { kind } => write!(f, "a quota on {kind} is used up"),
            Self::NoSpace { kind } => write!(f, "no space left on {kind}"),
            Self::Sandbox { by: Confiner::Landlock } => f.write_str("a sandbox restricts access to paths (Landlock)"),
            Self::Sandbox { by: Confiner::Seccomp } => f.write_str("a sandbox filters system calls (seccomp)"),
            Self::Permission => f.write_str("permission bits or a security module forbid it"),
            Self::Name { kind } => write!(f, "{kind} refuses the name"),
            Self::Unknown { .. } => f.write_str("for an unknown reason"),
        }
    }
}

impl Reason {
    /// What to change, in one sentence.
    #[must_use]
    pub fn advice(&self) -> String {
        let fixed = match self {
            Self::DifferentFilesystems { .. } => {
                "put cache and target on one filesystem, or ask for copies so that nothing is tried in vain"
            }
            Self::AnotherMount { .. } => {
                "reach both through one mount; hard links do not cross mounts, and reflinks do where the filesystem has them"
            }
            Self::Subvolume => "put both into one subvolume, or use reflinks, which cross subvolumes",
            Self::Project => "give both directories one project ID (chattr -p), or use reflinks, which cross projects",
            Self::Overlay => "put both where no layer is below them: on a volume, outside of the overlay",
            Self::OneDirectory { .. } => "use a filesystem that links files across directories, or ask for copies",
            Self::Encrypted => "put both into directories that are encrypted with one key, or into none",
            Self::Exports { .. } => "mount one export that holds both, or move one of them to the other's export",
            Self::ProtectedHardlinks => {
                "let each user have a cache of their own, or make the cached files readable and writable for whoever links them"
            }
            Self::Immutable => "clear the attribute (chattr -i -a), or remove the file from the cache",
            Self::LinkLimit { .. } => "remove the file from the cache, so that it comes back with links to spare",
            Self::NoLinks { strategy, kind } => {
                return format!("use a filesystem that has {strategy}s instead of {kind}, or ask for copies");
            }
            Self::NoReflinks { kind } => {
                return format!("use XFS or Btrfs with reflinks instead of {kind}, or ask for hard links");
            }
            Self::NoExclusiveRename { .. } => "use a plain rename, and look first whether the name is taken",
            Self::Nocow => {
                "make both directories nocow or neither (chattr +C on an empty directory), or ask for hard links"
            }
            Self::NotWrittenOut => "wait until the cache is written out (sync), or ask for hard links",
            Self::ReadOnly => "mount it writable, or choose another target",
            Self::Quota { .. } => "free some of what the quota counts, or have it raised",
            Self::NoSpace { .. } => "free some space or inodes",
            Self::Sandbox { by: Confiner::Landlock } => {
                "let the sandbox refer files from one directory to the other (LANDLOCK_ACCESS_FS_REFER)"
            }
            Self::Sandbox { by: Confiner::Seccomp } => "let the sandbox's filter pass the call",
            Self::Permission => {
                "let this user read the file and write to the directory (ls -l, getfacl), or see what a security module has logged"
            }
            Self::Name { .. } => "rename the file, or use a filesystem that can hold the name",
            Self::Unknown { errno } => return format!("report it with this output; the call got {errno}"),
        };
        fixed.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_one_sentence_that_names_what_it_is_about() {
        let nfs = || "nfs4".to_owned();
        let reasons = [
            Reason::DifferentFilesystems { cache: nfs(), target: nfs() },
            Reason::Exports { cache: nfs(), target: nfs() },
            Reason::NoLinks { strategy: Strategy::Symlink, kind: nfs() },
            Reason::Unknown { errno: Errno::EPERM },
        ];
        assert_eq!(
            reasons.map(|reason| reason.advice()),
            [
                "put cache and target on one filesystem, or ask for copies so that nothing is tried in vain",
                "mount one export that holds both, or move one of them to the other's export",
                "use a filesystem that has symlinks instead of nfs4, or ask for copies",
                "report it with this output; the call got EPERM",
            ]
        );
    }

    #[test]
    fn a_reason_survives_being_written_and_read() {
        let reason = Reason::Sandbox { by: Confiner::Landlock };
        let json = serde_json::to_value(&reason).unwrap();
        assert_eq!(json, serde_json::json!({ "reason": "sandbox", "by": "landlock" }));
        assert_eq!(serde_json::from_value::<Reason>(json).unwrap(), reason);
    }
}
