//! C11 contained: where a linker wrote.

use std::collections::BTreeSet;
use std::path::Path;

use super::case::{Case, broken_by, not_judged};
use crate::outcome::{Judgement, Verdict};
use crate::trace::{Answer, Class, Event};

/// C11: nothing was created, linked, changed or removed outside of cache, target and the temporary directory.
pub fn contained(case: &Case<'_>) -> Judgement {
    let temporary = case.place.temporary();
    let inside = [case.place.cache(), case.place.target(), &temporary];
    let is_outside = |path: &Path| {
        !inside.iter().any(|directory| path.starts_with(directory)) && !case.adapter.may_write(case.place, path)
    };
    let outside: BTreeSet<_> = case.did.events().iter().flat_map(|event| breaches(is_outside, event)).collect();
    let mut judgement = broken_by(outside.into_iter().collect());
    if judgement.verdict == Verdict::Kept {
        if let Some(why) = case.unseen() {
            return not_judged(why);
        }
        judgement.evidence.extend(case.did.hindered().map(str::to_owned));
    }
    judgement
}

fn breaches(is_outside: impl Fn(&Path) -> bool, event: &Event) -> Vec<String> {
    if event.answer != Answer::Done {
        return Vec::new();
    }
    let what = match event.class {
        Class::Link => "linked",
        Class::Symlink | Class::Mkdir => "made",
        Class::Open if event.inode.is_some() => "made or emptied",
        Class::Open | Class::Write => "opened for writing",
        Class::Reflink | Class::CopyFileRange | Class::Sendfile => "filled",
        Class::Rename => "renamed",
        Class::Unlink => "removed",
        Class::Chmod => "given other permission bits",
    };
    // A rename takes a name away as well.
    let from = event.from.as_deref().filter(|_| event.class == Class::Rename);
    let paths = [Some(event.to.as_str()), from].into_iter().flatten();
    paths.filter(|path| is_outside(Path::new(path))).map(|path| format!("{path}: {what}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno;
    use crate::outcome::Rule::C11;
    use crate::outcome::{Strategy, Verdict};
    use crate::trace::{Answer, Class, Gap};
    use crate::verdict::sample::{Sample, TOOL};

    fn traced() -> Sample {
        Sample::linked().tried(TOOL, Strategy::HardLink, Answer::Done)
    }

    #[test]
    fn cache_target_and_the_temporary_directory_are_inside() {
        let inside = ["/exdev/cell/cache/a", "/exdev/cell/target/a", "/exdev/tmp/a"];
        inside.iter().fold(traced(), |sample, path| sample.did(Class::Mkdir, None, path, Answer::Done)).keeps(C11);
    }

    #[test]
    fn what_was_done_elsewhere_is_named_once() {
        traced()
            .did(Class::Link, Some("/exdev/cell/cache/a"), "/exdev/home/a", Answer::Done)
            .did(Class::Unlink, None, "/exdev/home/a", Answer::Done)
            .did(Class::Unlink, None, "/exdev/home/a", Answer::Done)
            .did(Class::Rename, Some("/exdev/home/b"), "/exdev/cell/target/b", Answer::Done)
            .did(Class::Open, None, "/exdev/cell/targets", Answer::Done)
            .breaks(
                C11,
                &[
                    "/exdev/cell/targets: opened for writing",
                    "/exdev/home/a: linked",
                    "/exdev/home/a: removed",
                    "/exdev/home/b: renamed",
                ],
            );
    }

    #[test]
    fn what_was_only_tried_elsewhere_is_no_breach() {
        let refused = Answer::Refused(Errno(nix::libc::EACCES));
        traced().did(Class::Link, Some("/exdev/cell/cache/a"), "/a", refused).keeps(C11);
    }

    #[test]
    fn what_was_not_seen_is_not_judged() {
        Sample::linked().leaves_open(C11, "nothing was traced");
        let unseen = Answer::Unseen("it is in another user namespace".to_owned());
        traced()
            .did(Class::Link, None, "", unseen.clone())
            .leaves_open(C11, "a link was not seen: it is in another user namespace");
        // What was seen is enough where it is bad.
        let blind = traced().did(Class::Link, None, "", unseen);
        blind.did(Class::Mkdir, None, "/exdev/home/a", Answer::Done).breaks(C11, &["/exdev/home/a: made"]);
    }

    #[test]
    fn what_was_refused_because_it_could_not_be_seen_is_told() {
        let mut hindered = traced();
        hindered.record.trace.gaps.push(Gap::IoUring);
        hindered.expect(C11, Verdict::Kept, &["io_uring was refused, for calls through it cannot be seen"]);
    }
}
