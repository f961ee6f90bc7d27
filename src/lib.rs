//! Tidegate's rule engine.
