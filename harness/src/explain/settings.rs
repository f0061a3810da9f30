//! The settings by which linkers can be told where to put things: what advice ends in.

use std::path::Path;

use crate::reason::Reason;

/// A linker's settings.
struct Settings {
    program: &'static str,
    cache: &'static str,
    target: &'static str,
    copies: &'static str,
}

const KNOWN: [Settings; 5] = [
    Settings {
        program: "uv",
        cache: "UV_CACHE_DIR (or --cache-dir)",
        target: "UV_PROJECT_ENVIRONMENT",
        copies: "UV_LINK_MODE=copy",
    },
    Settings { program: "pnpm", cache: "store-dir (--store-dir)", target: "", copies: "package-import-method=copy" },
    Settings { program: "bun", cache: "BUN_INSTALL_CACHE_DIR", target: "", copies: "--backend=copyfile" },
    Settings { program: "deno", cache: "DENO_DIR", target: "", copies: "" },
    Settings { program: "yarn", cache: "globalFolder (YARN_GLOBAL_FOLDER)", target: "", copies: "nmMode: classic" },
];

/// The name of the program, if its settings are known.
pub fn linker(command: &[String]) -> Option<String> {
    settings(command).map(|settings| settings.program.to_owned())
}

/// What to change, of this linker's settings, so that the strategy is not refused for this reason. `to` is where it placed things.
pub fn advice(command: &[String], reason: &Reason, to: &str) -> Vec<String> {
    let Some(settings) = settings(command) else { return Vec::new() };
    if !is_boundary(reason) {
        return Vec::new();
    }
    let mut advice = Vec::new();
    if settings.program == "uv"
        && let Some((before, _)) = to.split_once("/uv/tools/")
    {
        advice.push(format!(
            "uv puts tools into {before}/uv/tools unless UV_TOOL_DIR says otherwise (UV_TOOL_BIN_DIR is for their executables \
             alone): set UV_TOOL_DIR to a directory beside the cache"
        ));
    } else if !settings.target.is_empty() {
        advice.push(format!("set {} to a directory beside the cache", settings.target));
    }
    advice.push(format!("set {} to a directory beside the target", settings.cache));
    if !settings.copies.is_empty() {
        advice.push(format!("if copies are what you want, {} asks for them without a try", settings.copies));
    }
    advice
}

fn settings(command: &[String]) -> Option<&'static Settings> {
    let program = Path::new(command.first()?).file_name()?.to_str()?;
    KNOWN.iter().find(|settings| settings.program == program)
}

/// Whether it is the two places that do not go together.
const fn is_boundary(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::DifferentFilesystems { .. }
            | Reason::AnotherMount { .. }
            | Reason::Subvolume
            | Reason::Project
            | Reason::Exports { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_tools_directory_has_a_setting_of_its_own() {
        let exports = Reason::Exports { cache: "srv:/data".to_owned(), target: "srv:/home".to_owned() };
        let to = "~/.local/share/uv/tools/x/lib/python3.12/site-packages/a.py";
        let advice = advice(&command("/usr/bin/uv tool install x"), &exports, to);
        assert_eq!(
            advice,
            [
                "uv puts tools into ~/.local/share/uv/tools unless UV_TOOL_DIR says otherwise (UV_TOOL_BIN_DIR is for their \
                 executables alone): set UV_TOOL_DIR to a directory beside the cache",
                "set UV_CACHE_DIR (or --cache-dir) to a directory beside the target",
                "if copies are what you want, UV_LINK_MODE=copy asks for them without a try",
            ]
        );
    }

    #[test]
    fn settings_help_where_two_places_do_not_go_together() {
        let reflinks = Reason::NoReflinks { kind: "ext4".to_owned() };
        assert_eq!(advice(&command("uv sync"), &reflinks, "/t/a"), [""; 0]);
        assert_eq!(advice(&command("cp -al a b"), &Reason::Project, "/t/a"), [""; 0]);
        assert_eq!(
            advice(&command("bun install"), &Reason::Subvolume, "/t/a"),
            [
                "set BUN_INSTALL_CACHE_DIR to a directory beside the target",
                "if copies are what you want, --backend=copyfile asks for them without a try"
            ]
        );
        assert_eq!((linker(&command("/opt/pnpm i")), linker(&command("cp a b"))), (Some("pnpm".to_owned()), None));
    }
}
