//! What charts over time read, and what is chosen on them. Charts know nothing of the page
//! around them: it gives them one of these.

use crate::analysis::moment::figures::Past;
use crate::telemetry::Shared;
use crate::telemetry::samples::SampleLog;
use core::ops::{Deref, Range};
use std::rc::Rc;
use std::sync::Arc;

/// Rows of figures, whoever made them.
pub(crate) enum Samples {
    /// The engine's, in shared memory.
    Engine(&'static SampleLog),
    /// Of a run that was opened from a file.
    Opened(Rc<SampleLog>),
}

impl Deref for Samples {
    type Target = SampleLog;

    fn deref(&self) -> &SampleLog {
        match self {
            Self::Engine(log) => log,
            Self::Opened(log) => log,
        }
    }
}

/// What is shown. Nothing here subscribes to anything: charts ask once a frame.
pub(crate) trait TimeSource {
    /// The rows of the run that is shown; `None` before there are any.
    fn samples(&self) -> Option<Samples>;

    /// What the engine publishes; `None` before it is up.
    fn shared(&self) -> Option<&'static Shared>;

    /// Whether the run that is shown tells when things happened; else its time counts
    /// operations.
    fn has_times(&self) -> bool;

    /// The engine's time of the figures beside the chart, µs: its legend tells of the same
    /// moment.
    fn told_us(&self) -> Option<u64>;

    /// The figures of the moment that is shown; `None` while that is the newest.
    fn past(&self) -> Option<Arc<Past>>;

    /// The chosen span of time, µs.
    fn chosen(&self) -> Option<Range<u64>>;

    /// Chooses a span of time while it is dragged, until [`Self::settle`].
    fn choose(&self, span_us: Range<u64>);

    /// The drag has ended.
    fn settle(&self);

    /// Lets go of the chosen span.
    fn let_go(&self);
}

/// A source, shared by a chart and its gestures.
pub(crate) type Source = Rc<dyn TimeSource>;
