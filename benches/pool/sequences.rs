//! What the pool is asked for, frame by frame: seeded, and the same for every
//! policy.

use arenascope::pool::{BufferSpec, BufferUsage, ResourceSpec};
use arenascope::units::Bytes;
use arenascope::workload::Workload;
use arenascope::workload::rng::Rng;
use arenascope::workload::scenario::ScenarioKind;
use arenascope::workload::step::Step;

/// One request; `name` stands for what was got, and is never used twice.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// Get one.
    Acquire { name: u32, spec: ResourceSpec },
    /// Give it back; last used by the frame's submission.
    Release { name: u32 },
}

/// Key and value tensors of the decoder.
pub(crate) const TENSORS: u32 = 64;
/// Bytes that each of them grows by with each token: 64 numbers.
const TOKEN_BYTES: u64 = 256;
/// Frames of one steady cycle.
pub(crate) const CYCLE: u32 = 8;
/// Layers of the static model, and how many of them make a submission:
/// `maxDispatchNumber` of ONNX Runtime Web.
const LAYERS: u32 = 48;
const LAYERS_SUBMITTED: u32 = 16;
/// Submissions of one run of it.
pub(crate) const RUN: u32 = LAYERS / LAYERS_SUBMITTED;

fn storage() -> BufferUsage {
    BufferUsage::STORAGE | BufferUsage::COPY_DST | BufferUsage::COPY_SRC
}

/// A seeded sequence.
pub(crate) struct Sequence {
    pub(crate) name: &'static str,
    pub(crate) frames: u32,
    /// Frames that the GPU lags behind: two in a game; none where each run waits
    /// for the result of the one before.
    pub(crate) lag: u64,
    next: Box<dyn FnMut(u32) -> Vec<Ask>>,
}

impl Sequence {
    fn new(name: &'static str, frames: u32, next: impl FnMut(u32) -> Vec<Ask> + 'static) -> Self {
        Self { name, frames, lag: 2, next: Box::new(next) }
    }

    fn in_step(self) -> Self {
        Self { lag: 0, ..self }
    }

    /// What one frame asks for; frames in order, each once.
    pub(crate) fn frame(&mut self, frame: u32) -> Vec<Ask> {
        (self.next)(frame)
    }
}

/// Every sequence, anew; `short` takes fewer frames.
pub(crate) fn all(short: bool) -> Vec<Sequence> {
    let some = |full: u32, less: u32| if short { less } else { full };
    vec![
        scenario("gpu-thrash", ScenarioKind::GpuThrash, some(2_000, 600)),
        scenario("level-streaming", ScenarioKind::LevelStreaming, some(4_000, 1_000)),
        llm_decode(some(8_192, 8_192)),
        static_model(2),
        steady(200 * CYCLE),
    ]
}

/// What a scenario asks of the pool, with seed 42 and 256 MiB.
pub(crate) fn scenario(name: &'static str, kind: ScenarioKind, frames: u32) -> Sequence {
    let mut workload = Workload::new(kind, 42, Bytes::mib(256));
    Sequence::new(name, frames, move |_| workload.next_frame().into_iter().filter_map(ask).collect())
}

fn ask(step: Step) -> Option<Ask> {
    match step {
        Step::AcquireBuffer { slot, size, usage, .. } => {
            Some(Ask::Acquire { name: slot.0, spec: BufferSpec::new(size, usage).into() })
        }
        Step::AcquireTexture { slot, spec, .. } => Some(Ask::Acquire { name: slot.0, spec: spec.into() }),
        Step::Release { slot } => Some(Ask::Release { name: slot.0 }),
        _ => None,
    }
}

/// A decoder whose key/value tensors grow with each token: the present ones are
/// acquired while the past ones are still held, as in runtimes where the caller
/// holds a step's outputs until the next step has read them.
pub(crate) fn llm_decode(tokens: u32) -> Sequence {
    Sequence::new("llm-decode", tokens, |token| {
        let spec = BufferSpec::new(Bytes::new(u64::from(token + 1) * TOKEN_BYTES), storage()).into();
        let present = (0..TENSORS).map(|tensor| Ask::Acquire { name: token * TENSORS + tensor, spec });
        let past = (0..TENSORS).filter(|_| token > 0).map(|tensor| (token - 1) * TENSORS + tensor);
        present.chain(past.map(|name| Ask::Release { name })).collect()
    })
    .in_step()
}

/// A model of fixed shapes, a run in [`RUN`] submissions: each layer's output is
/// the next one's input.
pub(crate) fn static_model(runs: u32) -> Sequence {
    let mut rng = Rng::new(7);
    let shapes: Vec<Bytes> = (0..LAYERS).map(|_| Bytes::from(rng.doubling(12, 22))).collect();
    Sequence::new("static-model", RUN * runs, move |submission| {
        let layer = |name: u32| {
            let spec = BufferSpec::new(shapes[(name % LAYERS) as usize], storage()).into();
            let input = (name > 0).then(|| Ask::Release { name: name - 1 });
            [Some(Ask::Acquire { name, spec }), input].into_iter().flatten()
        };
        let first = submission * LAYERS_SUBMITTED;
        (first..first + LAYERS_SUBMITTED).flat_map(layer).collect()
    })
    .in_step()
}

/// A load that repeats every [`CYCLE`] frames, with other shapes in each.
pub(crate) fn steady(frames: u32) -> Sequence {
    const BUFFERS: u32 = 32;
    Sequence::new("steady", frames, |frame| {
        let mut rng = Rng::new(u64::from(frame % CYCLE));
        let acquire = |index| {
            let spec = BufferSpec::new(Bytes::from(rng.doubling(10, 20)), storage()).into();
            Ask::Acquire { name: frame * BUFFERS + index, spec }
        };
        let acquired: Vec<Ask> = (0..BUFFERS).map(acquire).collect();
        let past = (0..BUFFERS).filter(|_| frame > 0).map(|index| Ask::Release { name: (frame - 1) * BUFFERS + index });
        acquired.into_iter().chain(past).collect()
    })
}
