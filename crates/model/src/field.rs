//! What a column is: name, type, unit, meaning, and where each source has it.

/// The type of a column, in the terms of the model. `table` says which Arrow type holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// UTF-8 text.
    Text,
    /// An IP address in network order: 4 bytes for IPv4 (also v4-mapped), 16 for IPv6.
    Address,
    /// A signed 32-bit number: ports, protocol numbers, flags.
    Int32,
    /// A signed 64-bit number: counters, durations in nanoseconds.
    Int64,
    /// A 64-bit float: rates.
    Float64,
    /// Nanoseconds since 1970-01-01 UTC.
    Time,
    /// Text to text.
    Map,
    /// A list of signed 64-bit numbers.
    Int64List,
}

impl FieldType {
    /// The name that `fathom fields` and the reference page print.
    pub fn name(self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::Address => "address",
            FieldType::Int32 => "int32",
            FieldType::Int64 => "int64",
            FieldType::Float64 => "float64",
            FieldType::Time => "timestamp",
            FieldType::Map => "map<text, text>",
            FieldType::Int64List => "list<int64>",
        }
    }
}

/// One column of a table.
#[derive(Debug)]
pub struct Field {
    /// The column's name in SQL, Parquet and JSON.
    pub name: &'static str,
    /// Its type.
    pub field_type: FieldType,
    /// The unit of its values (`bytes`, `ns`, ...), or empty.
    pub unit: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// `(source, field)`: the name this column has at each source. A source is named as in
    /// `source_kind`, without its provider's variants: `aws`, `tgw`, `nsg`, `vnet`, `gcp`, `zeek`, `argus`.
    pub sources: &'static [(&'static str, &'static str)],
}

/// An enum whose variants number the columns of one table.
pub trait FieldIndex: Copy + Eq + 'static {
    /// Every column of the table, in its order.
    const FIELDS: &'static [Field];

    /// This column's place in [`FieldIndex::FIELDS`].
    fn index(self) -> usize;

    /// The column at a place, if there is one.
    fn from_index(index: usize) -> Option<Self>;

    /// This column's row in the table of fields.
    fn field(self) -> &'static Field {
        &Self::FIELDS[self.index()]
    }

    /// The column of that name.
    fn from_name(name: &str) -> Option<Self> {
        Self::FIELDS.iter().position(|field| field.name == name).and_then(Self::from_index)
    }
}

/// Declares a table of fields: an index enum, and a row per variant.
macro_rules! fields {
    (
        $(#[$table_doc:meta])* $table:ident,
        $(#[$enum_doc:meta])* $index:ident;
        $( $id:ident $name:literal $field_type:ident $unit:literal $doc:literal
           { $($source:literal : $column:literal),* $(,)? } )*
    ) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $index { $( #[doc = $doc] $id ),* }

        $(#[$table_doc])*
        pub const $table: &[$crate::Field] = &[ $( $crate::Field {
            name: $name,
            field_type: $crate::FieldType::$field_type,
            unit: $unit,
            doc: $doc,
            sources: &[ $( ($source, $column) ),* ],
        } ),* ];

        impl $crate::FieldIndex for $index {
            const FIELDS: &'static [$crate::Field] = $table;
            #[inline]
            fn index(self) -> usize { self as usize }
            fn from_index(index: usize) -> Option<Self> {
                const ALL: &[$index] = &[ $( $index::$id ),* ];
                ALL.get(index).copied()
            }
        }
    };
}
pub(crate) use fields;
