//! Extended attributes: labels, capabilities and access lists that a file carries beside its bytes.
//!
//! What the system keeps for itself (`security.selinux`) is not ours to copy, and a file system that
//! has none says so for every file; neither is an error.

use rustix::fs::{XattrFlags, lgetxattr, llistxattr, lremovexattr, lsetxattr};
use std::path::Path;

/// Attributes whose value comes from a policy of the system.
const OF_THE_SYSTEM: [&[u8]; 2] = [b"security.selinux", b"system.nfs4_acl"];

/// All attributes of a path that is no symbolic link, sorted by name.
pub fn read(path: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut names = vec![0_u8; 1024];
    let length = match llistxattr(path, &mut names[..]) {
        Ok(0) => return Vec::new(),
        Ok(length) => length,
        Err(rustix::io::Errno::RANGE) => {
            names.resize(1 << 16, 0);
            llistxattr(path, &mut names[..]).unwrap_or(0)
        }
        Err(_) => return Vec::new(),
    };
    let mut attributes: Vec<(Vec<u8>, Vec<u8>)> = names[..length]
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty() && !OF_THE_SYSTEM.contains(name))
        .filter_map(|name| Some((name.to_vec(), value(path, name)?)))
        .collect();
    attributes.sort();
    attributes
}

fn value(path: &Path, name: &[u8]) -> Option<Vec<u8>> {
    let mut value = vec![0_u8; 1 << 16];
    let length = lgetxattr(path, name, &mut value[..]).ok()?;
    value.truncate(length);
    Some(value)
}

/// Makes a path have these attributes and no others.
pub fn write(path: &Path, wanted: &[(Vec<u8>, Vec<u8>)]) -> std::io::Result<()> {
    let there = read(path);
    for (name, _) in &there {
        if !wanted.iter().any(|(other, _)| other == name) {
            lremovexattr(path, name.as_slice())?;
        }
    }
    for attribute in wanted {
        if !there.contains(attribute) {
            lsetxattr(path, attribute.0.as_slice(), &attribute.1, XattrFlags::empty())?;
        }
    }
    Ok(())
}
