//! Paths that mean another thing in every process: those that lead through `/proc/self` and its like, see proc(5).

/// Whether a path is used as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// It is. If it leads through a symlink of `/proc/self`, that symlink is not seen in it.
    AsWritten,
    /// Its beginning was replaced by what that means to the thread.
    Replaced,
}

/// A path of this thread, as it means the same to us.
pub fn spell(path: Vec<u8>, process: i32, thread: i32) -> (Vec<u8>, Spelling) {
    let own = || format!("/proc/{process}").into_bytes();
    let (first, rest) = component(&path, 0);
    let (second, rest) = component(&path, rest);
    let instead = match (path.first(), first, second) {
        (Some(b'/'), b"proc", b"self") => own(),
        (Some(b'/'), b"proc", b"thread-self") => [&own(), format!("/task/{thread}").as_bytes()].concat(),
        (Some(b'/'), b"dev", b"fd") => [&own(), &b"/fd"[..]].concat(),
        (Some(b'/'), b"dev", b"stdin") => [&own(), &b"/fd/0"[..]].concat(),
        (Some(b'/'), b"dev", b"stdout") => [&own(), &b"/fd/1"[..]].concat(),
        (Some(b'/'), b"dev", b"stderr") => [&own(), &b"/fd/2"[..]].concat(),
        _ => return (path, Spelling::AsWritten),
    };
    ([&instead, &path[rest..]].concat(), Spelling::Replaced)
}

/// The next component from here that leads anywhere, and where it ends.
fn component(path: &[u8], from: usize) -> (&[u8], usize) {
    let mut at = from;
    loop {
        let begin = at + path[at..].iter().take_while(|byte| **byte == b'/').count();
        let end = begin + path[begin..].iter().take_while(|byte| **byte != b'/').count();
        if &path[begin..end] != b"." {
            return (&path[begin..end], end);
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_the_thread_itself_leads_there_from_here() {
        for (path, expected) in [
            ("/proc/self", "/proc/7"),
            ("/proc/self/fd/3", "/proc/7/fd/3"),
            ("//proc/.///self/./fd", "/proc/7/./fd"),
            ("/proc/thread-self/cwd", "/proc/7/task/8/cwd"),
            ("/dev/fd/3", "/proc/7/fd/3"),
            ("/dev/stdin", "/proc/7/fd/0"),
            ("/dev/stdout/", "/proc/7/fd/1/"),
            ("/dev/stderr", "/proc/7/fd/2"),
        ] {
            assert_eq!(spell(path.into(), 7, 8), (expected.into(), Spelling::Replaced), "{path}");
        }
    }

    #[test]
    fn every_other_path_stays_as_it_was_written() {
        for path in
            ["", "/", ".", "proc/self", "/proc/7/fd/3", "/proc/selfish", "/dev/fdx", "/dev", "/a/proc/self", "/."]
        {
            assert_eq!(spell(path.into(), 7, 8), (path.into(), Spelling::AsWritten), "{path}");
        }
    }
}
