//! Taking a repository, or one view of it, out of the workspace.

use crate::build;
use crate::revision;
use crate::run::{self, IndexError, Options};
use qf_graph::store::Home;
use qf_graph::store::lock::WriterLock;
use qf_graph::store::manifest::Manifest;

/// Takes a repository out of the workspace, its views with it; `NAME@REV` drops one view. The
/// sources are not touched.
pub fn forget(home: &Home, name: &str, options: &Options) -> Result<u64, IndexError> {
    let _lock = WriterLock::acquire(home)?;
    run::pool(options)?.install(|| forget_locked(home, name, options))
}

fn forget_locked(home: &Home, name: &str, options: &Options) -> Result<u64, IndexError> {
    let mut manifest = Manifest::read(home)?;
    if manifest.recovered.is_none() && manifest.wrong_with_copy(home).is_some() {
        manifest.write_copy(home)?;
    }
    if !manifest.repositories.iter().any(|entry| entry.name == name) {
        if revision::drop_views(home, name)? == 0 {
            if !name.contains('@') {
                return Err(IndexError::Unknown { name: name.to_owned() });
            }
            revision::drop_view(home, &revision::find(home, name)?)?;
        }
        manifest.collect_garbage(home)?;
        return Ok(manifest.generation);
    }
    manifest.repositories.retain(|entry| entry.name != name);
    let generation = build::rebuild(home, &mut manifest, Vec::new(), false, options)?;
    if revision::drop_views(home, name)? > 0 {
        manifest.collect_garbage(home)?;
    }
    Ok(generation)
}
