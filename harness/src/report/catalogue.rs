//! The catalogue of reported cases, as a list for a terminal and as the table of the README.

use std::fmt::Write as _;

use super::forecast::aligned;
use crate::catalogue::{Claim, Row};
use crate::linker::store::Lock;
use crate::linker::{Linker, LinkerName, Wanted};
use crate::outcome::{Exit, Step};

/// A line for each scenario, in columns: row, report, linker, pairing, claim. A row without scenarios says why.
#[must_use]
pub fn catalogue(rows: &[Row]) -> String {
    let lines = rows.iter().flat_map(|row| {
        let head = |linker, pairing, claim| [row.name.clone(), row.issue(), linker, pairing, claim];
        let scenarios = row.claims.iter().map(move |claim| head(linker(claim), pairing(claim), claimed(claim)));
        let reason = row.elsewhere.iter().map(move |reason| head("-".to_owned(), "-".to_owned(), reason.clone()));
        scenarios.chain(reason).collect::<Vec<_>>()
    });
    let head = ["row", "report", "linker", "pairing", "claim"].map(str::to_owned);
    let table: Vec<_> = [head].into_iter().chain(lines).map(|line| line.to_vec()).collect();
    aligned(&table).join("\n") + "\n"
}

/// A table in Markdown, with a line for each row: what was reported, and for each version what it keeps or breaks.
#[must_use]
pub fn catalogue_markdown(rows: &[Row], lock: &Lock) -> String {
    let mut text = "| case | what happens | kept or broken |\n|---|---|---|\n".to_owned();
    for row in rows {
        let report = row.url.iter().chain(&row.also).map(|url| format!(" [{}]({url})", short(url)));
        let found = row.elsewhere.as_ref().map_or_else(|| versions(row, lock), |reason| format!("not run: {reason}"));
        let case = format!("`{}`{}", row.name, report.collect::<String>());
        let _ = writeln!(text, "| {case} | {}{} | {found} |", row.title, range(row));
    }
    text
}

/// The versions in which it happens, where they are known: ` (up to 0.10.8; fixed in 0.10.9)`.
fn range(row: &Row) -> String {
    let fixed = row.fixed.as_ref().map(|version| format!("fixed in {version}"));
    let known: Vec<_> = row.affected.iter().cloned().chain(fixed).collect();
    if known.is_empty() { String::new() } else { format!(" ({})", known.join("; ")) }
}

/// The number of a report; what it is of stands in the row's name.
fn short(url: &str) -> String {
    format!("#{}", url.rsplit('/').next().unwrap_or(url))
}

/// What each version keeps or breaks in all of its scenarios, in the order in which they stand.
fn versions(row: &Row, lock: &Lock) -> String {
    let mut found: Vec<(String, Vec<_>)> = Vec::new();
    for claim in &row.claims {
        let version = version(&claim.linker, lock);
        match found.iter_mut().find(|(of, _)| *of == version) {
            Some((_, rules)) => rules.extend(&claim.broken),
            None => found.push((version, claim.broken.clone())),
        }
    }
    let words = |(version, mut rules): (String, Vec<_>)| {
        rules.sort();
        rules.dedup();
        let rules: Vec<_> = rules.iter().map(|rule| format!("{rule:?}")).collect();
        format!("{version} {}", if rules.is_empty() { "kept".to_owned() } else { rules.join(" ") })
    };
    found.into_iter().map(words).collect::<Vec<_>>().join("; ")
}

/// The linker with its version, also where the newest that is pinned is meant.
fn version(name: &LinkerName, lock: &Lock) -> String {
    let pinned = name.family.kind().source.pinned_by().and_then(|program| lock.newest(program));
    match (&name.wanted, pinned) {
        (Wanted::Pinned, Some(pin)) => Linker::new(name.family, &pin.version, &pin.version).to_string(),
        _ => name.to_string(),
    }
}

fn linker(claim: &Claim) -> String {
    let mode = if claim.mode == "default" { String::new() } else { format!(" {}", claim.mode) };
    format!("{}{mode}", claim.linker)
}

fn pairing(claim: &Claim) -> String {
    let faults = claim.faults.iter().map(|fault| format!(" {fault}"));
    format!("{}{}", claim.pairing, faults.collect::<String>())
}

