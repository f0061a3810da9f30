//! Fetches a version into an empty directory.

use std::fs;
use std::path::Path;

use super::error::StoreError;
use super::lists::list;
use super::npm::{Npm, Package};
use super::origin::{Origin, is_wheel};
use super::pip::{Pip, Project};
use super::slot::Slot;
use super::verify::{compare, verify};
use super::{tarball, wheel};

/// What is written for the digest of a list where there is none.
const NOT_PINNED: &str = "not pinned";

/// Who is asked.
#[derive(Debug)]
pub(super) struct Clients<'a> {
    /// The first pip that there is.
    pub(super) pip: Pip<'a>,
    /// The pip of the interpreter that linkers run with.
    pub(super) python: Pip<'a>,
    /// npm, if it is needed.
    pub(super) npm: Option<Npm<'a>>,
}

impl Clients<'_> {
    /// Downloads a version into the empty directory `downloads`, verifies it and unpacks it to `to`; the digest of what it came in.
    pub(super) fn fetch(&self, slot: &Slot, downloads: &Path, to: &Path) -> Result<String, StoreError> {
        let Slot { origin, version, pin, .. } = *slot;
        let project = |called| Project { name: origin.name(), called, version: Some(version) };
        match origin {
            Origin::Wheel { project: name } => {
                let file = self.pip.wheel(project(name), downloads)?;
                let digest = verify(&file, origin, version, pin)?;
                wheel::program(&file, name, version, to).map(|()| digest)
            }
            Origin::Node { project: name } => {
                let file = self.pip.wheel(project(name), downloads)?;
                let digest = verify(&file, origin, version, pin)?;
                wheel::node(&file, to).map(|()| digest)
            }
            Origin::Npm(_) => {
                let npm = self.npm.as_ref().unwrap_or_else(|| unreachable!("npm is found before"));
                let package = Package { name: origin.name(), called: origin.package(version), version: Some(version) };
                let file = npm.tarball(package, downloads)?;
                let digest = verify(&file, origin, version, pin)?;
                tarball::unpack(&file, to).map(|()| digest)
            }
            Origin::Python { project: name } => self.modules(slot, project(name), downloads, &to.join("lib")),
        }
    }

    fn modules(&self, slot: &Slot, wanted: Project, downloads: &Path, to: &Path) -> Result<String, StoreError> {
        let (wheels, digest) = if let Some(pin) = slot.pin {
            let (file, missing) = (pin.file.clone(), StoreError::NoList { name: wanted.name, file: pin.file.clone() });
            let text = list(&file).ok_or(missing)?;
            let digest = compare(file, text.as_bytes(), slot.pin, "exdev has".to_owned())?;
            let path = downloads.join(&pin.file);
            fs::write(&path, text).map_err(|cause| StoreError::Cache {
                operation: "write",
                path: path.clone(),
                cause,
            })?;
            (self.python.listed(wanted, &path, downloads)?, digest)
        } else {
            (self.python.resolved(wanted, downloads)?, NOT_PINNED.to_owned())
        };
        let name = |path: &Path| {
            path.file_name().is_some_and(|name| is_wheel(wanted.called, slot.version, &name.to_string_lossy()))
        };
        if !wheels.iter().any(|path| name(path)) {
            return Err(StoreError::NotExact { name: wanted.name, version: slot.version.to_owned() });
        }
        wheels.iter().try_for_each(|path| wheel::modules(path, to))?;
        self.python.compile(wanted, to)?;
        Ok(digest)
    }
}
