//! What the values of a Parquet column mean, by their physical and logical types.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use ::parquet::schema::types::ColumnDescriptor;

/// What a column's values mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Meaning {
    /// Numbers as they are stored.
    Number,
    /// Whole numbers without a sign.
    Unsigned,
    /// Whole numbers of which so many are a second.
    Seconds(f64),
    /// Whole numbers with so many digits behind the point.
    Decimal(i32),
    /// Floats of 16 bits.
    Half,
    /// Texts in UTF-8.
    Text,
    /// True and false.
    Truth,
}

impl Meaning {
    /// What the column means; the reason where it cannot be compared.
    pub(super) fn of(column: &ColumnDescriptor) -> Result<Self, &'static str> {
        if column.max_rep_level() > 0 || column.path().parts().len() > 1 {
            return Err(
                "has lists or structures, and only numbers, texts, true and false are compared",
            );
        }
        match column.physical_type() {
            Type::BOOLEAN => Ok(Self::Truth),
            Type::FLOAT | Type::DOUBLE => Ok(Self::Number),
            // days and nanoseconds, of old writers
            Type::INT96 => Ok(Self::Seconds(1e9)),
            Type::INT32 | Type::INT64 => Ok(Self::of_whole(column)),
            Type::BYTE_ARRAY => match (column.logical_type_ref(), column.converted_type()) {
                (Some(LogicalType::Decimal(_)), _) | (_, ConvertedType::DECIMAL) => {
                    Ok(Self::Decimal(column.type_scale()))
                }
                // what is not marked may be text all the same
                (
                    None | Some(LogicalType::String | LogicalType::Enum | LogicalType::Json),
                    ConvertedType::NONE
                    | ConvertedType::UTF8
                    | ConvertedType::ENUM
                    | ConvertedType::JSON,
                ) => Ok(Self::Text),
                _ => Err("has bytes that are no text"),
            },
            Type::FIXED_LEN_BYTE_ARRAY => {
                match (column.logical_type_ref(), column.converted_type()) {
                    (Some(LogicalType::Decimal(_)), _) | (_, ConvertedType::DECIMAL) => {
                        Ok(Self::Decimal(column.type_scale()))
                    }
                    (Some(LogicalType::Float16), _) => Ok(Self::Half),
                    _ => Err("has bytes that are no text"),
                }
            }
        }
    }

    /// Whether its values are names.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Truth)
    }

    fn of_whole(column: &ColumnDescriptor) -> Self {
        match column.logical_type_ref() {
            Some(LogicalType::Timestamp(stamp)) => return Self::Seconds(in_a_second(stamp.unit)),
            Some(LogicalType::Time(time)) => return Self::Seconds(in_a_second(time.unit)),
            Some(LogicalType::Decimal(_)) => return Self::Decimal(column.type_scale()),
            Some(LogicalType::Integer(integer)) if !integer.is_signed => return Self::Unsigned,
            _ => {}
        }
        let converted = column.converted_type();
        if let ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIME_MILLIS = converted {
            Self::Seconds(1e3)
        } else if let ConvertedType::TIMESTAMP_MICROS | ConvertedType::TIME_MICROS = converted {
            Self::Seconds(1e6)
        } else if converted == ConvertedType::DECIMAL {
            Self::Decimal(column.type_scale())
        } else if UNSIGNED.contains(&converted) {
            Self::Unsigned
        } else {
            Self::Number
        }
    }
}

/// Whole numbers without a sign, as older writers mark them.
const UNSIGNED: [ConvertedType; 4] = [
    ConvertedType::UINT_8,
    ConvertedType::UINT_16,
    ConvertedType::UINT_32,
    ConvertedType::UINT_64,
];

fn in_a_second(unit: TimeUnit) -> f64 {
    match unit {
        TimeUnit::MILLIS => 1e3,
        TimeUnit::MICROS => 1e6,
        TimeUnit::NANOS => 1e9,
    }
}

/// A decimal to the nearest double: its digits as a whole number of at most 128 bits, in big-endian
/// two's complement, and how many of them stand behind the point.
pub(super) fn decimal(bytes: &[u8], scale: i32) -> Option<f64> {
    let sign = if bytes.first()? & 0x80 == 0 { 0 } else { 0xff };
    let mut whole = [sign; 16];
    let (extra, bytes) = bytes.split_at(bytes.len().saturating_sub(16));
    if extra.iter().any(|byte| *byte != sign) {
        return None;
    }
    whole.get_mut(16 - bytes.len()..)?.copy_from_slice(bytes);
    decimal_of(i128::from_be_bytes(whole), scale)
}

/// The same of a whole number.
pub(super) fn decimal_of(whole: i128, scale: i32) -> Option<f64> {
    // both are exact, so their quotient is the nearest
    if let (Ok(whole), Ok(scale @ 0..=22)) = (i32::try_from(whole), u32::try_from(scale))
        && let Ok(scale) = i32::try_from(scale)
    {
        return Some(f64::from(whole) / 10_f64.powi(scale));
    }
    format!("{whole}e{}", -i64::from(scale)).parse().ok()
}

/// A float of 16 bits (IEEE 754 binary16), exactly.
pub(super) fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let fraction = f64::from(bits & 0x3ff);
    let exponent = i32::from((bits >> 10) & 0x1f);
    sign * match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_the_nearest_doubles() {
        assert_eq!(decimal(&[0x30, 0x39], 2), Some(123.45));
        assert_eq!(decimal(&[0xff, 0xff], 1), Some(-0.1));
        assert_eq!(decimal(&[0xff; 20], 3), Some(-0.001));
        assert_eq!(decimal(&[1; 20], 3), None);
        assert_eq!(decimal(&[], 3), None);
        assert_eq!(decimal_of(i128::MAX, 38), Some(1.701_411_834_604_692_3));
        assert_eq!(decimal_of(12, -3), Some(12_000.0));
    }

    #[test]
    fn halves_are_exact() {
        for (bits, number) in [
            (0x3c00, 1.0_f64),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2_f64.powi(-24)),
            (0x7c00, f64::INFINITY),
        ] {
            assert_eq!(half(bits).to_bits(), number.to_bits());
        }
        assert!(half(0x7e00).is_nan());
        assert!(half(0x8000).is_sign_negative());
    }
}
