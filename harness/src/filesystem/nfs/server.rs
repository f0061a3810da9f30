//! The kernel's server, started once per agent, see <https://docs.kernel.org/admin-guide/nfs/nfsd-admin-interfaces.html>.

use std::fs;
use std::path::Path;

use super::daemons;
use super::exports::{Access, Export, ROOT, STATE, Table};
use super::system;
use crate::filesystem::error::SetupError;
use crate::filesystem::mount::{Mount, Type};
use crate::filesystem::tmpfs;
use crate::sys;

/// Where the server listens.
pub const NFS_PORT: u16 = 2049;

/// Where rpc.mountd listens, whom clients of version 3 ask first.
pub const MOUNT_PORT: u16 = 20048;

const CONTROL: &str = "/proc/fs/nfsd";

const NFSD: Type = Type { name: "nfsd", magic: 0x6e66_7364 };
const PIPES: Type = Type { name: "rpc_pipefs", magic: 0x6759_6969 };

/// A server that is running. It ends with the agent's network namespace.
#[derive(Debug)]
pub struct Server {
    table: Table,
    // They are undone with the agent's mount namespace at the latest.
    _mounts: Vec<Mount>,
}

impl Server {
    /// Starts the server; it exports nothing yet.
    ///
    /// # Errors
    /// The kernel has none, or a program that it needs is missing.
    pub fn start() -> Result<Self, SetupError> {
        let none = Path::new("none");
        let control = Mount::new(NFSD, Path::new("nfsd"), Path::new(CONTROL), "")?;
        daemons::check()?;
        for folder in [ROOT, STATE, daemons::PIPES] {
            fs::create_dir_all(folder).map_err(SetupError::failed("create", folder))?;
        }
        let exports = Mount::new(tmpfs::TYPE, none, Path::new(ROOT), "size=1m,mode=755")?;
        let pipes = Mount::new(PIPES, none, Path::new(daemons::PIPES), "")?;
        let rmtab = Path::new(STATE).join("rmtab");
        fs::write(&rmtab, "").map_err(SetupError::failed("write", &rmtab))?;
        let table = Table::default();
        table.write()?;
        sys::raise_loopback().map_err(SetupError::failed("raise", "the network interface lo"))?;
        // The daemons read and write there as they start; linkers are to see the machine's own.
        let surroundings = system::make()?;
        daemons::start()?;
        drop(surroundings);
        for (setting, value) in [
            ("versions", "+3 +4 +4.1 +4.2".to_owned()),
            ("portlist", format!("tcp {NFS_PORT}")),
            ("threads", "4".to_owned()),
        ] {
            write(&Path::new(CONTROL).join(setting), &value)?;
        }
        // Or no client could lock a file for the first 50 seconds: the locks of an earlier server might be claimed.
        write(Path::new("/proc/fs/lockd/nlm_end_grace"), "Y")?;
        Ok(Self { table, _mounts: vec![control, exports, pipes] })
    }

    /// Exports a directory under a new name.
    pub fn export(&mut self, directory: &Path, name: &str) -> Result<(Export, Mount), SetupError> {
        let export = Export::new(name);
        fs::create_dir_all(export.path()).map_err(SetupError::failed("create", export.path()))?;
        let bind = Mount::bind(directory, &export.path())?;
        self.table.add(&export)?;
        Ok((export, bind))
    }

    /// Changes what clients may do.
    pub fn set(&mut self, export: &Export, access: Access) -> Result<(), SetupError> {
        self.table.set(export, access)
    }
}

fn write(at: &Path, value: &str) -> Result<(), SetupError> {
    fs::write(at, format!("{value}\n")).map_err(SetupError::failed("write", at))
}
