//! The bucket table of ONNX Runtime Web, the first of the two baselines.
//!
//! Source: `microsoft/onnxruntime`,
//! `js/web/lib/wasm/jsep/webgpu/gpu-data-manager.ts`: `bucketFreelist` (26
//! buckets, each with the most buffers that its free list keeps),
//! `calcBucketBufferSize` and `refreshPendingBuffers`. Buffers for storage and
//! for uniforms are kept, all others destroyed; a size above the last bucket is
//! rounded up to 16 bytes and never kept. The original keeps one list for all
//! storage usages and one for all uniform usages; here, as in every mode, a
//! buffer is only reused for the very usage that it was created for.

use super::usage::BufferUsage;
use arenascope_units::Bytes;

/// Bytes of a bucket, and the most buffers that lie idle in it.
pub(super) const BUCKETS: [(u64, u32); 26] = [
    (64, 250),
    (128, 200),
    (256, 200),
    (512, 200),
    (2_048, 230),
    (4_096, 200),
    (8_192, 50),
    (16_384, 50),
    (32_768, 50),
    (65_536, 50),
    (131_072, 50),
    (262_144, 50),
    (524_288, 50),
    (1_048_576, 50),
    (2_097_152, 30),
    (4_194_304, 20),
    (8_388_608, 10),
    (12_582_912, 10),
    (16_777_216, 10),
    (26_214_400, 15),
    (33_554_432, 22),
    (44_236_800, 2),
    (58_982_400, 6),
    (67_108_864, 6),
    (134_217_728, 6),
    (167_772_160, 6),
];

/// What sizes above the last bucket are rounded up to.
const NORMAL: u64 = 16;

/// Bytes of the buffer for a request of `size`; `None` where they do not fit.
/// O(log buckets).
pub(super) fn bucket_size(size: Bytes) -> Option<Bytes> {
    let at = BUCKETS.partition_point(|(bucket, _)| *bucket < size.get());
    match BUCKETS.get(at) {
        Some((bucket, _)) => Some(Bytes::new(*bucket)),
        None => size.get().checked_next_multiple_of(NORMAL).map(Bytes::new),
    }
}

/// The most buffers of this size and usage that lie idle. O(log buckets).
pub(super) fn idle_cap(size: Bytes, usage: BufferUsage) -> u32 {
    let is_kept = usage.contains(BufferUsage::STORAGE) || usage.contains(BufferUsage::UNIFORM);
    let found = BUCKETS.binary_search_by_key(&size.get(), |(bucket, _)| *bucket);
    found.ok().filter(|_| is_kept).map_or(0, |at| BUCKETS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_go_to_the_next_bucket() {
        let of = |size| bucket_size(Bytes::new(size)).map(Bytes::get);
        let cases =
            [(1, 64), (64, 64), (65, 128), (513, 2_048), (167_772_160, 167_772_160), (167_772_161, 167_772_176)];
        for (size, bucket) in cases {
            assert_eq!(of(size), Some(bucket), "{size}");
        }
        assert_eq!(of(u64::MAX), None);
        assert!(BUCKETS.is_sorted_by_key(|(bucket, _)| *bucket));
    }

    #[test]
    fn only_storage_and_uniform_buffers_of_a_bucket_are_kept() {
        let cap = |size, usage| idle_cap(Bytes::new(size), usage);
        assert_eq!(cap(2_097_152, BufferUsage::STORAGE | BufferUsage::COPY_DST), 30);
        assert_eq!(cap(64, BufferUsage::UNIFORM), 250);
        assert_eq!((cap(64, BufferUsage::VERTEX), cap(80, BufferUsage::STORAGE)), (0, 0));
    }
}
