//! A small disk of its own: a file system in a file, where the tests may mount one.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::embedded::scratch;

/// Mounted until it is dropped.
pub(crate) struct Disk {
    _image: tempfile::TempDir,
    image: PathBuf,
    place: PathBuf,
}

/// Cuts the power of a disk.
pub(crate) struct Cutter(Child);

impl Cutter {
    /// What was not synced is gone, what the file system kept in memory included. `false` where that cannot
    /// be asked for.
    pub(crate) fn cut(mut self) -> bool {
        self.0.stdin.take().unwrap().write_all(b"\n").unwrap();
        self.0.wait().unwrap().success()
    }
}

fn run(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

impl Disk {
    /// `None`, and a word on stderr, where it cannot be: it takes root, `mkfs.ext4` and loop devices.
    pub(crate) fn new(megabytes: u64) -> Option<Self> {
        let folder = scratch();
        let image = folder.path().join("image");
        let place = folder.path().join("disk");
        std::fs::create_dir(&place).unwrap();
        let file = std::fs::File::create(&image).unwrap();
        file.set_len(megabytes << 20).unwrap();
        let disk = Self {
            image,
            place,
            _image: folder,
        };
        if !run("mkfs.ext4", &["-q", "-F", "-m", "0", disk.image.to_str()?]) || !disk.mount() {
            eprintln!("skipped: no file system can be mounted here");
            return None;
        }
        Some(disk)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.place
    }

    fn mount(&self) -> bool {
        let (image, place) = (self.image.to_str().unwrap(), self.place.to_str().unwrap());
        run("mount", &["-o", "loop", image, place])
    }

    /// Gets ready to cut the power at once.
    pub(crate) fn cutter(&self) -> Cutter {
        // EXT4_IOC_SHUTDOWN with NOLOGFLUSH, as xfstests does.
        let program = "import fcntl,os,struct,sys\n\
            disk = os.open(sys.argv[1], os.O_RDONLY)\n\
            print('ready', flush=True)\n\
            sys.stdin.readline()\n\
            fcntl.ioctl(disk, 0x8004587d, struct.pack('I', 2))";
        let mut child = Command::new("python3")
            .args(["-c", program])
            .arg(&self.place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        Cutter(child)
    }

    /// Mounts it again.
    pub(crate) fn restart(&self) {
        assert!(run("umount", &[self.place.to_str().unwrap()]));
        assert!(self.mount());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["-l", self.place.to_str().unwrap()]);
    }
}
