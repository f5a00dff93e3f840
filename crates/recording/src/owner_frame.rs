//! Which frame of a call stack a person takes for the owner: the innermost that is not the
//! allocator's own.

use arenascope_trace::{Frame, Site, Stacks};

/// Beginnings of functions that allocate on behalf of others. They are the names that the
/// formats' own viewers skip: libc, C++ and Rust allocation, PyTorch's allocators and its
/// Python bindings, CPython's object memory.
const ALLOCATORS: [&str; 38] = [
    "malloc",
    "calloc",
    "realloc",
    "free",
    "memalign",
    "aligned_alloc",
    "posix_memalign",
    "operator new",
    "operator delete",
    "std::__new_allocator",
    "std::allocator",
    "std::vector",
    "std::__cxx11::basic_string",
    "std::_",
    "__gnu_cxx::",
    "__rust_alloc",
    "__rust_realloc",
    "__rdl_",
    "__rg_",
    "alloc::",
    "<alloc::",
    "core::",
    "<core::",
    "std::alloc",
    "hashbrown::",
    "g_malloc",
    "g_realloc",
    "g_slice",
    "_PyObject_",
    "PyObject_Malloc",
    "PyMem_",
    "_PyMem_",
    "c10::",
    "at::detail::",
    "at::empty",
    "torch::CUDAAllocator",
    "unwind",
    "CUDAPluggableAllocator",
];

/// The owner's frame of a stack; the innermost where all are the allocator's; `None` of no
/// stack. O(frames that are the allocator's).
pub(super) fn owner_frame(stacks: &Stacks, site: Site) -> Option<&Frame> {
    let is_owner = |frame: &&Frame| !is_allocator(&frame.function);
    stacks.frames_of(site).find(is_owner).or_else(|| stacks.frames_of(site).next())
}

/// Whether a function allocates on behalf of others, by its name; one without a name does.
pub fn is_allocator(function: &str) -> bool {
    function.is_empty() || ALLOCATORS.iter().any(|begin| function.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_the_innermost_frame_that_does_not_allocate() {
        let mut stacks = Stacks::default();
        let mut site_of = |names: &[&str]| {
            let frames: Vec<_> = names
                .iter()
                .map(|name| stacks.intern(Frame { function: (*name).into(), ..Frame::default() }))
                .collect();
            stacks.stack(frames)
        };
        let load = site_of(&["main", "load_level", "std::vector<int>::push_back", "operator new(unsigned long)"]);
        let all = site_of(&["malloc"]);
        let name = |site| owner_frame(&stacks, site).map(|frame| &*frame.function);
        assert_eq!((name(load), name(all), name(Site::NONE)), (Some("load_level"), Some("malloc"), None));
    }
}
