//! Entry of the web module: mounts the page on the first thread. Workers enter
//! through the functions that `platform` exports.

fn main() {
    #[cfg(all(target_arch = "wasm32", feature = "web"))]
    arenascope::app::mount();
    #[cfg(not(all(target_arch = "wasm32", feature = "web")))]
    {
        eprintln!("arenascope-web is the page's binary: build it for wasm32 with `make serve`.");
        std::process::exit(2);
    }
}
