//! The networks as WebNN graphs. Inputs and outputs are flat and may be longer
//! than the network needs, because a tensor is bound only where its shape is
//! the graph's: what is too long is cut off, what is too short is padded.

use super::webnn_api::{MlContext, MlGraphBuilder, MlOperand, extents, float32, object};
use crate::session::request::Sizes;
use crate::workload::network::{AttentionShape, ConvolutionShape, MlpShape, Network};
use js_sys::{Array, Float32Array, Promise};
use wasm_bindgen::JsValue;

type Built<T> = Result<T, JsValue>;

/// Asks for the graph of `network` for tensors of these sizes.
pub(super) fn build(context: &MlContext, network: Network, sizes: &Sizes, weights: &[f32]) -> Built<Promise> {
    let mut draft = Draft { builder: MlGraphBuilder::new(context)?, sizes, weights };
    let outputs = match network {
        Network::Mlp(shape) => vec![draft.mlp(shape)?],
        Network::Convolution(shape) => vec![draft.convolution(shape)?],
        Network::Attention(shape) => draft.attention(shape)?,
    };
    let mut named = Vec::new();
    for (index, (output, count)) in outputs.iter().zip(network.outputs()).enumerate() {
        named.push((output_name(index), draft.output(output, index, count)?.into()));
    }
    let named: Vec<(&str, JsValue)> = named.iter().map(|(name, value): &(_, JsValue)| (*name, value.clone())).collect();
    draft.builder.build(&object(&named))
}

/// The names of inputs and outputs, by their position.
pub(super) fn input_name(index: usize) -> &'static str {
    ["input", "keys", "values"].get(index).copied().unwrap_or("?")
}

/// See [`input_name`].
pub(super) fn output_name(index: usize) -> &'static str {
    ["output", "grown_keys", "grown_values"].get(index).copied().unwrap_or("?")
}

/// A graph being drawn; `weights` are those that no constant has taken yet.
struct Draft<'d> {
    builder: MlGraphBuilder,
    sizes: &'d Sizes,
    weights: &'d [f32],
}

impl Draft<'_> {
    /// The next constant.
    fn constant(&mut self, shape: &[u32]) -> Built<MlOperand> {
        let count = shape.iter().product::<u32>() as usize;
        let (part, later) = self.weights.split_at_checked(count).unwrap_or_default();
        self.weights = later;
        // A copy outside the shared memory: constants are kept by the graph.
        self.builder.constant(&float32(shape, &[]), &Float32Array::from(part))
    }

    /// An input in the shape that the network wants.
    fn input(&self, index: usize, shape: &[u32]) -> Built<MlOperand> {
        let count: u32 = shape.iter().product();
        let size = self.sizes.inputs.get(index).copied().unwrap_or(count);
        let whole = self.builder.input(input_name(index), &float32(&[size], &[]))?;
        let needed = if size > count { self.builder.slice(&whole, &extents(&[0]), &extents(&[count]))? } else { whole };
        self.builder.reshape(&needed, &extents(shape))
    }

    /// An output as long as its tensor.
    fn output(&self, value: &MlOperand, index: usize, count: u32) -> Built<MlOperand> {
        let size = self.sizes.outputs.get(index).copied().unwrap_or(count);
        let flat = self.builder.reshape(value, &extents(&[count]))?;
        let missing = size.saturating_sub(count);
        if missing == 0 { Ok(flat) } else { self.builder.pad(&flat, &extents(&[0]), &extents(&[missing])) }
    }

    /// relu(input · W₁ + b₁) · W₂ + b₂.
    fn mlp(&mut self, MlpShape { inputs, hidden, outputs }: MlpShape) -> Built<MlOperand> {
        let (first, first_bias) = (self.constant(&[inputs, hidden])?, self.constant(&[1, hidden])?);
        let (second, second_bias) = (self.constant(&[hidden, outputs])?, self.constant(&[1, outputs])?);
        let (input, builder) = (self.input(0, &[1, inputs])?, &self.builder);
        let activated = builder.relu(&builder.add(&builder.matmul(&input, &first)?, &first_bias)?)?;
        builder.add(&builder.matmul(&activated, &second)?, &second_bias)
    }

    /// maxPool(relu(conv(input) + b₁)) · W + b₂.
    fn convolution(&mut self, shape: ConvolutionShape) -> Built<MlOperand> {
        let ConvolutionShape { channels, edge, filters, outputs } = shape;
        let (filter, bias) = (self.constant(&[filters, channels, 3, 3])?, self.constant(&[filters])?);
        let (dense, dense_bias) = (self.constant(&[shape.features(), outputs])?, self.constant(&[1, outputs])?);
        let (input, builder) = (self.input(0, &[1, channels, edge, edge])?, &self.builder);
        let border = object(&[("padding", extents(&[1, 1, 1, 1]).into()), ("bias", bias.into())]);
        let seen = builder.relu(&builder.conv2d(&input, &filter, &border)?)?;
        let window = object(&[("windowDimensions", extents(&[2, 2]).into()), ("strides", extents(&[2, 2]).into())]);
        let pooled = builder.max_pool2d(&seen, &window)?;
        let features = builder.reshape(&pooled, &extents(&[1, shape.features()]))?;
        builder.gemm(&features, &dense, &object(&[("c", dense_bias.into())]))
    }

    /// Output, K′ and V′.
    fn attention(&mut self, shape: AttentionShape) -> Built<Vec<MlOperand>> {
        let square = [shape.width; 2];
        let (query, key) = (self.constant(&square)?, self.constant(&square)?);
        let (value, out) = (self.constant(&square)?, self.constant(&square)?);
        let chunk = self.input(0, &[shape.chunk, shape.width])?;
        let keys = self.appended(1, shape, self.builder.matmul(&chunk, &key)?)?;
        let values = self.appended(2, shape, self.builder.matmul(&chunk, &value)?)?;
        let builder = &self.builder;
        let last = builder.slice(&chunk, &extents(&[shape.chunk.saturating_sub(1), 0]), &extents(&[1, shape.width]))?;
        let turned = object(&[("alpha", shape.score_scale().into()), ("bTranspose", JsValue::TRUE)]);
        let scores = builder.gemm(&builder.matmul(&last, &query)?, &keys, &turned)?;
        let blend = builder.matmul(&builder.softmax(&scores, 1)?, &values)?;
        let output = builder.add(&builder.matmul(&blend, &out)?, &last)?;
        Ok(vec![output, keys, values])
    }

    /// New rows behind those of the cache.
    fn appended(&self, index: usize, shape: AttentionShape, rows: MlOperand) -> Built<MlOperand> {
        if shape.past == 0 {
            return Ok(rows);
        }
        let past = self.input(index, &[shape.past, shape.width])?;
        self.builder.concat(&Array::of2(&past, &rows), 0)
    }
}
