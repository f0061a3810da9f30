//! The ends of a pairing that are on NFS.
//!
//! Invariant: whatever of an end is there before the linker comes is made on the server, before a client could remember anything
//! else.

use std::fs;
use std::path::{Path, PathBuf};

use super::client::mount;
use super::depot::Part;
use super::exports::Access;
use crate::filesystem::error::SetupError;
use crate::filesystem::mount::Mount;
use crate::filesystem::order::Side;
use crate::filesystem::provision::own;
use crate::filesystem::workshop::{Made, Workshop};
use crate::linker::{Place, User};
use crate::pairing::{Nfs, Relation};

/// What a cell has mounted of the server's exports.
#[derive(Debug)]
pub struct Imports {
    place: Place,
    user: User,
    /// Each directory of the client with what it is on the server; the cache's first.
    parts: Vec<(PathBuf, Part)>,
}

impl Imports {
    /// Of a cell that has not mounted anything yet.
    pub const fn new(place: Place, user: User) -> Self {
        Self { place, user, parts: Vec::new() }
    }

    /// Where a path's bytes are: the same file as the server has it, or the path itself if no server has it.
    pub fn holder(&self, path: &Path) -> PathBuf {
        let behind = self.parts.iter().find_map(|(client, part)| {
            let inside = path.strip_prefix(client).ok()?;
            Some(part.directory.join(inside))
        });
        behind.unwrap_or_else(|| path.to_path_buf())
    }

    /// Mounts an export that is one end of two.
    pub fn end(&mut self, workshop: &mut Workshop, nfs: Nfs, side: Side, at: &Path) -> Result<Made, SetupError> {
        let part = workshop.shelf(nfs, side, self.user)?.one;
        self.import(nfs, part, at)
    }

    /// Mounts two exports of one filesystem, one for each end.
    pub fn two(&mut self, workshop: &mut Workshop, nfs: Nfs) -> Result<Vec<Made>, SetupError> {
        let exported = workshop.shelf(nfs, Side::Cache, self.user)?;
        let ends = self.place.roots().clone();
        let cache = self.import(nfs, exported.one, &ends.cache)?;
        Ok(vec![cache, self.import(nfs, exported.two, &ends.target)?])
    }

    /// Mounts an export that holds both ends; with some relations more than once.
    pub fn both(&mut self, workshop: &mut Workshop, nfs: Nfs, relation: Option<Relation>) -> Result<Made, SetupError> {
        let (cell, target) = (Path::new(Place::CELL), self.place.target());
        let part = workshop.shelf(nfs, Side::Cache, self.user)?.one;
        self.parts.push((cell.to_path_buf(), part.clone()));
        let squashed = relation == Some(Relation::Squash);
        let owner = if squashed && self.user == User::ROOT { User::NOBODY } else { self.user };
        for end in [self.place.cache(), target] {
            let end = self.holder(end);
            fs::create_dir(&end).map_err(SetupError::failed("create", &end))?;
            own(&end, owner)?;
        }
        if squashed {
            workshop.allow(Access::Squashed, &part.export)?;
        }
        let mut made = Made::of(mount(nfs.version, &part.export, "", cell)?);
        match relation {
            Some(Relation::Remount) => {
                let again = Path::new("/exdev/nfs/again");
                fs::create_dir_all(again).map_err(SetupError::failed("create", again))?;
                made.push(mount(nfs.version, &part.export, "", again)?);
                made.push(Mount::bind(&again.join("target"), target)?);
            }
            Some(Relation::Subdirectory) => made.push(mount(nfs.version, &part.export, "target", target)?),
            _ => {}
        }
        Ok(made)
    }

    /// From now on the server lets nobody write to where the cache is.
    pub fn protect_cache(&self, workshop: &mut Workshop) -> Result<(), SetupError> {
        self.parts.first().map_or(Ok(()), |(_, cache)| workshop.allow(Access::ReadOnly, &cache.export))
    }

    fn import(&mut self, nfs: Nfs, part: Part, at: &Path) -> Result<Made, SetupError> {
        own(&part.directory, self.user)?;
        fs::create_dir_all(at).map_err(SetupError::failed("create", at))?;
        let mounted = mount(nfs.version, &part.export, "", at)?;
        self.parts.push((at.to_path_buf(), part));
        Ok(Made::of(mounted))
    }
}
