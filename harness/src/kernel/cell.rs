//! One cell inside the agent: provision, prime, link, observe; and take everything down.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::agent::Agent;
use super::process::{self, Ran};
use super::wire::Record;
use crate::filesystem::{self, Cell, SetupError, provision};
use crate::linker::{Invocation, Linker, Place, Program, User};
use crate::observe::{Depth, Kind, Node, Tree, observe};
use crate::outcome::Seconds;
use crate::package::{Package, package, wheel};
use crate::pairing::Pairing;
use crate::probe;
use crate::scenario::{Identity, Scenario, Size};

/// The name of exdev itself among the programs.
const EXDEV: &str = "exdev";

impl Agent {
    /// Makes a pairing and takes it down; the seconds that making it took.
    pub(super) fn provision_only(&mut self, pairing: Pairing) -> Result<f64, SetupError> {
        let user = self.user(Identity::User)?;
        let start = Instant::now();
        let mut cell = provision(&mut self.workshop, pairing, Place::new(Size::Small), user)?;
        let took = start.elapsed().as_secs_f64();
        cell.settle(&self.workshop, &[])?;
        Ok(took)
    }

    /// Runs one scenario.
    pub(super) fn run(&mut self, scenario: &Scenario) -> Result<Record, SetupError> {
        let place = Place::new(scenario.package);
        let package = package(scenario.package);
        let user = self.user(scenario.identity)?;
        let adapter = scenario.linker.adapter();
        lay_out_package(place, package)?;
        lay_out_programs(&scenario.linker)?;
        lay_out_directories(place, user)?;

        let start = Instant::now();
        let mut cell = provision(&mut self.workshop, scenario.pairing, place, user)?;
        let provision = start.elapsed().as_secs_f64();
        let start = Instant::now();
        self.prime(&mut cell, &scenario.linker, place, package, user)?;
        let prime = start.elapsed().as_secs_f64();
        let cache_before = look(place.cache(), Depth::Bytes)?;
        let ran = run(&scenario.linker, &adapter.link(place, &scenario.mode), place, user)?;
        let seconds = Seconds { provision, prime, link: ran.took.as_secs_f64(), observe: 0.0 };
        self.record(&cell, place, package, user, cache_before, ran, seconds)
    }

    fn prime(
        &self,
        cell: &mut Cell,
        linker: &Linker,
        place: Place,
        package: &'static Package,
        user: User,
    ) -> Result<(), SetupError> {
        let ran = run(linker, &linker.adapter().prime(place), place, user)?;
        if !ran.exit.is_success() {
            return Err(SetupError::Program {
                program: "priming the cache",
                path: place.cache().to_path_buf(),
                said: format!("{}, {}", ran.exit, last_line(&ran.stderr)),
            });
        }
        empty(place.throwaway())?;
        let cache = look(place.cache(), Depth::Bytes)?;
        let cached: Vec<_> = package.cached(&cache).values().map(|path| place.cache().join(path)).collect();
        let cached: Vec<_> = cached.iter().map(PathBuf::as_path).collect();
        cell.settle(&self.workshop, &cached)
    }

    #[expect(clippy::too_many_arguments, reason = "the steps of one cell meet here")]
    fn record(
        &self,
        cell: &Cell,
        place: Place,
        package: &'static Package,
        user: User,
        cache_before: Tree,
        ran: Ran,
        seconds: Seconds,
    ) -> Result<Record, SetupError> {
        let start = Instant::now();
        let target = look(place.target(), Depth::Extents)?;
        let cache_after = look(place.cache(), Depth::Extents)?;
        let (cache_end, target_end) = cell.ends()?;
        let files: Vec<_> = package.cached(&cache_after).into_values().collect();
        let probe = probe::probe(place.cache(), &files, place.target(), user);
        self.tether.renew().map_err(SetupError::failed("stay tied to", "the client"))?;
        let probe = probe.map_err(SetupError::failed("probe", place.target()))?;
        let succeeded = ran.exit.is_success();
        let written_through = succeeded.then(|| write_through(place, &target, &cache_after)).transpose()?;
        let seconds = Seconds { observe: start.elapsed().as_secs_f64(), ..seconds };
        Ok(Record {
            exit: ran.exit,
            stdout: ran.stdout,
            stderr: ran.stderr,
            cache_before,
            cache_after,
            target,
            probe,
            written_through,
            cache_end,
            target_end,
            seconds,
        })
    }
}

