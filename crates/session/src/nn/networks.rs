//! Networks: weights, inputs and outputs pass through the arena, tensors come
//! from their pool, and every result is held against the CPU reference.
//!
//! A graph has fixed shapes, and its shapes are those of the tensors that the
//! pool gives: so a network is built when it first runs with tensors of some
//! sizes, and again where the pool gives others.

use super::pending::PendingRun;
use super::tensors::{READ, WRITTEN};
use crate::events::Said;
use crate::ledger::Range;
use crate::live::{Contents, Graph, HeldTensor, Live, Model};
use crate::ranges::name;
use crate::request::{ModelId, NnFailure, NnMode, Request, RunId, Sizes};
use crate::session::Session;
use arenascope_pool::{BufferHandle, Serial};
use arenascope_telemetry::event::Op;
use arenascope_telemetry::notice::Level;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, Owner};
use arenascope_workload::network::passes::plan;
use arenascope_workload::network::{AttentionShape, Network};
use arenascope_workload::step::Slot;
use arenascope_workload::tags;
use std::rc::Rc;

/// Graphs of one network: a pool that gives tensors of ever new sizes must not
/// fill the device with constants.
const GRAPHS_MAX: usize = 4;

/// A run to be asked for.
struct Planned<'p> {
    model: Slot,
    network: Network,
    input: &'p [f32],
    expected: Vec<f32>,
    /// Inputs and outputs that stay on the device.
    caches: Caches<'p>,
}

/// The cached keys and values of a run, before and after.
#[derive(Clone, Copy, Default)]
struct Caches<'p> {
    past: &'p [BufferHandle],
    grown: &'p [BufferHandle],
    names: &'p [Slot],
}

