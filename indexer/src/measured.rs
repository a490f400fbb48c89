//! How often edges of a tier are right, as measured.
//!
//! The figures come from the committed results of the accuracy benchmark, by language: what
//! compilers say of call edges in repositories that nobody here wrote. A tier is a promise only
//! with its figure beside it, so every index carries those of the binary that made it.

use qf_graph::Tier;
use qf_graph::store::manifest::{Measured, Pairs};
use serde_json::Value;
use std::sync::OnceLock;

const RESULTS: &str = include_str!("../../benches/results/accuracy.json");

/// The measured pairs of each language and tier.
pub fn tiers() -> &'static Measured {
    static TIERS: OnceLock<Measured> = OnceLock::new();
    TIERS.get_or_init(|| {
        let mut tiers = Measured::new();
        let results: Value = serde_json::from_str(RESULTS).unwrap_or_default();
        // Keys are `python: 1 typed`; the number keeps them in order.
        for (key, row) in results["tiers"].as_object().into_iter().flatten() {
            let Some((language, rest)) = key.split_once(": ") else { continue };
            let tier = Tier::ALL.iter().find(|tier| rest.ends_with(tier.name()));
            let (Some(tier), Some(right), Some(wrong)) =
                (tier, row["tp"].as_u64(), row["fp"].as_u64())
            else {
                continue;
            };
            let pairs = Pairs { right, wrong };
            tiers.entry(language.to_owned()).or_default().insert(tier.name().to_owned(), pairs);
        }
        tiers
    })
}

#[cfg(test)]
mod tests {
    use super::tiers;

    #[test]
    fn the_committed_results_have_the_surest_tiers() {
        for language in ["python", "typescript", "rust", "go", "java"] {
            let exact = tiers()[language]["exact"].precision();
            assert!(exact.is_some_and(|precision| precision > 0.9), "{language}: {exact:?}");
        }
    }
}
