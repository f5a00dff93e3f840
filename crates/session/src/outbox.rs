//! Everything that leaves the session, in order: events for the recorder, requests for
//! the platform, lines for the console.

use super::events::{EventSink, Said};
use super::notices::Notices;
use super::request::Request;
use arenascope_telemetry::notice::{Level, Notice};
use std::collections::VecDeque;

/// What waits to be fetched, and the ring that events go to.
pub(crate) struct Outbox<'s> {
    pub(crate) events: EventSink<'s>,
    requests: VecDeque<Request>,
    notices: Notices,
}

impl<'s> Outbox<'s> {
    /// An outbox without requests or notices, whose events go to this sink.
    pub(crate) fn new(events: EventSink<'s>) -> Self {
        Self { events, requests: VecDeque::new(), notices: Notices::default() }
    }

    /// Tells the recorder what happens now.
    pub(crate) fn emit(&mut self, said: Said) {
        self.events.push(said);
    }

    /// Asks something of the platform.
    pub(crate) fn request(&mut self, request: Request) {
        self.requests.push_back(request);
    }

    /// The oldest thing that was asked.
    pub(crate) fn next_request(&mut self) -> Option<Request> {
        self.requests.pop_front()
    }

    /// Adds a line to the console.
    pub(crate) fn say(&mut self, level: Level, text: String) {
        self.notices.say(self.events.newest().get(), level, text);
    }

    /// Takes what is to be told.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.take(self.events.newest().get())
    }

    /// Forgets what the run before had to tell.
    pub(crate) fn forget_notices(&mut self) {
        self.notices = Notices::default();
    }
}
