//! Message files are part of the program: a changed or new one makes it new.

fn main() {
    println!("cargo::rerun-if-changed=../../locales");
}
