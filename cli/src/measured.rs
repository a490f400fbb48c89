//! How often edges of a tier are right, as measured.
//!
//! The figures come from the committed results of the accuracy benchmark, by language: what
//! compilers say of call edges in repositories that nobody here wrote. A tier is a promise only
//! with its figure beside it; where too little was measured there is none.

use qf_graph::Tier;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const RESULTS: &str = include_str!("../../benches/results/accuracy.json");

/// Fewer judged pairs than this say nothing of a tier.
const ENOUGH: u64 = 20;

/// Right and wrong pairs of one tier of one language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Pairs {
    /// Pairs of caller and callee that the compiler has too.
    pub right: u64,
    /// Pairs that it does not have.
    pub wrong: u64,
}

impl Pairs {
    /// The share of right pairs; `None` when too few were judged.
    pub fn precision(self) -> Option<f64> {
        let all = self.right + self.wrong;
        (all >= ENOUGH).then(|| self.right as f64 / all as f64)
    }
}

/// The measured pairs of each language and tier.
pub fn tiers() -> &'static BTreeMap<String, BTreeMap<&'static str, Pairs>> {
    static TIERS: OnceLock<BTreeMap<String, BTreeMap<&'static str, Pairs>>> = OnceLock::new();
    TIERS.get_or_init(|| {
        let mut tiers: BTreeMap<String, BTreeMap<&'static str, Pairs>> = BTreeMap::new();
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
            tiers.entry(language.to_owned()).or_default().insert(tier.name(), pairs);
        }
        tiers
    })
}

#[cfg(test)]
mod tests {
    use super::{Pairs, tiers};

    #[test]
    fn the_committed_results_have_the_surest_tiers() {
        for language in ["python", "typescript", "rust", "go", "java"] {
            let exact = tiers()[language]["exact"].precision();
            assert!(exact.is_some_and(|precision| precision > 0.9), "{language}: {exact:?}");
        }
        assert_eq!(Pairs { right: 3, wrong: 0 }.precision(), None);
    }
}
