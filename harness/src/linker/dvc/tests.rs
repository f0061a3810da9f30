use super::*;
use crate::errno::Errno;
use crate::package::Size;
use crate::pairing::Names;

/// What `checkout --verbose` writes, for one file.
const OUT: &str = "\
2026-11-24 19:26:28,594 DEBUG: command: --cd /t checkout --verbose
2026-11-24 19:26:29,392 DEBUG: failed to create '/t/package/a' from '/c/files/md5/0a/3' - [Errno 95] no more link types left \
to try out: [Errno 18] Invalid cross-device link: '/c/files/md5/0a/3' -> '/t/package/a'
Traceback (most recent call last):
  File \"/l/dvc_objects/fs/system.py\", line 36, in hardlink
    os.link(src, link_name)
OSError: [Errno 18] Invalid cross-device link: '/c/files/md5/0a/3' -> '/t/package/a'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File \"/l/dvc_objects/fs/generic.py\", line 309, in _try_links
    raise OSError(errno.ENOTSUP, \"no more link types left to try out\") from error
OSError: [Errno 95] no more link types left to try out

2026-11-24 19:27:15,270 DEBUG: Removing '/t/package'
";

const ERR: &str = "\
2026-11-24 19:27:15,271 ERROR: Checkout failed for following targets:
package
Is your cache up to date?
<https://error.dvc.org/missing-files>
Traceback (most recent call last):
  File \"/l/dvc/repo/checkout.py\", line 213, in checkout
    raise CheckoutError([relpath(out_path) for out_path in failed], result)
dvc.exceptions.CheckoutError: Checkout failed for following targets:
package
";

#[test]
fn what_it_says_of_a_refusal_is_not_what_it_fails_with() {
    let heard = Dvc.hear(OUT, ERR);
    let refused = heard.refusals.iter().map(|it| (it.strategy, it.errno, it.target.as_deref()));
    assert_eq!(refused.collect::<Vec<_>>(), [(Strategy::HardLink, Some(Errno::EXDEV), Some("/t/package/a"))]);
    let asks = ["Is your cache up to date?", "<https://error.dvc.org/missing-files>"];
    assert_eq!(heard.errors[..2], ["Checkout failed for following targets:", "package"]);
    assert_eq!((&heard.errors[2..], heard.errno), (asks.map(str::to_owned).as_slice(), None));
    let reflink = OUT.replace("os.link(src, link_name)", "fcntl.ioctl(dst_fd, FICLONE, src_fd)");
    let reflink = Dvc.hear(&reflink.replace(": '/c/files/md5/0a/3' -> '/t/package/a'", ""), ERR);
    assert_eq!((reflink.refusals[0].strategy, &reflink.refusals[0].target), (Strategy::Reflink, &None));
    assert_eq!(Dvc.hear("A       package/\n", ""), Heard::default());
}

#[test]
fn the_mode_is_a_list_of_links_to_try() {
    use Strategy::{Copy, HardLink, Reflink};
    assert_eq!(Dvc.chain("default"), [Reflink, Copy]);
    assert_eq!(Dvc.chain("reflink+hardlink+copy"), [Reflink, HardLink, Copy]);
    let place = Place::new(Size::Small, Names::POSIX);
    let settings = |step, mode| Dvc.begins_with(&place, step, mode).remove(0).1;
    assert!(settings(Step::Link, "reflink+hardlink+copy").ends_with("type = \"reflink,hardlink,copy\"\n"));
    assert!(settings(Step::Link, "default").ends_with("dir = /exdev/cell/cache\n"));
    assert!(settings(Step::Prime, "symlink").ends_with("type = copy\n"));
}

#[test]
fn the_workspace_is_there_before_the_cache_and_not_in_the_target() {
    let place = Place::new(Size::Small, Names::POSIX);
    let copied = Dvc.prepare(&place, &place.throwaway()).map(|command| command.arguments.join(" "));
    let expected = "--recursive /exdev/package/small/tree /exdev/throwaway/package";
    assert_eq!((copied.as_deref(), Dvc.prepare(&place, place.target())), (Some(expected), None));
    assert_eq!(Dvc.prime(&place).arguments.join(" "), "-m dvc --cd /exdev/throwaway add package --verbose");
    assert_eq!(Dvc.link(&place, "copy").arguments.join(" "), "-m dvc --cd /exdev/cell/target checkout --verbose");
}
