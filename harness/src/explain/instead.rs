//! Where files are in the end that were refused a strategy: under the name that they were to have, or what that became.

use std::collections::{BTreeMap, HashMap};

use crate::trace::{Answer, Class, Event};

/// Of every event that was refused, by its index: the last name of the path that it was about. Whether a file is there is another
/// question.
pub fn instead(events: &[Event]) -> HashMap<usize, String> {
    let mut refused: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        let from = event.from.as_deref().unwrap_or_default();
        match (&event.answer, event.class) {
            (Answer::Done, Class::Rename) => rename(&mut refused, from, &event.to),
            // A temporary name's file gets its own.
            (Answer::Done, Class::Link) => rename_one(&mut refused, from, &event.to),
            (answer, _) if answer.errno().is_some() => refused.entry(event.to.clone()).or_default().push(index),
            _ => {}
        }
    }
    refused.into_iter().flat_map(|(path, events)| events.into_iter().map(move |event| (event, path.clone()))).collect()
}

/// Moves what is known of a file and of all that is below a directory.
fn rename(refused: &mut BTreeMap<String, Vec<usize>>, from: &str, to: &str) {
    rename_one(refused, from, to);
    // A slash is followed by a zero in the order of bytes.
    let below: Vec<_> = refused.range(format!("{from}/")..format!("{from}0")).map(|(path, _)| path.clone()).collect();
    for path in below {
        rename_one(refused, &path, &format!("{to}{}", &path[from.len()..]));
    }
}

fn rename_one(refused: &mut BTreeMap<String, Vec<usize>>, from: &str, to: &str) {
    if let Some(moved) = refused.remove(from) {
        refused.entry(to.to_owned()).or_default().extend(moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;

    fn event(class: Class, from: &str, to: &str, answer: Answer) -> Event {
        let (from, to) = (Some(from.to_owned()), to.to_owned());
        Event { class, ordinal: 1, from, to, answer, inode: None, confined: false }
    }

    #[test]
    fn a_refused_file_is_found_under_its_last_name() {
        let refused = |to| event(Class::Link, "/c/a", to, Answer::Refused(Errno::EXDEV));
        let events = [
            refused("/t/.tmp/a"),
            refused("/t/.tmp2"),
            event(Class::Rename, "/t/.tmp", "/t/pkg", Answer::Done),
            refused("/t/b"),
            event(Class::Rename, "/t/b", "/t/c", Answer::Refused(Errno::EXDEV)),
            refused("/t/.new"),
            event(Class::Link, "/t/.new", "/t/new", Answer::Done),
        ];
        let found = instead(&events);
        let paths = [(0, "/t/pkg/a"), (1, "/t/.tmp2"), (3, "/t/b"), (4, "/t/c"), (5, "/t/new")];
        assert_eq!(found, paths.map(|(index, path)| (index, path.to_owned())).into());
    }
}
