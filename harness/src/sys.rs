//! The system calls that neither nix nor rustix wraps, each as one small safe function.
//!
//! Invariant: all `unsafe` of the crate is here and in the files of this module, but for one test (`kernel/uml/registers.rs`).
#![expect(unsafe_code, reason = "these calls have no safe wrapper; each block says why it is sound")]

pub mod replay;
pub mod seccomp;

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd};

use linux_raw_sys::general::{
    FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER, FSCRYPT_MODE_AES_256_CTS, FSCRYPT_MODE_AES_256_XTS, FSCRYPT_POLICY_FLAGS_PAD_32,
    FSCRYPT_POLICY_V2, MOUNT_ATTR_IDMAP, MOUNT_ATTR_RDONLY, fscrypt_add_key_arg, fscrypt_policy_v2, fstrim_range,
    fsxattr, mount_attr,
};
use linux_raw_sys::ioctl::{
    FITRIM, FS_IOC_ADD_ENCRYPTION_KEY, FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR, FS_IOC_GETFLAGS,
    FS_IOC_SET_ENCRYPTION_POLICY, FS_IOC_SETFLAGS,
};
use linux_raw_sys::loop_device::{LO_FLAGS_AUTOCLEAR, LOOP_CONFIGURE, LOOP_CTL_GET_FREE, loop_config};
use nix::libc;
use nix::unistd::ForkResult;
use rustix::ioctl::{Getter, Opcode, Setter, Updater};

/// Continues in a child process, see fork(2). The caller has one thread, as every agent has, and every client that forks one.
pub fn fork() -> io::Result<ForkResult> {
    // SAFETY: whoever forks has started no thread, so the child's only thread is the one that holds every lock.
    unsafe { nix::unistd::fork() }.map_err(io::Error::from)
}

/// Whether this process ignores a signal, see sigaction(2).
pub fn is_ignored(signal: i32) -> bool {
    // SAFETY: all zeroes are a valid `sigaction`.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: the call only writes to the one struct, and changes nothing.
    let result = unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut action) };
    result == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Raises the loopback interface of the network namespace, see netdevice(7), `SIOCSIFFLAGS`.
pub fn raise_loopback() -> io::Result<()> {
    loopback(libc::SIOCSIFFLAGS, flags(libc::IFF_UP | libc::IFF_RUNNING)).map(drop)
}

/// Takes the loopback interface of the network namespace down, see netdevice(7). It loses its address, as one has none that was never
/// up: else whoever connects to it would be left to wait.
pub fn lower_loopback() -> io::Result<()> {
    loopback(libc::SIOCSIFFLAGS, flags(0))?;
    let none = libc::sockaddr { sa_family: libc::sa_family_t::try_from(libc::AF_INET).unwrap_or(0), sa_data: [0; 14] };
    loopback(libc::SIOCSIFADDR, libc::__c_anonymous_ifr_ifru { ifru_addr: none }).map(drop)
}

/// Whether the loopback interface of the network namespace is up, see netdevice(7), `SIOCGIFFLAGS`.
pub fn is_loopback_up() -> io::Result<bool> {
    let told = loopback(libc::SIOCGIFFLAGS, flags(0))?;
    // SAFETY: flags were written by the caller, and then by the kernel.
    Ok(i32::from(unsafe { told.ifru_flags }) & libc::IFF_UP != 0)
}

fn flags(flags: i32) -> libc::__c_anonymous_ifr_ifru {
    libc::__c_anonymous_ifr_ifru { ifru_flags: libc::c_short::try_from(flags).unwrap_or_default() }
}

/// Makes a request about the loopback interface, and returns what it is told.
fn loopback(number: libc::Ioctl, argument: libc::__c_anonymous_ifr_ifru) -> io::Result<libc::__c_anonymous_ifr_ifru> {
    let socket = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::DGRAM, None)?;
    // SAFETY: all zeroes are a valid `ifreq`.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(*b"lo") {
        *to = libc::c_char::try_from(from).unwrap_or_default();
    }
    request.ifr_ifru = argument;
    // SAFETY: the requests that are made here read and write one `ifreq`, whose name is ended by a zero.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), number, &raw mut request) };
    if result == 0 { Ok(request.ifr_ifru) } else { Err(io::Error::last_os_error()) }
}

/// The number of a free loop device, see loop(4), `LOOP_CTL_GET_FREE`.
pub fn loop_free(control: &File) -> io::Result<i32> {
    // SAFETY: the request takes no argument and returns the number.
    let number = unsafe { libc::ioctl(control.as_raw_fd(), libc::Ioctl::from(LOOP_CTL_GET_FREE)) };
    if number < 0 { Err(io::Error::last_os_error()) } else { Ok(number) }
}

