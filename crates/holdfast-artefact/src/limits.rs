//! How much reading one file may cost.

/// Limits of reading one file, nested files included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an expanded member that are kept in memory; what is larger goes to an unnamed
    /// temporary file.
    pub in_memory: usize,
    /// Bytes that any file may expand to, whatever its size.
    pub expanded: u64,
    /// Beyond that, bytes that it may expand to for each byte that it has.
    pub ratio: u64,
    /// How deep files may lie in one another.
    pub depth: usize,
    /// How many members are looked at.
    pub members: u64,
    /// How many imports, hazards and so on are listed, of each kind.
    pub listed: usize,
    /// The longest header, string or table that is read into memory, in bytes.
    pub header: u64,
    /// How many steps (opcodes, fields, values) are taken.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_memory: 8 << 20,
            expanded: 1 << 30,
            ratio: 200,
            depth: 12,
            members: 200_000,
            listed: 2_000,
            header: 32 << 20,
            steps: 200_000_000,
        }
    }
}
