//! The console in a real browser: what no test of an answer sees.

mod aria;
mod audit;
mod chromium;
mod county;
mod instruments;
mod journeys;
mod pages;
mod screenshots;
mod tab;
