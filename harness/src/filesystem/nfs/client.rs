//! The client's mounts, see nfs(5).

use std::path::Path;

use super::exports::Export;
use super::server::{MOUNT_PORT, NFS_PORT};
use crate::errno::Errno;
use crate::filesystem::error::SetupError;
use crate::filesystem::mount::{Mount, Type};
use crate::pairing::NfsVersion;

const TYPE: Type = Type { name: "nfs", magic: 0x6969 };

/// Mounts an export, or a directory of it.
pub fn mount(version: NfsVersion, export: &Export, directory: &str, at: &Path) -> Result<Mount, SetupError> {
    let path = match version {
        NfsVersion::V3 => export.path().display().to_string(),
        // Paths of version 4 begin at the export whose fsid is 0.
        _ => format!("/{}", export.name()),
    };
    let source = format!("127.0.0.1:{}", Path::new(&path).join(directory).display().to_string().trim_end_matches('/'));
    // To lock files of version 3 over the network takes yet another daemon; what is locked here is locked on this machine alone.
    let spoken = match version {
        NfsVersion::V3 => format!("vers=3,nolock,mountproto=tcp,mountaddr=127.0.0.1,mountport={MOUNT_PORT}"),
        NfsVersion::V4_0 => "vers=4.0,clientaddr=127.0.0.1".to_owned(),
        NfsVersion::V4_1 => "vers=4.1,clientaddr=127.0.0.1".to_owned(),
        NfsVersion::V4_2 => "vers=4.2,clientaddr=127.0.0.1".to_owned(),
    };
    let options = format!("{spoken},proto=tcp,addr=127.0.0.1,port={NFS_PORT}");
    Mount::new(TYPE, Path::new(&source), at, &options).map_err(|error| match error.errno() {
        Some(Errno(nix::libc::EPROTONOSUPPORT)) => SetupError::not_here(
            format!(
                "this kernel does not speak {}",
                spoken.split(',').next().unwrap_or_default().replace("vers=", "NFS ")
            ),
            "use a kernel that does",
        ),
        _ => error,
    })
}
