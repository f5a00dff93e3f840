//! Runs the session's requests in order and hands it what became of them.

use crate::platform::device::{Device, Inbox};
use crate::platform::network::Networks;
use crate::session::Session;
use crate::session::request::{Report, Request};
use crate::telemetry::capabilities::Capabilities;

/// Devices, networks and the reports on their way back.
pub(super) struct Executor {
    device: Device,
    networks: Networks,
    inbox: Inbox,
    capabilities: Capabilities,
}

impl Executor {
    /// Opens what there is.
    pub(super) async fn open() -> Self {
        let inbox = Inbox::default();
        let (device, webgpu) = Device::open(&inbox).await;
        let (networks, webnn) = Networks::open(&device, &inbox).await;
        let capabilities = Capabilities { cross_origin_isolated: true, threads: true, webgpu, webnn };
        Self { device, networks, inbox, capabilities }
    }

    pub(super) fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// What the session must know before it steps.
    pub(super) fn ready(&self) -> Report {
        Report::DevicesReady { gpu: self.device.mode(), nn: self.networks.mode(), limits: self.device.limits() }
    }

    /// What it must know of whoever runs networks.
    pub(super) fn networks_ready(&self) -> Report {
        self.networks.ready()
    }

    pub(super) fn lose_device(&self) -> Result<(), String> {
        self.device.lose()
    }

    pub(super) fn lose_context(&self) -> Result<(), String> {
        self.networks.lose()
    }

    /// Runs everything asked for; true where the devices were opened anew.
    pub(super) async fn run(&mut self, session: &mut Session<'_>) -> bool {
        let mut reopened = false;
        loop {
            self.deliver(session);
            let Some(request) = session.poll_request() else { return reopened };
            reopened |= matches!(request, Request::OpenDevice | Request::OpenContext);
            let report = self.execute(session, request).await;
            // A loss comes before the failures that follow from it.
            self.deliver(session);
            report.into_iter().for_each(|report| session.handle_report(report));
        }
    }

    /// Hands over what the browser's callbacks left.
    fn deliver(&self, session: &mut Session<'_>) {
        while let Some(report) = self.inbox.take() {
            session.handle_report(report);
        }
    }

    async fn execute(&mut self, session: &Session<'_>, request: Request) -> Option<Report> {
        match request {
            Request::OpenDevice => return Some(self.reopen().await),
            Request::Create { resource, spec, label } => self.device.create(resource, &spec, label),
            Request::Destroy { resource } => self.device.destroy(resource),
            Request::WriteBuffer { resource, stage } | Request::WriteTexture { resource, stage, .. } => {
                session.with_stage(stage, |bytes| self.device.write(resource, bytes));
            }
            Request::Dispatch { input, output, size } => self.device.dispatch(input, output, size.get()),
            Request::Submit { serial } => self.device.submit(serial),
            Request::OpenContext => return Some(self.reopen_context().await),
            Request::BuildModel { model, network, sizes, stage } => {
                let result = self.networks.build(session, model, (network, &sizes), stage).await;
                return Some(Report::ModelBuilt { model, result });
            }
            Request::RunModel { run, model, inputs, outputs } => {
                let result = self.networks.run(session, model, &inputs, &outputs).await;
                return Some(Report::ModelRan { run, result });
            }
            Request::DropModel { model } => self.networks.drop_model(model),
            Request::CreateTensor { tensor, spec } => return self.networks.create_tensor(tensor, &spec).await,
            Request::WriteTensor { write, tensor, stage } => {
                let result = self.networks.write_tensor(session, tensor, stage);
                return Some(Report::TensorWritten { write, result });
            }
            Request::DestroyTensor { tensor } => self.networks.destroy_tensor(tensor),
        }
        None
    }

    async fn reopen(&mut self) -> Report {
        (self.device, self.capabilities.webgpu) = Device::open(&self.inbox).await;
        self.networks.follow(&self.device);
        self.ready()
    }

    async fn reopen_context(&mut self) -> Report {
        (self.networks, self.capabilities.webnn) = Networks::open(&self.device, &self.inbox).await;
        self.networks.ready()
    }
}
