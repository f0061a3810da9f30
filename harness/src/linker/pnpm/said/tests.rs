use super::*;

/// 10.34.9, on standard output.
const TEN: &str = r#"{"time":1795545102383,"hostname":"vm","pid":7578,"level":"info","name":"pnpm","message":"Lockfile is up to date, resolution step is skipped","prefix":"/t"}
{"time":1795545102497,"hostname":"vm","pid":7578,"level":"debug","name":"pnpm:progress","packageId":"exdev-pkg@1.0.0","requester":"/t","status":"found_in_store"}
{"time":1795545102688,"hostname":"vm","pid":7578,"level":"debug","name":"pnpm:progress","method":"hardlink","requester":"/t","status":"imported","to":"/t/node_modules/.pnpm/exdev-pkg@1.0.0/node_modules/exdev-pkg"}
{"time":1795545102725,"hostname":"vm","pid":7578,"level":"debug","name":"pnpm","msg":"updating workspace state"}
"#;

/// 12.21.0, on standard error: it copied.
const TWELVE: &str = r#"{"time":1795545423972,"hostname":"vm","pid":29625,"name":"pnpm","level":"info","message":"Lockfile is up to date, resolution step is skipped","prefix":"/t"}
{"time":1795545424000,"hostname":"vm","pid":29625,"name":"pnpm:package-import-method","level":"debug","method":"copy"}
{"time":1795545424013,"hostname":"vm","pid":29625,"name":"pnpm:progress","level":"debug","status":"imported","method":"hardlink","requester":"/t","to":"/t/node_modules/.pnpm/exdev-pkg@1.0.0/node_modules/exdev-pkg"}
"#;

/// 10.34.9 in clone mode on ext4; it has `name` twice.
const TEN_FAILED: &str = r#"{"time":1795545246504,"hostname":"vm","pid":24866,"level":"error","name":"pnpm","code":"ERR_PNPM_ENOTSUP","name":"pnpm","err":{"name":"pnpm","message":"[importPackage /t/node_modules/.pnpm/exdev-pkg@1.0.0/node_modules/exdev-pkg] ENOTSUP: operation not supported on socket, copyfile '/c/v10/files/a5/6958' -> '/t/node_modules/.pnpm/exdev-pkg@1.0.0/node_modules/exdev-pkg_tmp_24866_1/exdev_pkg-1.0.dist-info/METADATA'","code":"ERR_PNPM_ENOTSUP","stack":"pnpm: [importPackage"}}"#;

/// 12.21.0, the same.
const TWELVE_FAILED: &str = r#"{"time":1795545442331,"hostname":"vm","pid":3625,"name":"pnpm","level":"error","message":"installing dependencies: failed to import \"/c/v11/files/a5/6958\" to \"/t/METADATA\": Operation not supported (os error 95)","prefix":"/t"}"#;

/// 12.3.4, the same.
const WRAPPED: &str = r#"{"time":1795545409388,"hostname":"vm","pid":22809,"name":"pnpm:progress","level":"debug","status":"found_in_store","packageId":"exdev-pkg@1.0.0","requester":"/t"}
Error:   × installing dependencies
  ╰─▶ failed to import "/srv/exdev/run/pnpm12.3.4-hardlink/
      cache/v11/
      files/6d/2300e57206776e2317ad7a9386187197f5a5b12d43077301567d8bbef397809
      7d742eb5a3cd4137d053134d5d51983901989f821985854f64a373b3b5a5499" to "/
      srv/exdev/run/pnpm12.3.4-hardlink/target/
      node_modules/.pnpm/exdev-pkg@1.0.0/node_modules/exdev-pkg/exdev_pkg/
      module_10.py": Too many links (os error 31)
"#;

#[test]
fn the_last_method_that_is_named_is_the_claim() {
    let heard = hear(TEN, "");
    assert_eq!(heard, Heard { strategy: Some(Strategy::HardLink), ..Heard::default() });
    assert_eq!(hear(&TEN.replace("hardlink", "clone"), "").strategy, Some(Strategy::Reflink));
    assert_eq!(hear("", TWELVE).strategy, Some(Strategy::HardLink));
    let first: Vec<_> = TWELVE.lines().take(2).collect();
    assert_eq!(hear("", &first.join("\n")).strategy, Some(Strategy::Copy));
}

#[test]
fn an_error_is_one_whatever_its_form() {
    let ten = hear(TEN_FAILED, "");
    assert!(ten.errors[0].starts_with("[importPackage /t/node_modules/.pnpm/exdev-pkg@1.0.0"), "{:?}", ten.errors);
    assert_eq!((ten.errno, ten.strategy), (Some(Errno::EOPNOTSUPP), None));
    let twelve = hear("", TWELVE_FAILED);
    assert_eq!(
        twelve.errors,
        ["installing dependencies: failed to import \"/c/v11/files/a5/6958\" to \"/t/METADATA\": \
          Operation not supported (os error 95)"]
    );
    assert_eq!(twelve.errno, Some(Errno::EOPNOTSUPP));
}

#[test]
fn prose_is_unwrapped() {
    let heard = hear("", WRAPPED);
    let hash = "2300e57206776e2317ad7a9386187197f5a5b12d43077301567d8bbef397809\
                7d742eb5a3cd4137d053134d5d51983901989f821985854f64a373b3b5a5499";
    let run = "/srv/exdev/run/pnpm12.3.4-hardlink";
    let to = "node_modules/.pnpm/exdev-pkg@1.0.0/node_modules/exdev-pkg/exdev_pkg/module_10.py";
    assert_eq!(
        heard.errors,
        [
            "installing dependencies".to_owned(),
            format!(
                "failed to import \"{run}/cache/v11/files/6d/{hash}\" to \"{run}/target/{to}\": Too many links (os error 31)"
            )
        ]
    );
    assert_eq!(heard.errno, Some(Errno::EMLINK));
    let broken = "Error:   × a\n  ╰─▶ failed to import \"/c/a\" to \"/t/a\": Operation\n      not permitted (os error 1)\n\nmore\n";
    let lines = ["a", "failed to import \"/c/a\" to \"/t/a\": Operation not permitted (os error 1)"];
    assert_eq!(hear("", broken).errors, lines);
}

#[test]
fn warnings_are_told_and_nothing_else_is() {
    let warned =
        r#"{"time":1,"hostname":"vm","pid":1,"level":"warn","name":"pnpm","message":"deprecated","prefix":"/t"}"#;
    assert_eq!(hear(warned, "").warnings, ["deprecated"]);
    for text in [
        "",
        "{",
        "[]",
        "7",
        "null",
        "{\"name\":7}",
        "Error:",
        "hardlink",
        "{\"name\":\"pnpm:progress\",\"method\":\"move\"}",
    ] {
        assert_eq!((hear(text, text).strategy, hear(text, text).errno), (None, None), "{text}");
    }
}
