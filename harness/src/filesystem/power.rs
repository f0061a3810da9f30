//! What an agent may do.

/// What this agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// It is root where it was started.
    Root,
    /// It is an ordinary user, root only in its own user namespace.
    UserNamespace,
    /// It makes no filesystems: it works in directories that are there.
    None,
}
