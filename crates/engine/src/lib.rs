//! One packet worker.
