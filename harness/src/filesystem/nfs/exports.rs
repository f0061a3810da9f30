//! What the server exports: the table that rpc.mountd(8) answers the kernel from, see exports(5).
//!
//! Invariant: the table is replaced by a new file, never written over: rpc.mountd tells by the inode that it has changed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::filesystem::error::SetupError;

/// The folder of all exports, itself exported: the root of what a client of version 4 sees.
pub const ROOT: &str = "/exdev/nfs/exports";

/// rpc.mountd's folder.
pub const STATE: &str = "/exdev/nfs/state";

/// What the server lets a client do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everything; root is root.
    Full,
    /// Everything; root is nobody (`root_squash`, the default of exports(5)).
    Squashed,
    /// Reading.
    ReadOnly,
}

/// One directory that is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    name: String,
}

impl Export {
    /// What is to be exported under this name.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    /// Its path on the server.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Path::new(ROOT).join(&self.name)
    }

    /// Its name below the root of all exports.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// All exports.
#[derive(Debug, Default)]
pub struct Table {
    exports: Vec<(Export, Access)>,
}

impl Table {
    /// Adds an export, for all to use.
    pub fn add(&mut self, export: &Export) -> Result<(), SetupError> {
        self.exports.push((export.clone(), Access::Full));
        self.write()
    }

    /// Changes what clients may do, at once.
    pub fn set(&mut self, export: &Export, access: Access) -> Result<(), SetupError> {
        let Some((_, known)) = self.exports.iter_mut().find(|(known, _)| known == export) else { return Ok(()) };
        if *known == access {
            return Ok(());
        }
        *known = access;
        self.write()?;
        forget()
    }

    /// Writes the table.
    pub fn write(&self) -> Result<(), SetupError> {
        let (new, at) = (Path::new(STATE).join("etab.new"), Path::new(STATE).join("etab"));
        fs::write(&new, self.text()).map_err(SetupError::failed("write", &new))?;
        fs::rename(&new, &at).map_err(SetupError::failed("rename to", &at))
    }

    fn text(&self) -> String {
        let mut text = format!("{ROOT}\t*(rw,no_root_squash,no_subtree_check,fsid=0)\n");
        for (number, (export, access)) in self.exports.iter().enumerate() {
            let access = match access {
                Access::Full => "rw,no_root_squash",
                Access::Squashed => "rw,root_squash",
                Access::ReadOnly => "ro,no_root_squash",
            };
            let (path, fsid) = (export.path(), number + 1);
            let _ = writeln!(text, "{}\t*({access},no_subtree_check,fsid={fsid})", path.display());
        }
        text
    }
}

/// Has the kernel ask rpc.mountd again, see <https://docs.kernel.org/filesystems/nfs/rpc-cache.html>.
fn forget() -> Result<(), SetupError> {
    for cache in ["auth.unix.ip", "nfsd.export", "nfsd.fh"] {
        // Whatever is written: all that is known by now is forgotten.
        let at = format!("/proc/net/rpc/{cache}/flush");
        fs::write(&at, "1\n").map_err(SetupError::failed("write", &at))?;
    }
    Ok(())
}
