//! Where programs under test come from.

/// Where a program under test comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// It is exdev itself. What stands behind the `@` is no version, but one of these; the first is meant where nothing does.
    BuiltIn {
        /// What these words are.
        what: &'static str,
        /// The words.
        labels: &'static [&'static str],
    },
    /// It is the one program in a wheel on `PyPI`, of the same name as the project.
    Wheel {
        /// The project, by which it is pinned as well.
        project: &'static str,
    },
    /// It is a Python program on `PyPI`, with all that it imports; what that is, is pinned in a list of its own.
    Python {
        /// The project, by which it is pinned as well.
        project: &'static str,
    },
    /// It is a package on npm.
    Npm(Npm),
    /// It is what a person's description names.
    Described,
    /// It is what the system has under this name. It is not pinned: distributions remove old versions from their mirrors.
    System {
        /// The program.
        program: &'static str,
    },
    /// It is the Rust toolchain that the system has: the directory with `bin/cargo` and `bin/rustc` in it.
    Toolchain,
}

/// A program that is on npm.
#[derive(Debug, Clone, Copy)]
pub struct Npm {
    /// By what it is pinned, and what its own `--version` calls it.
    pub name: &'static str,
    /// The package whose newest version is the newest of the program.
    pub main: &'static str,
    /// What holds a version of the program.
    pub parcel: fn(&str) -> Parcel,
}

/// A package on npm, and what of it is run.
#[derive(Debug, Clone, Copy)]
pub struct Parcel {
    /// The package: for a program that is compiled, the one for this platform.
    pub package: &'static str,
    /// The program's path in the package.
    pub program: &'static str,
    /// What runs the program, with the whole package around it: `node`. Nothing where the program is one file that runs by itself.
    pub runtime: Option<&'static str>,
}

impl Source {
    /// By what it stands in the lock, if it is pinned there.
    #[must_use]
    pub const fn pinned_by(&self) -> Option<&'static str> {
        match self {
            Self::BuiltIn { .. } | Self::Described | Self::System { .. } | Self::Toolchain => None,
            Self::Wheel { project } | Self::Python { project } => Some(project),
            Self::Npm(npm) => Some(npm.name),
        }
    }
}
