//! The networks as compute passes on a GPU, for where nobody else runs them: which
//! kernel reads and writes what, and what that takes beside tensors and constants.

use super::{AttentionShape, ConvolutionShape, MlpShape, Network};
use arenascope_units::Bytes;
use strum::{EnumCount, VariantArray};

/// Words of a pass's parameters: a multiple of 16 bytes, as uniforms are.
pub const WORDS: usize = 12;

/// The kernels, in one module with one layout. Matrices are row-major; `first`
/// is where a pass's weights begin.
pub const SHADER: &str = "
struct Params {
    inputs: u32, outputs: u32, rows: u32, first: u32,
    input_at: u32, result_at: u32, bias: u32, clamp: u32,
    residual: u32, residual_at: u32, scale: f32, unused: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

// a * W (+ bias) (+ residual) (clamped at zero): every invocation sums one place.
@compute @workgroup_size(64)
fn dense(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= params.rows * params.outputs) { return; }
    let row = id.x / params.outputs;
    let column = id.x % params.outputs;
    var sum = 0.0;
    if (params.bias == 1u) { sum = weights[params.first + params.inputs * params.outputs + column]; }
    for (var term = 0u; term < params.inputs; term++) {
        let value = a[params.input_at + row * params.inputs + term];
        sum += value * weights[params.first + term * params.outputs + column];
    }
    if (params.residual == 1u) { sum += b[params.residual_at + column]; }
    result[params.result_at + id.x] = select(sum, max(sum, 0.0), params.clamp == 1u);
}

// 3 by 3 convolution with a border of zeros, bias, clamp and 2 by 2 maximum:
// every invocation makes one pooled number. inputs: channels, rows: edge,
// outputs: filters.
@compute @workgroup_size(64)
fn convolve(@builtin(global_invocation_id) id: vec3<u32>) {
    let edge = params.rows;
    let pooled = edge / 2u;
    if (id.x >= params.outputs * pooled * pooled) { return; }
    let filter_index = id.x / (pooled * pooled);
    let place = id.x % (pooled * pooled);
    let products = params.inputs * 9u;
    var largest = 0.0;
    for (var corner = 0u; corner < 4u; corner++) {
        let y = 2u * (place / pooled) + corner / 2u;
        let x = 2u * (place % pooled) + corner % 2u;
        var sum = weights[params.outputs * products + filter_index];
        for (var tap = 0u; tap < products; tap++) {
            let down = y + tap / 3u % 3u;
            let right = x + tap % 3u;
            if (down >= 1u && down <= edge && right >= 1u && right <= edge) {
                let pixel = (tap / 9u * edge + down - 1u) * edge + right - 1u;
                sum += a[pixel] * weights[filter_index * products + tap];
            }
        }
        largest = max(largest, sum);
    }
    result[id.x] = largest;
}

// softmax(query * keys^T * scale) * values: every invocation makes one column,
// in one pass over the tokens. weights: the query, a: keys, b: values, inputs:
// width, rows: tokens.
@compute @workgroup_size(64)
fn attend(@builtin(global_invocation_id) id: vec3<u32>) {
    let width = params.inputs;
    if (id.x >= width) { return; }
    var largest = -3.0e38;
    var total = 0.0;
    var sum = 0.0;
    for (var token = 0u; token < params.rows; token++) {
        var score = 0.0;
        for (var term = 0u; term < width; term++) { score += weights[term] * a[token * width + term]; }
        score *= params.scale;
        let next = max(largest, score);
        let kept = exp(largest - next);
        let share = exp(score - next);
        total = total * kept + share;
        sum = sum * kept + share * b[token * width + id.x];
        largest = next;
    }
    result[id.x] = sum / total;
}";

/// An entry point of [`SHADER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumCount, VariantArray)]
pub enum Kernel {
    /// A matrix times a vector, or several.
    Dense,
    /// A convolution with its pooling.
    Convolve,
    /// One query against all keys.
    Attend,
}

impl Kernel {
    /// Every kernel, in order.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// Its name in the module.
    pub const fn entry(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Convolve => "convolve",
            Self::Attend => "attend",
        }
    }
}

/// Where a pass reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The buffer of all the network's constants.
    Weights,
    /// The input at this position.
    Input(usize),
    /// The output at this position.
    Output(usize),
    /// The scratch buffer at this position.
    Scratch(usize),
}

/// One compute pass: a kernel, its parameters and its buffers.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// The entry point that runs.
    pub kernel: Kernel,
    /// The words of the kernel's uniform, in the order of `Params` in [`SHADER`].
    pub params: [u32; WORDS],
    /// Bindings 1 to 4.
    pub places: [Place; 4],
    /// How many numbers it makes.
    pub invocations: u32,
}

/// All of a network: copies first, then passes in order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// From an input to an output, so many bytes.
    pub copies: Vec<(usize, usize, u64)>,
    /// The passes, each after the one before.
    pub passes: Vec<Pass>,
    /// Numbers in each scratch buffer.
    pub scratch: Vec<u32>,
}

