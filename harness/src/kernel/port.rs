//! The port of the loopback registry, which somebody listens at only while a cache is filled.
//!
//! Invariant: when [`Open`] is dropped, nobody listens there, and the loopback interface is as it was.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, listen, socket_with, sockopt};

use super::process::Road;
use crate::linker::Place;
use crate::package::Form;
use crate::sys;

/// How many clients may wait.
const BACKLOG: i32 = 128;

/// A port that is one trial's.
#[derive(Debug)]
pub struct Port {
    number: u16,
    /// What keeps others from it where the network is not our own. It does not listen.
    held: Option<OwnedFd>,
}

impl Port {
    /// The port for a linker that takes the package in these forms.
    pub fn of(road: Road, forms: &[Form]) -> io::Result<Self> {
        match road {
            Road::Here if forms.contains(&Form::Npm) => Self::free(),
            Road::Here | Road::Apart => Ok(Self { number: Place::REGISTRY, held: None }),
        }
    }

    /// One that nobody else has.
    fn free() -> io::Result<Self> {
        let held = bound(0)?;
        let number = SocketAddrV4::try_from(getsockname(&held)?)?.port();
        Ok(Self { number, held: Some(held) })
    }

    /// Its number.
    pub const fn number(&self) -> u16 {
        self.number
    }

    /// Listens there.
    pub fn open(&self) -> io::Result<Open> {
        let raised = match self.held {
            Some(_) => None,
            None => Raised::loopback()?,
        };
        let listener = bound(self.number)?;
        listen(&listener, BACKLOG)?;
        Ok(Open { listener: listener.into(), _raised: raised })
    }
}

/// A socket with this port. Another one of ours may have it, too, as long as it does not listen, see socket(7), `SO_REUSEADDR`.
fn bound(port: u16) -> io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))?;
    Ok(socket)
}

/// A port that is listened at.
#[derive(Debug)]
pub struct Open {
    listener: TcpListener,
    _raised: Option<Raised>,
}

impl Open {
    /// Who listens there.
    pub const fn listener(&self) -> &TcpListener {
        &self.listener
    }
}

/// A loopback interface that was down.
#[derive(Debug)]
struct Raised;

impl Raised {
    fn loopback() -> io::Result<Option<Self>> {
        if sys::is_loopback_up()? {
            return Ok(None);
        }
        sys::raise_loopback()?;
        Ok(Some(Self))
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        let _ = sys::lower_loopback();
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::TcpStream;

    use nix::errno::Errno;
    use nix::sched::{CloneFlags, unshare};
    use nix::unistd::geteuid;

    use super::*;

    fn connect(port: u16) -> Result<(), ErrorKind> {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|error| error.kind())
    }

    #[test]
    fn a_free_port_is_ours_throughout_and_open_at_times() {
        let port = Port::of(Road::Here, &[Form::Npm]).unwrap();
        for _ in 0..2 {
            assert_eq!(connect(port.number()), Err(ErrorKind::ConnectionRefused));
            let open = port.open().unwrap();
            assert_eq!(open.listener().local_addr().unwrap().port(), port.number());
            assert_eq!(connect(port.number()), Ok(()));
        }
        assert_eq!(connect(port.number()), Err(ErrorKind::ConnectionRefused));
    }

    #[test]
    fn whoever_wants_no_registry_gets_no_port() {
        assert!(Port::of(Road::Here, &[Form::Tree, Form::Wheel]).unwrap().held.is_none());
    }

    #[test]
    fn in_a_network_of_our_own_the_loopback_is_up_while_the_port_is_open() {
        // Of this thread alone, which ends with the test.
        let unshared = unshare(CloneFlags::CLONE_NEWNET);
        if !geteuid().is_root() {
            return assert_eq!(unshared, Err(Errno::EPERM));
        }
        let port = Port::of(Road::Apart, &[Form::Npm]).unwrap();
        assert_eq!((port.number(), sys::is_loopback_up().unwrap()), (4873, false));
        let open = port.open().unwrap();
        assert_eq!((connect(4873), sys::is_loopback_up().unwrap()), (Ok(()), true));
        drop(open);
        assert_eq!((connect(4873), sys::is_loopback_up().unwrap()), (Err(ErrorKind::NetworkUnreachable), false));
        sys::raise_loopback().unwrap();
        drop(port.open().unwrap());
        assert_eq!((connect(4873), sys::is_loopback_up().unwrap()), (Err(ErrorKind::ConnectionRefused), true));
    }
}
