//! What is to go wrong in every call of a class: `CLASS=EFFECT`, for example `link=EXDEV`, `write=kill`, `all=EIO`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::trace::{Class, Effect, Fault, Ordinals};

/// One class of calls, or all of them, and what is to become of each, one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wish {
    /// The class; `None` for every one.
    class: Option<Class>,
    effect: Effect,
}

/// Why a text is no such wish.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` cannot be swept: {problem}; write CLASS=EFFECT, for example link=EXDEV, write=kill, all=EIO")]
pub struct WishError {
    /// The text as it was given.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Wish {
    /// The word for every class.
    const ALL: &str = "all";

    /// Whether it is about calls of this class.
    #[must_use]
    pub fn is_about(self, class: Class) -> bool {
        self.class.is_none_or(|wanted| wanted == class)
    }

    /// The fault in the call of this class that is so manieth.
    #[must_use]
    pub const fn at(self, class: Class, ordinal: usize) -> Fault {
        Fault { class, ordinals: Ordinals { first: ordinal, last: Some(ordinal) }, effect: self.effect }
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.class.map_or(Self::ALL, Class::name), self.effect)
    }
}

impl FromStr for Wish {
    type Err = WishError;

    fn from_str(text: &str) -> Result<Self, WishError> {
        let failed = |problem: String| WishError { text: text.to_owned(), problem };
        let (class, effect) = text.split_once('=').ok_or_else(|| failed("it has no `=`".to_owned()))?;
        let class = match class {
            Self::ALL => None,
            name => Some(name.parse::<Class>().map_err(|error| failed(error.to_string()))?),
        };
        // An effect is what it is in a fault.
        let fault = format!("{}#1={effect}", class.unwrap_or(Class::Open)).parse::<Fault>();
        Ok(Self { class, effect: fault.map_err(|error| failed(error.problem))?.effect })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_a_class_and_an_effect() {
        for text in ["link=EXDEV", "write=kill", "all=EIO", "copy_file_range=50ms"] {
            assert_eq!(text.parse::<Wish>().unwrap().to_string(), text);
        }
        let all = "all=EIO".parse::<Wish>().unwrap();
        assert!(Class::ALL.into_iter().all(|class| all.is_about(class)));
        assert_eq!(all.at(Class::Rename, 7).to_string(), "rename#7=EIO");
        assert!(!"link=EIO".parse::<Wish>().unwrap().is_about(Class::Write));
    }

    #[test]
    fn what_cannot_be_swept_is_told_with_the_grammar() {
        for (text, problem) in [
            ("link", "it has no `=`"),
            ("links=EIO", "unknown class of system calls `links`; known are"),
            ("link=EWHAT", "`EWHAT` is no effect"),
        ] {
            let error = text.parse::<Wish>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` cannot be swept: {problem}")), "{error}");
            assert!(error.ends_with("write CLASS=EFFECT, for example link=EXDEV, write=kill, all=EIO"), "{error}");
        }
    }
}
