//! From an errno and what is known of both ends to a reason, see link(2), symlink(2), rename(2), `ioctl_ficlone(2)` and
//! `copy_file_range(2)`.

use super::kind::{Confiner, Reason};
use crate::errno::Errno;
use crate::facts::{Confinement, Facts, Flag, Obstacle};
use crate::outcome::{End, Strategy};
use crate::probe::Call;

/// What is known of a refusal, beside the call and its errno.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Where the cached file is.
    pub cache: &'a End,
    /// Where it was to be placed.
    pub target: &'a End,
    /// What stands in the way of the cached file itself.
    pub obstacle: Option<Obstacle>,
    /// Of how many files the call is refused.
    pub share: Share,
    /// The last part of the path that it was to have, where that is known.
    pub name: Option<&'a str>,
    /// What else is known of both ends and of the process, where somebody has looked.
    pub facts: Option<&'a Facts>,
}

/// Of how many files a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Of every one, so that it may be the filesystem that does not have it.
    Every,
    /// Of some, or of one alone where others are not known.
    Some,
}

/// What the errno of a call means.
#[must_use]
pub fn why(call: Call, errno: Errno, scene: &Scene<'_>) -> Reason {
    let (cache, target) = (&scene.cache.kind, &scene.target.kind);
    match (errno, call, scene.obstacle) {
        (Errno::EXDEV, ..) => boundary(scene),
        (Errno::EPERM, Call::HardLink, Some(Obstacle::Immutable)) => Reason::Immutable,
        (Errno::EPERM, Call::HardLink, Some(Obstacle::Foreign)) => Reason::ProtectedHardlinks,
        (Errno::EPERM, Call::HardLink | Call::Rename | Call::RenameNoReplace, _) if one_encrypted(scene) => {
            Reason::Encrypted
        }
        // Without an obstacle it is the filesystem that has none; but then it has none for any file.
        (Errno::EPERM | Errno::EOPNOTSUPP, Call::HardLink, _) if scene.share == Share::Every => {
            Reason::NoLinks { strategy: Strategy::HardLink, kind: target.clone() }
        }
        (Errno::EPERM | Errno::EOPNOTSUPP, Call::Symlink, _) if scene.share == Share::Every => {
            Reason::NoLinks { strategy: Strategy::Symlink, kind: target.clone() }
        }
        (Errno::EMLINK, ..) => Reason::LinkLimit { kind: cache.clone() },
        (Errno::EOPNOTSUPP | Errno::ENOTTY, Call::Reflink, _) => Reason::NoReflinks { kind: cache.clone() },
        (Errno::EINVAL, Call::Reflink, _) => Reason::Nocow,
        (Errno::EINVAL, Call::RenameNoReplace, _) => Reason::NoExclusiveRename { kind: target.clone() },
        (Errno::EAGAIN, Call::Reflink, _) => Reason::NotWrittenOut,
        (Errno::EROFS, ..) => Reason::ReadOnly,
        (Errno::ENOSPC, ..) => Reason::NoSpace { kind: target.clone() },
        (Errno::EDQUOT, ..) => Reason::Quota { kind: target.clone() },
        (Errno::ENAMETOOLONG | Errno::EILSEQ, ..) => Reason::Name { kind: target.clone() },
        (Errno::EINVAL, ..) if scene.name.is_some_and(is_odd) => Reason::Name { kind: target.clone() },
        (Errno::ENOSYS, ..) if scene.facts.is_some_and(|facts| facts.process.filtered) => {
            Reason::Sandbox { by: Confiner::Seccomp }
        }
        (Errno::EACCES, ..) if is_confined(scene) => Reason::Sandbox { by: Confiner::Landlock },
        (Errno::EACCES, ..) => Reason::Permission,
        _ => Reason::Unknown { errno },
    }
}

/// What lies between the two ends; device numbers alone do not tell.
fn boundary(scene: &Scene<'_>) -> Reason {
    let (cache, target) = (scene.cache, scene.target);
    let one_source = cache.source() == target.source() && cache.kind == target.kind;
    match (cache.device == target.device, cache.mount_id == target.mount_id) {
        (true, true) => within_one_mount(scene),
        (true, false) => Reason::AnotherMount { kind: cache.kind.clone() },
        (false, _) if one_source && cache.kind == "btrfs" => Reason::Subvolume,
        (false, _) => match exports(cache, target) {
            Some([one, other]) if one == other => Reason::AnotherMount { kind: cache.kind.clone() },
            Some([one, other]) => Reason::Exports { cache: one.to_owned(), target: other.to_owned() },
            None => Reason::DifferentFilesystems { cache: cache.kind.clone(), target: target.kind.clone() },
        },
    }
}

/// What lies between two directories of one mount, of one device: what nobody has looked at is a project ID.
fn within_one_mount(scene: &Scene<'_>) -> Reason {
    let projects = scene.facts.and_then(|facts| Some((facts.cache.project?, facts.target.project?)));
    match projects {
        Some((cache, target)) if cache != target => Reason::Project,
        _ if one_encrypted(scene) => Reason::Encrypted,
        _ if is_confined(scene) => Reason::Sandbox { by: Confiner::Landlock },
        _ if scene.cache.kind == "overlay" => Reason::Overlay,
        // None of these has project IDs.
        _ if links_within_directories(&scene.cache.kind) => Reason::OneDirectory { kind: scene.cache.kind.clone() },
        Some(_) => Reason::Unknown { errno: Errno::EXDEV },
        None => Reason::Project,
    }
}

/// Whether filesystems of this type may refuse a link from one directory to another.
fn links_within_directories(kind: &str) -> bool {
    matches!(kind, "afs" | "beegfs" | "fuse") || kind.starts_with("fuse.")
}

fn one_encrypted(scene: &Scene<'_>) -> bool {
    scene.facts.is_some_and(|facts| {
        facts.cache.flags.contains(&Flag::Encrypted) != facts.target.flags.contains(&Flag::Encrypted)
    })
}

fn is_confined(scene: &Scene<'_>) -> bool {
    scene.facts.is_some_and(|facts| facts.process.confinement == Confinement::Confined)
}

/// Whether a name is one that some filesystem or server has reason to refuse: one with a character that FAT has not, or that
/// ends as no name may there.
fn is_odd(name: &str) -> bool {
    name.contains(|character: char| character.is_control() || "\"*:<>?\\|".contains(character))
        || name.ends_with(['.', ' '])
}

/// The sources of two NFS mounts of one server, see nfs(5): `host:/path`.
fn exports<'a>(cache: &'a End, target: &'a End) -> Option<[&'a str; 2]> {
    let mounted = |end: &'a End| end.source().filter(|_| matches!(end.kind.as_str(), "nfs" | "nfs4"));
    let (one, other) = (mounted(cache)?, mounted(target)?);
    // The host may be an IPv6 address in brackets, which has colons but no slash behind one.
    let host = |source: &'a str| source.split_once(":/").map(|(host, _)| host);
    (host(one)? == host(other)?).then_some([one, other])
}

#[cfg(test)]
mod tests;
