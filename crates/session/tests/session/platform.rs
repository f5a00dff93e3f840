//! A platform made up for tests: it keeps its own count of everything it is
//! asked to create, runs networks by the reference, and misbehaves on demand.

use arenascope_arena::AllocationId;
use arenascope_pool::{DeviceLimits, ResourceId, Serial};
use arenascope_session::Session;
use arenascope_session::request::{Binding, GpuMode, ModelId, NnFailure, NnMode, Report, Request, RunId, Sizes};
use arenascope_units::{Bytes, Micros};
use arenascope_workload::network::Network;
use arenascope_workload::network::passes::plan;
use std::collections::{BTreeMap, BTreeSet};

/// A graph, with what it may be given.
struct Model {
    network: Network,
    sizes: Sizes,
    weights: Vec<f32>,
}

/// A tensor; `None` where nothing, or nothing good, was written yet.
struct Tensor {
    size: u64,
    contents: Option<Vec<f32>>,
}

/// Something that goes wrong once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The next creation fails.
    Creation,
    /// The creations of the next so many requests all fail.
    Creations(u64),
    /// The device is lost, with everything on it.
    DeviceLoss,
    /// Submissions complete so many rounds late.
    Delay(u64),
}

impl Fault {
    pub(crate) const ALL: [Self; 4] = [Self::Creation, Self::Creations(40), Self::DeviceLoss, Self::Delay(5)];
}

pub(crate) struct Platform {
    requests: u64,
    fault: Option<(u64, Fault)>,
    failing_until: u64,
    rounds_held: u64,
    nn: NnMode,
    resources: BTreeMap<ResourceId, u64>,
    models: BTreeMap<ModelId, Model>,
    tensors: BTreeMap<ResourceId, Tensor>,
    tensor_creations: u64,
    fail_tensors_every: Option<u64>,
    /// From a loss until a new one is asked for.
    context_lost: bool,
    runs: u64,
    fail_runs_every: Option<u64>,
    misuse: Vec<String>,
    holding: bool,
    held: BTreeSet<Serial>,
    creations: u64,
    fail_every: Option<u64>,
    corrupt: bool,
}

impl Platform {
    pub(crate) fn new(nn: NnMode) -> Self {
        Self {
            requests: 0,
            fault: None,
            failing_until: 0,
            rounds_held: 0,
            nn,
            resources: BTreeMap::new(),
            models: BTreeMap::new(),
            tensors: BTreeMap::new(),
            tensor_creations: 0,
            fail_tensors_every: None,
            context_lost: false,
            runs: 0,
            fail_runs_every: None,
            misuse: Vec::new(),
            holding: false,
            held: BTreeSet::new(),
            creations: 0,
            fail_every: None,
            corrupt: false,
        }
    }

    pub(crate) fn device_bytes(&self) -> u64 {
        self.resources.values().sum()
    }

    pub(crate) fn resource_count(&self) -> usize {
        self.resources.len()
    }

    pub(crate) fn network_count(&self) -> usize {
        self.models.len() + self.tensors.len()
    }

    /// Graphs, and their bytes: the constants, and the buffers of compute passes.
    pub(crate) fn graphs(&self) -> (u64, u64) {
        let bytes = self.models.values().map(|model| model.weights.len() as u64 * 4 + self.own_bytes(model));
        (self.models.len() as u64, bytes.sum())
    }

    /// 48 B of parameters a pass, the scratch, and what is read back.
    fn own_bytes(&self, model: &Model) -> u64 {
        if self.nn != NnMode::WebGpuEmulated {
            return 0;
        }
        let plan = plan(model.network);
        let numbers: u32 = plan.scratch.iter().chain([&model.sizes.outputs[0]]).sum();
        plan.passes.len() as u64 * 48 + u64::from(numbers) * 4
    }

    pub(crate) fn tensors(&self) -> (u64, u64) {
        (self.tensors.len() as u64, self.tensors.values().map(|tensor| tensor.size).sum())
    }

    pub(crate) fn assert_no_misuse(&self) {
        assert_eq!(self.misuse, [""; 0]);
    }

    pub(crate) fn hold_completions(&mut self, holding: bool) {
        self.holding = holding;
    }

    pub(crate) fn fail_creations_every(&mut self, count: u64) {
        self.fail_every = Some(count);
    }

    /// Of tensors.
    pub(crate) fn fail_tensors_every(&mut self, count: u64) {
        self.fail_tensors_every = Some(count);
    }

    pub(crate) fn fail_runs_every(&mut self, count: u64) {
        self.fail_runs_every = Some(count);
    }

