//! From the pool's words to wgpu's.

use crate::pool::{TextureFormat, TextureSpec};

/// The formats that scenarios use; `None` for others.
pub(super) fn texture_format(format: TextureFormat) -> Option<wgpu::TextureFormat> {
    Some(match format {
        TextureFormat::R8Unorm => wgpu::TextureFormat::R8Unorm,
        TextureFormat::Rg8Unorm => wgpu::TextureFormat::Rg8Unorm,
        TextureFormat::Rgba8Unorm => wgpu::TextureFormat::Rgba8Unorm,
        TextureFormat::Rgba16Float => wgpu::TextureFormat::Rgba16Float,
        TextureFormat::R32Float => wgpu::TextureFormat::R32Float,
        _ => return None,
    })
}

/// Width, height and bytes per row of one mip level of an uncompressed format.
pub(super) fn mip_extent(spec: &TextureSpec, mip: u32) -> (u32, u32, u32) {
    let (width, height) = ((spec.width >> mip).max(1), (spec.height >> mip).max(1));
    (width, height, width * spec.format.block().bytes)
}
