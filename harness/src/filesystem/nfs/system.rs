//! What the daemons expect of the system around them: a few files in `/etc`, and a `/run` to write to.
//!
//! Invariant: the machine's own files show, except for those that would have the daemons wait, or end, for want of an answer.

use std::fs;
use std::path::Path;

use crate::filesystem::error::SetupError;
use crate::filesystem::mount::Mount;
use crate::filesystem::{overlay, tmpfs};

const FOLDER: &str = "/exdev/nfs/etc";

/// What is in the machine's own file is replaced: names are only asked for of this machine, as a question that nobody can answer
/// takes the daemons tens of seconds, and nobody's settings are theirs.
const REPLACED: [(&str, &str); 3] = [("hosts", "127.0.0.1 localhost\n"), ("resolv.conf", ""), ("nfs.conf", "")];

/// What the system may not have, because the packages of the daemons were unpacked and not installed. See netconfig(5),
/// services(5) and protocols(5).
const ADDED: [(&str, &str); 3] = [
    (
        "netconfig",
        "udp tpi_clts v inet udp - -\ntcp tpi_cots_ord v inet tcp - -\nlocal tpi_cots_ord - loopback - - -\n",
    ),
    ("services", "sunrpc 111/tcp portmapper\nsunrpc 111/udp portmapper\nnfs 2049/tcp\nnfs 2049/udp\n"),
    ("protocols", "ip 0 IP\ntcp 6 TCP\nudp 17 UDP\n"),
];

/// As whom rpcbind runs, unless the system has that user.
const USER: &str = "_rpc:x:65533:65534::/run/rpcbind:/usr/sbin/nologin\n";

/// Makes both, for this agent alone.
pub fn make() -> Result<[Mount; 2], SetupError> {
    fs::create_dir_all(FOLDER).map_err(SetupError::failed("create", FOLDER))?;
    let etc = Path::new("/etc");
    let missing = ADDED.into_iter().filter(|(name, _)| !etc.join(name).exists());
    REPLACED.into_iter().chain(missing).try_for_each(|(name, text)| write(name, text))?;
    let users = fs::read_to_string(etc.join("passwd")).unwrap_or_default();
    if !users.lines().any(|line| line.starts_with("_rpc:")) {
        write("passwd", &format!("{users}{USER}"))?;
    }
    // What is read-only can be joined: ours over theirs.
    let etc = Mount::new(overlay::TYPE, Path::new("overlay"), etc, &format!("lowerdir={FOLDER}:/etc"))?;
    let run = Mount::new(tmpfs::TYPE, Path::new("tmpfs"), Path::new("/run"), "size=1m,mode=755")?;
    let state = Path::new("/run/rpcbind");
    fs::create_dir(state).map_err(SetupError::failed("create", state))?;
    Ok([etc, run])
}

fn write(name: &str, text: &str) -> Result<(), SetupError> {
    let at = Path::new(FOLDER).join(name);
    fs::write(&at, text).map_err(SetupError::failed("write", &at))
}
