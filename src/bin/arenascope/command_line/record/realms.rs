//! What came of each realm, and what is missing.

use super::batch::{Head, RealmId};
use super::message::SessionId;
use std::collections::BTreeMap;

/// Where a realm is reached: a session, and a number in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) session: SessionId,
    pub(crate) context: i64,
}

#[derive(Debug)]
struct Realm {
    place: Place,
    /// Records that there are up to here, lost ones included.
    records_next: u64,
    is_over: bool,
}

/// Sums over all realms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) batches: u64,
    pub(crate) bytes: u64,
    pub(crate) records: u64,
    /// Records that are missing before or between batches.
    pub(crate) records_lost: u64,
}

/// Every realm that a batch came of.
#[derive(Debug, Default)]
pub(crate) struct Realms {
    realms: BTreeMap<RealmId, Realm>,
    sums: Sums,
}

impl Realms {
    /// Takes note of a batch of `bytes` bytes.
    pub(crate) fn note(&mut self, head: &Head, bytes: usize, place: Place) {
        let fresh = || Realm { place, records_next: 0, is_over: false };
        let realm = self.realms.entry(head.realm).or_insert_with(fresh);
        self.sums.batches += 1;
        self.sums.bytes += bytes as u64;
        self.sums.records += u64::from(head.records);
        self.sums.records_lost += head.records_before.saturating_sub(realm.records_next);
        realm.records_next = head.records_before.saturating_add(head.records.into()).max(realm.records_next);
        realm.is_over = head.is_last;
    }

    pub(crate) const fn sums(&self) -> Sums {
        self.sums
    }

    pub(crate) fn count(&self) -> usize {
        self.realms.len()
    }

    /// Where those are reached that have not said that they are over.
    pub(crate) fn places_alive(&self) -> Vec<Place> {
        self.realms.values().filter(|realm| !realm.is_over).map(|realm| realm.place.clone()).collect()
    }

    /// Those of a session, or of one context of it, that is gone, which have not said so
    /// themselves. From here on they are over.
    pub(crate) fn end(&mut self, session: &str, context: Option<i64>) -> Vec<RealmId> {
        let mut ended = Vec::new();
        for (id, realm) in &mut self.realms {
            let is_there = realm.place.session == session && context.is_none_or(|gone| gone == realm.place.context);
            if is_there && !realm.is_over {
                realm.is_over = true;
                ended.push(*id);
            }
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(realms: &mut Realms, realm: u64, records: (u64, u32), is_last: bool) {
        let head = Head { realm: RealmId(realm), records: records.1, records_before: records.0, is_last };
        let place = Place { session: format!("s{}", realm / 10), context: (realm % 10) as i64 };
        realms.note(&head, 100, place);
    }

    #[test]
    fn what_is_missing_is_counted_by_realm() {
        let mut realms = Realms::default();
        for (realm, records) in [(1, (0, 5)), (2, (3, 1)), (1, (5, 5)), (1, (17, 1)), (2, (4, 9))] {
            noted(&mut realms, realm, records, false);
        }
        assert_eq!(realms.sums(), Sums { batches: 5, bytes: 500, records: 21, records_lost: 3 + 7 });
        assert_eq!(realms.count(), 2);
    }

    #[test]
    fn a_batch_that_comes_late_is_no_second_loss() {
        let mut realms = Realms::default();
        for records in [(0, 5), (10, 5), (5, 5), (15, 1)] {
            noted(&mut realms, 1, records, false);
        }
        assert_eq!(realms.sums().records_lost, 5);
    }

    #[test]
    fn realms_end_by_themselves_or_with_their_session() {
        let mut realms = Realms::default();
        for (realm, is_last) in [(1, true), (2, false), (3, false), (11, false)] {
            noted(&mut realms, realm, (0, 1), is_last);
        }
        assert_eq!(realms.places_alive().len(), 3);
        assert_eq!(realms.end("s0", Some(2)), [RealmId(2)]);
        assert_eq!(realms.end("s0", Some(1)), []);
        assert_eq!(realms.end("s0", None), [RealmId(3)]);
        assert_eq!(realms.places_alive(), [Place { session: "s1".into(), context: 1 }]);
    }
}
