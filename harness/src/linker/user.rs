//! As whom a linker runs.

/// A user and its group, by number; neither needs an entry in /etc/passwd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct User {
    /// The user ID.
    pub uid: u32,
    /// The group ID.
    pub gid: u32,
}

impl User {
    /// Root.
    pub const ROOT: Self = Self { uid: 0, gid: 0 };
    /// The ordinary user that runs linkers.
    pub const ORDINARY: Self = Self { uid: 59_999, gid: 59_999 };
    /// Who root is on a server that takes root for nobody, see exports(5), `anonuid`.
    pub const NOBODY: Self = Self { uid: 65_534, gid: 65_534 };
    /// The other ordinary user, to whom foreign files belong.
    pub const OTHER: Self = Self { uid: 59_998, gid: 59_998 };
}
