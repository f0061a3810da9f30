//! What exdev tests. Every test runs a real linker on real filesystems.

/// How a scenario is written down, run, and asserted on.
mod trial;

/// How a scenario that several tests look at runs once.
mod once;

/// What happens to a scenario that this machine cannot run.
mod not_run;

/// The whole matrix of each linker, one snapshot each.
mod matrix;

/// What must hold on every pairing, one test per pairing: `cargo test -- btrfs` runs those that involve Btrfs.
mod pairings;

/// uv's rules over time: where it links, copies and warns.
mod uv;

/// pnpm: one refused call, what it says of it, and where it writes.
mod pnpm;

/// PDM: it links as it is told, or fails.
mod pdm;

/// rattler: one file after the other, each by what works for it.
mod rattler;

/// DVC: what drops out of its list of links, and what ends it.
mod dvc;

/// pip: copies.
mod pip;

/// git, ostree, rsync, ccache, cargo and cp: what the system has, in whatever version.
mod system;

/// bun: what 1.3 empties and 1.4 does not, and what is left of a failure.
mod bun;

/// yarn: files that are lost without a word, and a linker without a fallback.
mod yarn;

/// deno: whatever is refused, it copies the whole package.
mod deno;

/// vfat, minix and f2fs: what uv does where its cache cannot be, and at 250 links.
mod local;

/// Filesystems in user space, each with one limit.
mod fuse;

/// Hardly any room left.
mod full;

/// A cache in a layer that is read-only for ever.
mod sealed;

/// NFS, from a kernel's own server to its own client.
mod nfs;

/// The same scenarios in the machine's own kernel and in User-Mode Linux.
mod kept;
mod kernels;

/// One system call that goes wrong: what linkers make of it, and of running again.
mod faults;

/// A target that is not empty.
mod prior;

/// Several runs at once.
mod concurrent;

/// The reference linker: what each policy does when a file is refused in the middle.
mod policies;

/// The reference linker against the model of it.
mod modelled;

/// Linkers that are defective on purpose: each is accused of just that, and the sound one of nothing.
mod defects;

/// What a probe predicts, and what then happens.
mod predictions;

/// One file per reported case, in `scenarios/issues`.
mod issues;

/// From the text of a report to the same symptom.
mod repro;

/// What `exdev explain` says of a reported case.
mod explained;
