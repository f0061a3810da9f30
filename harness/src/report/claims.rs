//! Whether the claims of reported cases hold.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::entry::grouped;
use super::findings::unsettled;
use super::style::{Ink, Style};
use crate::catalogue::Row;
use crate::outcome::Report;

/// What came of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The case whose claim it is.
    pub row: Row,
    /// The scenario's name.
    pub id: String,
    /// What differs from the claim; `None` if the scenario did not run.
    pub differences: Option<Vec<String>>,
}

/// Each case, and of each of its scenarios whether it is as claimed; then what was not run, last one line of totals.
#[must_use]
pub fn claims(claimed: &[Claimed], report: &Report, style: Style) -> String {
    let mut text = String::new();
    for (row, of_row) in grouped(claimed.iter().map(|it| (it.row.name.as_str(), it))) {
        let case = of_row[0].row.url.iter().fold(row.to_owned(), |name, url| format!("{name}  {url}"));
        let _ = writeln!(text, "{}\n    {}", style.paint(Ink::Title, &case), of_row[0].row.title);
        for Claimed { id, differences, .. } in of_row {
            let (ink, word) = word(differences.as_deref());
            let _ = writeln!(text, "    {id}: {}", style.paint(ink, word));
            for difference in differences.iter().flatten() {
                let _ = writeln!(text, "        {difference}");
            }
        }
        text.push('\n');
    }
    let count = |wanted: &str| claimed.iter().filter(|it| word(it.differences.as_deref()).1 == wanted).count();
    let counts = [AS_CLAIMED, DIFFERENT, NOT_SEEN].map(|word| format!("{} {word}", count(word)));
    let claims = if claimed.len() == 1 { "claim" } else { "claims" };
    text + &unsettled(report, style) + &format!("{} {claims}: {}\n", claimed.len(), counts.join(", "))
}

const AS_CLAIMED: &str = "as claimed";
const DIFFERENT: &str = "different";
const NOT_SEEN: &str = "not seen";

fn word(differences: Option<&[String]>) -> (Ink, &'static str) {
    match differences {
        Some([]) => (Ink::Kept, AS_CLAIMED),
        Some(_) => (Ink::Broken, DIFFERENT),
        None => (Ink::Absent, NOT_SEEN),
    }
}

/// The claims and the whole report, as JSON.
#[must_use]
pub fn claims_json(claimed: &[Claimed], report: &Report) -> String {
    let claims: Vec<Value> = claimed
        .iter()
        .map(|Claimed { row, id, differences }| {
            let holds = differences.as_ref().map(Vec::is_empty);
            json!({ "row": row.name, "url": row.url, "id": id, "holds": holds, "differences": differences })
        })
        .collect();
    format!("{:#}", json!({ "claims": claims, "report": report }))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, sample};
    use super::*;

    fn claimed(id: &str, differences: Option<&[&str]>) -> Claimed {
        let row = Row::parse("uv-1-one", "title = 'one'\nurl = 'https://example.org/1'\nelsewhere = 'macOS'").unwrap();
        let differences = differences.map(|all| all.iter().map(|&one| one.to_owned()).collect());
        Claimed { row, id: id.to_owned(), differences }
    }

    #[test]
    fn each_claim_is_said_to_hold_or_not() {
        let report =
            Report { outcomes: vec![Sample::new("ext4").outcome], not_run: sample().not_run, ..Report::default() };
        let all = [
            claimed("uv/default/ext4/small", Some(&[])),
            claimed("uv/default/xfs/small", Some(&["exit: claimed exit 0, found exit 2"])),
            claimed("uv/default/vfat/small", None),
        ];
        insta::assert_snapshot!(claims(&all, &report, Style::plain()), @r"
        uv-1-one  https://example.org/1
            one
            uv/default/ext4/small: as claimed
            uv/default/xfs/small: different
                exit: claimed exit 0, found exit 2
            uv/default/vfat/small: not seen

        1 not run: tmpfs cannot be mounted here
            mend: sudo modprobe tmpfs

        3 claims: 1 as claimed, 1 different, 1 not seen
        ");
    }

    #[test]
    fn a_program_reads_whether_a_claim_holds() {
        let all = [claimed("a", Some(&[])), claimed("b", Some(&["c"])), claimed("d", None)];
        let json: Value = serde_json::from_str(&claims_json(&all, &Report::default())).unwrap();
        let holds: Vec<_> = json["claims"].as_array().unwrap().iter().map(|claim| &claim["holds"]).collect();
        assert_eq!(holds, [&json!(true), &json!(false), &Value::Null]);
    }
}
