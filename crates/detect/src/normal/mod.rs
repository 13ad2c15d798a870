//! What is normal, and what is not.
