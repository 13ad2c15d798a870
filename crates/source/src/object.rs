//! One thing to read, and how to open it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::{ErrorKind, Limits, Reader, SourceError};

/// Something to read: found by [`discover`](crate::discover), not opened yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The name the user would recognise: the path as given, or as found below the folder given.
    pub name: String,
    /// What it is.
    pub kind: ObjectKind,
    /// Its size as stored, if it has one.
    pub bytes: Option<u64>,
}

/// What an [`Object`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A file, or something that opens like one, such as a named pipe.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Object {
    /// Opens the object for reading from its first byte.
    pub fn open(&self, limits: &Limits) -> Result<Reader, SourceError> {
        let input: Box<dyn Read + Send> = match &self.kind {
            ObjectKind::Stdin => Box::new(io::stdin()),
            ObjectKind::File(path) => Box::new(File::open(path).map_err(|error| self.cannot_open(&error))?),
        };
        Ok(Reader::new(&self.name, input, *limits))
    }

    /// The path, for formats that need random access (Parquet).
    pub fn path(&self) -> Option<&Path> {
        match &self.kind {
            ObjectKind::File(path) => Some(path),
            ObjectKind::Stdin => None,
        }
    }

    fn cannot_open(&self, error: &io::Error) -> SourceError {
        SourceError {
            kind: ErrorKind::Read,
            object: self.name.clone(),
            compressed_offset: 0,
            decompressed_offset: 0,
            what: "cannot open the file".to_owned(),
            why: error.to_string(),
            hint: "check that it still exists and that you may read it".to_owned(),
        }
    }
}
