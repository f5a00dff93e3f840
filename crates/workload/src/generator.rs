//! What every scenario is: a function from frame and chance to steps.

use super::network::MlpShape;
use super::rng::Rng;
use super::script::Script;

/// The size that the scenarios' constants are written for.
const REFERENCE_BYTES: u64 = 256 << 20;

/// Where a scenario is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Frames since the start.
    pub(super) frame: u64,
    /// The budget's total; scenarios scale with it.
    pub(super) total_bytes: u64,
}

impl Place {
    /// A count that is written for a 256 MiB budget, for this one.
    pub(super) fn scaled(&self, count: u64) -> u64 {
        (u128::from(count) * u128::from(self.total_bytes) / u128::from(REFERENCE_BYTES)) as u64
    }

    /// A size that is written for a 256 MiB budget, for this one where that is
    /// smaller; never scaled up, since uploads cost time. At least 16.
    pub(super) fn bytes(&self, size: u32) -> u32 {
        self.scaled(u64::from(size)).clamp(16, u64::from(size)) as u32
    }

    /// An edge of something square, a texture or a matrix, that is written for
    /// a 256 MiB budget: halved with each quarter of it. At least 16.
    pub(super) fn edge(&self, edge: u32) -> u32 {
        let quarters = (REFERENCE_BYTES / self.total_bytes.max(1)).max(1).ilog2().div_ceil(2);
        (edge >> quarters).max(16)
    }

    /// Rises from 0 to `frames` over half of `frames`, and falls back, in
    /// straight lines; begins halfway up.
    pub(super) fn tide(&self, frames: u64) -> u64 {
        let phase = (self.frame + frames / 4) % frames;
        2 * phase.min(frames - phase)
    }

    /// A network that is written for a 256 MiB budget, for this one.
    pub(super) fn network(&self, shape: MlpShape) -> MlpShape {
        MlpShape { inputs: self.edge(shape.inputs), hidden: self.edge(shape.hidden), ..shape }
    }
}

/// A scenario at work.
pub(super) trait Generator {
    /// Writes down what `place.frame` does. Called once for every frame, in
    /// order, from 0.
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_budgets_scale_sizes_down_and_large_ones_do_not_scale_up() {
        let at = |mib: u64| Place { frame: 0, total_bytes: mib << 20 };
        assert_eq!(
            (at(16).bytes(1 << 20), at(256).bytes(1 << 20), at(1024).bytes(1 << 20)),
            (1 << 16, 1 << 20, 1 << 20)
        );
        assert_eq!(
            (at(16).edge(1024), at(64).edge(1024), at(256).edge(1024), at(1024).edge(1024)),
            (256, 512, 1024, 1024)
        );
        assert_eq!(at(1024).scaled(6), 24);
        assert_eq!(at(16).bytes(32), 16);
    }

    #[test]
    fn a_tide_rises_and_falls() {
        let height = |frame| Place { frame, total_bytes: 0 }.tide(480);
        assert_eq!([0, 120, 240, 360, 480].map(height), [240, 480, 240, 0, 240]);
    }
}
