//! From the mounts of cache and target to a pairing.
//!
//! Invariant: a pairing is never chosen in silence; whatever the text does not say is in [`Pair::assumed`].

use crate::errno::Errno;
use crate::pairing::{Filesystem, Pairing, Relation};

use super::kinds::{Stand, stand};
use super::mounts::Mount;

/// A pairing, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The pairing.
    pub pairing: Pairing,
    /// Why this one.
    pub because: String,
    /// What the text does not say.
    pub assumed: Vec<String>,
}

/// Why two mounts are no pairing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPair {
    /// The text does not say of what type this one is.
    Untyped(Box<Mount>),
    /// exdev cannot make this one.
    Unmakeable(Box<Mount>),
}

/// How two mounts are related.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kinship {
    One,
    Related(Relation, String),
    Apart(String),
}

/// The pairing of two mounts; the errno that a link got tells more of one mount.
pub fn pair(cache: &Mount, target: &Mount, errno: Option<Errno>) -> Result<Pair, NoPair> {
    let kinship = kinship(cache, target);
    let apart = matches!(kinship, Kinship::Apart(_));
    let mut assumed = Vec::new();
    let cache_on = made(cache, Ends::of(apart), &mut assumed)?;
    let target_on = made(target, Ends::of(apart), &mut assumed)?;
    let (pairing, because) = match kinship {
        Kinship::One => one(cache, cache_on, errno, &mut assumed),
        Kinship::Related(relation, because) if relation_fits(cache_on, relation) => {
            (Pairing::Related { filesystem: cache_on, relation }, because)
        }
        Kinship::Related(_, because) => {
            assumed.push(format!("two separate {cache_on}, as exdev cannot make this of one"));
            (Pairing::Separate { cache: cache_on, target: target_on }, because)
        }
        Kinship::Apart(because) => (Pairing::Separate { cache: cache_on, target: target_on }, because),
    };
    if matches!(pairing.cache(), Filesystem::Nfs(_)) || matches!(pairing.target(), Filesystem::Nfs(_)) {
        assumed.push("the server has its files on ext4, as the text does not say on what".to_owned());
    }
    Ok(Pair { pairing, because, assumed })
}

/// How many filesystems there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    One,
    Two,
}

impl Ends {
    const fn of(apart: bool) -> Self {
        if apart { Self::Two } else { Self::One }
    }
}

fn made(mount: &Mount, ends: Ends, assumed: &mut Vec<String>) -> Result<Filesystem, NoPair> {
    let stand = stand(mount).ok_or_else(|| NoPair::Untyped(Box::new(mount.clone())))?;
    let kind = mount.kind.as_deref().unwrap_or(&mount.source);
    let (filesystem, word) = match stand {
        Stand::Same(filesystem) => return Ok(filesystem),
        Stand::Taken(filesystem, why) => (filesystem, format!("{kind} is taken for {filesystem}: {why}")),
        Stand::Near(filesystem, why) => {
            (filesystem, format!("exdev cannot make {kind}; the closest that it can make is {filesystem}, {why}"))
        }
        Stand::Any if ends == Ends::Two => {
            let word = format!(
                "exdev cannot make {kind}; ext4 stands for it, as a link between two filesystems is refused whatever they are"
            );
            (Filesystem::Ext4, word)
        }
        Stand::Any => return Err(NoPair::Unmakeable(Box::new(mount.clone()))),
    };
    if !assumed.contains(&word) {
        assumed.push(word);
    }
    Ok(filesystem)
}

fn relation_fits(filesystem: Filesystem, relation: Relation) -> bool {
    filesystem.relations().any(|known| known == relation)
}

