//! Which kernel, and how much memory there: the options of every command that makes filesystems.

use anyhow::{Context, bail};

use super::exit::{Failure, OrExit};
use crate::kernel::Choice;
use crate::kernel::pool::Launcher;

/// Where filesystems are made, and how large.
#[derive(Debug, clap::Args)]
pub struct Kernels {
    /// Which kernel mounts the filesystems, and runs what is run on them: host, uml (User-Mode Linux, a guest that needs no root), or
    /// auto: the host where it can, else uml
    /// [default: auto]
    #[arg(long, value_name = "KERNEL")]
    kernel: Option<String>,
    /// How much memory may be used for images and packages: a size, or a share of the memory; as much again for each scenario that
    /// runs at the same time. A tmpfs under test may take another GiB
    /// [default: 50%]
    #[arg(long, value_name = "SIZE")]
    scratch: Option<String>,
}

impl Kernels {
    /// Whether something was said of where filesystems are to be made.
    pub const fn are_named(&self) -> bool {
        self.kernel.is_some() || self.scratch.is_some()
    }

    /// How agents are started.
    pub fn launcher(&self) -> Result<Launcher, Failure> {
        let scratch = size(self.scratch.as_deref().unwrap_or("50%")).or_usage()?.to_owned();
        let program = std::env::current_exe().or_unavailable()?;
        Ok(Launcher { program, scratch, patience: None, site: None })
    }

    /// The kernels that may serve.
    pub fn choice(&self) -> Result<Choice, Failure> {
        self.kernel.as_deref().map_or(Ok(Choice::Auto), str::parse).context("--kernel").or_usage()
    }
}

/// A size that tmpfs(5) understands, and that is a limit, which 0 is not.
fn size(text: &str) -> anyhow::Result<&str> {
    let number = text.strip_suffix(['k', 'm', 'g', 'K', 'M', 'G', '%']).unwrap_or(text);
    match number.parse::<u64>() {
        Ok(1..) if number.bytes().all(|byte| byte.is_ascii_digit()) => Ok(text),
        _ => bail!("--scratch: `{text}` is no size; write one like 512m, 2g, or a share of the memory like 50%"),
    }
}
