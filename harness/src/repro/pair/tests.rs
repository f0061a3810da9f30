use super::super::mounts::whole;
use super::*;

fn mount(line: &str) -> Mount {
    whole(line).unwrap_or_else(|| panic!("{line}"))
}

fn paired(cache: &str, target: &str, errno: Option<Errno>) -> String {
    pair(&mount(cache), &mount(target), errno).unwrap().pairing.to_string()
}

#[test]
fn two_mounts_are_a_pairing() {
    for (cache, target, expected) in [
        ("/dev/sda1 on / type ext4 (rw)", "/dev/sda1 on / type ext4 (rw)", "ext4"),
        ("/dev/sda1 on / type ext4 (rw)", "/dev/sdb1 on /mnt type ext4 (rw)", "ext4:ext4"),
        ("/dev/sda1 on / type ext4 (rw)", "tmpfs on /tmp type tmpfs (rw)", "ext4:tmpfs"),
        ("tmpfs on /run type tmpfs (rw)", "tmpfs on /tmp type tmpfs (rw)", "tmpfs:tmpfs"),
        ("/dev/sdb1 on /srv type xfs (rw)", "/dev/sdb1 on /work type xfs (rw)", "xfs+bind"),
        ("/dev/sdb1 on /srv type xfs (rw)", "/dev/sdb1 on /work type xfs (rw,idmapped)", "xfs+idmap"),
        (
            "/dev/sdb1 on / type btrfs (rw,subvol=/@)",
            "/dev/sdb1 on /home type btrfs (rw,subvol=/@home)",
            "btrfs+subvolume",
        ),
        ("/dev/sdb1 on / type btrfs (rw,subvol=/@)", "/dev/sdb1 on /home type btrfs (rw,subvol=/@)", "btrfs+bind"),
        ("/dev/sdb1 on / type btrfs (rw)", "/dev/sdb1 on /home type btrfs (rw)", "btrfs+subvolume"),
        ("nas:/a on /a type nfs4 (rw,vers=4.1)", "nas:/b on /b type nfs4 (rw,vers=4.1)", "nfs4.1+exports"),
        ("nas:/a on /a type nfs4 (rw)", "nas:/a on /b type nfs4 (rw)", "nfs4.2+remount"),
        ("nas:/a on /a type nfs (rw,vers=3)", "nas:/a/b on /b type nfs (rw,vers=3)", "nfs3+subdirectory"),
        ("nas:/a on /a type nfs4 (rw)", "nas:/ab on /b type nfs4 (rw)", "nfs4.2+exports"),
        ("one:/a on /a type nfs4 (rw)", "two:/a on /b type nfs4 (rw)", "nfs4.2:nfs4.2"),
        ("nas:/a on /a type nfs (rw,vers=3)", "nas:/b on /b type nfs4 (rw,vers=4.2)", "nfs3:nfs4.2"),
        ("overlay on / type overlay (rw)", "/dev/vda1 on /cache type ext4 (rw)", "overlay:ext4"),
        ("tank/a on /a type zfs (rw)", "tank/b on /b type zfs (rw)", "ext4:ext4"),
        ("/dev/sda1 on / type ext4 (rw)", "host on /mnt type 9p (rw)", "ext4:ext4"),
    ] {
        assert_eq!(paired(cache, target, None), expected, "{cache}; {target}");
    }
}

#[test]
fn mountinfo_knows_one_filesystem_by_its_device() {
    let root = "29 1 8:1 / / rw shared:1 - ext4 /dev/root rw";
    assert_eq!(paired(root, "40 29 8:1 /var/x /cache rw - ext4 /dev/sda1 rw", None), "ext4+bind");
    assert_eq!(paired(root, root, None), "ext4");
    let tmpfs = |id, device| format!("{id} 1 {device} / /t{id} rw - tmpfs tmpfs rw");
    assert_eq!(paired(&tmpfs(1, "0:40"), &tmpfs(2, "0:40"), None), "tmpfs+bind");
    assert_eq!(paired(&tmpfs(1, "0:40"), &tmpfs(2, "0:41"), None), "tmpfs:tmpfs");
}

#[test]
fn on_one_mount_the_errno_tells_more() {
    let ext4 = "/dev/sda1 on / type ext4 (rw)";
    assert_eq!(paired(ext4, ext4, Some(Errno::EPERM)), "ext4+owner");
    assert_eq!(paired(ext4, ext4, Some(Errno::EMLINK)), "ext4+maxlinks");
    assert_eq!(paired(ext4, ext4, Some(Errno::EXDEV)), "ext4+project");
    let tmpfs = "tmpfs on /tmp type tmpfs (rw)";
    assert_eq!(paired(tmpfs, tmpfs, Some(Errno::EXDEV)), "tmpfs");
}

#[test]
fn what_the_text_does_not_say_is_said_to_be_assumed() {
    let two = pair(&mount("nas:/a on /a type nfs4 (rw)"), &mount("nas:/b on /b type nfs4 (rw)"), None).unwrap();
    assert_eq!(two.because, "two exports of one server: the cache is on nas:/a, the target on nas:/b");
    assert_eq!(
        two.assumed,
        [
            "nfs4 is taken for nfs4.2: the text does not say which minor version of NFS 4, and 4.2 is the newest",
            "the server has its files on ext4, as the text does not say on what",
        ]
    );
    let zfs = mount("tank/a on /a type zfs (rw)");
    assert_eq!(
        pair(&zfs, &zfs, None).unwrap().assumed,
        [
            "exdev cannot make zfs; the closest that it can make is ext4, with hard links and, as ZFS before 2.2, no reflinks"
        ]
    );
}

#[test]
fn what_nothing_stands_for_is_refused_on_one_mount() {
    let beegfs = mount("beegfs_nodev on /scratch type beegfs (rw)");
    assert_eq!(pair(&beegfs, &beegfs, None), Err(NoPair::Unmakeable(Box::new(beegfs.clone()))));
    let untyped = Mount { source: "map auto_home".to_owned(), at: "/home".to_owned(), ..Mount::default() };
    assert_eq!(pair(&untyped, &untyped, None), Err(NoPair::Untyped(Box::new(untyped.clone()))));
}
