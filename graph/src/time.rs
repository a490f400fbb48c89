//! Times of day as dates, in UTC: answers about history, names of checkpoints, approvals and audit
//! records have them.

/// A moment, broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Year.
    pub year: i64,
    /// From 1.
    pub month: i64,
    /// Of the month, from 1.
    pub day: i64,
    /// From 0.
    pub hour: i64,
    /// From 0.
    pub minute: i64,
    /// From 0; leap seconds are not counted.
    pub second: i64,
}

impl Moment {
    /// Of a number of seconds since 1970. The year is taken to begin in March, so that the day that
    /// may not be is its last (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    pub fn of(seconds: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day = days.rem_euclid(146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        Self { year, month, day, hour, minute, second }
    }
}

/// `2026-11-30T12:00:00`, as RFC 3339 begins; the zone and what is below a second are left to whoever
/// writes it.
impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn seconds_are_dates() {
        assert_eq!(Moment::of(0).to_string(), "1970-01-01T00:00:00");
        assert_eq!(Moment::of(-1).to_string(), "1969-12-31T23:59:59");
        assert_eq!(Moment::of(951_782_399).to_string(), "2000-02-28T23:59:59");
        assert_eq!(Moment::of(1_709_164_800).to_string(), "2024-02-29T00:00:00");
    }
}
