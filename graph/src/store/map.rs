//! The one module with `unsafe`: mapping a file into memory.
//!
//! The fuzz targets `segment`, `store` and `views` write a file, map it through this module and read all
//! of it through its readers, under AddressSanitizer (`fuzz/run`). Miri cannot map files; what is `unsafe`
//! ends here, and the slices that are cut out of a map are checked ones.

use std::fs::File;
use std::io;
use std::path::Path;

/// A read-only map of a whole file; empty files map to an empty slice.
pub struct Map(Option<memmap2::Mmap>);

impl Map {
    /// Maps `path`.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Self(None));
        }
        // SAFETY: segment files are written once under a name of their own, renamed into place
        // and never changed or truncated afterwards; removal keeps the mapped inode alive. A
        // file that something else truncates while it is mapped raises SIGBUS, which no reader
        // of a memory map can rule out.
        #[expect(unsafe_code, reason = "memory mapping cannot be expressed safely")]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        Ok(Self(Some(map)))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or(&[])
    }
}
