//! `--cache DIR --target DIR`: directories of a person's own, instead of filesystems that exdev makes.

use std::path::PathBuf;

use anyhow::anyhow;

use super::exit::{Failure, OrExit};
use crate::kernel::given::directories;
use crate::pairing::Directories;

/// Two directories of a person's own.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "On directories of yours")]
pub struct Given {
    /// Have the caches in a new directory inside this one, instead of on a filesystem that exdev makes. This needs no root, no
    /// namespace and no kernel of its own: linkers run as you, where you are, on whatever filesystem this is. They run offline, but nothing
    /// keeps them from the network. Nothing else in it is touched, and what was made is removed at the end, also after an
    /// interrupt
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Have the targets in a new directory inside this one, which may be the same
    #[arg(long, value_name = "DIR")]
    target: Option<PathBuf>,
}

/// Whether something else was said of where linkers are to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// Nothing was.
    Unsaid,
    /// Filesystems or a kernel were named.
    Said,
}

impl Given {
    /// The directories, if they are given, and nothing else is.
    pub fn directories(&self, otherwise: Otherwise) -> Result<Option<Directories>, Failure> {
        match (&self.cache, &self.target, otherwise) {
            (None, None, _) => Ok(None),
            (Some(cache), Some(target), Otherwise::Unsaid) => directories(cache, target).or_unavailable().map(Some),
            (Some(_), Some(_), Otherwise::Said) => Err(anyhow!(
                "--cache and --target name directories that are there; --pairing, --fs, --kernel and --scratch are about \
                 filesystems that exdev makes"
            ))
            .or_usage(),
            _ => Err(anyhow!("--cache and --target go together; both may be the same directory")).or_usage(),
        }
    }
}
