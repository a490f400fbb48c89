//! The JSON Schemas of what `--json` prints, made from the types themselves.
//!
//! Programs that read answers want to be told when the form changes; the schemas are committed in
//! `query/schema/`, and a test says when one differs from the types.

use crate::answer::Answer;
use crate::context::Pack;
use crate::diff::Diff;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::Value;

/// The schemas by name.
pub fn all() -> [(&'static str, Value); 3] {
    [
        ("answer", generator().into_root_schema_for::<Answer>().to_value()),
        ("context", generator().into_root_schema_for::<Pack>().to_value()),
        ("diff", generator().into_root_schema_for::<Diff>().to_value()),
    ]
}

/// What is written, not what may be read: fields that may be left out are not required.
fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

#[cfg(test)]
mod tests {
    use super::all;
    use std::path::Path;

    /// `QF_BLESS=1 cargo test -p qf-query schemas` writes them.
    #[test]
    fn committed_schemas_are_those_of_the_types() {
        for (name, schema) in all() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("schema")
                .join(format!("{name}.schema.json"));
            let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
            if std::env::var_os("QF_BLESS").is_some() {
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(&path, &text).expect("to write it");
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "QF_BLESS=1 cargo test -p qf-query schemas writes {name}");
        }
    }
}
