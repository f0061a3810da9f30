//! What keeps a guest from being booted, and what must not.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use assert_fs::NamedTempFile;
use assert_fs::prelude::*;
use rstest::rstest;

use exdev::filesystem::RUN_AS_ROOT;
use exdev::linker::store::cache_dir;

use crate::exdev::{Exdev, Ran, is_root, within};
use crate::privately::{behind, privately};

/// Where a system has its guest kernel; one that was unpacked is in the caller's cache.
const INSTALLED: &str = "/usr/bin/linux.uml";

const COVER_KERNEL: &str = "[ ! -e /usr/bin/linux.uml ] || mount --bind /dev/null /usr/bin/linux.uml";
const COVER_MODULES: &str = "[ ! -e /usr/lib/uml/modules ] || mount -t tmpfs exdev /usr/lib/uml/modules";

const NONE: &str = "the guest kernel (linux.uml) is not installed";
const KEPT: &str = "1 scenario: 1 kept the contract, 0 broke a rule, 0 not run, 0 could not be set up";

fn tools() -> PathBuf {
    cache_dir().unwrap().join("tools")
}

/// `exdev run` with the reference linker in a guest, which only the system's own programs serve.
fn bare(outer: &[String]) -> Exdev {
    within(outer).args(["run", "--linker=reference", "--kernel=uml", "--jobs=1"]).env("PATH", "/usr/bin:/bin")
}

/// The same with what scripts/setup has unpacked for the caller.
pub fn equipped(exdev: Exdev) -> Exdev {
    symlink(tools(), exdev.cache().join("tools")).unwrap();
    exdev
}

/// Whether a guest can be booted here.
pub fn here() -> bool {
    Path::new(INSTALLED).is_file() || tools().join("bin/linux.uml").is_file()
}

/// Whether a guest can be booted here; where none can, the run's every scenario has to say so.
#[track_caller]
fn booted(ran: &Ran, scenarios: usize) -> bool {
    if !here() {
        ran.ends(0).finds(&format!("{scenarios} not run: {NONE}"));
    }
    here()
}

fn mend() -> String {
    format!("    mend: run scripts/setup; where that finds no guest kernel (as on Ubuntu), {}", without())
}

fn without() -> &'static str {
    if is_root() { "run exdev where the host's kernel has what is missing" } else { RUN_AS_ROOT }
}

#[rstest]
#[case::counted(&[], 0)]
#[case::required(&["--require"], 69)]
fn without_a_guest_kernel_it_is_not_run(#[case] require: &[&str], #[case] code: i32) {
    let exdev = bare(&behind(COVER_KERNEL)).args(["--pairing=tmpfs"]);
    let ran = require.iter().fold(exdev, |exdev, option| exdev.args([option])).run();
    ran.ends(code).finds(&format!("1 not run: {NONE}")).finds(&mend());
}

#[test]
fn what_no_kernel_can_is_said_of_both() {
    let ran = within(&behind(&format!("{COVER_KERNEL}; {COVER_MKFS}")))
        .args(["run", "--linker=reference", "--pairing=xfs"])
        .env("PATH", "/usr/bin:/bin")
        .run();
    let here = if is_root() { "mkfs.xfs is not installed" } else { "only root may mount xfs on the host kernel" };
    ran.ends(0).finds(&format!("1 not run: {here}; in a guest, {NONE}")).finds(&mend());
}

/// Devices cover programs, so that they are not to be found.
const COVER_MKFS: &str = "for at in /usr/sbin/mkfs.* /sbin/mkfs.*; do mount --bind /dev/null $at; done";
const COVER_MODPROBE: &str = "for at in /usr/bin /usr/sbin /bin /sbin; do \
    [ ! -e $at/modprobe ] || mount --bind /dev/null $at/modprobe; done";

#[test]
fn without_its_modules_it_is_not_run() {
    let exdev = bare(&behind(&format!("{COVER_KERNEL}; {COVER_MODULES}"))).args(["--pairing=tmpfs"]);
    kernel(&exdev, "#!/bin/sh\n");
    exdev.run().ends(0).finds("1 not run: the modules of the guest kernel are not installed").finds(&mend());
}

#[test]
fn without_modprobe_it_is_not_run() {
    let exdev = bare(&behind(&format!("{COVER_KERNEL}; {COVER_MODPROBE}"))).args(["--pairing=tmpfs"]);
    kernel(&exdev, "#!/bin/sh\n");
    modules(&exdev);
    exdev.run().ends(0).finds("1 not run: modprobe is not installed").finds("    mend: run scripts/setup");
}

