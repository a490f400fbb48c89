//! Who provides and who requires which package, as manifests say: sides of the package channel.
//!
//! Links into packages are made where imports are bound; these sides are for questions about
//! packages, also about those that are not indexed. Manifests of tests, fixtures and examples are no
//! package that anybody gets.

use super::brought::ManifestRow;
use super::drift::is_beside;
use super::place;
use crate::assemble::Assembly;
use crate::resolve::World;
use qf_graph::Channel;
use qf_graph::facts::ByteRange;
use qf_graph::store::links::KeyData;

/// The manifest of a file, when it has one that counts.
pub(super) fn manifest(world: &World<'_>, assembly: &Assembly, file: u32) -> Option<ManifestRow> {
    let index = world.file(file);
    let facts = index.facts();
    let manifest = facts.manifest.as_ref().filter(|_| !is_beside(index))?;
    let line = |name: &str| {
        let named = facts
            .definitions
            .iter()
            .find(|definition| definition.parent.is_some() && facts.text(definition.name) == name);
        named.map_or(1, |definition| facts.line(definition.name_span.start))
    };
    let required = manifest.dependencies.iter();
    Some(ManifestRow {
        ecosystem: manifest.ecosystem.clone(),
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        place: place(world, assembly, (file, None, ByteRange::default())),
        dependencies: required
            .map(|(name, wanted)| (name.clone(), wanted.clone(), line(name)))
            .collect(),
    })
}

/// The sides of a manifest.
pub(super) fn keys(manifest: &ManifestRow) -> impl Iterator<Item = KeyData> + '_ {
    let place = &manifest.place;
    let side = move |name: &str, provides: bool, line: u32| KeyData {
        channel: Channel::Package,
        text: format!("{}:{name}", manifest.ecosystem),
        provides,
        repository: place.repository,
        symbol: place.symbol,
        file: place.file,
        line,
        rule: format!("{}/manifest", manifest.ecosystem),
    };
    let own = (!manifest.name.is_empty()).then(|| side(&manifest.name, true, 1));
    let required = manifest.dependencies.iter();
    own.into_iter().chain(required.map(move |(name, _, line)| side(name, false, *line)))
}
