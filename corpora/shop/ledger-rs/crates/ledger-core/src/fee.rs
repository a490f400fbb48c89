//! What a posting costs.

/// A rule that says how much of an amount is kept.
pub trait FeePolicy {
    fn fee(&self, amount: i64) -> i64;

    /// What is left of `amount`.
    fn net(&self, amount: i64) -> i64 {
        amount - self.fee(amount)
    }
}

/// Nothing is kept.
pub struct NoFee;

impl FeePolicy for NoFee {
    fn fee(&self, _amount: i64) -> i64 {
        0
    }
}

/// A share in hundredths of a percent, above a threshold.
pub struct TieredFee {
    pub threshold: i64,
    pub basis_points: i64,
}

impl FeePolicy for TieredFee {
    fn fee(&self, amount: i64) -> i64 {
        (amount - self.threshold).max(0) * self.basis_points / 10_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_start_above_the_threshold() {
        let fee = TieredFee { threshold: 1_000, basis_points: 100 };
        assert_eq!(fee.fee(1_000), 0);
        assert_eq!(fee.net(2_000), 1_990);
    }
}
