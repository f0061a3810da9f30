//! What is left out of an explanation that people are to show to others.

use std::path::{Path, PathBuf};

/// Shortens and conceals.
#[derive(Debug, Clone, Default)]
pub struct Discreet {
    home: Option<PathBuf>,
}

impl Discreet {
    /// With this home directory; the root is nobody's.
    #[must_use]
    pub fn new(home: Option<PathBuf>) -> Self {
        Self { home: home.filter(|home| home.components().count() > 1) }
    }

    /// A path, or a text with paths in it: what is below the home directory begins with `~`.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let Some(home) = self.home.as_deref().and_then(Path::to_str) else { return text.to_owned() };
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(home) {
            // Only a whole path: not /srv/home/me, and not /home/me2.
            let begins =
                before.chars().next_back().is_none_or(|last| !last.is_alphanumeric() && !"/._-".contains(last));
            let ends = after.chars().next().is_none_or(|next| !next.is_alphanumeric() && !"._-".contains(next));
            shown.push_str(before);
            shown.push_str(if begins && ends { "~" } else { home });
            rest = after;
        }
        shown.push_str(rest);
        shown
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
        let discreet = Discreet::new(Some("/home/me".into()));
        for (text, shown) in [
            ("/home/me/.cache/uv", "~/.cache/uv"),
            ("/home/me", "~"),
            ("/home/me2/x /srv/home/me/x", "/home/me2/x /srv/home/me/x"),
            ("40 30 0:41 / /home/me/data rw - nfs4 srv:/data rw", "40 30 0:41 / ~/data rw - nfs4 srv:/data rw"),
        ] {
            assert_eq!(discreet.text(text), shown);
        }
        assert_eq!(Discreet::new(Some("/".into())).text("/etc/x"), "/etc/x");
        assert_eq!(Discreet::default().text("/home/me"), "/home/me");
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
