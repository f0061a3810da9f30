use super::*;

fn row(kind: &str, source: &str, at: &str) -> Mount {
    let kind = Some(kind.to_owned()).filter(|kind| !kind.is_empty());
    Mount { kind, source: source.to_owned(), at: at.to_owned(), ..Mount::default() }
}

#[test]
fn a_row_of_df_has_a_type_or_not() {
    for (line, expected) in [
        ("/dev/sda1 ext4 41152736 12 39031412 3% /", row("ext4", "/dev/sda1", "/")),
        ("/dev/nvme0n1p2  ext4   468G  300G  145G  68% /home dir", row("ext4", "/dev/nvme0n1p2", "/home dir")),
        ("tmpfs tmpfs 1,6G 0 1,6G 0% /run", row("tmpfs", "tmpfs", "/run")),
        ("/dev/sdb1 41152736 12 39031412 3% /mnt", row("", "/dev/sdb1", "/mnt")),
        ("proc proc 0 0 0 - /proc", row("proc", "proc", "/proc")),
        ("tank/a b zfs 1.8T 1.0M 1.8T 1% /tank", row("zfs", "tank/a b", "/tank")),
        ("/dev/disk3s1s1 971350180 9 5 3% 404475 4293 0% /", row("", "/dev/disk3s1s1", "/")),
    ] {
        assert_eq!(df(line, None), Some(expected), "{line}");
    }
    for line in ["Filesystem Type 1K-blocks Used Available Use% Mounted on", "3% /", "1 2 3 4% /", "it is 5 6 7 8%"] {
        assert_eq!(df(line, None), None, "{line}");
    }
}

#[test]
fn a_long_source_of_df_is_on_the_line_before() {
    let source = lone_source("nas.example.org:/export/very/long/name");
    assert_eq!(source, Some("nas.example.org:/export/very/long/name"));
    let rest = "                      nfs4  9999 9 9990 1% /data";
    assert_eq!(df(rest, source), Some(row("nfs4", "nas.example.org:/export/very/long/name", "/data")));
    assert_eq!(
        df("           9999 9 9990 1% /data", source),
        Some(row("", "nas.example.org:/export/very/long/name", "/data"))
    );
    assert_eq!(lone_source("  indented/path"), None);
    assert_eq!(lone_source("two /words"), None);
}

#[test]
fn a_row_of_mount_is_whole() {
    let mut expected = row("nfs4", "nas:/home", "/home");
    expected.options = "rw,vers=4.1,addr=10.0.0.1".to_owned();
    assert_eq!(whole("nas:/home on /home type nfs4 (rw,vers=4.1,addr=10.0.0.1)"), Some(expected.clone()));
    assert_eq!(expected.option("vers"), Some("4.1"));
    assert_eq!(whole("nas:/home /home nfs4 rw,vers=4.1,addr=10.0.0.1 0 0"), Some(expected));
    let apple = whole("/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)").unwrap();
    assert_eq!((apple.kind.as_deref(), apple.at.as_str()), (Some("apfs"), "/System/Volumes/Data"));
    assert_eq!(whole("It depends on what (uv) does"), None);
}

#[test]
fn a_line_of_mountinfo_is_whole() {
    let line = "361 330 0:41 /@home /home\\040dir rw,relatime shared:171 - btrfs /dev/sda2 rw,subvol=/@home";
    assert_eq!(
        whole(line),
        Some(Mount {
            root: Some("/@home".to_owned()),
            device: Some("0:41".to_owned()),
            number: Some("361".to_owned()),
            options: "rw,relatime,rw,subvol=/@home".to_owned(),
            ..row("btrfs", "/dev/sda2", "/home dir")
        })
    );
}

#[test]
fn a_table_of_findmnt_has_a_head_and_a_tree() {
    let columns = findmnt_head("TARGET              SOURCE           FSTYPE OPTIONS").unwrap();
    let read = |line| findmnt(line, &columns);
    assert_eq!(
        read("/ /dev/sda2[/@] btrfs rw,subvol=/@"),
        Some(Mount {
            root: Some("/@".to_owned()),
            options: "rw,subvol=/@".to_owned(),
            ..row("btrfs", "/dev/sda2", "/")
        })
    );
    for line in ["├─/proc proc proc rw", "│ └─/proc proc proc rw", "|-/proc proc proc rw", "`-/proc proc proc rw"]
    {
        assert_eq!(read(line), Some(Mount { options: "rw".to_owned(), ..row("proc", "proc", "/proc") }), "{line}");
    }
    assert_eq!(read("and that is all"), None);
    assert_eq!(findmnt_head("TARGET is what SOURCE says"), None);
}
