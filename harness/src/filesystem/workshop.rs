//! Makes filesystems: owns the templates and the folder of the images.
//!
//! Invariant: filesystems that are mounted at the same time come from as many templates, so that two of one kind share no UUID.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::blueprint::Blueprint;
use super::error::{RUN_AS_ROOT, SetupError};
use super::fuse;
use super::image::{self, Recipe};
use super::loop_device::LoopDevice;
use super::mount::Mount;
use super::nfs::{Access, Depot, Export, Shelf};
use super::order::{Features, Order, Side};
use super::overlay::Layers;
use super::power::Power;
use super::tmpfs;
use crate::errno::Errno;
use crate::linker::User;
use crate::pairing::{Base, Filesystem, Nfs};

/// A filesystem that is mounted, with all that it rests on. Undone from the last to the first.
#[derive(Debug, Default)]
pub struct Made {
    mounts: Vec<Mount>,
    /// The layers, if it is an overlay that is yet to be mounted.
    pub layers: Option<Layers>,
}

/// What a template is for. One that is exported is so for one user, and those of all users are mounted at the same time.
type Key = (Filesystem, Side, Features, Option<User>);

/// Makes filesystems for one agent.
#[derive(Debug)]
pub struct Workshop {
    folder: PathBuf,
    /// What this agent may do.
    pub power: Power,
    templates: HashMap<Key, PathBuf>,
    depot: Option<Depot>,
}

impl Workshop {
    /// A workshop that keeps its images in `folder`, which is on a tmpfs.
    #[must_use]
    pub fn new(folder: PathBuf, power: Power) -> Self {
        Self { folder, power, templates: HashMap::new(), depot: None }
    }

    /// Makes sure that the images, which are sparse, could grow as they were written to.
    ///
    /// # Errors
    /// Their folder is full.
    pub fn check_room(&self) -> Result<(), SetupError> {
        image::check_room(&self.folder)
    }

    /// Makes a filesystem and mounts it.
    pub(super) fn mount(&mut self, order: Order, at: &Path) -> Result<Made, SetupError> {
        match order.filesystem.base() {
            // Behind an export is a filesystem of the base's kind; what makes it NFS is how a cell mounts the export.
            Base::Itself | Base::Exported(_) => self.plain(order, at),
            Base::Shown(base) => {
                let below = self.below("shown", order.side)?;
                let mut made = self.plain(Order { filesystem: base, ..order }, &below)?;
                if let Filesystem::Fuse(limit) = order.filesystem {
                    made.push(fuse::mount(limit, &below, at)?);
                }
                Ok(made)
            }
            Base::Layers(base) => {
                let mut made = self.layers(Order { filesystem: base, ..order })?;
                if let Some(layers) = made.layers.take() {
                    made.push(layers.mount(at, self.power)?);
                }
                Ok(made)
            }
        }
    }

    /// Makes the filesystem that an overlay's layers are on, and the layers, without the overlay itself.
    pub(super) fn layers(&mut self, base: Order) -> Result<Made, SetupError> {
        let at = self.below("layers", base.side)?;
        let mut made = self.plain(base, &at)?;
        made.layers = Some(Layers::make(&at)?);
        Ok(made)
    }

    /// Where an image is until a loop device has it.
    pub(super) fn image(&self) -> PathBuf {
        self.folder.join("image")
    }

    /// Where a filesystem is mounted that another one rests on.
    fn below(&self, name: &str, side: Side) -> Result<PathBuf, SetupError> {
        let at = self.folder.join(match side {
            Side::Cache => format!("cache-{name}"),
            Side::Target => format!("target-{name}"),
            Side::Several(number) => format!("{name}-{number}"),
        });
        fs::create_dir_all(&at).map_err(SetupError::failed("create", &at))?;
        Ok(at)
    }

    fn plain(&mut self, order: Order, at: &Path) -> Result<Made, SetupError> {
        let Some(blueprint) = Blueprint::of(order) else {
            return Ok(Made::of(Mount::new(tmpfs::TYPE, Path::new("tmpfs"), at, tmpfs::OPTIONS)?));
        };
        let name = blueprint.kind.name;
        if self.power != Power::Root {
            return Err(SetupError::not_here(format!("only root may mount {name} on the host kernel"), RUN_AS_ROOT));
        }
        let template = self.template(key(order), blueprint.recipe)?;
        let mounted = self.mount_copy(&template, &blueprint, at);
        Ok(Made::of(mounted.map_err(|error| match (order.features, error.errno()) {
            (Features::Projects, Some(Errno::EINVAL | Errno::ESRCH)) => SetupError::not_here(
                format!("this kernel has no project IDs on {name}"),
                "use a kernel with CONFIG_QUOTA and CONFIG_QFMT_V2",
            ),
            _ => error,
        })?))
    }

    /// An empty filesystem of this kind behind the NFS server, which is started when it is first needed.
    pub(super) fn shelf(&mut self, nfs: Nfs, side: Side, owner: User) -> Result<Shelf, SetupError> {
        if self.power != Power::Root {
            return Err(SetupError::not_here("only root may run an NFS server on the host kernel", RUN_AS_ROOT));
        }
        let mut depot = self.depot.take().map_or_else(Depot::start, Ok)?;
        let exported = depot.shelf(self, (nfs.base(), side, owner));
        self.depot = Some(depot);
        exported
    }

    /// Changes what clients may do with an export.
    pub(super) fn allow(&mut self, access: Access, export: &Export) -> Result<(), SetupError> {
        self.depot.as_mut().map_or(Ok(()), |depot| depot.set(export, access))
    }

    fn template(&mut self, key: Key, recipe: Recipe) -> Result<PathBuf, SetupError> {
        if let Some(template) = self.templates.get(&key) {
            return Ok(template.clone());
        }
        let path = self.folder.join(format!("template-{}", self.templates.len()));
        image::make(recipe, &path)?;
        self.templates.insert(key, path.clone());
        Ok(path)
    }

    fn mount_copy(&self, template: &Path, blueprint: &Blueprint, at: &Path) -> Result<Mount, SetupError> {
        let path = self.image();
        let image = image::copy(template, &path);
        // The loop device keeps the image; without a name it goes with the device.
        let removed = fs::remove_file(&path).map_err(SetupError::failed("remove", &path));
        let device = LoopDevice::attach(&image?)?;
        removed?;
        let mounted = Mount::new(blueprint.kind, device.path(), at, &blueprint.options)?;
        remove_lost_and_found(at)?;
        Ok(mounted)
    }
}

impl Made {
    /// What rests on nothing else of ours.
    pub fn of(mount: Mount) -> Self {
        Self { mounts: vec![mount], layers: None }
    }

    /// Takes the last mount off.
    pub fn pop(&mut self) -> Option<Mount> {
        self.mounts.pop()
    }

    /// Adds a mount that rests on the ones before.
    pub fn push(&mut self, mount: Mount) {
        self.mounts.push(mount);
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        while let Some(mount) = self.mounts.pop() {
            drop(mount);
        }
    }
}

fn key(order: Order) -> Key {
    let exported = order.features == Features::Exported;
    (order.filesystem, order.side, order.features, exported.then_some(order.owner))
}

/// mkfs.ext4 makes a directory that no linker put there.
fn remove_lost_and_found(at: &Path) -> Result<(), SetupError> {
    let directory = at.join("lost+found");
    match fs::remove_dir(&directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(SetupError::failed("remove", &directory)(error))
        }
        _ => Ok(()),
    }
}
