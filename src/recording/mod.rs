//! The series behind the charts; the tally of events.
