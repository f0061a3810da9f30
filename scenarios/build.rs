//! The tests of reported cases are made from the files in `issues`, so a new file there is a change of the program.

fn main() {
    println!("cargo:rerun-if-changed=issues");
}
