//! `exdev registry`, as a linker meets it.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use assert_fs::TempDir;
use exdev::package::{Form, Size, package};
use exdev::pairing::Names;
use rstest::rstest;

use crate::exdev::{Exdev, exdev};

/// The package, a port, and a run of the registry that listens there.
fn registry(program: &str) -> (TempDir, u16, Exdev) {
    let packed = TempDir::new().unwrap();
    Form::Npm.write(package(Size::Small, Names::POSIX), packed.path()).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let exdev = exdev(["registry", packed.path().to_str().unwrap(), "--", program]).on(listener);
    (packed, port, exdev)
}

/// Fetches the package as npm does, and prints what an assertion would not say.
const CLIENT: &str = "
import base64, hashlib, io, json, sys, tarfile, urllib.error, urllib.request

def get(path, accept='*/*', method='GET'):
    request = urllib.request.Request(sys.argv[1] + path, headers={'Accept': accept}, method=method)
    try:
        response = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        body = response.read()
        assert method == 'HEAD' or int(response.headers['Content-Length']) == len(body)
        return response.status, response.headers['Content-Type'], body

abbreviated = 'application/vnd.npm.install-v1+json'
status, kind, body = get('/exdev-pkg', abbreviated + '; q=1.0, application/json; q=0.8, */*')
short = json.loads(body)
print(status, kind, *sorted(short))
status, kind, body = get('/exdev-pkg')
full = json.loads(body)
print(status, kind, *sorted(full))
assert short['versions'] == full['versions']
dist = full['versions'][full['dist-tags']['latest']]['dist']
assert dist['tarball'] == sys.argv[1] + '/exdev-pkg/-/exdev-pkg-1.0.0.tgz'
status, kind, tarball = get(dist['tarball'][len(sys.argv[1]):])
assert dist['integrity'] == 'sha512-' + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
assert dist['shasum'] == hashlib.sha1(tarball).hexdigest()
files = tarfile.open(fileobj=io.BytesIO(tarball)).getmembers()
assert all(file.name.startswith('package/') and file.isreg() for file in files)
print(status, kind, len(files))
for path, method in [('/', 'GET'), ('/exdev-pkg/', 'GET'), ('/other', 'GET'), ('/exdev-pkg', 'PUT')]:
    status, kind, body = get(path, method=method)
    print(method, path, status, json.loads(body))
print(*get('/exdev-pkg', method='HEAD'))
print(repr(sys.stdin.read()))
";

#[test]
fn the_package_is_there_and_nothing_else() {
    let (_packed, port, exdev) = registry("python3");
    let ran = exdev.args(["-c", CLIENT, &format!("http://127.0.0.1:{port}")]).run();
    assert_eq!(ran.told(0), "");
    assert_eq!(
        ran.stdout,
        "200 application/vnd.npm.install-v1+json dist-tags modified name versions\n\
         200 application/json _id dist-tags modified name time versions\n\
         200 application/octet-stream 35\n\
         GET / 404 {'error': 'not found'}\n\
         GET /exdev-pkg/ 404 {'error': 'not found'}\n\
         GET /other 404 {'error': 'not found'}\n\
         PUT /exdev-pkg 404 {'error': 'not found'}\n\
         200 application/json b''\n\
         ''\n"
    );
    let refused = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[rstest]
#[case::a_success("exit 0", 0)]
#[case::a_failure("exit 7", 7)]
#[case::a_signal("kill -SEGV $$", 139)]
fn it_ends_as_the_command_does(#[case] script: &str, #[case] code: i32) {
    let (_packed, _, exdev) = registry("sh");
    assert_eq!(exdev.args(["-c", script]).run().told(code), "");
}

#[test]
fn a_command_that_is_not_there_is_said_to() {
    let (_packed, _, exdev) = registry("/nowhere/linker");
    let told = "exdev: failed to run /nowhere/linker: No such file or directory (os error 2)\n";
    assert_eq!(exdev.run().told(127), told);
}

#[test]
fn without_a_socket_or_a_package_nothing_is_run() {
    let socket = "exdev: standard input is not a socket that listens; exdev starts registries itself\n";
    assert_eq!(exdev(["registry", "/", "--", "true"]).run().told(2), socket);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let package = "exdev: failed to find the package in /: No such file or directory (os error 2)\n";
    assert_eq!(exdev(["registry", "/", "--", "true"]).on(listener).run().told(69), package);
}
