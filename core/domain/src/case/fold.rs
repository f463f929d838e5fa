//! How events become a case.
