//! What an allocation is for, in the words of the API: its `Type`, and the bits of its
//! `Usage` that tell more.

/// Bits of `VkBufferUsageFlags`, the most particular first.
const VULKAN_BUFFERS: [(u32, &str); 4] = [
    (0x1c0, "BUFFER, vertex, index or indirect"),
    (0x28, "BUFFER, storage"),
    (0x14, "BUFFER, uniform"),
    (0x3, "BUFFER, transfer"),
];
/// Bits of `VkImageUsageFlags`.
const VULKAN_IMAGES: [(u32, &str); 3] = [
    (0x20, "IMAGE_OPTIMAL, depth or stencil"),
    (0xd8, "IMAGE_OPTIMAL, attachment or storage"),
    (0x4, "IMAGE_OPTIMAL, sampled"),
];
/// Bits of `D3D12_RESOURCE_FLAGS`.
const D3D12_TEXTURES: [(u32, &str); 2] =
    [(0x2, "TEXTURE, depth or stencil"), (0x5, "TEXTURE, render target or unordered")];

/// The category of an allocation.
pub(super) fn category_of(kind: &str, usage: u32, is_vulkan: bool) -> &str {
    let by_usage: &[(u32, &'static str)] = match kind {
        "BUFFER" if is_vulkan => &VULKAN_BUFFERS,
        "IMAGE_OPTIMAL" if is_vulkan => &VULKAN_IMAGES,
        _ if kind.starts_with("TEXTURE") && !is_vulkan => &D3D12_TEXTURES,
        _ => &[],
    };
    by_usage.iter().find(|(bits, _)| usage & bits != 0).map_or(kind, |&(_, category)| category)
}
