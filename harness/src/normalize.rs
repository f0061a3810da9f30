//! Every redaction there is: what differs from run to run without meaning anything.

use std::ops::Range;

use crate::linker::{Place, Roots};

/// The words that stand for directories whose names are random: those of ours in directories that a person gave are `CACHE`,
/// `TARGET` and `EXDEV`, the last for programs, packages, home and temporary files; and `REGISTRY` stands for a URL whose port is. Where exdev makes the filesystems, paths are the
/// same in every run, and stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    words: Vec<(String, &'static str)>,
}

impl Words {
    /// The words for what is at this place.
    #[must_use]
    pub fn of(place: &Place) -> Self {
        let roots = place.roots();
        if *roots == Roots::of_agents() {
            return Self { words: Vec::new() };
        }
        let paths = [(&roots.cache, "CACHE"), (&roots.target, "TARGET"), (&roots.own, "EXDEV")];
        let paths = paths.map(|(path, word)| (path.to_string_lossy().into_owned(), word));
        Self { words: paths.into_iter().chain([(place.registry(), "REGISTRY")]).collect() }
    }

    /// A line without what is random in it: as [`line()`], and with these words.
    #[must_use]
    pub fn line(&self, text: &str) -> String {
        line(&self.paths(text))
    }

    /// A line with these words, and otherwise as it is.
    #[must_use]
    pub fn paths(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, (path, word)| worded(&text, path, word))
    }
}

fn worded(text: &str, path: &str, word: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(path) {
        // The last part is a number, and another one may begin with it.
        let whole = !after.starts_with(|next: char| next.is_ascii_alphanumeric());
        clean.extend([before, if whole { word } else { path }]);
        rest = after;
    }
    clean.push_str(rest);
    clean
}

/// Where in a text that follows a word something random is, if it is there.
type Random = fn(&str) -> Option<Range<usize>>;

/// The words that linkers put before something random.
const RANDOM: [(&str, Random); 11] = [
    ("archive-v", unpacked),
    (".tmp", temporary),
    ("_tmp_", numbered),
    ("_pacquet-stage_", numbered),
    ("across devices (src=", device),
    (" destination=", device),
    // bun's for what it unpacks, three of yarn's, and deno's for its state.
    (".", |text| hexadecimal(text, 16, '-')),
    ("/store/v1/", |text| hexadecimal(text, 32, '.')),
    (".zip-", |text| hexadecimal(text, 16, '.')),
    ("/xfs-", |text| hexadecimal(text, 8, '/')),
    (".setup-cache.", |text| hexadecimal(text, 8, '.')),
];

/// Replaces what is random in a line, the names of unpacked wheels and of temporary files: `archive-v0/k3XvB.../a.py` becomes
/// `archive-v0/[ID]/a.py`, and `.tmpf260eP` becomes `.tmp[ID]`.
#[must_use]
pub fn line(text: &str) -> String {
    RANDOM.iter().fold(text.to_owned(), |text, (word, random)| {
        let mut clean = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once(word) {
            clean.extend([before, word]);
            rest = after;
            if let Some(Range { start, end }) = random(after) {
                clean.extend([&after[..start], "[ID]"]);
                rest = &after[end..];
            }
        }
        clean.push_str(rest);
        clean
    })
}

/// uv's cache has the directory of a wheel behind the version of a bucket.
fn unpacked(text: &str) -> Option<Range<usize>> {
    let start = text.find(|other: char| !other.is_ascii_digit())?;
    let id = text[start..].strip_prefix('/')?;
    let length = id.find(|other: char| !other.is_ascii_alphanumeric() && other != '-' && other != '_');
    Some(start + 1..start + 1 + length.unwrap_or(id.len()))
}

/// Rust's crate `tempfile` puts six letters and digits there.
fn temporary(text: &str) -> Option<Range<usize>> {
    let length = text.chars().take_while(char::is_ascii_alphanumeric).count();
    (length == 6).then_some(0..length)
}

/// pnpm puts the number of its process there, and further ones.
fn numbered(text: &str) -> Option<Range<usize>> {
    let length = text.find(|other: char| !other.is_ascii_hexdigit() && other != '_').unwrap_or(text.len());
    text.starts_with(|first: char| first.is_ascii_digit()).then_some(0..length)
}

/// ostree names the devices of two filesystems by their numbers.
fn device(text: &str) -> Option<Range<usize>> {
    let length = text.find(|other: char| !other.is_ascii_digit()).unwrap_or(text.len());
    (length > 0).then_some(0..length)
}

