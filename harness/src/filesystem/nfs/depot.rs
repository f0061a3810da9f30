//! The filesystems that the server exports.
//!
//! Invariant: a filesystem behind an export is made once per agent and emptied for each cell, and the client's mounts are new for
//! each. It cannot be new itself: the server holds on to what it has exported, and lets go of it once a second at most
//! (`flush` in <https://docs.kernel.org/filesystems/nfs/rpc-cache.html> counts in seconds).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::exports::{Access, Export};
use super::server::Server;
use crate::clear::clear;
use crate::errno::Errno;
use crate::filesystem::error::SetupError;
use crate::filesystem::order::{Features, Order, Side};
use crate::filesystem::workshop::{Made, Workshop};
use crate::linker::User;
use crate::pairing::Filesystem;
use crate::sys;

/// The folder of the filesystems, as the server sees them.
const FILESYSTEMS: &str = "/exdev/nfs/filesystems";

/// A filesystem that is exported, in two parts: two directories, each by itself.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The first part.
    pub one: Part,
    /// The second part.
    pub two: Part,
}

/// A directory that is exported.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where the server has it.
    pub directory: PathBuf,
    /// As what it exports it.
    pub export: Export,
}

/// The server and everything that it exports.
#[derive(Debug)]
pub struct Depot {
    server: Server,
    shelves: Vec<(Key, Shelf)>,
    /// What is exported stays mounted until the agent ends.
    made: Vec<Made>,
}

/// Some filesystems are made for one user, and two ends need two.
type Key = (Filesystem, Side, User);

impl Depot {
    /// Starts the server.
    pub fn start() -> Result<Self, SetupError> {
        fs::create_dir_all(FILESYSTEMS).map_err(SetupError::failed("create", FILESYSTEMS))?;
        Ok(Self { server: Server::start()?, shelves: Vec::new(), made: Vec::new() })
    }

    /// An empty filesystem of this kind, exported without limits.
    pub fn shelf(&mut self, workshop: &mut Workshop, key: Key) -> Result<Shelf, SetupError> {
        let known = self.shelves.iter().find(|(known, _)| *known == key).map(|(_, shelf)| shelf.clone());
        let exported = known.map_or_else(|| self.make(workshop, key), Ok)?;
        for part in [&exported.one, &exported.two] {
            self.server.set(&part.export, Access::Full)?;
            clear(&part.directory).map_err(SetupError::failed("empty", &part.directory))?;
        }
        give_back(&exported.one.directory)?;
        Ok(exported)
    }

    /// Changes what clients may do.
    pub fn set(&mut self, export: &Export, access: Access) -> Result<(), SetupError> {
        self.server.set(export, access)
    }

    fn make(&mut self, workshop: &mut Workshop, key: Key) -> Result<Shelf, SetupError> {
        let (filesystem, side, owner) = key;
        let name = name(key);
        let at = Path::new(FILESYSTEMS).join(&name);
        create(&at)?;
        let mut made = workshop.mount(Order { filesystem, side, features: Features::Exported, owner }, &at)?;
        let mut part = |directory: &str, name: &str| {
            let directory = at.join(directory);
            create(&directory)?;
            let (export, bind) = self.server.export(&directory, name)?;
            made.push(bind);
            Ok::<_, SetupError>(Part { directory, export })
        };
        let exported = Shelf { one: part("one", &name)?, two: part("two", &format!("{name}-second"))? };
        self.made.push(made);
        self.shelves.push((key, exported.clone()));
        Ok(exported)
    }
}

/// Makes holes in a filesystem's image where its blocks are free: it is there for long, and would take all of its length at last. On
/// XFS, blocks that were just removed may only be free the next time. Where the loop device cannot discard, nothing is given back.
fn give_back(directory: &Path) -> Result<(), SetupError> {
    let failed = SetupError::failed("discard the free blocks of", directory);
    let trimmed = File::open(directory).and_then(|directory| {
        // Blocks are free once their removal is on the disk. An error of this may be an earlier scenario's.
        let _ = rustix::fs::syncfs(&directory);
        sys::trim(&directory)
    });
    match trimmed {
        Err(error) if matches!(Errno::from(&error), Errno::ENOTTY | Errno::EOPNOTSUPP) => Ok(()),
        trimmed => trimmed.map_err(failed),
    }
}

/// The name of a filesystem, on the server and in its exports: a client sees it, so it is the same in every run, whatever the
/// agent has made before.
fn name((filesystem, side, owner): Key) -> String {
    let other = match side {
        Side::Cache => String::new(),
        Side::Target => "other-".to_owned(),
        Side::Several(number) => format!("{number}-"),
    };
    let of_root = if owner == User::ROOT { "-of-root" } else { "" };
    format!("{other}{filesystem}{of_root}")
}

fn create(directory: &Path) -> Result<(), SetupError> {
    // One may be left of a filesystem that could not be mounted.
    fs::create_dir_all(directory).map_err(SetupError::failed("create", directory))
}
