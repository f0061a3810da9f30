//! What a line of mountinfo says beyond the filesystem's type, see `proc_pid_mountinfo(5)`, nfs(5), and
//! <https://docs.kernel.org/filesystems/overlayfs.html>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::outcome::End;

/// An NFS mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nfs {
    /// The version that is spoken, like `4.2`.
    pub version: String,
    /// The server, as it was named when it was mounted.
    pub server: String,
    /// The directory that it exports.
    pub export: String,
}

/// The layers of an overlay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Overlay {
    /// The lower layers, the uppermost first.
    pub lower: Vec<String>,
    /// The upper layer; `None` where the overlay is read-only.
    pub upper: Option<String>,
}

/// What the mount says of an NFS server.
#[must_use]
pub fn nfs(end: &End) -> Option<Nfs> {
    if !matches!(end.kind.as_str(), "nfs" | "nfs4") {
        return None;
    }
    let (server, export) = end.source()?.split_once(":/")?;
    let version = option(end, "vers").unwrap_or_default().to_owned();
    Some(Nfs { version, server: server.to_owned(), export: plain(&format!("/{export}")) })
}

/// What the mount says of an overlay's layers.
#[must_use]
pub fn overlay(end: &End) -> Option<Overlay> {
    if end.kind != "overlay" {
        return None;
    }
    // Since Linux 6.8 each lower layer may have an option of its own.
    let each = end.options()?.split(',').filter_map(|option| option.strip_prefix("lowerdir+="));
    let each: Vec<_> = each.map(plain).collect();
    let joined = option(end, "lowerdir").map(|layers| layers.split(':').map(plain).collect());
    Some(Overlay { lower: joined.unwrap_or(each), upper: option(end, "upperdir").map(plain) })
}

/// The value of one option of the filesystem.
fn option<'a>(end: &'a End, name: &str) -> Option<&'a str> {
    let mut values = end.options()?.split(',').filter_map(|option| option.split_once('='));
    values.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A path as it is, where the kernel has written spaces and the like as `\040`.
fn plain(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &after[3..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(kind: &str, source: &str, options: &str) -> End {
        let mountinfo = format!("40 30 0:50 / /mnt rw,relatime shared:1 - {kind} {source} {options}");
        End { kind: kind.to_owned(), device: "0:50".to_owned(), mount_id: 40, mountinfo }
    }

    #[test]
    fn an_nfs_mount_names_version_server_and_export() {
        let options = "rw,vers=4.2,rsize=1048576,addr=10.0.0.1";
        let seen = |kind, source| nfs(&end(kind, source, options)).map(|nfs| (nfs.version, nfs.server, nfs.export));
        let expected = |server: &str, export: &str| Some(("4.2".to_owned(), server.to_owned(), export.to_owned()));
        assert_eq!(seen("nfs4", "filer:/home\\040of/all"), expected("filer", "/home of/all"));
        assert_eq!(seen("nfs", "[fe80::1]:/"), expected("[fe80::1]", "/"));
        assert_eq!(seen("ext4", "/dev/sda"), None);
    }

    #[test]
    fn an_overlay_names_its_layers() {
        let seen = |options| overlay(&end("overlay", "overlay", options)).map(|overlay| (overlay.lower, overlay.upper));
        let layers = |lower: &[&str], upper: Option<&str>| {
            Some((lower.iter().map(|&layer| layer.to_owned()).collect::<Vec<_>>(), upper.map(str::to_owned)))
        };
        assert_eq!(seen("rw,lowerdir=/a:/b\\134c,upperdir=/u,workdir=/w"), layers(&["/a", "/b\\c"], Some("/u")));
        assert_eq!(seen("ro,lowerdir+=/a,lowerdir+=/b"), layers(&["/a", "/b"], None));
        assert_eq!(overlay(&end("ext4", "/dev/sda", "rw,lowerdir=/a")), None);
    }
}
