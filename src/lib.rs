//! Tidegate's rule engine.

pub mod time;
pub mod zone;
