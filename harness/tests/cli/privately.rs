//! Mounts that only the program sees.

use crate::exdev::is_root;

const ENTER: &str = "exec 9</; exec nsenter --mount=/proc/self/ns/mnt sh -ec \"$0\" \"$@\"";
const SETTLE: &str = "mount --make-rprivate /; mount --rbind /proc/self/fd/9 /mnt; cd /mnt; \
                      /usr/sbin/pivot_root . mnt; umount -l mnt; cd /";

/// Runs a script of root's, and from it the program, where its mounts are nobody else's. In a chroot, too: the root that is there
/// now becomes that of the new mount namespace.
pub fn privately(script: &str) -> [String; 8] {
    let script = format!("{SETTLE}; {script}");
    ["unshare", "--mount", "--propagation", "unchanged", "sh", "-ec", ENTER, &script].map(str::to_owned)
}

/// Runs the program as whoever runs the tests, once a script has mounted what only the program sees.
pub fn behind(mounts: &str) -> Vec<String> {
    if is_root() {
        return privately(&format!("{mounts}; exec \"$0\" \"$@\"")).to_vec();
    }
    // In a user namespace the user is root, and in another one inside it themselves again.
    let (user, group) = (nix::unistd::geteuid(), nix::unistd::getegid());
    let back = format!("exec unshare --user --map-user={user} --map-group={group} \"$0\" \"$@\"");
    let mut words = privately(&format!("{mounts}; {back}")).to_vec();
    words.splice(1..1, ["--user", "--map-root-user"].map(str::to_owned));
    words
}

/// Root may run as anybody: the program is copied to where everybody can reach it.
const AS_AN_ORDINARY_USER: &str = "mount -t tmpfs -o mode=755 exdev /mnt; cp \"$0\" /mnt/exdev; \
    exec setpriv --reuid=59999 --regid=59999 --clear-groups /mnt/exdev \"$@\"";

/// Runs the program as an ordinary user, whoever runs the tests.
pub fn as_an_ordinary_user() -> Vec<String> {
    if is_root() { privately(AS_AN_ORDINARY_USER).to_vec() } else { Vec::new() }
}
