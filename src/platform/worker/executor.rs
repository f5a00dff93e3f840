//! Runs the session's requests in order and hands it what became of them.

use crate::platform::device::{Device, Inbox};
use crate::platform::network::{Io, Networks};
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
        let (networks, webnn) = Networks::open(&device).await;
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

    pub(super) fn lose_device(&self) -> Result<(), String> {
        self.device.lose()
    }

    /// Runs everything asked for; true where the devices were opened anew.
    pub(super) async fn run(&mut self, session: &mut Session<'_>) -> bool {
        let mut reopened = false;
        loop {
            self.deliver(session);
            let Some(request) = session.poll_request() else { return reopened };
            reopened |= request == Request::OpenDevice;
            if let Some(report) = self.execute(session, request).await {
                session.handle_report(report);
            }
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
            Request::BuildModel { model, shape, stage } => {
                let result = self.networks.build(session, model, shape, stage).await;
                return Some(Report::ModelBuilt { model, result });
            }
            Request::RunModel { run, model, shape, input, output } => {
                let result = self.networks.run(session, model, shape, Io { input, output }).await;
                return Some(Report::ModelRan { run, result });
            }
            Request::DropModel { model } => self.networks.drop_model(model),
            Request::CreateTensor { tensor, elements, stage } => {
                let result = self.networks.create_tensor(session, tensor, elements, stage).await;
                return Some(Report::TensorCreated { tensor, result });
            }
            Request::DropTensor { tensor } => self.networks.drop_tensor(tensor),
        }
        None
    }

    async fn reopen(&mut self) -> Report {
        (self.device, self.capabilities.webgpu) = Device::open(&self.inbox).await;
        self.networks.follow(&self.device);
        self.ready()
    }
}