/// Appends a byte to the files in the target, and names the cached files whose bytes that changed.
fn write_through(place: Place, target: &Tree, cache: &Tree) -> Result<Vec<String>, SetupError> {
    /// Enough to meet every strategy of a package; writing to each of 20,000 files would say no more.
    const MOST: usize = 64;
    let files: Vec<_> = target.iter().filter(|(_, node)| is_ours(node)).map(|(path, _)| path).collect();
    for path in files.iter().step_by(files.len().div_ceil(MOST).max(1)) {
        append(&place.target().join(path))?;
    }
    let after = look(place.cache(), Depth::Bytes)?;
    let changed = cache.iter().filter(|(path, node)| after.get(*path).is_none_or(|now| now.sha256() != node.sha256()));
    Ok(changed.map(|(path, _)| path.clone()).collect())
}

/// A regular file, or a symlink into the cache. Others may lead anywhere: that of a virtual environment to the interpreter.
fn is_ours(node: &Node) -> bool {
    match &node.kind {
        Kind::File { .. } => true,
        Kind::Symlink { to } => to.starts_with(Place::cache_prefix()),
        Kind::Directory | Kind::Other => false,
    }
}

fn append(path: &Path) -> Result<(), SetupError> {
    use std::io::Write;
    let opened = fs::OpenOptions::new().append(true).open(path);
    match opened.and_then(|mut file| file.write_all(b"\n")) {
        // What cannot be written to (immutable, dangling) cannot be written through, either.
        Err(error) if !matches!(error.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::NotFound) => {
            Err(SetupError::failed("write to", path)(error))
        }
        _ => Ok(()),
    }
}

fn look(path: &Path, depth: Depth) -> Result<Tree, SetupError> {
    Ok(observe(path, depth)?)
}

fn run(linker: &Linker, invocation: &Invocation, place: Place, user: User) -> Result<Ran, SetupError> {
    let program = Path::new(Place::PROGRAMS).join(match invocation.program {
        Program::Exdev => EXDEV.to_owned(),
        Program::Linker => linker.program_name(),
    });
    process::run(&program, invocation, place, user).map_err(SetupError::failed("run", &program))
}

fn last_line(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim()
}

/// The package as a tree and as a wheel, made once per agent.
fn lay_out_package(place: Place, package: &Package) -> Result<(), SetupError> {
    if place.package().exists() {
        return Ok(());
    }
    let create = |path: &Path| fs::create_dir_all(path).map_err(SetupError::failed("create", path));
    create(&place.tree())?;
    create(&place.wheels())?;
    package.write(&place.tree())?;
    wheel(package, &place.wheels())?;
    Ok(())
}

/// exdev itself and the linker's program, under names that every user can reach.
fn lay_out_programs(linker: &Linker) -> Result<(), SetupError> {
    let own = std::env::current_exe().map_err(SetupError::failed("find", "/proc/self/exe"))?;
    let programs = [Some((own, EXDEV.to_owned())), linker.program.clone().map(|path| (path, linker.program_name()))];
    for (from, name) in programs.into_iter().flatten() {
        let at = Path::new(Place::PROGRAMS).join(name);
        if !at.exists() {
            fs::File::create(&at).map_err(SetupError::failed("create", &at))?;
            filesystem::show(&from, &at)?;
        }
    }
    for name in linker.adapter().needs() {
        let at = Path::new(Place::PROGRAMS).join(name);
        if !at.exists() {
            // A link rather than a bind mount: an interpreter finds its library from where its program really is.
            symlink(filesystem::find(name)?, &at).map_err(SetupError::failed("create", &at))?;
        }
    }
    Ok(())
}

/// Home and temporary directories, empty and owned by the linker's user.
fn lay_out_directories(place: Place, user: User) -> Result<(), SetupError> {
    for directory in [place.home(), place.temporary(), place.throwaway()] {
        empty(directory)?;
        fs::create_dir(directory).map_err(SetupError::failed("create", directory))?;
        chown(directory, Some(user.uid), Some(user.gid))
            .map_err(SetupError::failed("change the owner of", directory))?;
    }
    Ok(())
}

fn empty(directory: &Path) -> Result<(), SetupError> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(SetupError::failed("remove", directory)(error))
        }
        _ => Ok(()),
    }
}