/// The claim in short: `copy, warns`, `exit 2, hard link, breaks C8 C9`.
fn claimed(claim: &Claim) -> String {
    let exit = (claim.exit != Exit::Code(0)).then(|| claim.exit.to_string());
    let strategy = if claim.step == Step::Prime { "no cache".to_owned() } else { claim.strategy.to_string() };
    let warns = claim.warned.then(|| "warns".to_owned());
    let rules: Vec<_> = claim.broken.iter().map(|rule| format!("{rule:?}")).collect();
    let rules = if rules.is_empty() { "keeps all".to_owned() } else { format!("breaks {}", rules.join(" ")) };
    exit.into_iter().chain([strategy]).chain(warns).chain([rules]).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::catalogue::rows;

    const CASES: [(&str, &str); 2] = [
        (
            "uv-1-one",
            "title = \"one\"\naffected = \"up to 0.6.1\"\nfixed = \"0.10.5\"\nurl = \"https://github.com/astral-sh/uv/issues/1\"\nalso = [\"https://github.com/astral-sh/uv/pull/2\"]\n\
             [[scenario]]\nlinker = \"uv@0.6.1\"\npairing = \"ext4:tmpfs\"\nmode = \"hardlink\"\nexit = 0\nstrategy = \"copy\"\n\
             warned = true\nbroken = []\n\
             [[scenario]]\nlinker = \"uv\"\npairing = \"ext4\"\nfaults = [\"link#5=EPERM\"]\nexit = 2\nstrategy = \"hard link\"\n\
             broken = [\"C8\", \"C9\"]\n\
             [[scenario]]\nlinker = \"uv\"\npairing = \"vfat\"\nexit = 2\nstep = \"prime\"\nstrategy = \"nothing\"\nbroken = []\n",
        ),
        ("uv-3-mac", "title = \"three\"\nelsewhere = \"macOS\""),
    ];

    fn cases() -> Vec<Row> {
        CASES.iter().map(|(name, text)| Row::parse(name, text).unwrap_or_else(|error| panic!("{error}"))).collect()
    }

    fn lock() -> Lock {
        let pin = format!(
            "[[uv]]\nversion = \"0.13.9\"\nfile = \"uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl\"\nsha256 = \"{}\"",
            "0".repeat(64)
        );
        Lock::parse("test", &pin).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_list_has_a_line_for_each_scenario() {
        insta::assert_snapshot!(catalogue(&cases()), @r"
        row       report          linker             pairing            claim
        uv-1-one  astral-sh/uv#1  uv@0.6.1 hardlink  ext4:tmpfs         copy, warns, keeps all
        uv-1-one  astral-sh/uv#1  uv                 ext4 link#5=EPERM  exit 2, hard link, breaks C8 C9
        uv-1-one  astral-sh/uv#1  uv                 vfat               exit 2, no cache, keeps all
        uv-3-mac  -               -                  -                  macOS
        ");
    }

    #[test]
    fn a_table_has_a_line_for_each_row() {
        insta::assert_snapshot!(catalogue_markdown(&cases(), &lock()), @r"
        | case | what happens | kept or broken |
        |---|---|---|
        | `uv-1-one` [#1](https://github.com/astral-sh/uv/issues/1) [#2](https://github.com/astral-sh/uv/pull/2) | one (up to 0.6.1; fixed in 0.10.5) | uv@0.6.1 kept; uv@0.13.9 C8 C9 |
        | `uv-3-mac` | three | not run: macOS |
        ");
    }

    #[test]
    fn the_readme_has_the_table_as_it_is() {
        const BEGIN: &str = "<!-- exdev list scenarios --format markdown -->\n";
        let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
        let after = readme.split_once(BEGIN).map(|(_, after)| after).unwrap_or_default();
        let found = after.split_once("<!-- end -->").map(|(table, _)| table.trim()).unwrap_or_default();
        let rows = rows().unwrap_or_else(|error| panic!("{error}"));
        let table = catalogue_markdown(&rows, &Lock::built_in().unwrap());
        assert!(
            found == table.trim(),
            "the table in README.md is not that of scenarios/issues: put what `scripts/exdev list scenarios --format markdown` \
             prints between the lines `{}` and `<!-- end -->`",
            BEGIN.trim()
        );
    }
}
