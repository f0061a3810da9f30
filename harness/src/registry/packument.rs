//! What a registry says of the package (<https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha512};

use crate::observe::hex;
use crate::package::NAME;
use crate::package::npm::{FILE, VERSION};

/// When the package was published: clients are told to wait with what is new.
const PUBLISHED: &str = "1985-10-26T08:15:00.000Z";

/// How much a client wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What is needed to install it.
    Abbreviated,
    /// All there is, with the times.
    Full,
}

impl Detail {
    /// The media type of the abbreviated form.
    const ABBREVIATED: &str = "application/vnd.npm.install-v1+json";

    /// What a client wants that accepts these media types.
    #[must_use]
    pub fn wanted(accept: &str) -> Self {
        if accept.contains(Self::ABBREVIATED) { Self::Abbreviated } else { Self::Full }
    }

    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Abbreviated => Self::ABBREVIATED,
            Self::Full => "application/json",
        }
    }
}

/// The package's document, for this tarball of it in the registry at this URL.
#[must_use]
pub fn packument(tarball: &[u8], registry: &str, detail: Detail) -> Value {
    let mut document = json!({
        "name": NAME,
        "dist-tags": { "latest": VERSION },
        "modified": PUBLISHED,
        "versions": { VERSION: {
            "name": NAME,
            "version": VERSION,
            "dist": {
                "tarball": format!("{registry}/{NAME}/-/{FILE}"),
                "integrity": format!("sha512-{}", STANDARD.encode(Sha512::digest(tarball))),
                "shasum": hex(&Sha1::digest(tarball)),
            },
        } },
    });
    if detail == Detail::Full {
        document["_id"] = NAME.into();
        document["time"] = json!({ "created": PUBLISHED, "modified": PUBLISHED, VERSION: PUBLISHED });
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_leads_to_the_tarball_and_says_what_it_is() {
        let abbreviated = packument(b"abc", "http://127.0.0.1:4873", Detail::Abbreviated);
        let dist = &abbreviated["versions"]["1.0.0"]["dist"];
        assert_eq!(dist["tarball"], "http://127.0.0.1:4873/exdev-pkg/-/exdev-pkg-1.0.0.tgz");
        // Of "abc", see FIPS 180.
        assert_eq!(dist["shasum"], "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            dist["integrity"],
            "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
        );
        assert_eq!((&abbreviated["time"], &abbreviated["dist-tags"]["latest"]), (&Value::Null, &"1.0.0".into()));
        let full = packument(b"abc", "http://127.0.0.1:4873", Detail::Full);
        assert_eq!((&full["time"]["1.0.0"], &full["versions"]), (&PUBLISHED.into(), &abbreviated["versions"]));
    }

    #[test]
    fn what_a_client_accepts_is_what_it_wants() {
        let npm = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";
        assert_eq!(Detail::wanted(npm), Detail::Abbreviated);
        assert_eq!(Detail::wanted("application/json"), Detail::Full);
        assert_eq!(Detail::wanted(""), Detail::Full);
    }
}
