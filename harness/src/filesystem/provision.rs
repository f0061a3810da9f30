//! Makes a pairing: its filesystems, its two ends, and whatever the relation wants. Or filesystems that are no pairing.
//!
//! Invariant: whichever the pairing, the cache is [`Place::cache`] and the target is [`Place::target`], both empty, both owned
//! by the linker's user; and dropping the [`Cell`] takes everything down that was mounted.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};

use super::error::SetupError;
use super::mount::Mount;
use super::nfs::Imports;
use super::order::{Features, Order, Side};
use super::relation;
use super::room;
use super::sealed;
use super::workshop::{Made, Workshop};
use super::{btrfs, ends};
use crate::linker::{Place, User};
use crate::outcome::End;
use crate::pairing::{Base, Filesystem, Pairing, Relation};

/// The directory beside the target that a symlink leads to.
const BEHIND: &str = "behind";

/// A pairing that has been made.
#[derive(Debug)]
pub struct Cell {
    made: Vec<Made>,
    relation: Option<Relation>,
    place: Place,
    user: User,
    imports: Imports,
}

/// Makes a pairing.
///
/// # Errors
/// This machine cannot, or it should have worked.
pub fn provision(workshop: &mut Workshop, pairing: Pairing, place: Place, user: User) -> Result<Cell, SetupError> {
    let mut cell = Cell::empty(pairing.relation(), place, user);
    match pairing {
        Pairing::Separate { cache, target } => cell.separate(workshop, cache, target)?,
        Pairing::Alone(filesystem) => cell.alone(workshop, filesystem, Features::Usual)?,
        Pairing::Related { filesystem, relation } => cell.related(workshop, filesystem, relation)?,
    }
    Ok(cell)
}

/// Makes two empty directories where there are filesystems already. They are of `owner`, or of who makes them.
///
/// # Errors
/// They cannot be made.
pub fn settle_in(place: Place, user: User, owner: Option<User>) -> Result<Cell, SetupError> {
    let cell = Cell::empty(None, place, user);
    for end in [cell.place.cache(), cell.place.target()] {
        fs::create_dir(end).map_err(SetupError::failed("create", end))?;
        owner.map_or(Ok(()), |owner| own(end, owner))?;
    }
    Ok(cell)
}

/// Makes filesystems, each at a path of its own.
///
/// # Errors
/// This machine cannot, or it should have worked.
pub fn provision_several(
    workshop: &mut Workshop,
    several: &[(Filesystem, PathBuf)],
    place: Place,
    user: User,
) -> Result<Cell, SetupError> {
    let mut cell = Cell::empty(None, place, user);
    for (number, (filesystem, at)) in several.iter().enumerate() {
        cell.one(workshop, *filesystem, Side::Several(number), at)?;
    }
    Ok(cell)
}

impl Cell {
    /// Does what the relation wants once the cache is filled. `cached` finds the package's files in it, sorted, for those
    /// relations that are about them.
    ///
    /// # Errors
    /// This machine cannot, or it should have worked.
    pub fn settle(
        &mut self,
        workshop: &mut Workshop,
        cached: impl FnOnce() -> Result<Vec<PathBuf>, SetupError>,
    ) -> Result<(), SetupError> {
        match self.relation {
            Some(relation @ (Relation::Lower | Relation::Squashfs | Relation::Erofs)) => {
                self.cover_lower(workshop, relation)
            }
            Some(Relation::Owner) => relation::give_away(&cached()?, workshop.power),
            Some(Relation::Immutable) => relation::make_immutable(&cached()?, workshop.power),
            Some(Relation::Maxlinks) => relation::use_up_links(&cached()?, Path::new(Place::CELL)),
            Some(Relation::Full) => room::use_up(Path::new(Place::CELL)),
            Some(Relation::Readonly) => self.imports.protect_cache(workshop),
            _ => Ok(()),
        }
    }

    /// Where the two ends are, as the kernel sees them: cache, then target.
    ///
    /// # Errors
    /// One of them could not be looked at.
    pub fn ends(&self) -> Result<(End, End), SetupError> {
        Ok((ends::end(self.place.cache())?, ends::end(self.place.target())?))
    }

    /// Where a path's bytes are: for NFS, the same file as the server has it.
    #[must_use]
    pub fn holder(&self, path: &Path) -> PathBuf {
        self.imports.holder(path)
    }

    fn empty(relation: Option<Relation>, place: Place, user: User) -> Self {
        let imports = Imports::new(place.clone(), user);
        Self { made: Vec::new(), relation, user, imports, place }
    }

    fn separate(&mut self, workshop: &mut Workshop, cache: Filesystem, target: Filesystem) -> Result<(), SetupError> {
        let ends = self.place.roots().clone();
        self.one(workshop, cache, Side::Cache, &ends.cache)?;
        self.one(workshop, target, Side::Target, &ends.target)
    }

    fn one(
        &mut self,
        workshop: &mut Workshop,
        filesystem: Filesystem,
        side: Side,
        at: &Path,
    ) -> Result<(), SetupError> {
        if let Filesystem::Nfs(nfs) = filesystem {
            self.made.push(self.imports.end(workshop, nfs, side, at)?);
            return Ok(());
        }
        fs::create_dir_all(at).map_err(SetupError::failed("create", at))?;
        self.made.push(workshop.mount(Order::usual(filesystem, side, self.user), at)?);
        own(at, self.user)
    }

