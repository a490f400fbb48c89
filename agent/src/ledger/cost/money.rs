//! Money that is never rounded.
//!
//! Prices are decimals per million tokens, so that a float would be wrong from the first one: 0.1
//! is none. A decimal type would do, but nothing here ever divides: a price is a whole number of
//! billionths of a dollar for a million tokens, a cost is tokens times price, which is a whole
//! number of 10⁻¹⁵ dollars, and costs are added up. A product of two `u64` always fits into a
//! `u128`, so that every cost is exact whatever the numbers are; a sum that leaves a `u128` (3·10²³
//! dollars) stays at its end, which is above every limit.
//!
//! Both are read from and written as decimal text.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Decimals of an amount of dollars.
const DECIMALS: u32 = 15;
/// Decimals of a price for a million tokens.
const PRICE_DECIMALS: u32 = 9;

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// It is no decimal.
    #[error("`{text}` is no amount: write it like `0.25`")]
    NotADecimal {
        /// The beginning of it.
        text: String,
    },
    /// It has more decimals than are counted.
    #[error("`{text}` has more than {most} decimals")]
    TooFine {
        /// The beginning of it.
        text: String,
        /// How many there may be.
        most: u32,
    },
    /// It is too large.
    #[error("`{text}` is too large an amount")]
    TooLarge {
        /// The beginning of it.
        text: String,
    },
}

/// An amount of US dollars, in units of 10⁻¹⁵.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Money(u128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The least that is something.
    pub const LEAST: Self = Self(1);

    /// Reads a decimal.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        decimal(text, DECIMALS).map(Self)
    }

    /// What another program says that something cost: a number in JSON, which may have an exponent.
    /// What is below 10⁻¹⁵ is dropped. None where it is negative or absurd.
    pub fn reported(number: &serde_json::Number) -> Option<Self> {
        let text = number.to_string();
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let value: u128 = format!("{whole}{fraction}").parse().ok()?;
        let exponent: i64 = exponent.parse().ok()?;
        let shift = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let shift = shift.checked_add(i64::from(DECIMALS))?;
        let power = 10_u128.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?);
        if shift >= 0 {
            value.checked_mul(power?).map(Self)
        } else {
            Some(Self(power.map_or(0, |power| value / power)))
        }
    }

    /// The sum; what is too large for a sum stays at the largest amount.
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left after something was taken; nothing where there was less.
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// With so many decimals, one to fifteen, for people: rounded half up. What is there but rounds
    /// to nothing is `<0.01`.
    pub fn rounded(self, decimals: u32) -> String {
        let decimals = decimals.clamp(1, DECIMALS);
        let unit = 10_u128.pow(DECIMALS - decimals);
        let one = 10_u128.pow(decimals);
        let value = self.0 / unit + u128::from(self.0 % unit >= unit.div_ceil(2));
        let width = decimals as usize;
        if value == 0 && self.0 > 0 {
            return format!("<0.{:0width$}", 1);
        }
        format!("{}.{:0width$}", value / one, value % one)
    }
}

/// All its decimals, without zeros at the end: `0.0125`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self.0, DECIMALS))
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        money.to_string()
    }
}

impl TryFrom<String> for Money {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        Self::parse(&text)
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Self::plus)
    }
}

/// What a million tokens cost, in billionths of a dollar.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Price(u64);

impl Price {
    /// Reads a decimal of dollars for a million tokens.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let value = decimal(text, PRICE_DECIMALS)?;
        u64::try_from(value).map(Self).map_err(|_| MoneyError::TooLarge { text: beginning(text) })
    }

    /// What so many tokens cost.
    pub fn of(self, tokens: u64) -> Money {
        Money(u128::from(self.0) * u128::from(tokens))
    }

    /// The price times a factor that was read like one; none where that is no whole number of
    /// billionths, or too large.
    pub fn times(self, factor: Self) -> Option<Self> {
        let one = 10_u128.pow(PRICE_DECIMALS);
        let product = u128::from(self.0) * u128::from(factor.0);
        let whole = product.is_multiple_of(one).then_some(product / one)?;
        u64::try_from(whole).ok().map(Self)
    }
}

/// Dollars for a million tokens.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(u128::from(self.0), PRICE_DECIMALS))
    }
}

impl From<Price> for String {
    fn from(price: Price) -> Self {
        price.to_string()
    }
}

impl TryFrom<String> for Price {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        Self::parse(&text)
    }
}

