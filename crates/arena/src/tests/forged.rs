//! Handles that no arena gave.

use super::{arena, request};
use crate::{FreeError, PolicyKind, RefusalKind};
use core::num::NonZeroU32;

#[test]
fn a_forged_handle_is_unknown() {
    for policy in PolicyKind::ALL {
        let mut arena = arena(policy);
        let taken = arena.allocate(&request(64, 16)).unwrap().id;
        let before: Vec<_> = arena.walk().collect();
        for name in [21, 1 << 18, (1 << 31) - 1, u32::MAX - 1] {
            let forged = taken.forged(NonZeroU32::new(name).unwrap());
            assert_eq!(arena.deallocate(forged), Err(FreeError::Unknown { id: forged.to_bits() }), "{policy}");
        }
        assert_eq!(arena.statistics().refusals.count(RefusalKind::Unknown), 4);
        assert_eq!(arena.statistics().failures_total(), 4);
        assert_eq!(arena.walk().collect::<Vec<_>>(), before);
        assert_eq!(arena.audit(), Ok(()));
    }
}