    fn alone(&mut self, workshop: &mut Workshop, filesystem: Filesystem, features: Features) -> Result<(), SetupError> {
        if let Filesystem::Nfs(nfs) = filesystem {
            self.made.push(self.imports.both(workshop, nfs, self.relation)?);
            return Ok(());
        }
        let order = Order { features, ..Order::usual(filesystem, Side::Cache, self.user) };
        self.made.push(workshop.mount(order, Path::new(Place::CELL))?);
        self.make_end(self.place.cache())?;
        self.make_end(self.place.target())
    }

    fn related(
        &mut self,
        workshop: &mut Workshop,
        filesystem: Filesystem,
        relation: Relation,
    ) -> Result<(), SetupError> {
        let target = &self.place.target().to_path_buf();
        match (relation, filesystem) {
            (Relation::Exports | Relation::Readonly, Filesystem::Nfs(nfs)) => {
                self.made = self.imports.two(workshop, nfs)?;
                return Ok(());
            }
            (Relation::Lower, _) => return self.uncovered_lower(workshop, filesystem),
            (Relation::Squashfs | Relation::Erofs, _) => {
                relation::needs_root(relation, workshop.power)?;
                return self.uncovered_lower(workshop, filesystem);
            }
            (Relation::Subvolume, _) => {
                let order = Order::usual(filesystem, Side::Cache, self.user);
                self.made.push(workshop.mount(order, Path::new(Place::CELL))?);
                self.make_end(self.place.cache())?;
                btrfs::subvolume(target)?;
                return own(target, self.user);
            }
            (Relation::Symlink, _) => {
                let order = Order::usual(filesystem, Side::Cache, self.user);
                self.made.push(workshop.mount(order, Path::new(Place::CELL))?);
                self.make_end(self.place.cache())?;
                self.make_end(&target.with_file_name(BEHIND))?;
                return symlink(BEHIND, target).map_err(SetupError::failed("create", target));
            }
            (Relation::Project, _) => self.alone(workshop, filesystem, Features::Projects)?,
            (Relation::Encrypted, _) => self.alone(workshop, filesystem, Features::Encryption)?,
            _ => self.alone(workshop, filesystem, Features::Usual)?,
        }
        match relation {
            Relation::Bind => self.add(Mount::bind(target, target)?),
            Relation::Idmap => self.add(relation::id_mapped(target, self.user, workshop.power)?),
            Relation::Project => relation::set_project(target)?,
            Relation::Nocow => relation::set_nocow(target)?,
            Relation::Encrypted => relation::encrypt(target)?,
            // These wait until the cache is filled; what cannot be done here is said before that is tried.
            Relation::Owner | Relation::Immutable => relation::needs_root(relation, workshop.power)?,
            // These were made with the filesystem, or will be once the cache is filled, or are about the linker alone.
            Relation::Lower
            | Relation::Squashfs
            | Relation::Erofs
            | Relation::Symlink
            | Relation::Subvolume
            | Relation::Maxlinks
            | Relation::Full
            | Relation::Landlock
            | Relation::Remount
            | Relation::Subdirectory
            | Relation::Exports
            | Relation::Readonly
            | Relation::Squash => {}
        }
        Ok(())
    }

    /// Shows an overlay's future lower layer in the overlay's place, so that the cache is filled under its own path.
    fn uncovered_lower(&mut self, workshop: &mut Workshop, overlay: Filesystem) -> Result<(), SetupError> {
        let Base::Layers(base) = overlay.base() else { return Ok(()) };
        let mut made = workshop.layers(Order::usual(base, Side::Cache, self.user))?;
        if let Some(layers) = &made.layers {
            let bind = Mount::bind(&layers.lower(), Path::new(Place::CELL))?;
            made.push(bind);
        }
        self.made.push(made);
        self.make_end(self.place.cache())
    }

    fn cover_lower(&mut self, workshop: &Workshop, relation: Relation) -> Result<(), SetupError> {
        let Some(made) = self.made.last_mut() else { return Ok(()) };
        if let (Some(bind), Some(layers)) = (made.pop(), made.layers.clone()) {
            bind.undo()?;
            if let Some(sealed) = sealed::seal(relation, &layers.lower(), &workshop.image())? {
                made.push(sealed);
            }
            made.push(layers.mount(Path::new(Place::CELL), workshop.power)?);
        }
        self.make_end(self.place.target())
    }

    fn add(&mut self, mount: Mount) {
        if let Some(made) = self.made.last_mut() {
            made.push(mount);
        }
    }

    fn make_end(&self, at: &Path) -> Result<(), SetupError> {
        fs::create_dir(at).map_err(SetupError::failed("create", at))?;
        own(at, self.user)
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        while let Some(made) = self.made.pop() {
            drop(made);
        }
    }
}

/// Gives a path to a user.
pub fn own(at: &Path, user: User) -> Result<(), SetupError> {
    chown(at, Some(user.uid), Some(user.gid)).map_err(SetupError::failed("change the owner of", at))
}
