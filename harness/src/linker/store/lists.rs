//! The lists of wheels that Python programs consist of: requirements with digests, made once with every dependency in them that is
//! imported.

const ALL: [(&str, &str); 4] = [
    ("dvc-3.67.1.txt", include_str!("../../../../scenarios/lists/dvc-3.67.1.txt")),
    ("pdm-2.29.4.txt", include_str!("../../../../scenarios/lists/pdm-2.29.4.txt")),
    ("pip-26.3.txt", include_str!("../../../../scenarios/lists/pip-26.3.txt")),
    ("py-rattler-0.28.0.txt", include_str!("../../../../scenarios/lists/py-rattler-0.28.0.txt")),
];

/// The list of this name.
pub(super) fn list(file: &str) -> Option<&'static str> {
    ALL.iter().find(|(name, _)| *name == file).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_pins_the_version_that_it_is_named_after() {
        for (file, text) in ALL {
            let (project, version) = file.strip_suffix(".txt").and_then(|name| name.rsplit_once('-')).unwrap();
            let pinned = |line: &str| line.split_whitespace().next() == Some(&format!("{project}=={version}"));
            assert!(text.lines().any(pinned), "{file}");
            assert_eq!(list(file), Some(text));
        }
        assert_eq!(list("pip-0.txt"), None);
    }
}
