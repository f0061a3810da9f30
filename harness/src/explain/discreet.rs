//! What is left out of an explanation that people are to show to others.

use std::fs;
use std::path::{Path, PathBuf};

use crate::facts::{EndFacts, Overlay};
use crate::outcome::End;

/// Shortens and conceals.
#[derive(Debug, Clone, Default)]
pub struct Discreet {
    /// The home directory as it is named, and as it is where that is another path.
    homes: Vec<String>,
}

impl Discreet {
    /// With this home directory; the root is nobody's.
    #[must_use]
    pub fn new(home: Option<&Path>) -> Self {
        let real = home.and_then(|home| fs::canonicalize(home).ok());
        // Without the slash that it may end with.
        let named = home.map(|home| home.components().collect::<PathBuf>());
        let homes = named.into_iter().chain(real).filter(|home| home.is_absolute() && home.components().count() > 1);
        let mut homes: Vec<_> = homes.filter_map(|home| home.to_str().map(str::to_owned)).collect();
        homes.dedup();
        Self { homes }
    }

    /// A path, or a text with paths in it: what is below the home directory begins with `~`.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.homes.iter().fold(text.to_owned(), |text, home| shortened(&text, home))
    }

    /// An end, all of whose paths are shortened but those on a server.
    #[must_use]
    pub fn end(&self, end: EndFacts) -> EndFacts {
        let place = End { mountinfo: self.text(&end.end.mountinfo), ..end.end };
        let layers = |layers: Vec<String>| layers.iter().map(|layer| self.text(layer)).collect();
        let overlay = end.overlay.map(|overlay| Overlay {
            lower: layers(overlay.lower),
            upper: overlay.upper.map(|upper| self.text(&upper)),
        });
        EndFacts { path: self.text(&end.path), end: place, overlay, ..end }
    }

    /// A command's words, without what looks like a secret: what stands before the host of a URL, and the values of options and
    /// variables that are named after one.
    #[must_use]
    pub fn command(&self, words: &[String]) -> Vec<String> {
        let mut conceal = false;
        let word = |word: &String| {
            let concealed = std::mem::replace(&mut conceal, is_secret(word) && !word.contains('='));
            match word.split_once('=') {
                _ if concealed => CONCEALED.to_owned(),
                Some((name, _)) if is_secret(name) => format!("{name}={CONCEALED}"),
                _ => self.text(&without_login(word)),
            }
        };
        words.iter().map(word).collect()
    }
}

const CONCEALED: &str = "...";

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let named = ["token", "password", "passwd", "secret", "credential", "api-key", "api_key", "apikey"];
    let option =
        name.starts_with('-') || name.contains('=') || name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    option && named.iter().any(|secret| name.contains(secret))
}

fn shortened(text: &str, home: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(home) {
        shown.push_str(before);
        shown.push_str(if is_whole(&shown, after) { "~" } else { home });
        rest = after;
    }
    shown + rest
}

/// Whether a path begins behind this text, and a part of it ends before that: not so in `/srv/home/me` and `/home/me2`.
fn is_whole(before: &str, after: &str) -> bool {
    let within = |character: char| character.is_alphanumeric() || "._-".contains(character);
    // What follows a host is a path on that host; what follows another path and a colon is one of several.
    let on_a_host = || {
        let list = before.rsplit([' ', ',', '=']).next().unwrap_or_default();
        !list.contains('/')
    };
    let begins = match before.chars().next_back() {
        None => true,
        Some(':') => !on_a_host(),
        Some(last) => !within(last) && last != '/',
    };
    begins && !after.chars().next().is_some_and(within)
}

/// `https://user:password@host/` without what is before the host.
fn without_login(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{CONCEALED}{}", &rest[at..]),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_home_are_shortened_and_no_others() {
        let overlay = "lowerdir=/a:/home/me/b,upperdir=/home/me/c";
        for home in ["/home/me", "/home/me/"] {
            let discreet = Discreet::new(Some(Path::new(home)));
            for (text, shown) in [
                ("/home/me/.cache/uv", "~/.cache/uv"),
                ("/home/me", "~"),
                ("/home/me2/x /srv/home/me/x", "/home/me2/x /srv/home/me/x"),
                ("40 30 0:41 / /home/me/data rw - nfs4 srv:/data rw", "40 30 0:41 / ~/data rw - nfs4 srv:/data rw"),
                ("41 30 0:42 / /home/me rw - nfs4 srv:/home/me rw", "41 30 0:42 / ~ rw - nfs4 srv:/home/me rw"),
                (overlay, "lowerdir=/a:~/b,upperdir=~/c"),
            ] {
                assert_eq!(discreet.text(text), shown);
            }
        }
        assert_eq!(Discreet::new(Some(Path::new("/"))).text("/etc/x"), "/etc/x");
        assert_eq!(Discreet::default().text("/home/me"), "/home/me");
    }

    #[test]
    fn a_home_that_is_a_symlink_is_shortened_by_both_its_paths() {
        let directory = tempfile::tempdir().unwrap();
        let (real, named) = (directory.path().join("real"), directory.path().join("named"));
        fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, &named).unwrap();
        let text = format!("{}/a {}/b", named.display(), fs::canonicalize(&real).unwrap().display());
        assert_eq!(Discreet::new(Some(&named)).text(&text), "~/a ~/b");
    }

    #[test]
    fn secrets_are_not_told() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let command = "uv pip install --index-url https://me:pass@example.org/simple --token abc --password=x API_KEY=y tokenizers";
        assert_eq!(
            Discreet::new(None).command(&words(command)).join(" "),
            "uv pip install --index-url https://...@example.org/simple --token ... --password=... API_KEY=... tokenizers"
        );
    }
}
