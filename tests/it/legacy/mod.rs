//! The way from 1.x: what its programs leave behind is imported, converted and restored, and they are kept out.

mod lockout;
mod pending;
