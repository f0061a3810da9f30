//! Every redaction there is: what differs from run to run without meaning anything.

/// Replaces the random names of uv in a line, those of unpacked wheels and of temporary files: `archive-v0/k3XvB.../a.py` becomes
/// `archive-v0/[ID]/a.py`, and `.tmpf260eP` becomes `.tmp[ID]`.
#[must_use]
pub fn line(text: &str) -> String {
    temporary(&unpacked(text))
}

fn unpacked(text: &str) -> String {
    const BUCKET: &str = "archive-v";
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BUCKET) {
        let digits = after.find(|other: char| !other.is_ascii_digit()).unwrap_or(after.len());
        let (version, after) = after.split_at(digits);
        clean.extend([before, BUCKET, version]);
        rest = after;
        if let Some(after) = after.strip_prefix('/') {
            let end = after.find(|other: char| !other.is_ascii_alphanumeric() && other != '-' && other != '_');
            clean.push_str("/[ID]");
            rest = &after[end.unwrap_or(after.len())..];
        }
    }
    clean.push_str(rest);
    clean
}

/// Six letters and digits stand behind the prefix: they are of Rust's crate `tempfile`.
fn temporary(text: &str) -> String {
    const PREFIX: &str = ".tmp";
    const LENGTH: usize = 6;
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(PREFIX) {
        let random = after.chars().take_while(char::is_ascii_alphanumeric).count();
        clean.extend([before, PREFIX, if random == LENGTH { "[ID]" } else { &after[..random] }]);
        rest = &after[random..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_name_of_an_unpacked_wheel_is_random() {
        assert_eq!(line("from /c/archive-v0/x9-Y_z/a.py to /t/a.py"), "from /c/archive-v0/[ID]/a.py to /t/a.py");
        assert_eq!(line("archive-v0/abc: gone"), "archive-v0/[ID]: gone");
        assert_eq!(line("archive-v12/abc/a.py in archive-v0"), "archive-v12/[ID]/a.py in archive-v0");
        assert_eq!(line("at `/c/.tmpf260eP/archive-v0/abc`"), "at `/c/.tmp[ID]/archive-v0/[ID]`");
        assert_eq!(line("a.tmp .tmp-4f2a .tmp12345 .tmp1234567 .tmp"), "a.tmp .tmp-4f2a .tmp12345 .tmp1234567 .tmp");
        assert_eq!(line("nothing of the kind"), "nothing of the kind");
    }
}
