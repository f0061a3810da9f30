//! The policy `staged`: a linker that keeps every rule of the contract, on every pairing and whichever one call fails. It is a model
//! for others to copy, so here is the argument, rule by rule.
//!
//! One run does this: it takes a lock on the target (flock(2) on the directory itself), removes what a killed run has left, and ends if
//! the target holds the package already. Else it makes [`.exdev-staging`](staging::NAME) *in* the target, places every file
//! there by one strategy, the most telling files first, and renames what it has placed into the target. Where a strategy is refused, it
//! throws all of it away, says so once, and begins anew with the next strategy. At the end, the staging directory is removed.
//!
//! * C1 complete, C2 faithful: nothing is published before every file is staged. What stood in a file's place and is other (bytes,
//!   permission bits, kind) is replaced; what the package does not have stays as it is.
//! * C3 uniform: a staging directory holds files of one strategy, since a refusal throws it away. Where a target holds a part of the
//!   package, all of it is staged and published anew, and never only what is missing. A target that holds all of it is looked at for
//!   uniformity, too: a run may have been killed while it replaced an older package.
//! * C4 economical: a strategy is given up for a refusal of its own call alone. That a file could not be created, or a directory, says
//!   nothing of reflinks, and is an error. A file with all the links that it can have gets a new inode in the cache, so that one file
//!   does not cost the others their links.
//! * C5 honest: a fallback is announced when it is taken, with the errno that the call got, once; no file was placed so before.
//! * C6 cache-safe: the cache is only ever renamed into, and only an exhausted file of our own: by a copy with its bytes (compared
//!   after writing), bits and times, which is made in the target. So no temporary name is ever in the cache, and a reader finds the
//!   old file or the new one.
//! * C7 isolated: only link(2) and symlink(2) tie a target to its cache, and no file that they placed is ever opened for writing.
//! * C8 clean failure: until the first rename, the target differs by the staging directory alone. Each rename is noted, and undone in
//!   reverse where a later one is refused; a file that is replaced changes places with the staged one, so that it can come back. What
//!   undoes (rename, unlink, rmdir) is tried twice: where one call fails, the second does not.
//! * C9 recoverable: a killed run leaves a staging directory, and a package that is published in part, of whole files. The next run
//!   removes the one, for the lock tells it that nobody works there, and finds the other incomplete.
//! * C10 concurrent: runs into one target wait for each other, and all but the first find the package there. Runs from one cache only
//!   read it, or replace a file by its equal.
//! * C11 contained: all that is made is made in the target. That also is what makes a rename possible: below one directory it stays on
//!   one filesystem, one mount and one project, where a temporary directory elsewhere might not.
//!
//! Three things it cannot do. A package of several entries at the top is not published at once: who reads the target meanwhile may see a
//! part (of whole files). Where no file may go from one directory to another (a Landlock sandbox without
//! `LANDLOCK_ACCESS_FS_REFER`), nothing that is staged can be published: it fails, and leaves nothing. And flock(2) on a directory of NFS holds on one client: those who share a target between machines need a lock of their own.

mod compare;
mod probe;
mod publish;
mod refresh;
mod run;
mod staging;

pub(super) use run::link;
