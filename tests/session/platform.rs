//! A platform made up for tests: it keeps its own count of everything it is
//! asked to create, runs networks by the reference, and misbehaves on demand.

use arenascope::pool::{DeviceLimits, ResourceId, Serial};
use arenascope::session::Session;
use arenascope::session::request::{GpuMode, ModelId, NnMode, Report, Request, RunId, TensorId};
use arenascope::units::Micros;
use arenascope::workload::mlp::MlpShape;
use std::collections::{BTreeMap, BTreeSet};

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
    models: BTreeMap<ModelId, Vec<f32>>,
    tensors: BTreeMap<TensorId, u64>,
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

    pub(crate) fn tensors(&self) -> (u64, u64) {
        (self.tensors.len() as u64, self.tensors.values().sum())
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
            Request::BuildModel { model, shape, stage } => {
                let weights = session.with_payload(stage, floats).unwrap();
                self.expect(weights.len() == shape.weight_count(), "weights");
                self.models.insert(model, weights);
                return Some(Report::ModelBuilt { model, result: Ok(()) });
            }
            Request::RunModel { run, model, shape, input, output } => {
                return Some(self.infer(session, run, model, shape, (input, output)));
            }
            Request::DropModel { model } => {
                self.models.remove(&model);
            }
            Request::CreateTensor { tensor, elements, stage } => {
                let size = session.with_payload(stage, |bytes| bytes.len() as u64).unwrap();
                self.expect(size == u64::from(elements) * 4, "tensor size");
                self.tensors.insert(tensor, size);
                return Some(Report::TensorCreated { tensor, result: Ok(()) });
            }
            Request::DropTensor { tensor } => {
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

    fn infer(
        &mut self,
        session: &mut Session,
        run: RunId,
        model: ModelId,
        shape: MlpShape,
        (input, output): (arenascope::arena::AllocationId, arenascope::arena::AllocationId),
    ) -> Report {
        let Some(weights) = self.models.get(&model) else {
            return Report::ModelRan { run, result: Err("no such model".into()) };
        };
        let input = session.with_payload(input, floats).unwrap();
        let mut result = shape.forward(weights, &input);
        if self.corrupt {
            result[0] += 1.0;
        }
        session.with_payload_mut(output, |bytes| {
            bytes
                .chunks_exact_mut(4)
                .zip(result)
                .for_each(|(place, value)| place.copy_from_slice(&value.to_le_bytes()));
        });
        Report::ModelRan { run, result: Ok(()) }
    }

    fn expect(&mut self, fine: bool, what: &str) {
        // What failed on purpose makes later uses of it meaningless.
        if !fine && self.fail_every.is_none() && self.fault.is_none() {
            self.misuse.push(what.into());
        }
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bits| f32::from_le_bytes(bits)).collect()
}
