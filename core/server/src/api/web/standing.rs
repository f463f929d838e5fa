//! How connectors stand, said and coloured in the same way on every page.

use crate::connection::{ConnectorState, Duty};
use daylight_console::sheet::{Said, Tone};
use daylight_console::shell::Shell;
use daylight_console::text::Text;

/// The colour of a state.
pub(super) fn tone(state: ConnectorState) -> Tone {
    match state {
        ConnectorState::Live => Tone::Good,
        ConnectorState::Retrying => Tone::Warn,
        ConnectorState::Credentials | ConnectorState::Misconfigured | ConnectorState::Incompatible => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// A state in its word.
pub(super) fn word(s: &Shell, state: ConnectorState) -> &'static str {
    s.of("connector.", state.as_str())
}

/// A state, and whether records are coming in now.
pub(super) fn tag(s: &Shell, state: ConnectorState, pulling: bool) -> Said {
    let word = word(s, state);
    let now = if pulling { Text::from(word).and(s.bracketed(s.t("connect.pulling"))) } else { word.into() };
    Said::tag(tone(state), now)
}

/// Whose turn it is.
pub(super) fn who(s: &Shell, duty: Duty) -> Said {
    Said::text(s.of("duty.", duty.as_str()))
}
