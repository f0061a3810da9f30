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
    /// It is what the system has under this name.
    System {
        /// The program.
        program: &'static str,
    },
}

/// A package on npm.
#[derive(Debug, Clone, Copy)]
pub struct Npm {
    /// By what it is pinned.
    pub name: &'static str,
    /// The package that holds a version of the program: for one that is compiled, the package of this platform.
    pub package: fn(&str) -> &'static str,
    /// The program that runs it, if it is none by itself.
    pub runtime: Option<&'static str>,
}

impl Source {
    /// By what it stands in the lock, if it is pinned there.
    #[must_use]
    pub const fn pinned_by(&self) -> Option<&'static str> {
        match self {
            Self::BuiltIn { .. } | Self::Described => None,
            Self::Wheel { project } | Self::Python { project } => Some(project),
            Self::Npm(npm) => Some(npm.name),
            Self::System { program } => Some(program),
        }
    }
}