/// So many hexadecimal digits, and then this.
fn hexadecimal(text: &str, digits: usize, then: char) -> Option<Range<usize>> {
    let length = text.find(|other: char| !other.is_ascii_hexdigit()).unwrap_or(text.len());
    (length == digits && text[length..].starts_with(then)).then_some(0..length)
}

#[cfg(test)]
mod tests {
    use super::{Words, line};
    use crate::linker::{Place, Roots};
    use crate::package::Size;
    use crate::pairing::Names;

    #[test]
    fn directories_of_ours_are_called_by_what_they_are_for() {
        let [cache, target, own] = ["/c/.exdev-aB3/12", "/c/d/.exdev-x/12", "/tmp/.exdev-y/12"].map(Into::into);
        let place = Place::below(Roots { cache, target, own }, Size::Small, Names::POSIX).served_at(40_000);
        let words = Words::of(&place);
        assert_eq!(
            words.line("link /c/.exdev-aB3/12/.tmpf260eP/a -> `/c/d/.exdev-x/12`, by /tmp/.exdev-y/12/bin/uv"),
            "link CACHE/.tmp[ID]/a -> `TARGET`, by EXDEV/bin/uv"
        );
        assert_eq!(words.line("/c/.exdev-aB3/123/a /c/.exdev-aB3/1"), "/c/.exdev-aB3/123/a /c/.exdev-aB3/1");
        assert_eq!(words.line("GET http://127.0.0.1:40000/exdev-pkg"), "GET REGISTRY/exdev-pkg");
        let usual = Words::of(&Place::new(Size::Small, Names::POSIX));
        assert_eq!(usual.line("/exdev/cell/cache/a"), "/exdev/cell/cache/a");
    }

    #[test]
    fn the_name_of_an_unpacked_wheel_is_random() {
        assert_eq!(line("from /c/archive-v0/x9-Y_z/a.py to /t/a.py"), "from /c/archive-v0/[ID]/a.py to /t/a.py");
        assert_eq!(line("archive-v0/abc: gone"), "archive-v0/[ID]: gone");
        assert_eq!(line("archive-v12/abc/a.py in archive-v0"), "archive-v12/[ID]/a.py in archive-v0");
        assert_eq!(line("at `/c/.tmpf260eP/archive-v0/abc`"), "at `/c/.tmp[ID]/archive-v0/[ID]`");
        assert_eq!(line("a.tmp .tmp-4f2a .tmp12345 .tmp1234567 .tmp"), "a.tmp .tmp-4f2a .tmp12345 .tmp1234567 .tmp");
        assert_eq!(line("nothing of the kind"), "nothing of the kind");
    }

    #[test]
    fn the_numbers_of_devices_are_other_ones_in_each_run() {
        assert_eq!(
            line("error: Unable to do hardlink checkout across devices (src=1792 destination=47)"),
            "error: Unable to do hardlink checkout across devices (src=[ID] destination=[ID])"
        );
    }

    #[test]
    fn the_names_that_pnpm_gives_what_it_stages_are_random() {
        assert_eq!(line("/t/p_tmp_19600_1/a_tmp_b.py"), "/t/p_tmp_[ID]/a_tmp_b.py");
        assert_eq!(line("/h/_tmp_5_f0a9/_tmp_5_f0a9: made"), "/h/_tmp_[ID]/_tmp_[ID]: made");
        assert_eq!(line("/t/p_pacquet-stage_5_1795545442308095140_0/a"), "/t/p_pacquet-stage_[ID]/a");
    }

    #[test]
    fn so_are_those_of_bun_yarn_and_deno() {
        assert_eq!(line("moving .641a98b5426732b3-2.exdev-pkg failed"), "moving .[ID]-2.exdev-pkg failed");
        assert_eq!(
            line("copyfile '/tmp/xfs-34603746/archive.zip' -> '/c/cache/a-10c0.zip-f8a0eb721ac090a4.tmp'"),
            "copyfile '/tmp/xfs-[ID]/archive.zip' -> '/c/cache/a-10c0.zip-[ID].tmp'"
        );
        assert_eq!(line("/c/store/v1/16189e6b82ccf4e55b75a3d4e10b888b.tmp: new"), "/c/store/v1/[ID].tmp: new");
        assert_eq!(line("/t/.deno/.setup-cache.7bddcf25.tmp: made"), "/t/.deno/.setup-cache.[ID].tmp: made");
        let same = "/c/store/v1/ab/b813821886fcb5a8.json /xfs-noreflink/a .bun-tmp-2302897a4a9ce28c .setup-cache.bin";
        assert_eq!(line(same), same);
    }
}
