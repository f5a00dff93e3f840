//! How sizes are rounded, of blocks and of segments: `round_size` and `get_allocation_size`
//! of PyTorch's `c10/cuda/CUDACachingAllocator.cpp`.

pub(super) const MIB: u64 = 1 << 20;
/// All blocks are multiples of it.
pub(super) const BLOCK_MIN_BYTES: u64 = 512;
/// Requests up to this are of the small pool.
pub(super) const SMALL_BYTES: u64 = MIB;
/// Segments of the small pool.
pub(super) const SMALL_SEGMENT_BYTES: u64 = 2 * MIB;
/// Segments of the large pool, for requests below [`LARGE_ALONE_BYTES`].
pub(super) const LARGE_SEGMENT_BYTES: u64 = 20 * MIB;
/// From here on a segment is as large as the request, rounded to [`ALONE_STEP_BYTES`].
const LARGE_ALONE_BYTES: u64 = 10 * MIB;
const ALONE_STEP_BYTES: u64 = 2 * MIB;
/// Larger requests are refused at once: one exbibyte.
pub(super) const REQUEST_MAX_BYTES: u64 = 1 << 60;

/// The size of the block for a request, by `roundup_power2_divisions`.
pub(super) fn block_bytes(bytes: u64, divisions: u32) -> u64 {
    let divisions = u64::from(divisions);
    if divisions > 1 && bytes > BLOCK_MIN_BYTES * divisions {
        // The highest bit alone: at least 1024, as divisions are at least 2.
        let step = (1_u64 << bytes.ilog2()) / divisions;
        bytes.next_multiple_of(step.max(1))
    } else {
        bytes.max(1).next_multiple_of(BLOCK_MIN_BYTES)
    }
}

/// The size of a new segment for a block.
pub(super) fn segment_bytes(block_bytes: u64) -> u64 {
    if block_bytes <= SMALL_BYTES {
        SMALL_SEGMENT_BYTES
    } else if block_bytes < LARGE_ALONE_BYTES {
        LARGE_SEGMENT_BYTES
    } else {
        block_bytes.next_multiple_of(ALONE_STEP_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_as_pytorch_documents() {
        assert_eq!([1, 512, 513, 1200].map(|bytes| block_bytes(bytes, 0)), [512, 512, 1024, 1536]);
        // Up to 512 × divisions, 512 alone counts.
        assert_eq!([1200, 2048, 2049, 4097].map(|bytes| block_bytes(bytes, 4)), [1536, 2048, 2560, 5120]);
        let sizes = [512, MIB, MIB + 512, 10 * MIB - 512, 10 * MIB, 21 * MIB];
        assert_eq!(sizes.map(segment_bytes), [2 * MIB, 2 * MIB, 20 * MIB, 20 * MIB, 10 * MIB, 22 * MIB]);
    }
}
