//! What a linker gets of calls that are watched: what it would get if they were not.
//!
//! Each test runs a program of Python as the linker. Its cache and its target are in `cache` and `target`, and what it prints is
//! what is asserted on.

use assert_fs::TempDir;
use exdev::outcome::{Attempt, Exit, Outcome, Report};
use exdev::trace::Class;
use rstest::rstest;

use crate::exdev::{exdev, within};
use crate::own_build::{build, ran_in};

/// What every program begins with: calls that Python has no function for, by their numbers where those differ.
const BEGIN: &str = r"
import ctypes, errno, functools, os, resource, signal, struct, subprocess, sys, threading
cache, target = sys.argv[1:]
print = functools.partial(print, flush=True)
libc = ctypes.CDLL(None, use_errno=True)
HERE, FOLLOW = -100, 0x400

def name(result):
    return errno.errorcode[ctypes.get_errno()] if result < 0 else result

def call(function, *arguments):
    return name(getattr(libc, function)(*arguments))

def number(number, *arguments):
    return name(libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]))

def link(origin, to):
    return call('link', origin.encode(), to.encode())

def all_files(folder):
    return sorted(os.path.join(root, file) for root, _, files in os.walk(folder) for file in files)

def child(work):
    process = os.fork()
    if process == 0:
        work()
        os._exit(0)
    return process