/// Cache and target on one mount: only the errno tells why a link was refused there.
fn one(mount: &Mount, filesystem: Filesystem, errno: Option<Errno>, assumed: &mut Vec<String>) -> (Pairing, String) {
    let told = match errno {
        Some(Errno::EPERM) => {
            Some((Relation::Owner, "EPERM on one filesystem is mostly of files that another user owns"))
        }
        Some(Errno::EMLINK) => {
            Some((Relation::Maxlinks, "EMLINK is of a file that has all the links that it may have"))
        }
        Some(Errno::EXDEV) => Some((
            Relation::Project,
            "EXDEV on one mount is of directories with different project IDs, as quotas use them",
        )),
        _ => None,
    };
    let because = format!("cache and target are both on {}", mount.named());
    match told {
        Some((relation, why)) if relation_fits(filesystem, relation) => {
            assumed.push(why.to_owned());
            (Pairing::Related { filesystem, relation }, because)
        }
        _ => (Pairing::Alone(filesystem), because),
    }
}

fn kinship(cache: &Mount, target: &Mount) -> Kinship {
    if is_one(cache, target) {
        return Kinship::One;
    }
    let both = format!("the cache is on {}, the target on {}", cache.named(), target.named());
    if let Some(kinship) = nfs(cache, target) {
        return kinship;
    }
    let device = cache.device.is_some() && cache.device == target.device;
    let alike = cache.kind == target.kind && (device || (cache.source == target.source && tells(&cache.source)));
    if !alike {
        return Kinship::Apart(both);
    }
    let subvolume = |mount: &Mount| mount.option("subvol").map(str::to_owned).or_else(|| mount.root.clone());
    let idmapped = |mount: &Mount| mount.options.split(',').any(|option| option == "idmapped");
    let source = if cache.source.is_empty() { "one filesystem" } else { &cache.source };
    if cache.kind.as_deref() == Some("btrfs") && (subvolume(cache) != subvolume(target) || subvolume(cache).is_none()) {
        return Kinship::Related(Relation::Subvolume, format!("two subvolumes of {source}: {both}"));
    }
    if idmapped(cache) != idmapped(target) {
        return Kinship::Related(Relation::Idmap, format!("{source} is mounted twice, once id-mapped: {both}"));
    }
    Kinship::Related(Relation::Bind, format!("{source} is mounted twice, as by a bind mount: {both}"))
}

fn is_one(cache: &Mount, target: &Mount) -> bool {
    if let (Some(cache), Some(target)) = (&cache.number, &target.number) {
        return cache == target;
    }
    if cache.at.is_empty() && target.at.is_empty() {
        return cache.kind == target.kind
            && cache.device == target.device
            && (cache.device.is_some() || !cache.source.is_empty());
    }
    !cache.at.is_empty() && cache.at == target.at && cache.source == target.source
}

/// Whether two mounts with this source are of one filesystem; every tmpfs is called tmpfs.
fn tells(source: &str) -> bool {
    source.contains('/')
}

fn nfs(cache: &Mount, target: &Mount) -> Option<Kinship> {
    let [(server, cache_path), (other, target_path)] = [export(cache)?, export(target)?];
    let version = |mount: &Mount| mount.option("vers").map(str::to_owned);
    if server != other || (version(cache).is_some() && version(target).is_some() && version(cache) != version(target)) {
        return Some(Kinship::Apart(format!("two mounts of NFS: {} and {}", cache.source, target.source)));
    }
    let inside = |outer: &str, inner: &str| {
        inner.strip_prefix(outer.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
    };
    let (relation, what) = if cache_path == target_path {
        (Relation::Remount, "one export, mounted twice")
    } else if inside(cache_path, target_path) || inside(target_path, cache_path) {
        (Relation::Subdirectory, "an export and a directory of it, mounted beside")
    } else {
        (Relation::Exports, "two exports of one server")
    };
    Some(Kinship::Related(
        relation,
        format!("{what}: the cache is on {}, the target on {}", cache.source, target.source),
    ))
}

/// The server and the path of an NFS mount.
fn export(mount: &Mount) -> Option<(&str, &str)> {
    let is_nfs = mount.kind.as_deref().is_none_or(|kind| kind.starts_with("nfs"));
    let at = mount.source.find(":/").filter(|_| is_nfs)?;
    Some((&mount.source[..at], &mount.source[at + 1..]))
}

#[cfg(test)]
mod tests;
