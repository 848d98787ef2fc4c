//! Modifiers of fields (Sigma modifiers appendix 2.1).

macro_rules! modifiers {
    ($($variant:ident => $name:literal, $meaning:literal);+ $(;)?) => {
        /// A modifier.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Modifier { $(#[doc = $meaning] $variant),+ }

        impl Modifier {
            /// Every modifier.
            pub const ALL: &[Modifier] = &[$(Modifier::$variant),+];

            /// How it is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Modifier::$variant => $name),+ }
            }

            /// The modifier of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Modifier::$variant),)+
                    "ignorecase" => Some(Modifier::IgnoreCase),
                    "multiline" => Some(Modifier::MultiLine),
                    "dotall" => Some(Modifier::DotAll),
                    _ => None,
                }
            }
        }
    };
}

modifiers! {
    All => "all", "Every value must be found, not one of them";
    StartsWith => "startswith", "The value begins the text";
    EndsWith => "endswith", "The value ends the text";
    Contains => "contains", "The value is inside the text";
    Exists => "exists", "Whether the field is there";
    Cased => "cased", "Letters of other case differ";
    Neq => "neq", "No value is found";
    WinDash => "windash", "Every dash stands for all dashes and the slash";
    Regex => "re", "The value is a regular expression";
    IgnoreCase => "i", "The expression disregards case";
    MultiLine => "m", "Anchors match at lines";
    DotAll => "s", "The dot matches line ends";
    Base64 => "base64", "The value is encoded";
    Base64Offset => "base64offset", "The value is encoded at each of the three offsets";
    Utf16Le => "utf16le", "The value is encoded in UTF-16, little endian";
    Utf16Be => "utf16be", "The value is encoded in UTF-16, big endian";
    Utf16 => "utf16", "The value is encoded in UTF-16 with a byte order mark";
    Wide => "wide", "As utf16le";
    Lt => "lt", "The number is less";
    Lte => "lte", "The number is less or equal";
    Gt => "gt", "The number is greater";
    Gte => "gte", "The number is greater or equal";
    Minute => "minute", "The minute of a time";
    Hour => "hour", "The hour of a time";
    Day => "day", "The day of the month of a time";
    Week => "week", "The ISO week of a time";
    Month => "month", "The month of a time";
    Year => "year", "The year of a time";
    Cidr => "cidr", "The address lies in the network";
    Expand => "expand", "Placeholders are replaced";
    FieldRef => "fieldref", "The value names another field";
}

/// What a modifier decides; at most one of each kind can stand in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// Decides which operation compares
    Operation,
    /// Changes the bytes of the value; repeatable
    Encoding,
    /// Takes a part of a time
    TimePart,
    /// Flag of a regular expression
    RegexFlag,
    /// Can stand anywhere
    Free,
}

impl Modifier {
    const fn family(self) -> Family {
        match self {
            Self::StartsWith | Self::EndsWith | Self::Contains | Self::Exists | Self::Regex => {
                Family::Operation
            }
            Self::Lt | Self::Lte | Self::Gt | Self::Gte | Self::Cidr => Family::Operation,
            Self::IgnoreCase | Self::MultiLine | Self::DotAll => Family::RegexFlag,
            Self::Base64
            | Self::Base64Offset
            | Self::Utf16Le
            | Self::Utf16Be
            | Self::Utf16
            | Self::Wide => Family::Encoding,
            Self::Minute | Self::Hour | Self::Day | Self::Week | Self::Month | Self::Year => {
                Family::TimePart
            }
            Self::All | Self::Cased | Self::Neq | Self::WinDash | Self::Expand | Self::FieldRef => {
                Family::Free
            }
        }
    }
}

/// Checks that the modifiers of one field can stand together.
///
/// # Errors
/// Says what contradicts what: a chain is refused, never half-applied.
pub fn check_chain(chain: &[Modifier]) -> Result<(), String> {
    let has = |modifier| chain.contains(&modifier);
    for (place, modifier) in chain.iter().enumerate() {
        if chain.iter().take(place).any(|earlier| earlier == modifier) {
            return Err(format!("modifier '{}' is repeated", modifier.name()));
        }
    }
    let of_family = |family| {
        chain
            .iter()
            .filter(move |modifier| modifier.family() == family)
    };
    let operations: Vec<_> = of_family(Family::Operation).collect();
    if let [first, second, ..] = operations.as_slice() {
        return Err(format!(
            "modifiers '{}' and '{}' exclude each other",
            first.name(),
            second.name()
        ));
    }
    if of_family(Family::TimePart).count() > 1 {
        return Err("a field has one part of a time only".to_owned());
    }
    let operation = operations.first().copied().copied();
    let takes_text = matches!(
        operation,
        None | Some(Modifier::StartsWith | Modifier::EndsWith | Modifier::Contains)
    );
    let conflict = |what: Modifier, with: &str| {
        Err(format!(
            "modifier '{}' cannot be used with {with}",
            what.name()
        ))
    };
    if let Some(flag) = of_family(Family::RegexFlag).next() {
        let regex_place = chain
            .iter()
            .position(|modifier| *modifier == Modifier::Regex);
        let flag_place = chain.iter().position(|modifier| modifier == flag);
        if regex_place.is_none() || regex_place > flag_place {
            return Err(format!("modifier '{}' must follow 're'", flag.name()));
        }
    }
    if let Some(encoding) = of_family(Family::Encoding).next()
        && !takes_text
    {
        return conflict(*encoding, "an operation that does not compare text");
    }
    if has(Modifier::WinDash) && !takes_text {
        return conflict(Modifier::WinDash, "an operation that does not compare text");
    }
    if has(Modifier::Cased) && !takes_text {
        return conflict(Modifier::Cased, "an operation that does not compare text");
    }
    if has(Modifier::FieldRef) {
        let other = chain.iter().find(|modifier| {
            !matches!(
                modifier,
                Modifier::FieldRef | Modifier::Neq | Modifier::Cased | Modifier::All
            ) && !matches!(
                modifier,
                Modifier::StartsWith | Modifier::EndsWith | Modifier::Contains
            )
        });
        if let Some(other) = other {
            return conflict(Modifier::FieldRef, &format!("'{}'", other.name()));
        }
    }
    if of_family(Family::TimePart).next().is_some() {
        let other = chain.iter().find(|modifier| {
            modifier.family() != Family::TimePart
                && !matches!(
                    modifier,
                    Modifier::Lt | Modifier::Lte | Modifier::Gt | Modifier::Gte | Modifier::Neq
                )
        });
        if let Some(other) = other {
            return conflict(*other, "a part of a time");
        }
    }
    if has(Modifier::Exists) && chain.len() > 1 {
        return Err("modifier 'exists' stands alone".to_owned());
    }
    Ok(())
}