def wait(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

os.chdir(target)
first = all_files(cache)[0]
";

/// A program of Python as a linker.
fn linker(folder: &TempDir, program: &str) -> String {
    build(folder, "uv", &format!("/exdev/bin/python3 - $cache $target <<'END'\n{BEGIN}\n{program}\nEND"))
}

/// What came of a program of Python, run as the linker with these options.
fn ran<const N: usize>(program: &str, options: [&str; N]) -> Outcome {
    let folder = TempDir::new().unwrap();
    let linker = linker(&folder, program);
    let ran = exdev(["run", "--pairing=tmpfs", "--jobs=1", "--json", "--linker", &linker]).args(options).run();
    let report = serde_json::from_str(&ran.stdout);
    let mut report: Report = report.unwrap_or_else(|error| panic!("{error}: {}", ran.stdout));
    let outcome = report.outcomes.pop().unwrap_or_else(|| panic!("{}", ran.stdout));
    assert_eq!(outcome.exit, Exit::Code(0), "{}", outcome.output);
    outcome
}

/// What a program prints.
fn said(program: &str) -> String {
    ran(program, []).output
}

fn links(attempts: &[Attempt]) -> Vec<(String, usize)> {
    let links = attempts.iter().filter(|attempt| attempt.class == Class::Link.name());
    links.map(|attempt| (attempt.result.clone(), attempt.count)).collect()
}

#[test]
fn a_fault_is_in_one_call_of_all_threads_and_processes() {
    let program = r"
got = []
def many(by):
    for at in range(50):
        got.append(link(first, f'{by}.{at}'))
threads = [threading.Thread(target=many, args=(f'thread{at}',)) for at in range(8)]
def in_child():
    many(os.getpid())
    print(*[result for result in got if result], end='')
children = [child(in_child) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
[wait(process) for process in children]
print(*[result for result in got if result], end='')
";
    let outcome = ran(program, ["--fault", "link#300=EIO"]);
    assert_eq!(outcome.output, "EIO");
    assert_eq!(links(&outcome.attempts), [("EIO".to_owned(), 1), ("ok".to_owned(), 599)]);
}

#[test]
fn no_call_is_made_twice_or_lost_while_signals_come() {
    let program = r"
signal.signal(signal.SIGALRM, lambda *_: None)
signal.siginterrupt(signal.SIGALRM, False)
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
got = {link(first, str(at)) for at in range(5000)}
opened = {type(number(2, str(at).encode() + b'n', os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)) for at in range(500)}
signal.setitimer(signal.ITIMER_REAL, 0)
print(got, opened, os.stat(first).st_nlink, len(os.listdir('/proc/self/fd')) > 500)
";
    let outcome = ran(program, []);
    assert_eq!(outcome.output, "{0} {<class 'int'>} 5001 True\n");
    assert_eq!(links(&outcome.attempts), [("ok".to_owned(), 5000)]);
}

#[test]
fn what_is_wrong_with_a_call_is_what_the_kernel_finds_first() {
    let program = r"
bad = ctypes.c_void_p(8)
path = first.encode()
print(call('link', None, b'a'), call('link', path, bad), call('link', path, b''), call('link', path, b'x' * 5000))
print(call('linkat', 999, b'a', HERE, b'a', 0), call('linkat', 999, None, HERE, b'a', 0))
print(call('linkat', 999, path, 998, os.path.abspath('absolute').encode(), 0))
print(call('linkat', HERE, path, os.open('.', os.O_PATH), b'handle', 0), call('link', path, b'\xff'))
print(call('symlink', b'', b'a'), call('mkdir', bad, 0o700), call('chmod', None, 0), call('openat', HERE, bad, 0o101, 0o600))
flags = struct.pack('QQQ', os.O_CREAT | os.O_WRONLY | 1 << 40, 0o600, 0)
print(number(437, HERE, b'a', ctypes.c_char_p(flags), 24), os.path.exists('a'))
print(number(-86, path, b'negative'), os.path.exists('negative'))
";
    let outcome = ran(program, []);
    let expected = "EFAULT EFAULT ENOENT ENAMETOOLONG\nEBADF EFAULT\n0\n0 0\nENOENT EFAULT EFAULT EFAULT\nEINVAL False\nENOSYS False\n";
    assert_eq!(outcome.output, expected);
    let unseen: Vec<_> = outcome.last_calls.iter().filter(|line| line.contains("not seen")).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn a_path_through_the_process_itself_leads_to_its_own_files() {
    let program = r"
file = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)
os.write(file, b'it is this one')
way = f'/proc/self/fd/{file}'
os.symlink(way, 'way')
os.symlink('/dev/stdout', 'output')
for at, path in enumerate([way, f'//proc/./self/fd/{file}', 'way', f'/dev/fd/{file}']):
    print(call('linkat', HERE, path.encode(), HERE, f'named{at}'.encode(), FOLLOW))
print(*[open(f'named{at}').read() == 'it is this one' for at in range(4)])
with open('output', 'a') as output:
    output.write('to its own output\n')
";
    assert_eq!(said(program), "0\n0\n0\n0\nTrue True True True\nto its own output\n");
}

#[test]
fn each_process_has_its_own_directory_and_umask() {
    let program = r"
def work(at):
    os.mkdir(f'd{at}')
    os.chdir(f'd{at}')
    os.umask(at)
    os.link(first, 'l')
    os.close(os.open('f', os.O_CREAT | os.O_WRONLY, 0o666))
    os.mkdir('m')
[wait(process) for process in [child(lambda: work(at)) for at in range(64)]]
right = [os.path.samefile(first, f'd{at}/l') for at in range(64)]
modes = [os.stat(f'd{at}/{made}').st_mode & 0o777 == bits & ~at for at in range(64) for made, bits in [('f', 0o666), ('m', 0o777)]]
started = [subprocess.run(['ln', first, 'started'], cwd=f'd{at}').returncode for at in range(8)]
print(all(right), all(modes), started, all(os.path.exists(f'd{at}/started') for at in range(8)))
";
    assert_eq!(said(program), "True True [0, 0, 0, 0, 0, 0, 0, 0] True\n");
}

/// Guests have a kernel that does not tell which call a thread is in.
#[rstest]
fn a_directory_that_another_thread_changes_is_never_taken_for_the_old_one(#[values("host", "uml")] kernel: &str) {
    let program = r"
wrong = 0
for at in range(200):
    os.mkdir(f'{target}/d{at}')
    go = threading.Event()
    def work():
        while not go.is_set():
            call('unlink', b'nothing')
        return link(first, 'here')
    thread = threading.Thread(target=work)
    thread.start()
    os.chdir(f'{target}/d{at}')
    go.set()
    thread.join()
    wrong += not os.path.exists(f'{target}/d{at}/here')
print(wrong)
";
    let folder = TempDir::new().unwrap();
    if let Some(outcome) = ran_in(kernel, "user", within(&[]), &linker(&folder, program)) {
        assert_eq!(outcome.output, "0\n");
    }
}

#[test]
fn limits_are_the_linkers_own() {
    let program = r"
size = 1000
open('from', 'wb').write(b'x' * 5000)
origin, to = os.open('from', os.O_RDONLY), os.open('to', os.O_CREAT | os.O_RDWR, 0o600)
signal.signal(signal.SIGXFSZ, lambda *_: print('SIGXFSZ'))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
for _ in range(2):
    print(number(326, origin, None, to, None, 4000, 0), os.fstat(to).st_size)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(number(326, origin, None, to, None, 4000, 0))
resource.setrlimit(resource.RLIMIT_NOFILE, (to + 3, 4096))
results = [call('open', f'n{at}'.encode(), os.O_CREAT | os.O_WRONLY, 0o600) for at in range(4)]
print(results[2:], [os.path.exists(f'n{at}') for at in range(4)])
";
    let expected = "1000 1000\nSIGXFSZ\nEFBIG 1000\n4000\n['EMFILE', 'EMFILE'] [True, True, False, False]\n";
    assert_eq!(said(program), expected);
}

#[test]
fn a_program_that_was_just_written_can_be_executed() {
    let program = r"
text = open('/bin/true', 'rb').read()
stop = threading.Event()
def noise():
    while not stop.is_set():
        with open('noise', 'wb') as file:
            os.fchmod(file.fileno(), 0o755)
thread = threading.Thread(target=noise)
thread.start()
busy = 0
for at in range(100):
    with open(f'p{at}', 'wb') as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o755)
    def execute():
        try:
            os.execv(f'p{at}', ['p'])
        except OSError as error:
            os._exit(error.errno)
    busy += wait(child(execute)) != 0
stop.set()
thread.join()
print(busy)
";
    assert_eq!(said(program), "0\n");
}

#[test]
fn a_process_that_is_killed_leaves_what_it_has_done() {
    let program = r"
def forever(at):
    made = 0
    while True:
        os.link(first, f'{at}.{made}')
        made += 1
for at in range(10):
    process = child(lambda: forever(at))
    while not os.path.exists(f'{at}.3'):
        pass
    os.kill(process, signal.SIGKILL)
    wait(process)
# One after the other is served: when this link is made, so is that of whoever was killed in the middle of it.
last = link(first, 'last')
print(os.stat(first).st_nlink == len(all_files(target)) + 1, last)
";
    assert_eq!(said(program), "True 0\n");
}

/// Landlock, by the numbers of its system calls, which are the same everywhere; and a directory on either side of a border.
const LANDLOCK: &str = r"
MAKE_AND_REMOVE = 0x1ff0
def restrict(*folders):
    ruleset = libc.syscall(444, ctypes.c_char_p(struct.pack('QQQ', MAKE_AND_REMOVE, 0, 0)), ctypes.c_long(24), ctypes.c_long(0))
    for folder in folders:
        rule = struct.pack('Qi', MAKE_AND_REMOVE, os.open(folder, os.O_PATH))
        libc.syscall(445, ctypes.c_long(ruleset), ctypes.c_long(1), ctypes.c_char_p(rule), ctypes.c_long(0))
    return number(446, ruleset, 0)
if libc.syscall(444, None, ctypes.c_long(0), ctypes.c_long(1)) < 1:
    print('no Landlock')
    sys.exit()
os.mkdir('a')
os.mkdir('b')
open('a/f', 'w').close()
";

#[test]
fn a_linker_in_a_sandbox_is_refused_what_the_sandbox_refuses() {
    let program = r"
hear, tell = os.pipe()
def older():
    os.read(hear, 1)
    print('older', link('a/f', 'b/older'))
before = child(older)
print(number(446, 999, 0), link('a/f', 'b/before'))
print(restrict('.'))
print(link('a/f', 'b/after'), link('a/f', 'a/after'), call('rename', b'a/after', b'b/after'), call('mkdir', b'/exdev/tmp/outside', 0o700))
os.write(tell, b'.')
wait(before)
wait(child(lambda: print('child', link('a/f', 'b/child'), link('a/f', 'a/child'))))
print(subprocess.run(['ln', 'a/f', 'b/ln'], stderr=subprocess.DEVNULL).returncode, subprocess.run(['ln', 'a/f', 'a/ln']).returncode)
print(restrict('a'))
print(call('mkdir', b'b/d', 0o700), call('mkdir', b'a/d', 0o700))
def alone():
    print('alone', restrict(), call('mkdir', b'a/alone', 0o700))
thread = threading.Thread(target=alone)
thread.start()
thread.join()
print('others', call('mkdir', b'a/others', 0o700))
";
    let expected =
        "EBADF 0\n0\nEXDEV 0 EXDEV EACCES\nolder 0\nchild EXDEV 0\n1 0\n0\nEACCES 0\nalone 0 EACCES\nothers 0\n";
    let output = said(&[LANDLOCK, program].concat());
    assert!(output == expected || output == "no Landlock\n", "{output}");
}

#[test]
fn a_refusal_by_a_sandbox_is_seen_with_its_errno() {
    let outcome = ran(&[LANDLOCK, "restrict('.')\nprint(link('a/f', 'b/f'))"].concat(), []);
    if outcome.output != "no Landlock\n" {
        assert_eq!(outcome.output, "EXDEV\n");
        assert_eq!(
            outcome.last_calls.last().unwrap(),
            "link#1 /exdev/cell/target/a/f -> /exdev/cell/target/b/f: EXDEV"
        );
    }
}

#[test]
fn a_linker_that_hides_is_watched_nevertheless() {
    let program = r"
libc.prctl(4, 0, 0, 0, 0)
print(link(first, 'hidden'), link(first, 'hidden'))
";
    let outcome = ran(program, []);
    assert_eq!(outcome.output, "0 EEXIST\n");
    assert_eq!(links(&outcome.attempts), [("EEXIST".to_owned(), 1), ("ok".to_owned(), 1)]);
}

#[test]
fn a_root_linker_that_becomes_another_user_has_that_users_rights() {
    let program = r"
os.chmod('.', 0o777)
open('own', 'w').close()
os.chmod('own', 0o600)
def other():
    os.setgroups([])
    os.setgid(59998)
    os.setuid(59998)
    print(call('chmod', b'own', 0o666), call('mkdir', b'd', 0o700), os.stat('d').st_uid, call('open', b'own', os.O_WRONLY, 0))
wait(child(other))
print(link('own', 'linked'), call('chmod', b'own', 0o640), oct(os.stat('own').st_mode))
os.seteuid(59998)
print(call('mkdir', b'e', 0o700), os.stat('e').st_uid)
";
    let folder = TempDir::new().unwrap();
    let Some(outcome) = ran_in("host", "root", within(&[]), &linker(&folder, program)) else { return };
    assert_eq!(outcome.output, "EPERM 0 59998 EACCES\n0 0 0o100640\n0 59998\n");
    let unseen: Vec<_> = outcome.last_calls.iter().filter(|line| line.contains("not seen")).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

/// Each opens something that is not a file, and must neither wait nor get anything but its own.
#[rstest]
#[case::null("print(type(call('open', b'/dev/null', os.O_WRONLY)))", "<class 'int'>\n")]
#[case::pipe("os.mkfifo('p'); print(call('open', b'p', os.O_WRONLY | os.O_NONBLOCK))", "ENXIO\n")]
#[case::terminal("print(call('open', b'/dev/tty', os.O_RDWR))", "ENXIO\n")]
#[case::kernel(
    "f = os.open('/proc/self/comm', os.O_WRONLY); os.write(f, b'me'); print(open('/proc/self/comm').read().strip())",
    "me\n"
)]
#[case::both_ends(
    "os.mkfifo('p'); c = child(lambda: os.write(os.open('p', os.O_WRONLY), b'x')); print(open('p').read()); wait(c)",
    "x\n"
)]
fn what_is_no_file_is_opened_by_the_linker_itself(#[case] program: &str, #[case] expected: &str) {
    assert_eq!(said(program), expected);
}