/// Attaches a backing file to a loop device in one step, with autoclear, see loop(4), `LOOP_CONFIGURE`.
///
/// Attaching and then setting the flag would leave the device attached for ever if we were killed in between.
pub fn loop_configure(device: &File, backing: &File) -> io::Result<()> {
    // SAFETY: all zeroes are a valid `loop_config`; it holds integers only.
    let mut config: loop_config = unsafe { std::mem::zeroed() };
    config.fd = u32::try_from(backing.as_raw_fd()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR as u32;
    // SAFETY: the request reads one `loop_config`.
    unsafe { rustix::ioctl::ioctl(device, Setter::<{ LOOP_CONFIGURE as Opcode }, loop_config>::new(config)) }
        .map_err(io::Error::from)
}

/// Has a filesystem discard all blocks that it does not use, see fstrim(8).
pub fn trim(directory: &File) -> io::Result<()> {
    let mut range = fstrim_range { start: 0, len: u64::MAX, minlen: 0 };
    // SAFETY: the request reads and writes one `fstrim_range`.
    unsafe { rustix::ioctl::ioctl(directory, Updater::<{ FITRIM as Opcode }, fstrim_range>::new(&mut range)) }
        .map_err(io::Error::from)
}

/// The inode flags (`chattr`), see `ioctl_iflags(2)`.
pub fn inode_flags(file: &File) -> io::Result<u32> {
    // SAFETY: despite its type in the header, the request writes an int.
    unsafe { rustix::ioctl::ioctl(file, Getter::<{ FS_IOC_GETFLAGS as Opcode }, u32>::new()) }.map_err(io::Error::from)
}

/// Sets the inode flags (`chattr`), see `ioctl_iflags(2)`.
pub fn set_inode_flags(file: &File, flags: u32) -> io::Result<()> {
    // SAFETY: despite its type in the header, the request reads an int.
    unsafe { rustix::ioctl::ioctl(file, Setter::<{ FS_IOC_SETFLAGS as Opcode }, u32>::new(flags)) }
        .map_err(io::Error::from)
}

/// The extended inode attributes, project ID among them, see `ioctl_xfs_fsgetxattr(2)`.
pub fn extended_attributes(file: &File) -> io::Result<fsxattr> {
    // SAFETY: the request writes one `fsxattr`.
    unsafe { rustix::ioctl::ioctl(file, Getter::<{ FS_IOC_FSGETXATTR as Opcode }, fsxattr>::new()) }
        .map_err(io::Error::from)
}

/// Sets the extended inode attributes, see `ioctl_xfs_fsgetxattr(2)`.
pub fn set_extended_attributes(file: &File, attributes: fsxattr) -> io::Result<()> {
    // SAFETY: the request reads one `fsxattr`.
    unsafe { rustix::ioctl::ioctl(file, Setter::<{ FS_IOC_FSSETXATTR as Opcode }, fsxattr>::new(attributes)) }
        .map_err(io::Error::from)
}

/// `struct fscrypt_add_key_arg` of <https://docs.kernel.org/filesystems/fscrypt.html>, with the key behind it.
#[repr(C)]
struct AddKey {
    argument: fscrypt_add_key_arg,
    key: [u8; 64],
}

/// Has everything that is created in an empty directory encrypted with this key, which its filesystem is given, see
/// `FS_IOC_ADD_ENCRYPTION_KEY` and `FS_IOC_SET_ENCRYPTION_POLICY` in <https://docs.kernel.org/filesystems/fscrypt.html>.
pub fn encrypt(directory: &File, key: [u8; 64]) -> io::Result<()> {
    // SAFETY: all zeroes are a valid `fscrypt_add_key_arg`; it holds integers and unions of bytes.
    let mut add = AddKey { argument: unsafe { std::mem::zeroed() }, key };
    add.argument.key_spec.type_ = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER;
    add.argument.raw_size = u32::try_from(key.len()).unwrap_or_default();
    // SAFETY: the request reads the struct with the bytes behind it whose number it holds, and writes to the struct.
    unsafe {
        rustix::ioctl::ioctl(directory, Updater::<{ FS_IOC_ADD_ENCRYPTION_KEY as Opcode }, AddKey>::new(&mut add))
    }?;
    let byte = |constant: u32| u8::try_from(constant).unwrap_or_default();
    let policy = fscrypt_policy_v2 {
        version: byte(FSCRYPT_POLICY_V2),
        contents_encryption_mode: byte(FSCRYPT_MODE_AES_256_XTS),
        filenames_encryption_mode: byte(FSCRYPT_MODE_AES_256_CTS),
        flags: byte(FSCRYPT_POLICY_FLAGS_PAD_32),
        log2_data_unit_size: 0,
        __reserved: [0; 3],
        // SAFETY: for a key of that type the kernel has written its identifier.
        master_key_identifier: unsafe { add.argument.key_spec.u.identifier },
    };
    // SAFETY: despite its type in the header, the request reads a policy of the version that its first byte tells.
    unsafe {
        rustix::ioctl::ioctl(
            directory,
            Setter::<{ FS_IOC_SET_ENCRYPTION_POLICY as Opcode }, fscrypt_policy_v2>::new(policy),
        )
    }
    .map_err(io::Error::from)
}

/// `struct btrfs_ioctl_vol_args` of <https://btrfs.readthedocs.io/en/latest/btrfs-ioctl.html>.
#[repr(C)]
struct VolumeArguments {
    fd: i64,
    name: [u8; 4088],
}

/// Makes a Btrfs subvolume in a directory, see `BTRFS_IOC_SUBVOL_CREATE` in
/// <https://btrfs.readthedocs.io/en/latest/btrfs-ioctl.html>.
pub fn create_subvolume(parent: &File, name: &str) -> io::Result<()> {
    const CREATE: Opcode = rustix::ioctl::opcode::write::<VolumeArguments>(0x94, 14);
    let mut arguments = VolumeArguments { fd: 0, name: [0; 4088] };
    let room = arguments.name.get_mut(..name.len()).ok_or(io::ErrorKind::InvalidInput)?;
    room.copy_from_slice(name.as_bytes());
    // SAFETY: the request reads one `btrfs_ioctl_vol_args`, whose name is ended by a zero: it is shorter than the array.
    unsafe { rustix::ioctl::ioctl(parent, Setter::<CREATE, VolumeArguments>::new(arguments)) }.map_err(io::Error::from)
}

/// Makes a mount and all mounts below it read-only, see `mount_setattr(2)`.
pub fn make_read_only(mount: BorrowedFd<'_>) -> io::Result<()> {
    let attributes = mount_attr { attr_set: u64::from(MOUNT_ATTR_RDONLY), attr_clr: 0, propagation: 0, userns_fd: 0 };
    mount_setattr(mount, libc::AT_RECURSIVE, &attributes)
}

/// Makes a detached mount id-mapped by a user namespace, see `mount_setattr(2)`.
pub fn map_ids(mount: BorrowedFd<'_>, user_namespace: &File) -> io::Result<()> {
    let userns_fd = u64::try_from(user_namespace.as_raw_fd()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let attributes = mount_attr { attr_set: u64::from(MOUNT_ATTR_IDMAP), attr_clr: 0, propagation: 0, userns_fd };
    mount_setattr(mount, 0, &attributes)
}

fn mount_setattr(mount: BorrowedFd<'_>, flags: i32, attributes: &mount_attr) -> io::Result<()> {
    let empty: &CStr = c"";
    // SAFETY: the path is a C string, the attributes outlive the call, and their size is given.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            empty.as_ptr(),
            libc::AT_EMPTY_PATH | flags,
            std::ptr::from_ref(attributes),
            size_of::<mount_attr>(),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The most extents that [`fiemap`] shows.
pub const MOST_EXTENTS: usize = 64;

/// The header of `struct fiemap`, with room for extents behind it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Fiemap {
    start: u64,
    length: u64,
    flags: u32,
    mapped: u32,
    count: u32,
    reserved: u32,
    extents: [Extent; MOST_EXTENTS],
}

/// `struct fiemap_extent`: offsets and lengths in bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Extent {
    logical: u64,
    /// Where the bytes are on the device.
    pub physical: u64,
    /// How many there are.
    pub length: u64,
    reserved64: [u64; 2],
    /// `FIEMAP_EXTENT_*`.
    pub flags: u32,
    reserved: [u32; 3],
}

/// The file's first extents, which are known once it was written out, see <https://docs.kernel.org/filesystems/fiemap.html>.
pub fn fiemap(file: &File) -> io::Result<Vec<Extent>> {
    // The request's number counts the header alone, without the room behind it.
    const FIEMAP: Opcode = rustix::ioctl::opcode::read_write::<[u8; 32]>(b'f', 11);
    let nothing = Extent { logical: 0, physical: 0, length: 0, reserved64: [0; 2], flags: 0, reserved: [0; 3] };
    let mut map = Fiemap {
        start: 0,
        length: u64::MAX,
        flags: 0,
        mapped: 0,
        count: u32::try_from(MOST_EXTENTS).unwrap_or(0),
        reserved: 0,
        extents: [nothing; MOST_EXTENTS],
    };
    // SAFETY: the map is laid out as the kernel's struct, with room for `count` extents, which is all that is written.
    unsafe { rustix::ioctl::ioctl(file, Updater::<FIEMAP, Fiemap>::new(&mut map)) }?;
    Ok(map.extents.into_iter().take(map.mapped as usize).collect())
}
