//! Tables of data: CSV, JSON lines, Parquet.

/// A table, column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Rows.
    pub rows: usize,
    /// The columns, in the order of the file.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers; a cell without a number is NaN.
    Numbers(Vec<f64>),
    /// Categories.
    Categories {
        /// The names, in the order in which they first stand in the file.
        names: Vec<String>,
        /// For each row the place of its name in `names`; nothing where the cell has no value.
        codes: Vec<Option<u32>>,
    },
}
