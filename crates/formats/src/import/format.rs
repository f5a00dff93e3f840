//! The formats that can be read, by name.

use strum::{EnumCount, IntoStaticStr, VariantArray};

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, EnumCount, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Format {
    /// What the probe told of a page.
    Probe,
    /// `torch.cuda.memory._dump_snapshot`.
    PytorchSnapshot,
    /// heaptrack's text, versions 1 to 3.
    Heaptrack,
    /// Valgrind's DHAT, version 2.
    Dhat,
    /// Valgrind's massif.
    Massif,
    /// Statistics of Vulkan Memory Allocator or D3D12 Memory Allocator.
    Vma,
    /// A trace of AMD's Radeon Memory Visualizer.
    Rmv,
    /// A capture of Intel's GPGMM.
    Gpgmm,
    /// Firefox Profiler's processed profile.
    FirefoxProfile,
    /// V8's `.heapprofile` and `.heaptimeline`.
    ChromeHeap,
    /// What `memray transform csv` writes.
    Memray,
    /// MiniMalloc's lifetimes of buffers.
    Minimalloc,
    /// Chrome's trace events: counters.
    ChromeTrace,
    /// `Alloc(bytes),` and `Free(index),` as text.
    AllocText,
}

impl Format {
    /// Every format, the most particular first: that is the order in which they are tried.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name in manifests and on the command line: `pytorch_snapshot`.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Probe => "Recording of a page",
            Self::PytorchSnapshot => "PyTorch CUDA snapshot",
            Self::Heaptrack => "heaptrack",
            Self::Dhat => "DHAT",
            Self::Massif => "massif",
            Self::Vma => "VMA or D3D12MA statistics",
            Self::Rmv => "Radeon Memory Visualizer trace",
            Self::Gpgmm => "GPGMM capture",
            Self::FirefoxProfile => "Firefox profile",
            Self::ChromeHeap => "Chrome heap profile",
            Self::Memray => "memray CSV",
            Self::Minimalloc => "MiniMalloc CSV",
            Self::ChromeTrace => "Chrome trace",
            Self::AllocText => "Alloc/Free text",
        }
    }
}