impl Session<'_> {
    pub(crate) fn load_model(&mut self, slot: Slot, network: Network, seed: u64) -> Option<()> {
        let weights = network.weights(seed).into();
        self.run.live.insert(slot, Live::Model(Model { network, weights, graphs: Vec::new() }));
        Some(())
    }

    pub(crate) fn run_model(&mut self, slot: Slot, seed: u64) -> Option<()> {
        let (network, weights) = self.model(slot)?;
        let input = network.input(seed);
        let expected = network.forward(&weights, &[&input]).swap_remove(0);
        self.run_network(Planned { model: slot, network, input: &input, expected, caches: Caches::default() })
    }

    fn model(&self, slot: Slot) -> Option<(Network, Rc<[f32]>)> {
        let Live::Model(model) = self.run.live.get(&slot)? else { return None };
        Some((model.network, Rc::clone(&model.weights)))
    }

    /// Whatever becomes of the run, the past goes.
    pub(crate) fn decode(
        &mut self,
        slot: Slot,
        seed: u64,
        past: Option<[Slot; 2]>,
        present: ([Slot; 2], Owner),
    ) -> Option<()> {
        let mut held: Vec<HeldTensor> =
            past.into_iter().flatten().filter_map(|cache| self.take_tensor(cache)).collect();
        for cache in &mut held {
            // The device may have lost it: the host has not.
            cache.handle = cache.handle.or_else(|| self.filled_tensor(cache));
        }
        let handles: Vec<(BufferHandle, Owner)> =
            held.iter().filter_map(|cache| Some((cache.handle?, cache.owner))).collect();
        let done = match self.model(slot) {
            Some((Network::Attention(shape), weights)) => self.attend(slot, (shape, weights), seed, held, present),
            _ => None,
        };
        handles.into_iter().for_each(|(handle, owner)| self.release_tensor(handle, owner, self.run.nn.last_use));
        done
    }

    fn attend(
        &mut self,
        model: Slot,
        (shape, weights): (AttentionShape, Rc<[f32]>),
        seed: u64,
        past: Vec<HeldTensor>,
        (names, owner): ([Slot; 2], Owner),
    ) -> Option<()> {
        let network = Network::Attention(shape);
        let handles: Vec<BufferHandle> = past.iter().filter_map(|cache| cache.handle).collect();
        // A past that was refused or lost cannot be attended to.
        if 1 + handles.len() != network.inputs().len() {
            return None;
        }
        let [mut keys, mut values] = numbers(past);
        let chunk = network.input(seed);
        shape.append(&weights, &chunk, &mut keys, &mut values);
        let expected = shape.attend(&weights, &chunk, &keys, &values);

        let grown = self.acquire_tensors(&[(shape.grown_count(), WRITTEN); 2], owner)?;
        let caches = Caches { past: &handles, grown: &grown, names: &names };
        let Some(()) = self.run_network(Planned { model, network, input: &chunk, expected, caches }) else {
            self.release_all(grown, owner, Serial(0));
            return None;
        };
        for ((slot, handle), numbers) in names.into_iter().zip(grown).zip([keys, values]) {
            let (elements, contents) = (shape.grown_count(), Contents::Numbers(numbers));
            self.run.live.insert(slot, Live::Tensor(HeldTensor { handle: Some(handle), elements, owner, contents }));
        }
        Some(())
    }

    /// All of these tensors, or none.
    fn acquire_tensors(
        &mut self,
        wanted: &[(u32, arenascope_pool::BufferUsage)],
        owner: Owner,
    ) -> Option<Vec<BufferHandle>> {
        let mut handles = Vec::new();
        for &(elements, usage) in wanted {
            match self.acquire_tensor(elements, usage, owner) {
                Some(handle) => handles.push(handle),
                None => {
                    self.release_all(handles, owner, Serial(0));
                    return None;
                }
            }
        }
        Some(handles)
    }

    /// Acquires the tensors of one call, stages them and asks for the run; the
    /// tensors go back with the run as their last use.
    fn run_network(&mut self, planned: Planned<'_>) -> Option<()> {
        let counts = [planned.network.inputs()[0], planned.network.outputs()[0]];
        let fed = self.acquire_tensors(&[(counts[0], WRITTEN), (counts[1], READ)], tags::ACTIVATIONS)?;
        let asked = self.ask_for_run(planned, [fed[0], fed[1]]);
        let last_use = asked.map_or(Serial(0), |run| Serial(run.0));
        self.release_all(fed, tags::ACTIVATIONS, last_use);
        asked.map(drop)
    }

    fn ask_for_run(&mut self, planned: Planned<'_>, [fed, read]: [BufferHandle; 2]) -> Option<RunId> {
        let Planned { model, network, input: numbers, expected, caches } = planned;
        let inputs: Vec<BufferHandle> = [fed].iter().chain(caches.past).copied().collect();
        let outputs: Vec<BufferHandle> = [read].iter().chain(caches.grown).copied().collect();
        let graph = self.graph_for(model, self.sizes(&inputs, &outputs))?;
        let input = self.stage_tensor(fed, tags::ACTIVATIONS)?;
        let Some(output) = self.stage_tensor(read, tags::ACTIVATIONS) else {
            self.give_range_back(input);
            return None;
        };
        self.write_numbers(input.id, numbers);
        let run = self.next_use();
        let (inputs, outputs) = (Self::bindings(&inputs, &input), Self::bindings(&outputs, &output));
        self.out.request(Request::RunModel { run, model: graph, inputs, outputs });
        let grown = caches.names.to_vec();
        self.run.nn.runs.insert(run, PendingRun { network, expected, input, output, grown });
        Some(run)
    }

    fn sizes(&self, inputs: &[BufferHandle], outputs: &[BufferHandle]) -> Sizes {
        let sizes = |handles: &[BufferHandle]| handles.iter().map(|&handle| self.tensor_size(handle)).collect();
        Sizes { inputs: sizes(inputs), outputs: sizes(outputs) }
    }

    /// The graph of a network for tensors of these sizes, built if need be.
    fn graph_for(&mut self, slot: Slot, sizes: Sizes) -> Option<ModelId> {
        let Live::Model(model) = self.run.live.get_mut(&slot)? else { return None };
        if let Some(index) = model.graphs.iter().position(|graph| graph.sizes == sizes) {
            let graph = model.graphs.remove(index);
            let id = graph.id;
            model.graphs.push(graph);
            return Some(id);
        }
        let (network, weights) = (model.network, Rc::clone(&model.weights));
        let oldest = (model.graphs.len() >= GRAPHS_MAX).then(|| model.graphs.remove(0));
        oldest.into_iter().for_each(|graph| self.drop_graph(graph));
        self.build_graph(slot, network, &weights, sizes)
    }

    fn build_graph(&mut self, slot: Slot, network: Network, weights: &[f32], sizes: Sizes) -> Option<ModelId> {
        let charge = self.charge_npu(tags::WEIGHTS, self.graph_bytes(network, &sizes))?;
        let stage = self.stage_numbers(weights, tags::WEIGHTS)?;
        let id = ModelId(self.devices.next_number());
        let request = Request::BuildModel { model: id, network, sizes: sizes.clone(), stage: stage.id };
        self.out.request(request);
        self.run.nn.stages.insert(id.0, stage);
        self.out.emit(Said::of(Op::NpuCharge, tags::WEIGHTS, graph_number(id), charge.bytes()));
        self.run.nn.counters.graphs_built += 1;
        if let Some(Live::Model(model)) = self.run.live.get_mut(&slot) {
            model.graphs.push(Graph { id, sizes, charge });
        }
        Some(id)
    }

    /// What a graph takes on the device: its constants, and where compute passes
    /// run it, what those need beside them.
    fn graph_bytes(&self, network: Network, sizes: &Sizes) -> Bytes {
        let own = match self.devices.nn {
            NnMode::WebGpuEmulated => plan(network).own_bytes(sizes.outputs.first().copied().unwrap_or(0)),
            NnMode::Off | NnMode::WebNn | NnMode::CpuEmulated => Bytes::ZERO,
        };
        [network.weight_bytes(), own].into_iter().sum()
    }

    fn charge_npu(&mut self, owner: Owner, size: Bytes) -> Option<arenascope_budget::Charge> {
        match self.pay(owner, Heap::Npu, size) {
            Ok(charge) => Some(charge),
            Err(error) => {
                self.budget_refused(owner, size, &error);
                None
            }
        }
    }

    pub(crate) fn drop_model(&mut self, slot: Slot) -> Option<()> {
        let Live::Model(_) = self.run.live.get(&slot)? else { return None };
        if let Some(Live::Model(model)) = self.run.live.remove(&slot) {
            model.graphs.into_iter().for_each(|graph| self.drop_graph(graph));
        }
        Some(())
    }

    /// Ends a graph and its charge.
    fn drop_graph(&mut self, graph: Graph) {
        self.out.request(Request::DropModel { model: graph.id });
        self.end_graph(&graph);
    }

    fn end_graph(&mut self, graph: &Graph) {
        self.out.emit(Said::of(Op::NpuRelease, tags::WEIGHTS, graph_number(graph.id), graph.charge.bytes()));
    }

    pub(crate) fn model_built(&mut self, model: ModelId, result: Result<(), NnFailure>) {
        if let Some(stage) = self.run.nn.stages.remove(&model.0) {
            self.give_range_back(stage);
        }
        if let Err(failure) = result {
            let mut kind = "network";
            let mut failed = Vec::new();
            for live in self.run.live.values_mut() {
                if let Live::Model(built) = live
                    && built.graphs.iter().any(|graph| graph.id == model)
                {
                    failed.extend(built.graphs.extract_if(.., |graph| graph.id == model));
                    kind = built.network.kind();
                }
            }
            failed.iter().for_each(|graph| self.end_graph(graph));
            self.nn_failed(format!("a graph of a {kind} was not built: {failure}"));
        }
    }

    pub(crate) fn model_ran(&mut self, run: RunId, result: Result<(), NnFailure>) {
        let Some(PendingRun { network, expected, input, output, grown }) = self.run.nn.runs.remove(&run) else {
            return;
        };
        self.run.nn.tensors.complete(Serial(run.0));
        match result {
            Ok(()) => self.check(network, &expected, &output),
            Err(failure) => {
                self.nn_failed(format!("a {} did not run: {failure}", network.kind()));
                grown.into_iter().for_each(|slot| self.forget_tensor(slot));
            }
        }
        self.give_range_back(input);
        self.give_range_back(output);
    }

    /// Holds a result against the reference.
    fn check(&mut self, network: Network, expected: &[f32], output: &Range) {
        self.run.nn.counters.dispatches += 1;
        let size = Bytes::from(expected.len() * 4);
        self.out.emit(Said::of(Op::NnDispatch, output.owner, output.id.to_bits(), size));
        let agrees = self.with_payload(output.id, |bytes| {
            let numbers = floats(bytes);
            numbers.get(..expected.len()).is_some_and(|result| network.agrees(result, expected))
        });
        if agrees != Some(true) {
            self.run.nn.counters.mismatches += 1;
            let text = format!("a result of a {} differs from the CPU reference", network.kind());
            self.say(Level::Error, format!("{text} ({})", name(output.owner)));
        }
    }

    pub(crate) fn open_context(&mut self, nn: NnMode, tensor_limit: Bytes) {
        let devices = &mut self.devices;
        let reopened = !devices.is_context_open;
        (devices.nn, devices.caps.tensor, devices.is_context_open) = (nn, tensor_limit, true);
        if reopened {
            self.rebuild_tensors();
            self.say(Level::Info, format!("networks run again, by {}; their graphs are built anew", nn.key()));
        }
    }

    /// The context is gone with every tensor and graph. What the scenario holds
    /// is created anew when there is a context again.
    pub(crate) fn lose_context(&mut self, reason: &str) {
        self.run.nn.counters.context_losses += 1;
        self.devices.is_context_open = false;
        let count = self.forget_networks();
        self.out.request(Request::OpenContext);
        self.say(
            Level::Error,
            format!("the WebNN context was lost ({reason}) with {count} tensors; asking for another"),
        );
    }

    /// Ends the charges of all tensors and graphs; the number of tensors. Runs
    /// and writes that wait fail by themselves.
    pub(crate) fn forget_networks(&mut self) -> usize {
        let count = self.run.nn.tensors.lose(&mut self.out);
        for live in self.run.live.values_mut() {
            if let Live::Tensor(held) = live {
                held.handle = None;
            }
        }
        self.drop_graphs();
        count
    }

    /// Drops every graph; the networks stay, and are built anew when they run.
    pub(crate) fn drop_graphs(&mut self) {
        let mut dropped = Vec::new();
        for live in self.run.live.values_mut() {
            if let Live::Model(model) = live {
                dropped.append(&mut model.graphs);
            }
        }
        dropped.into_iter().for_each(|graph| self.drop_graph(graph));
    }

    /// Graphs that exist, and their bytes: constants, and what compute passes need
    /// beside them.
    pub(crate) fn graphs(&self) -> (u64, Bytes) {
        let models = self.run.live.values().filter_map(|live| match live {
            Live::Model(model) => Some(&model.graphs),
            _ => None,
        });
        let graphs: Vec<Bytes> = models.flatten().map(|graph| graph.charge.bytes()).collect();
        (graphs.len() as u64, graphs.into_iter().sum())
    }

    /// Bytes kept only for the reference: the profiler's own.
    pub(crate) fn reference_bytes(&self) -> u64 {
        let numbers = self.run.live.values().map(|live| match live {
            Live::Model(model) => model.weights.len() as u64 * 4,
            Live::Tensor(tensor) => tensor.contents.bytes(),
            Live::Range(_) | Live::Resource(_) => 0,
        });
        numbers.sum()
    }
}

/// What the host knows of a cache: keys and values; none where there is none.
fn numbers(past: Vec<HeldTensor>) -> [Vec<f32>; 2] {
    let mut numbers = past.into_iter().map(|cache| match cache.contents {
        Contents::Numbers(numbers) => numbers,
        Contents::Seeded(_) => Vec::new(),
    });
    [numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default()]
}

/// A graph's number in events: apart from those of tensors, which lie below 2⁵².
const fn graph_number(graph: ModelId) -> u64 {
    1 << 52 | graph.0
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bits| f32::from_le_bytes(bits)).collect()
}
