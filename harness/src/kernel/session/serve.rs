//! The agent's side: makes the filesystems, has the command run, and takes everything down.

use std::fs;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, setgid, setgroups, setuid};
use rustix::fs::Mode;
use rustix::mount::{MountFlags, mount};
use rustix::process::{chdir, umask};

use super::callers::{Callers, mount_proc};
use super::conduct::conduct;
use super::errand::{Ending, Errand, Made, Start, Told};
use super::pipes::Pipes;
use crate::filesystem::{Cell, SetupError, provision, provision_several};
use crate::kernel::agent::Agent;
use crate::kernel::cell::is_confined;
use crate::kernel::nested::nested;
use crate::kernel::sandbox;
use crate::kernel::wire::{Reply, send};
use crate::linker::Place;
use crate::package::Size;
use crate::pairing::{Names, Pairing, Relation};
use crate::sys;

/// The root of all that an agent makes.
const OURS: &str = "/exdev";

/// Where the filesystems with names are.
const NAMED: &str = "/exdev/fs";

/// Empty directories, in which those of the cell and those with names can be shown.
const SHOWN: &str = "/exdev/shown";

/// Where a command can write temporary files, if it sees the machine as we do: read-only.
const TEMPORARY: &str = "/exdev/tmp";

/// Where programs share memory, see `shm_overview(7)`.
const SHARED_MEMORY: &str = "/dev/shm";

/// How a command sees the machine.
#[derive(Debug)]
pub enum View {
    /// As the agent does.
    Ours,
    /// As the caller does.
    Callers(Callers),
}

impl Agent {
    /// Runs a command of the caller's on filesystems that are made for it.
    pub(in crate::kernel) fn errand(
        &mut self,
        errand: &Errand,
        view: View,
        client: BorrowedFd<'_>,
    ) -> Result<Ending, SetupError> {
        let cells = self.make(errand)?;
        let made = made(errand, view.root());
        let ran = nested(|| {
            view.enter(errand).map_err(io::Error::other)?;
            let mut command = Command::new(&errand.program);
            command.args(&errand.arguments).envs(made.iter().map(|(name, path)| (name, path)));
            let pipes = view.furnish(&mut command, errand)?;
            if errand.pairing.is_some_and(is_confined) {
                sandbox::confine(&mut command, errand.caller.user())?;
            }
            send(&mut fs::File::from(client.try_clone_to_owned()?), &Reply::Meanwhile(Told::Made(made)))?;
            conduct(command, pipes, client)
        });
        // The caller's view shows the filesystems, too.
        drop(view);
        drop(cells);
        ran.map_err(SetupError::failed("run", Path::new(&errand.program)))
    }

    fn make(&mut self, errand: &Errand) -> Result<Vec<Cell>, SetupError> {
        for directory in ["/exdev/shown/fs", "/exdev/shown/cell", NAMED, TEMPORARY] {
            fs::create_dir_all(directory).map_err(SetupError::failed("create", directory))?;
        }
        fs::set_permissions(TEMPORARY, fs::Permissions::from_mode(0o1777))
            .map_err(SetupError::failed("change the mode of", TEMPORARY))?;
        let several: Vec<_> = errand.named.iter().map(|(name, kind)| (*kind, Path::new(NAMED).join(name))).collect();
        let (place, user) = (Place::new(Size::Small, Names::POSIX), errand.caller.user());
        let mut cells = vec![provision_several(&mut self.workshop, &several, place.clone(), user)?];
        if let Some(pairing) = errand.pairing {
            if is_confined(pairing) {
                sandbox::check()?;
            }
            let mut cell = provision(&mut self.workshop, pairing, place, user)?;
            let cached = self.fill(pairing, errand)?;
            cell.settle(&mut self.workshop, || Ok(cached))?;
            cells.push(cell);
        }
        Ok(cells)
    }

    /// Puts a file into the cache, if the relation is about what is in there.
    fn fill(&self, pairing: Pairing, errand: &Errand) -> Result<Vec<PathBuf>, SetupError> {
        match pairing.relation() {
            Some(Relation::Lower | Relation::Owner | Relation::Immutable | Relation::Maxlinks | Relation::Readonly) => {
            }
            _ => return Ok(Vec::new()),
        }
        let file = Path::new(Place::CELL).join("cache/file");
        self.as_user(errand.caller.user(), || fs::write(&file, "x".repeat(64 << 10)))?
            .map_err(SetupError::failed("write", &file))?;
        Ok(vec![file])
    }
}

/// The command's variables.
fn made(errand: &Errand, root: &Path) -> Made {
    let named = errand.named.iter().map(|(name, _)| (name.clone(), root.join("fs").join(name)));
    let ends = ["cache", "target"].map(|end| (end.to_uppercase(), root.join("cell").join(end)));
    named.chain(ends.into_iter().filter(|_| errand.pairing.is_some())).collect()
}

impl View {
    /// Where it shows what is at [`OURS`].
    fn root(&self) -> &Path {
        match self {
            Self::Ours => Path::new(OURS),
            Self::Callers(callers) => callers.at,
        }
    }

    /// Becomes the caller, who sees this; in the mount namespace of a process whose only task this is.
    fn enter(&self, errand: &Errand) -> Result<(), SetupError> {
        match self {
            Self::Callers(callers) => {
                let cell = errand.pairing.is_some().then_some((Place::CELL, "cell"));
                let shown: Vec<_> = [(SHOWN, ""), (NAMED, "fs")].into_iter().chain(cell).collect();
                callers.return_with(&shown)?;
            }
            Self::Ours => {
                unshare(CloneFlags::CLONE_NEWNS)
                    .map_err(|errno| SetupError::failed("leave the mount namespace of", "the agent")(errno.into()))?;
                mount_proc();
                mount("tmpfs", SHARED_MEMORY, "tmpfs", MountFlags::NOSUID, Some(c"mode=1777"))
                    .map_err(|errno| SetupError::failed("mount a tmpfs on", SHARED_MEMORY)(errno.into()))?;
                sys::raise_loopback().map_err(SetupError::failed("raise", "the network interface lo"))?;
            }
        }
        let directory = match (&errand.start, self) {
            (Start::BesideTarget, _) => self.root().join("cell"),
            (Start::Here(directory), Self::Ours) => directory.clone(),
            (Start::Here(_), Self::Callers(_)) => PathBuf::from("."),
        };
        chdir(&directory).map_err(|errno| SetupError::failed("enter", &directory)(errno.into()))?;
        umask(Mode::from_bits_truncate(errand.caller.umask));
        Ok(())
    }

    /// What the command reads and writes, and who it is.
    fn furnish(&self, command: &mut Command, errand: &Errand) -> io::Result<Pipes> {
        if matches!(self, Self::Callers(_)) {
            return Ok(Pipes::default());
        }
        command.env("TMPDIR", TEMPORARY);
        let pipes = match errand.terminal {
            Some(size) => Pipes::terminal(command, size).map_err(io::Error::other)?,
            None => Pipes::lay(command)?,
        };
        let user = errand.caller.user();
        let groups: Vec<_> = errand.caller.groups.iter().copied().map(Gid::from_raw).collect();
        setgroups(&groups)?;
        setgid(Gid::from_raw(user.gid))?;
        setuid(Uid::from_raw(user.uid))?;
        Ok(pipes)
    }
}
