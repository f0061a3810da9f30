//! `sweep.jsonl`: what of a sweep is done, a line for each outcome, so that one that was interrupted goes on.
//!
//! Invariant: the first line tells of which sweep the book is; a line is written at once, and one that was torn is written again.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::wish::Wish;
use crate::outcome::Outcome;
use crate::scenario::Scenario;

/// The book of a sweep.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    file: File,
    known: HashMap<String, Outcome>,
}

/// Why a book cannot be kept.
#[derive(Debug, Error)]
pub enum BookError {
    /// The folder's book is of another sweep.
    #[error("{} is of another sweep: choose another folder with --out, or ask for the same scenarios and effects", path.display())]
    Another {
        /// The book.
        path: PathBuf,
    },
    /// It cannot be read or written.
    #[error("failed to {operation} {}: {cause}; choose another folder with --out", path.display())]
    Failed {
        /// What was tried.
        operation: &'static str,
        /// The book.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// The first line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Heading {
    sweep: Vec<String>,
    scenarios: Vec<String>,
}

impl Book {
    /// Opens the book of this sweep in a folder, or begins it.
    pub fn open(folder: &Path, wishes: &[Wish], scenarios: &[Scenario]) -> Result<Self, BookError> {
        let path = folder.join("sweep.jsonl");
        let failed = |operation| {
            let path = path.clone();
            move |cause| BookError::Failed { operation, path, cause }
        };
        let heading = Heading {
            sweep: wishes.iter().map(ToString::to_string).collect(),
            scenarios: scenarios.iter().map(Scenario::id).collect(),
        };
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text.map_err(failed("read"))?,
        };
        // Without its end, the last line was torn.
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let mut lines = whole.lines();
        let begun = lines.next().map(serde_json::from_str::<Heading>);
        if begun.as_ref().is_some_and(|begun| begun.as_ref().ok() != Some(&heading)) {
            return Err(BookError::Another { path });
        }
        let known =
            lines.map(|line| serde_json::from_str::<Outcome>(line).map(|outcome| (outcome.id.clone(), outcome)));
        let known = known.collect::<Result<_, _>>().map_err(|error| failed("read")(error.into()))?;
        let file = OpenOptions::new().append(true).create(true).open(&path).map_err(failed("open"))?;
        file.set_len(whole.len() as u64).map_err(failed("mend the end of"))?;
        let mut book = Self { path, file, known };
        if begun.is_none() {
            book.write(&heading)?;
        }
        Ok(book)
    }

    /// The outcome of this id, if it is known.
    #[must_use]
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.known.get(id)
    }

    /// Adds an outcome.
    pub fn add(&mut self, outcome: Outcome) -> Result<(), BookError> {
        self.write(&outcome)?;
        self.known.insert(outcome.id.clone(), outcome);
        Ok(())
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), BookError> {
        let failed = |cause| BookError::Failed { operation: "write", path: self.path.clone(), cause };
        let mut line = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::outcome_of;

    fn wishes(text: &str) -> Vec<Wish> {
        vec![text.parse().unwrap()]
    }

    #[test]
    fn what_is_in_the_book_is_known_when_it_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Book::open(folder.path(), &wishes("link=EIO"), &[]);
        let mut book = open().unwrap();
        let outcome = outcome_of("ext4");
        assert_eq!(book.outcome(&outcome.id), None);
        book.add(outcome.clone()).unwrap();
        assert_eq!(open().unwrap().outcome(&outcome.id), Some(&outcome));
    }

    #[test]
    fn a_torn_line_is_none_and_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Book::open(folder.path(), &wishes("link=EIO"), &[]).unwrap();
        let path = folder.path().join("sweep.jsonl");
        open().add(outcome_of("ext4")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 20]).unwrap();
        let mut book = open();
        assert_eq!(book.outcome(&outcome_of("ext4").id), None);
        book.add(outcome_of("ext4")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn the_book_of_another_sweep_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Book::open(folder.path(), &wishes("link=EIO"), &[]).unwrap();
        let error = Book::open(folder.path(), &wishes("link=kill"), &[]).unwrap_err().to_string();
        assert!(error.contains("sweep.jsonl is of another sweep: choose another folder with --out"), "{error}");
    }
}
