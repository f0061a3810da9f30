use std::path::Path;

use super::*;
use crate::errno::Errno;
use crate::package::Size;
use crate::pairing::Names;

const WHOLE: &str = r#"
name = "mine"
program = "bin/mine"
prime = ["cp", "-r", "{package}/.", "{cache}"]
link = ["{linker}", "--from", "{cache}", "{target}"]
environment = { MINE_MODE = "{mode}" }
root = "lib"
always_copies = ["**/METADATA"]
makes = ["lib/.mine"]
writes_at_home = [".mine/**"]

[[mode]]
name = "auto"
chain = ["hard link", "copy"]

[[mode]]
name = "copy"
chain = ["copy"]
arguments = ["--copy"]

[[says]]
pattern = "^warning: .*\\((?<errno>\\w+)\\)"
fallback = "copy"
refused = "hard link"

[[says]]
pattern = "^fatal"
error = true
"#;

fn parse(text: &str) -> Result<Description, String> {
    Description::parse(Path::new("mine.toml"), text).map_err(|error| error.to_string())
}

fn mine() -> Custom {
    Custom(parse(WHOLE).unwrap())
}

#[test]
fn commands_are_filled_with_where_things_are() {
    let place = Place::new(Size::Small, Names::POSIX);
    let prime = mine().prime(&place);
    assert_eq!(prime.program, Program::Needed("cp".to_owned()));
    assert_eq!(prime.arguments, ["-r", "/exdev/package/small/tree/.", "/exdev/cell/cache"]);
    let link = mine().link(&place, "copy");
    assert_eq!(link.program, Program::Linker);
    assert_eq!(link.arguments, ["--from", "/exdev/cell/cache", "/exdev/cell/target", "--copy"]);
    assert_eq!(link.environment, [("MINE_MODE".to_owned(), "copy".to_owned())]);
    assert_eq!(mine().needs(), ["cp"]);
}

#[test]
fn what_it_does_by_design_is_by_patterns() {
    let (mine, tree, place) = (mine(), Tree::new(), Place::new(Size::Small, Names::POSIX));
    assert_eq!((mine.modes(), mine.chain("auto")), (vec!["auto", "copy"], vec![Strategy::HardLink, Strategy::Copy]));
    assert!(mine.always_copies("a/b/METADATA") && !mine.always_copies("a/b/METADATA2"));
    assert!(mine.makes(&tree, "lib/.mine") && !mine.makes(&tree, "lib/.mine2"));
    assert!(mine.may_write(&place, &place.home().join(".mine/state")) && !mine.may_write(&place, &place.home()));
    assert!(!mine.keeps_books("anything"));
    assert_eq!(mine.root(&tree), "lib");
}

#[test]
fn lines_mean_what_the_description_says() {
    let heard = mine().hear("placed\n", "warning: cannot link (EXDEV)\nfatal: no room\n");
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), Some(Strategy::Copy)));
    assert_eq!(heard.warnings, ["warning: cannot link (EXDEV)"]);
    assert_eq!((heard.errors, heard.errno), (vec!["fatal: no room".to_owned()], None));
    assert_eq!(heard.refusals[0].errno, Some(Errno::EXDEV));
    assert_eq!(mine().hear("all is well\n", ""), Heard::default());
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_sentence() {
    let wrong = |from: &str, to: &str| parse(&WHOLE.replace(from, to)).unwrap_err();
    let of = |problem: &str| format!("the linker file mine.toml is wrong: {problem}");
    assert_eq!(
        wrong("\"mine\"", "\"My own\""),
        of("`My own` is no name; write one of small letters, digits and hyphens")
    );
    assert_eq!(
        wrong("{package}/.", "{pakage}/."),
        of("`{pakage}/.` has a brace that is none of {cache}, {target}, {package}, {mode}, {linker}")
    );
    assert_eq!(wrong("program = \"bin/mine\"", ""), of("`link` begins with {linker}, and there is no `program`"));
    assert_eq!(
        wrong("\"cp\", ", "\"/bin/cp\", "),
        of("`prime` begins with `/bin/cp`; begin it with {linker} or a bare name")
    );
    assert_eq!(wrong("[\"copy\"]", "[]"), of("the mode `copy` has no name or no chain"));
    assert_eq!(wrong("^fatal", "("), of("`(` is no regular expression"));
    assert_eq!(
        wrong("root = \"lib\"", "roots = \"lib\"").split(", expected").next(),
        Some("the linker file mine.toml is malformed at line 7: unknown field `roots`")
    );
    assert_eq!(
        super::error::program(Path::new("/nowhere/mine.toml"), "bin/mine").unwrap_err().to_string(),
        of("its program /nowhere/bin/mine cannot be run: No such file or directory (os error 2)")
            .replace("mine.toml", "/nowhere/mine.toml")
    );
}
