//! `composer.json`.

use super::{add, depend, empty};
use crate::extract::data::{self, Datum};
use qf_graph::facts::PackageManifest;

/// Reads a Composer manifest; aliases are the PSR-4 namespace prefixes with their folders.
pub fn composer(text: &str) -> PackageManifest {
    let data = data::json(text);
    let mut manifest = empty("composer");
    data.text_of("name").clone_into(&mut manifest.name);
    data.text_of("version").clone_into(&mut manifest.version);
    for section in ["require", "require-dev"] {
        for pair in data.get(section).into_iter().flat_map(Datum::pairs) {
            depend(&mut manifest, &pair.key, pair.value.text().unwrap_or(""));
        }
    }
    for section in ["autoload", "autoload-dev"] {
        for standard in ["psr-4", "psr-0"] {
            for pair in data.at(&[section, standard]).into_iter().flat_map(Datum::pairs) {
                for folder in pair.value.texts() {
                    add(&mut manifest.aliases, pair.key.as_str(), folder);
                }
            }
        }
        for folder in data.at(&[section, "classmap"]).map(Datum::texts).unwrap_or_default() {
            add(&mut manifest.entries, "", folder);
        }
    }
    manifest
}