/// The beginning of a text, for messages.
fn beginning(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Reads a decimal as a number of units of the last of so many decimals. Neither signs nor
/// exponents are read: what a person writes into a table or on a command line has none.
fn decimal(text: &str, decimals: u32) -> Result<u128, MoneyError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return Err(MoneyError::NotADecimal { text: beginning(text) });
    }
    let fraction = fraction.trim_end_matches('0');
    let most = decimals as usize;
    if fraction.len() > most {
        return Err(MoneyError::TooFine { text: beginning(text), most: decimals });
    }
    let zeros = std::iter::repeat_n(b'0', most - fraction.len());
    whole
        .bytes()
        .chain(fraction.bytes())
        .chain(zeros)
        .try_fold(0_u128, |value, digit| {
            value.checked_mul(10)?.checked_add(u128::from(digit - b'0'))
        })
        .ok_or_else(|| MoneyError::TooLarge { text: beginning(text) })
}

fn text(value: u128, decimals: u32) -> String {
    let one = 10_u128.pow(decimals);
    let width = decimals as usize;
    let fraction = format!("{:0width$}", value % one);
    match fraction.trim_end_matches('0') {
        "" => (value / one).to_string(),
        fraction => format!("{}.{fraction}", value / one),
    }
}

#[cfg(test)]
mod tests {
    use super::{Money, MoneyError, Price};

    fn money(text: &str) -> Money {
        Money::parse(text).expect("an amount")
    }

    #[test]
    fn decimals_are_read_and_written_as_they_are() {
        for text in ["0", "1", "0.1", "12.5", "0.000000000000001", "340282366920938463463374.6"] {
            assert_eq!(money(text).to_string(), text);
        }
        assert_eq!(money("007.500").to_string(), "7.5");
        for wrong in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "٣", "NaN"] {
            assert!(matches!(Money::parse(wrong), Err(MoneyError::NotADecimal { .. })), "{wrong}");
        }
        assert!(matches!(Money::parse("0.0000000000000001"), Err(MoneyError::TooFine { .. })));
        let large = "9".repeat(500);
        assert!(matches!(Money::parse(&large), Err(MoneyError::TooLarge { .. })));
        assert!(matches!(Price::parse("1.0000000001"), Err(MoneyError::TooFine { .. })));
        assert!(matches!(Price::parse("99999999999"), Err(MoneyError::TooLarge { .. })));
    }

    #[test]
    fn a_cost_is_a_product() {
        let price = Price::parse("0.000000001").expect("a price");
        assert_eq!(price.of(1).to_string(), "0.000000000000001");
        assert_eq!(Price::parse("3").expect("a price").of(1_000_000).to_string(), "3");
        // The largest of all.
        let most = Price::parse("18446744073.709551615").expect("a price").of(u64::MAX);
        assert_eq!(most, Money(u128::from(u64::MAX) * u128::from(u64::MAX)));
        assert_eq!(most.plus(most), Money(u128::MAX));
        let half = Price::parse("0.5").expect("a factor");
        let halved = Price::parse("6.25").expect("a price").times(half);
        assert_eq!(halved, Some(Price::parse("3.125").expect("a price")));
        assert_eq!(Price::parse("0.000000001").expect("a price").times(half), None);
    }

    #[test]
    fn what_others_report_may_have_an_exponent() {
        let reported = |text: &str| {
            let number: serde_json::Number = serde_json::from_str(text).expect("a number");
            Money::reported(&number).map(|money| money.to_string())
        };
        assert_eq!(reported("0.0123").as_deref(), Some("0.0123"));
        assert_eq!(reported("1e-7").as_deref(), Some("0.0000001"));
        assert_eq!(reported("2").as_deref(), Some("2"));
        assert_eq!(reported("1e-30").as_deref(), Some("0"));
        for absurd in ["-0.1", "1e300"] {
            assert_eq!(reported(absurd), None, "{absurd}");
        }
    }

    #[test]
    fn people_read_fewer_decimals() {
        for (text, short) in [
            ("0", "0.0000"),
            ("0.00005", "0.0001"),
            ("0.00004999", "<0.0001"),
            ("1.23456", "1.2346"),
            ("0.99995", "1.0000"),
            ("12", "12.0000"),
        ] {
            assert_eq!(money(text).rounded(4), short, "{text}");
        }
        assert_eq!(money("2.55").rounded(1), "2.6");
    }
}