    /// The WebNN context goes with everything on it.
    pub(crate) fn lose_context(&mut self, session: &mut Session) {
        self.models.clear();
        self.tensors.clear();
        self.context_lost = true;
        session.handle_report(Report::ContextLost { reason: "drill".into() });
    }

    /// Lets a fault happen just before the request with this number, counted from
    /// now.
    pub(crate) fn inject(&mut self, request: u64, fault: Fault) {
        (self.requests, self.fault) = (0, Some((request, fault)));
        (self.failing_until, self.rounds_held) = (0, 0);
    }

    /// Requests executed since the fault was injected.
    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }

    fn misbehave(&mut self, session: &mut Session) {
        match self.fault {
            Some((at, fault)) if at == self.requests => match fault {
                Fault::Creation => self.failing_until = u64::MAX,
                Fault::Creations(count) => self.failing_until = at + count,
                Fault::DeviceLoss => self.lose_device(session),
                Fault::Delay(rounds) => self.rounds_held = rounds,
            },
            _ => {}
        }
        self.requests += 1;
    }

    pub(crate) fn corrupt_results(&mut self, corrupt: bool) {
        self.corrupt = corrupt;
    }

    /// Everything on the device goes, as a driver would do it.
    pub(crate) fn lose_device(&mut self, session: &mut Session) {
        self.resources.clear();
        if self.nn == NnMode::WebGpuEmulated {
            self.models.clear();
            self.tensors.clear();
        }
        session.handle_report(Report::DeviceLost { reason: "drill".into() });
    }

    /// Runs every request in order, then completes what was submitted.
    pub(crate) fn run(&mut self, session: &mut Session) {
        while let Some(request) = session.poll_request() {
            self.misbehave(session);
            if let Some(report) = self.execute(session, request) {
                session.handle_report(report);
            }
        }
        self.rounds_held = self.rounds_held.saturating_sub(1);
        if !self.holding
            && self.rounds_held == 0
            && let Some(&serial) = self.held.last()
        {
            self.held.clear();
            session.handle_report(Report::Completed { serial });
        }
    }

    fn execute(&mut self, session: &mut Session, request: Request) -> Option<Report> {
        match request {
            Request::OpenDevice => {
                let limits = DeviceLimits::default();
                return Some(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: self.nn, limits });
            }
            Request::Create { resource, spec, .. } => return self.create(resource, spec.size().unwrap().get()),
            Request::Destroy { resource } => {
                // After a loss the object is gone already.
                self.resources.remove(&resource);
            }
            Request::WriteBuffer { resource, stage } | Request::WriteTexture { resource, stage, .. } => {
                let size = session.with_stage(stage, |bytes| bytes.len() as u64);
                self.expect(
                    size.is_some_and(|size| self.resources.get(&resource).is_some_and(|&room| size <= room)),
                    "write",
                );
            }
            Request::Dispatch { input, output, .. } => {
                self.expect(self.resources.contains_key(&input) && self.resources.contains_key(&output), "dispatch");
            }
            Request::Submit { serial } => {
                self.held.insert(serial);
            }
            Request::OpenContext => {
                self.context_lost = false;
                return Some(Report::ContextReady { nn: self.nn, tensor_limit: Bytes::mib(128) });
            }
            Request::BuildModel { model, network, sizes, stage } => {
                if self.context_lost {
                    return Some(Report::ModelBuilt { model, result: Err(NnFailure::Missing) });
                }
                let weights = session.with_payload(stage, floats).unwrap();
                self.expect(weights.len() == network.weight_count(), "weights");
                self.models.insert(model, Model { network, sizes, weights });
                return Some(Report::ModelBuilt { model, result: Ok(()) });
            }
            Request::RunModel { run, model, inputs, outputs } => {
                return Some(self.run_model(session, (run, model), &inputs, &outputs));
            }
            Request::DropModel { model } => {
                self.models.remove(&model);
            }
            Request::CreateTensor { tensor, spec } => return self.create_tensor(tensor, spec.size.get()),
            Request::WriteTensor { write, tensor, stage } => {
                let result = self.write(session, tensor, stage);
                return Some(Report::TensorWritten { write, result });
            }
            Request::DestroyTensor { tensor } => {
                // After a loss the object is gone already.
                self.tensors.remove(&tensor);
            }
        }
        None
    }

    fn create(&mut self, resource: ResourceId, size: u64) -> Option<Report> {
        self.creations += 1;
        if self.requests <= self.failing_until {
            if self.failing_until == u64::MAX {
                self.failing_until = 0;
            }
            return Some(Report::CreationFailed { resource, reason: "out of memory".into() });
        }
        if self.fail_every.is_some_and(|every| self.creations.is_multiple_of(every)) {
            return Some(Report::CreationFailed { resource, reason: "out of memory".into() });
        }
        self.expect(!self.resources.contains_key(&resource), "created twice");
        self.resources.insert(resource, size);
        // As many µs as KiB, so that a test can tell.
        Some(Report::Created { resource, took: Micros::new(size >> 10) })
    }

    fn create_tensor(&mut self, tensor: ResourceId, size: u64) -> Option<Report> {
        self.tensor_creations += 1;
        if self.context_lost || self.fail_tensors_every.is_some_and(|every| self.tensor_creations.is_multiple_of(every))
        {
            return Some(Report::TensorCreationFailed { tensor, reason: "out of memory".into() });
        }
        self.expect(!self.tensors.contains_key(&tensor), "tensor created twice");
        self.tensors.insert(tensor, Tensor { size, contents: None });
        None
    }

    fn write(&mut self, session: &Session, tensor: ResourceId, stage: AllocationId) -> Result<(), NnFailure> {
        let contents = session.with_payload(stage, floats).unwrap();
        let held = self.tensors.get_mut(&tensor).ok_or(NnFailure::Missing)?;
        let fits = contents.len() as u64 * 4 == held.size;
        held.contents = Some(contents);
        self.expect(fits, "a stage is as long as its tensor");
        Ok(())
    }

    fn run_model(
        &mut self,
        session: &mut Session,
        (run, model): (RunId, ModelId),
        inputs: &[Binding],
        outputs: &[Binding],
    ) -> Report {
        let result = self.infer(session, model, inputs, outputs);
        if result.is_err() {
            for output in outputs {
                self.tensors.entry(output.tensor).and_modify(|tensor| tensor.contents = None);
            }
        }
        Report::ModelRan { run, result }
    }

    /// As WebNN does it: every tensor exactly as long as the graph says.
    fn infer(
        &mut self,
        session: &mut Session,
        model: ModelId,
        inputs: &[Binding],
        outputs: &[Binding],
    ) -> Result<(), NnFailure> {
        self.runs += 1;
        if self.fail_runs_every.is_some_and(|every| self.runs.is_multiple_of(every)) {
            return Err(NnFailure::Refused { reason: "drill".into() });
        }
        for Binding { tensor, stage } in inputs {
            if let Some(stage) = stage {
                self.write(session, *tensor, *stage)?;
            }
        }
        let Model { network, sizes, weights } = self.models.get(&model).ok_or(NnFailure::Missing)?;
        let all: Vec<&Binding> = inputs.iter().chain(outputs).collect();
        let bound: Vec<u64> = (all.iter())
            .map(|binding| self.tensors.get(&binding.tensor).map(|tensor| tensor.size / 4))
            .collect::<Option<_>>()
            .ok_or(NnFailure::Missing)?;
        let promised: Vec<u64> = sizes.inputs.iter().chain(&sizes.outputs).map(|&size| u64::from(size)).collect();
        let distinct: BTreeSet<ResourceId> = all.iter().map(|binding| binding.tensor).collect();
        let fine = bound == promised && distinct.len() == all.len();
        let mut fed: Vec<&[f32]> = Vec::new();
        for (input, count) in inputs.iter().zip(network.inputs()) {
            let contents = self.tensors[&input.tensor].contents.as_ref().ok_or(NnFailure::Missing)?;
            fed.push(&contents[..count as usize]);
        }
        let mut results = network.forward(weights, &fed);
        self.expect(fine, "bound tensors are those of the graph, and no one is bound twice");
        if self.corrupt {
            results[0][0] += 1.0;
        }
        for (Binding { tensor, stage }, mut result) in outputs.iter().zip(results) {
            let tensor = self.tensors.get_mut(tensor).unwrap();
            result.resize(tensor.size as usize / 4, 0.0);
            if let Some(stage) = stage {
                session.with_payload_mut(*stage, |bytes| bytes.copy_from_slice(&bytes_of(&result))).unwrap();
            }
            tensor.contents = Some(result);
        }
        Ok(())
    }

    fn expect(&mut self, fine: bool, what: &str) {
        // What failed on purpose makes later uses of it meaningless.
        if !fine && self.fail_every.is_none() && self.fault.is_none() {
            self.misuse.push(what.into());
        }
    }
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bits| f32::from_le_bytes(bits)).collect()
}
