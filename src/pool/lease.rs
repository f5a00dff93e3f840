//! A handle that gives itself back: for code that may leave early. Dropping one
//! cannot call the pool, which somebody else holds at that moment; so it writes
//! its handle on a list, and the pool takes the list in with the frame.

use super::error::HandleError;
use super::handle::{BufferHandle, Serial};
use super::lifecycle::Pool;
use crate::units::Micros;
use std::cell::RefCell;
use std::rc::Rc;

/// Handles whose leases were dropped.
#[derive(Clone, Debug, Default)]
pub(super) struct Returns(Rc<RefCell<Vec<BufferHandle>>>);

/// The right to use a buffer or texture until it is dropped. Not `Clone`: the
/// handle in it may be copied, but is stale once the lease is taken in.
#[derive(Debug)]
#[must_use = "a lease that is dropped gives its resource back"]
pub struct Lease {
    handle: Option<BufferHandle>,
    returns: Returns,
}

impl Lease {
    /// What it gives the use of.
    pub fn handle(&self) -> BufferHandle {
        self.handle.expect("taken out only by value")
    }

    /// The bare handle, to be released by hand.
    pub fn into_handle(mut self) -> BufferHandle {
        self.handle.take().expect("taken out only by value")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.returns.0.borrow_mut().extend(self.handle.take());
    }
}

impl Pool {
    /// Binds a handle to a value: dropping it gives the resource back at the
    /// next [`Self::release_dropped`]. O(1).
    ///
    /// # Errors
    /// A handle that gives no right. Counted.
    pub fn lease(&self, handle: BufferHandle) -> Result<Lease, HandleError> {
        self.lookup(handle)?;
        Ok(Lease { handle: Some(handle), returns: self.returns.clone() })
    }

    /// Releases what dropped leases stood for, as [`Self::release`] does, and
    /// says how many that were; ones that died meanwhile, with their device, are
    /// counted as refused releases. O(1) each.
    pub fn release_dropped(&mut self, last_use: Serial, now: Micros) -> usize {
        let dropped = std::mem::take(&mut *self.returns.0.borrow_mut());
        dropped.into_iter().filter(|handle| self.release(*handle, last_use, now).is_ok()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;
    use crate::owner::{MemoryCategory, Owner, Tag};
    use crate::units::Bytes;

    fn held(pool: &mut Pool) -> BufferHandle {
        let spec = BufferSpec::new(Bytes::new(64), BufferUsage::STORAGE).into();
        let owner = Owner::new(MemoryCategory::GpuBuffers, Tag(0));
        let handle = pool.acquire(&spec, Contents::Undefined, owner, Micros::ZERO).expect("within limits").handle();
        // Refused for a reused one, which needs none.
        let _ = pool.confirm(handle.resource());
        handle
    }

    #[test]
    fn a_dropped_lease_is_released_with_the_frame() {
        let mut pool = Pool::new(PoolConfig::default());
        let handle = held(&mut pool);
        let lease = pool.lease(handle).expect("is held");
        assert_eq!((lease.handle(), pool.release_dropped(Serial(1), Micros::ZERO)), (handle, 0));
        drop(lease);
        assert_eq!(pool.statistics().in_use.count, 1, "not before the frame");
        assert_eq!(pool.release_dropped(Serial(1), Micros::ZERO), 1);
        assert_eq!((pool.statistics().pending.count, pool.release_dropped(Serial(1), Micros::ZERO)), (1, 0));
        assert!(matches!(pool.lease(handle), Err(HandleError::Released { .. })));
        assert_eq!(pool.audit(), Ok(()));
    }

    #[test]
    fn a_lease_that_outlives_its_device_or_is_unbound_releases_nothing() {
        let mut pool = Pool::new(PoolConfig::default());
        let [lost, kept] = [(); 2].map(|()| held(&mut pool));
        let lease = pool.lease(kept).expect("is held");
        assert_eq!(lease.into_handle(), kept);
        let lease = pool.lease(lost).expect("is held");
        assert_eq!(pool.device_lost().len(), 2);
        drop(lease);
        let before = pool.statistics().refused_releases;
        assert_eq!(pool.release_dropped(Serial(1), Micros::ZERO), 0);
        assert_eq!((pool.statistics().refused_releases - before, pool.audit()), (1, Ok(())));
    }
}