impl Plan {
    /// Bytes on the device beside the tensors and the constants, where the first
    /// output is a tensor of `first_output` numbers: the parameters of every pass,
    /// the scratch buffers, and the buffer that the first output is read through.
    pub fn own_bytes(&self, first_output: u32) -> Bytes {
        let params = self.passes.len() as u64 * WORDS as u64;
        let numbers: u64 = self.scratch.iter().chain([&first_output]).map(|&count| u64::from(count)).sum();
        Bytes::new((params + numbers) * 4)
    }
}

/// The passes that make up `network`.
pub fn plan(network: Network) -> Plan {
    match network {
        Network::Mlp(shape) => mlp(shape),
        Network::Convolution(shape) => convolution(shape),
        Network::Attention(shape) => attention(shape),
    }
}

/// A dense layer; the fields that most layers leave at zero are set by name.
#[derive(Clone, Copy, Default)]
struct Layer {
    inputs: u32,
    outputs: u32,
    rows: u32,
    first: usize,
    input_at: u32,
    result_at: u32,
    bias: bool,
    clamp: bool,
    residual_at: Option<u32>,
}

impl Layer {
    fn pass(self, [input, residual, result]: [Place; 3]) -> Pass {
        let Self { inputs, outputs, rows, first, input_at, result_at, bias, clamp, residual_at } = self;
        let residual = (residual_at.is_some(), residual_at.unwrap_or(0), residual);
        let params = [
            inputs,
            outputs,
            rows,
            first as u32,
            input_at,
            result_at,
            u32::from(bias),
            u32::from(clamp),
            u32::from(residual.0),
            residual.1,
            0,
            0,
        ];
        let places = [Place::Weights, input, residual.2, result];
        Pass { kernel: Kernel::Dense, params, places, invocations: rows * outputs }
    }
}

fn mlp(shape: MlpShape) -> Plan {
    let [first, first_bias, ..] = shape.parts();
    let [input, hidden, output] = [Place::Input(0), Place::Scratch(0), Place::Output(0)];
    let one =
        Layer { inputs: shape.inputs, outputs: shape.hidden, rows: 1, bias: true, clamp: true, ..Layer::default() };
    let two = Layer { inputs: shape.hidden, outputs: shape.outputs, first: first + first_bias, clamp: false, ..one };
    let passes = vec![one.pass([input, input, hidden]), two.pass([hidden, hidden, output])];
    Plan { copies: Vec::new(), passes, scratch: vec![shape.hidden] }
}

fn convolution(shape: ConvolutionShape) -> Plan {
    let [filters, filter_bias, ..] = shape.parts();
    let [input, pooled, output] = [Place::Input(0), Place::Scratch(0), Place::Output(0)];
    let mut params = [0; WORDS];
    [params[0], params[1], params[2]] = [shape.channels, shape.filters, shape.edge];
    let places = [Place::Weights, input, input, pooled];
    let convolve = Pass { kernel: Kernel::Convolve, params, places, invocations: shape.features() };
    let dense = Layer {
        inputs: shape.features(),
        outputs: shape.outputs,
        rows: 1,
        first: filters + filter_bias,
        bias: true,
        ..Layer::default()
    };
    let passes = vec![convolve, dense.pass([pooled, pooled, output])];
    Plan { copies: Vec::new(), passes, scratch: vec![shape.features()] }
}

fn attention(shape: AttentionShape) -> Plan {
    let (width, square) = (shape.width, shape.parts()[0]);
    let [chunk, output, keys, values] = [Place::Input(0), Place::Output(0), Place::Output(1), Place::Output(2)];
    let [query, blend] = [Place::Scratch(0), Place::Scratch(1)];
    let past_bytes = u64::from(shape.past * width) * 4;
    let copies = if shape.past == 0 { Vec::new() } else { vec![(1, 1, past_bytes), (2, 2, past_bytes)] };
    let last_at = shape.chunk.saturating_sub(1) * width;
    let one = Layer { inputs: width, outputs: width, rows: 1, ..Layer::default() };
    let rows = Layer { rows: shape.chunk, result_at: shape.past * width, ..one };
    let mut params = [0; WORDS];
    [params[0], params[2], params[10]] = [width, shape.tokens(), shape.score_scale().to_bits()];
    let attend = Pass { kernel: Kernel::Attend, params, places: [query, keys, values, blend], invocations: width };
    let passes = vec![
        Layer { first: square, ..rows }.pass([chunk, chunk, keys]),
        Layer { first: 2 * square, ..rows }.pass([chunk, chunk, values]),
        Layer { input_at: last_at, ..one }.pass([chunk, chunk, query]),
        attend,
        Layer { first: 3 * square, residual_at: Some(last_at), ..one }.pass([blend, chunk, output]),
    ];
    Plan { copies, passes, scratch: vec![width, width] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_takes_parameters_scratch_and_what_is_read_back() {
        let perceptron = plan(MlpShape::new(8, 512, 4).into());
        assert_eq!(perceptron.own_bytes(4), Bytes::new(2 * 48 + 512 * 4 + 4 * 4));
        let attention = plan(AttentionShape::new(8, 1, 3).into());
        assert_eq!(attention.own_bytes(16).get() - attention.own_bytes(0).get(), 64);
        assert_eq!(attention.own_bytes(0), Bytes::new(5 * 48 + 2 * 8 * 4));
    }
}
