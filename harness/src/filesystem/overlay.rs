//! overlayfs, see <https://docs.kernel.org/filesystems/overlayfs.html>.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::SetupError;
use super::mount::{Mount, Type};
use super::power::Power;

/// As mount(2) knows it.
pub const TYPE: Type = Type { name: "overlay", magic: 0x794c_7630 };

/// The directories of an overlay, all on one filesystem.
#[derive(Debug, Clone)]
pub struct Layers {
    root: PathBuf,
}

impl Layers {
    /// Makes the directories.
    pub fn make(root: &Path) -> Result<Self, SetupError> {
        for name in ["lower", "upper", "work"] {
            let directory = root.join(name);
            fs::create_dir(&directory).map_err(SetupError::failed("create", &directory))?;
        }
        Ok(Self { root: root.to_path_buf() })
    }

    /// The lower layer: what is put there before the overlay is mounted shows through it.
    pub fn lower(&self) -> PathBuf {
        self.root.join("lower")
    }

    /// Mounts the overlay.
    pub fn mount(&self, at: &Path, power: Power) -> Result<Mount, SetupError> {
        let root = self.root.display();
        let attributes = match power {
            Power::Root => "",
            Power::UserNamespace | Power::None => ",userxattr",
        };
        let options = format!("lowerdir={root}/lower,upperdir={root}/upper,workdir={root}/work{attributes}");
        Mount::new(TYPE, Path::new("overlay"), at, &options)
    }
}
