//! UTC times in seconds, enough for log records.

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

/// Seconds of a minute, an hour, a day.
pub const MINUTE: i64 = 60;
/// Seconds of an hour.
pub const HOUR: i64 = 3_600;
/// Seconds of a day.
pub const DAY: i64 = 86_400;

impl Time {
    /// Midnight of a date of the proleptic Gregorian calendar.
    #[must_use]
    pub fn date(year: i64, month: i64, day: i64) -> Self {
        // Years begin in March so that the leap day is the last of its year.
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self((era * 146_097 + day_of_era - 719_468) * DAY)
    }

    /// This time moved by `seconds`.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }

    /// This time moved by hours and minutes.
    #[must_use]
    pub fn at(self, hours: i64, minutes: i64) -> Self {
        self.plus(hours * HOUR + minutes * MINUTE)
    }

    /// Midnight of the same day.
    #[must_use]
    pub fn midnight(self) -> Self {
        Self(self.0.div_euclid(DAY) * DAY)
    }

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    pub fn weekday(self) -> i64 {
        (self.0.div_euclid(DAY) + 3).rem_euclid(7)
    }

    /// Year, month, day, hour, minute, second.
    #[must_use]
    pub fn parts(self) -> (i64, i64, i64, i64, i64, i64) {
        let days = self.0.div_euclid(DAY) + 719_468;
        let seconds = self.0.rem_euclid(DAY);
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (
            year,
            month,
            day,
            seconds / HOUR,
            seconds / MINUTE % 60,
            seconds % 60,
        )
    }

    /// `2026-03-02T10:00:00Z`.
    #[must_use]
    pub fn iso(self) -> String {
        let (year, month, day, hour, minute, second) = self.parts();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// `20260302T1000Z`, as in names of log files.
    #[must_use]
    pub fn compact(self) -> String {
        let (year, month, day, hour, minute, _) = self.parts();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}Z")
    }

    /// `2026/03/02`, as in paths of log files.
    #[must_use]
    pub fn path(self) -> String {
        let (year, month, day, ..) = self.parts();
        format!("{year:04}/{month:02}/{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn dates_round_trip() {
        let time = Time::date(2026, 3, 1).at(23, 59).plus(58);
        assert_eq!(time.iso(), "2026-03-01T23:59:58Z");
        assert_eq!(time.weekday(), 6);
        assert_eq!(Time::date(2024, 2, 29).iso(), "2024-02-29T00:00:00Z");
        assert_eq!(Time::date(1970, 1, 1).0, 0);
        for day in 0..20_000 {
            let time = Time(day * 86_400);
            let (year, month, day_of_month, ..) = time.parts();
            assert_eq!(Time::date(year, month, day_of_month), time);
        }
    }
}
