//! Who provides and who requires which package, as manifests say: sides of the package channel.
//!
//! Links into packages are made where imports are bound; these sides are for questions about
//! packages, also about those that are not indexed. Manifests of tests, fixtures and examples are no
//! package that anybody gets.

use super::drift::is_beside;
use crate::assemble::Assembly;
use crate::resolve::{Target, World};
use qf_graph::Channel;
use qf_graph::store::links::KeyData;

/// The sides of all manifests.
pub(super) fn sides(world: &World<'_>, assembly: &Assembly) -> Vec<KeyData> {
    let mut sides = Vec::new();
    for (file, index) in world.files.iter().enumerate() {
        let facts = index.facts();
        let Some(manifest) = facts.manifest.as_ref().filter(|_| !is_beside(index)) else {
            continue;
        };
        let line = |name: &str| {
            let named = facts.definitions.iter().find(|definition| {
                definition.parent.is_some() && facts.text(definition.name) == name
            });
            named.map_or(1, |definition| facts.line(definition.name_span.start))
        };
        let (repository, symbol) = assembly.symbol(world, Target::Module(file as u32));
        let mut side = |name: &str, provides: bool, line: u32| {
            sides.push(KeyData {
                channel: Channel::Package,
                text: format!("{}:{name}", manifest.ecosystem),
                provides,
                repository,
                symbol,
                file: index.position,
                line,
                rule: format!("{}/manifest", manifest.ecosystem),
            });
        };
        if !manifest.name.is_empty() {
            side(&manifest.name, true, 1);
        }
        for (name, _) in &manifest.dependencies {
            side(name, false, line(name));
        }
    }
    sides
}
