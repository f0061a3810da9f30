//! Acting towards filesystems as the linker's user does.
//!
//! Invariant: to act as another user clears the parent-death signal, see `PR_SET_PDEATHSIG(2const)`; so there is one road to it, and
//! the tether is renewed at its end.

use nix::unistd::{Gid, Uid, geteuid, setfsgid, setfsuid};

use super::agent::Agent;
use crate::filesystem::SetupError;
use crate::linker::User;

impl Agent {
    /// Does something as this user, where we may; capabilities on files go with the user, see setfsuid(2).
    ///
    /// # Errors
    /// The agent is no longer tied to its client.
    pub(super) fn as_user<T>(&self, user: User, work: impl FnOnce() -> T) -> Result<T, SetupError> {
        let guise = Guise::of(user);
        let done = work();
        drop(guise);
        self.tether.renew().map_err(SetupError::failed("stay tied to", "the client"))?;
        Ok(done)
    }
}

/// Lasts until it is dropped.
struct Guise;

impl Guise {
    fn of(user: User) -> Option<Self> {
        geteuid().is_root().then(|| {
            setfsgid(Gid::from_raw(user.gid));
            setfsuid(Uid::from_raw(user.uid));
            Self
        })
    }
}

impl Drop for Guise {
    fn drop(&mut self) {
        setfsuid(Uid::from_raw(0));
        setfsgid(Gid::from_raw(0));
    }
}