#[test]
fn without_mkfs_it_is_not_run() {
    let exdev = bare(&behind(COVER_MKFS));
    // The programs that were unpacked would serve, too.
    let cache = exdev.cache().join("tools");
    fs::create_dir_all(cache.join("bin")).unwrap();
    for path in ["root", "bin/linux.uml", "bin/modprobe"].map(Path::new) {
        symlink(tools().join(path), cache.join(path)).unwrap();
    }
    let kinds = ["ext4", "xfs", "btrfs", "vfat", "exfat", "minix", "f2fs"];
    let ran = exdev.args(["--pairing", &kinds.join(",")]).run();
    if booted(&ran, kinds.len()) {
        ran.ends(0);
        for kind in kinds {
            ran.finds(&format!("1 not run: mkfs.{kind} is not installed"));
        }
    }
}

#[test]
fn without_the_module_of_loop_devices_it_cannot_be_set_up() {
    let exdev = bare(&behind(COVER_MODULES)).args(["--pairing=tmpfs"]);
    let cache = exdev.cache().join("tools");
    fs::create_dir_all(&cache).unwrap();
    symlink(tools().join("bin"), cache.join("bin")).unwrap();
    modules(&exdev);
    let ran = exdev.run();
    if booted(&ran, 1) {
        let found = ran.stdout.lines().find_map(|line| line.strip_prefix("1 could not be set up: "));
        let said = found.and_then(|found| found.strip_prefix("modprobe failed on loop: ")).unwrap_or_default();
        assert!(said.contains("Module loop not found in directory /exdev/guest/lib/modules/"), "{}", ran.stdout);
        ran.ends(69);
    }
}

/// A guest kernel as scripts/setup would have unpacked it.
fn kernel(exdev: &Exdev, program: impl AsRef<[u8]>) -> PathBuf {
    let path = exdev.cache().join("tools/bin/linux.uml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, program).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// What only has to be there.
fn modprobe(exdev: &Exdev) {
    fs::write(exdev.cache().join("tools/bin/modprobe"), "").unwrap();
}

/// Modules without any.
fn modules(exdev: &Exdev) {
    let release = exdev.cache().join("tools/root/usr/lib/uml/modules/6.1.0");
    fs::create_dir_all(&release).unwrap();
    fs::write(release.join("modules.dep"), "").unwrap();
}

/// The head of a program for `EM_AARCH64`, see elf(5).
fn foreign() -> Vec<u8> {
    let mut head = b"\x7fELF\x02\x01\x01".to_vec();
    head.resize(16, 0);
    head.extend([2, 0, 183, 0, 1, 0, 0, 0]);
    head.resize(64, 0);
    head
}

#[test]
fn a_kernel_for_another_machine_is_not_run() {
    let exdev = bare(&behind(COVER_KERNEL)).args(["--pairing=tmpfs"]);
    let program = kernel(&exdev, foreign());
    modprobe(&exdev);
    modules(&exdev);
    let ran = exdev.run();
    let arch = std::env::consts::ARCH;
    ran.ends(0)
        .finds(&format!("1 not run: {} is no program for this machine", program.display()))
        .finds(&format!("    mend: install the guest kernel for {arch}, or {}", without()));
}

#[rstest]
#[case::for_another_machine("exec $0.foreign", "exit status: 126", "linux.uml: 2: exec: $0.foreign: Exec format error")]
#[case::that_is_missing("exec $0.missing", "exit status: 127", "linux.uml: 2: exec: $0.missing: not found")]
#[case::that_panics(
    "echo one; echo Kernel panic - not syncing: two; echo CPU: 0; kill -ABRT $$",
    "signal: 6 (SIGABRT)",
    "one; Kernel panic - not syncing: two"
)]
fn a_kernel_that_does_not_boot_is_said_so(#[case] line: &str, #[case] status: &str, #[case] said: &str) {
    let exdev = bare(&behind(COVER_KERNEL)).args(["--pairing=tmpfs"]);
    let program = kernel(&exdev, format!("#!/bin/sh\n{line}\n"));
    modprobe(&exdev);
    modules(&exdev);
    fs::write(program.with_extension("uml.foreign"), foreign()).unwrap();
    fs::set_permissions(program.with_extension("uml.foreign"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = program.display().to_string();
    let said = said.replace("linux.uml: 2", &format!("{path}: 2")).replace("$0", &path);
    exdev.run().ends(69).finds(&format!(
        "1 could not be set up: the guest kernel {path} did not boot: {status}; its console ended with: {said}"
    ));
}

/// Nothing is in here but the limits of the control group that the program is in.
const GROUP: &str = "mount -t tmpfs exdev /sys/fs/cgroup; \
    at=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); mkdir -p $at/; cd $at; \
    echo 2000000000 >memory.max; echo 1900000000 >memory.current; printf ";

#[rstest]
#[case::the_machine(
    "printf 'MemAvailable:    500000 kB\\n' >/mnt/meminfo; mount --bind /mnt/meminfo /proc/meminfo",
    "488"
)]
#[case::the_group(&format!("{GROUP} 'active_file 1000\\ninactive_file 1000\\n' >memory.stat; cd /"), "95")]
fn too_little_memory_is_not_run(#[case] mounts: &str, #[case] free: &str) {
    let exdev = bare(&behind(&format!("mount -t tmpfs exdev /mnt; {mounts}"))).args(["--pairing=tmpfs"]);
    kernel(&exdev, "#!/bin/sh\n");
    modules(&exdev);
    exdev
        .run()
        .ends(0)
        .finds(&format!("1 not run: a guest wants 1024 MiB of memory, and {free} MiB are free"))
        .finds("    mend: free some, or run fewer at once with --jobs 1");
}

