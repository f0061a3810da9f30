//! Every redaction there is: what differs from run to run without meaning anything.

/// Replaces the random names of uv's unpacked wheels in a line: `archive-v0/k3XvB.../a.py` becomes `archive-v0/[ID]/a.py`.
#[must_use]
pub fn line(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_name_of_an_unpacked_wheel_is_random() {
        assert_eq!(line("from /c/archive-v0/x9-Y_z/a.py to /t/a.py"), "from /c/archive-v0/[ID]/a.py to /t/a.py");
        assert_eq!(line("archive-v0/abc: gone"), "archive-v0/[ID]: gone");
        assert_eq!(line("archive-v12/abc/a.py in archive-v0"), "archive-v12/[ID]/a.py in archive-v0");
        assert_eq!(line("nothing of the kind"), "nothing of the kind");
    }
}