/// In the shell's units: KiB of memory, and 512 bytes of files.
#[rstest]
#[case::of_memory("-v 900000", "a guest maps 1088 MiB, and a process may map no more than 878 MiB")]
#[case::of_files("-f 900000", "a guest has its memory in a file of 2112 MiB, and a file may have no more than 439 MiB")]
fn a_limit_that_keeps_it_from_its_memory_is_not_run(#[case] limit: &str, #[case] reason: &str) {
    let script = format!("ulimit {limit}; exec \"$0\" \"$@\"");
    let exdev = bare(&["sh", "-ec", &script].map(str::to_owned)).args(["--pairing=tmpfs"]);
    kernel(&exdev, "#!/bin/sh\n");
    modules(&exdev);
    let ran = exdev.run();
    ran.ends(0).finds(&format!("1 not run: {reason}"));
    ran.finds(&format!("    mend: raise the limit: ulimit {} unlimited", &limit[..2]));
}

/// Most of what the group has taken are cached files, which make room.
const CACHED: &str = "'active_file 900000000\\ninactive_file 900000000\\n' >memory.stat; cd /";
const NOEXEC: &str = "mount -t tmpfs -o noexec exdev /mnt; mount --bind /mnt /dev/shm";

#[rstest]
#[case::nowhere("true", "/nonexistent")]
#[case::no_programs(NOEXEC, "/mnt")]
#[case::no_room("mount -t tmpfs -o size=4k exdev /mnt; mount --bind /mnt /dev/shm", "/mnt")]
#[case::limits_that_suffice("ulimit -v 1150000; ulimit -f 4400000", "/tmp")]
#[case::read_only("mount -t tmpfs -o ro exdev /mnt; mount --bind /mnt /dev/shm", "/mnt")]
#[case::a_group_full_of_cached_files(&format!("{GROUP} {CACHED}"), "/tmp")]
fn its_memory_is_its_own(#[case] mounts: &str, #[case] temporary: &str) {
    let ran = equipped(bare(&behind(mounts)).args(["--pairing=tmpfs"])).env("TMPDIR", temporary).run();
    if booted(&ran, 1) {
        ran.ends(0).finds(KEPT);
    }
}

/// What could harm the machine is tried by a user who could not.
const HARMLESSLY: &str = "mount -t tmpfs -o mode=755 exdev /mnt; cp \"$0\" /mnt/exdev; \
    exec setpriv --reuid=59999 --regid=59999 --clear-groups sh -ec \"$AS\" /mnt/exdev \"$@\"";

const PROCESS_1: &str = "exec unshare --user --map-root-user --pid --fork --mount sh -ec \"$THERE\" \"$0\" \"$@\"";

/// All is as in a guest, but for the kernel.
const LIKE_A_GUEST: &str = "exec 9<\"$0\"; mount -t tmpfs exdev /tmp; mkdir -p /tmp/exdev/guest /tmp/proc; \
    cat <&9 >/tmp/exdev/exdev; chmod +x /tmp/exdev/exdev; \
    echo '{\"scratch\":\"50%\",\"environment\":[]}' >/tmp/exdev/guest/settings.json; \
    for at in usr lib lib64; do [ ! -e /$at ] || { mkdir /tmp/$at; mount --rbind /$at /tmp/$at; }; done; \
    exec chroot /tmp /exdev/exdev \"$@\"";

#[rstest]
#[case::by_hand("exec \"$0\" \"$@\"", "")]
#[case::as_process_1(PROCESS_1, "exec \"$0\" \"$@\"")]
#[case::as_process_1_where_all_is_like_a_guest(PROCESS_1, LIKE_A_GUEST)]
fn outside_a_guest_its_first_process_does_nothing(#[case] how: &str, #[case] there: &str) {
    let outer = if is_root() { privately(HARMLESSLY).to_vec() } else { ["sh", "-ec", how].map(str::to_owned).to_vec() };
    let ran = within(&outer).args(["init"]).env("AS", how).env("THERE", there).run();
    ran.refuses(2, "this is not the first process of a guest; exdev starts guests itself: exdev run --kernel uml");
}

#[test]
fn a_guest_for_no_client_is_not_booted() {
    let file = NamedTempFile::new("input").unwrap();
    file.touch().unwrap();
    let sentence = "standard input is not the socket of a client; exdev starts guests itself: exdev run --kernel uml";
    within(&[]).args(["guest", "--scratch=50%"]).run().refuses(2, sentence);
}
