use super::*;
use expect_test::{Expect, expect};
use std::fmt::Write;
use std::time::UNIX_EPOCH;

/// A recording without a browser: what the browser says is a script.
struct Scene {
    recorder: Recorder,
    folder: tempfile::TempDir,
    begin: Instant,
    sent: String,
}

impl Scene {
    fn new(change: impl FnOnce(&mut Plan)) -> Self {
        let mut plan = Plan {
            url: "http://a.test/".into(),
            script: "PROBE".into(),
            seconds: None,
            until: None,
            patience: Duration::from_secs(30),
            owns_browser: true,
            is_headless: true,
        };
        change(&mut plan);
        let folder = tempfile::tempdir().unwrap();
        let stream = Stream::new(&folder.path().join("a")).unwrap();
        let witness = Witness::new(RealmId(99), 7, UNIX_EPOCH);
        let recorder = Recorder::new(plan, stream, witness);
        let mut scene = Self { recorder, folder, begin: Instant::now(), sent: String::new() };
        scene.note();
        scene
    }

    /// One whose page is there.
    fn recording(change: impl FnOnce(&mut Plan)) -> Self {
        let mut scene = Self::new(change);
        scene.says(r#"{"id":1,"result":{}}"#).unwrap();
        scene.says(r#"{"id":2,"result":{"targetId":"TAB"}}"#).unwrap();
        scene.attaches(None, "PAGE", r#"{"targetId":"TAB","type":"page"}"#, false);
        for id in 3..=9 {
            scene.says(&format!(r#"{{"id":{id},"result":{{}}}}"#)).unwrap();
        }
        scene.says(r#"{"id":10,"result":{"frameId":"F"}}"#).unwrap();
        scene.says(r#"{"id":11,"result":{"result":{"value":200}}}"#).unwrap();
        scene.sent.clear();
        scene
    }

    fn says(&mut self, text: &str) -> Result<(), RecordError> {
        let message = Incoming::of(text).unwrap();
        let handled = self.recorder.handle(message, self.begin, UNIX_EPOCH);
        self.note();
        handled
    }

    fn attaches(&mut self, parent: Option<&str>, session: &str, info: &str, waits: bool) {
        let parent = parent.map(|parent| format!(r#","sessionId":"{parent}""#)).unwrap_or_default();
        let params = format!(r#"{{"sessionId":"{session}","targetInfo":{info},"waitingForDebugger":{waits}}}"#);
        self.says(&format!(r#"{{"method":"Target.attachedToTarget","params":{params}{parent}}}"#)).unwrap();
    }

    fn ticks(&mut self, after: Duration) -> Result<(), RecordError> {
        let ticked = self.recorder.tick(self.begin + after);
        self.note();
        ticked
    }

    /// A batch of a realm without records.
    fn batch(&mut self, session: &str, realm: u64) {
        let mut bytes = vec![0; 56];
        bytes[..8].copy_from_slice(b"ASPB\x01\0\x38\0");
        bytes[16..24].copy_from_slice(&realm.to_le_bytes());
        self.hands_over(session, &BASE64_STANDARD.encode(bytes));
    }

    fn hands_over(&mut self, session: &str, payload: &str) {
        let params = format!(r#"{{"name":"{BINDING}","payload":"{payload}","executionContextId":5}}"#);
        let event = format!(r#"{{"method":"Runtime.bindingCalled","sessionId":"{session}","params":{params}}}"#);
        self.says(&event).unwrap();
    }

    /// Writes down what is sent.
    fn note(&mut self) {
        for command in self.recorder.take_commands() {
            let session = command.session.as_deref().unwrap_or("-");
            let more = ["url", "expression", "source", "sessionId", "contextId"];
            let said = more.iter().filter_map(|key| command.params.get(key)).map(|value| format!(" {value}"));
            let said: String = said.collect();
            writeln!(self.sent, "{} {session} {}{said}", command.id, command.method).unwrap();
        }
    }

    fn check_sent(&mut self, expected: &Expect) {
        expected.assert_eq(&std::mem::take(&mut self.sent));
    }

    /// Everything in the file, unpacked.
    fn file(self) -> Vec<u8> {
        use std::io::Read;
        self.recorder.into_stream(UNIX_EPOCH).unwrap().finish().unwrap();
        let mut bytes = Vec::new();
        let file = std::fs::File::open(self.folder.path().join("a")).unwrap();
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        bytes
    }
}

#[test]
fn a_tab_is_set_up_before_it_goes_anywhere() {
    let mut scene = Scene::new(|_| ());
    scene.says(r#"{"id":1,"result":{}}"#).unwrap();
    scene.says(r#"{"id":2,"result":{"targetId":"TAB"}}"#).unwrap();
    scene.attaches(None, "OTHER", r#"{"targetId":"FIRST","type":"page"}"#, false);
    scene.attaches(None, "PAGE", r#"{"targetId":"TAB","type":"page"}"#, false);
    for id in 6..=10 {
        scene.says(&format!(r#"{{"id":{id},"result":{{}}}}"#)).unwrap();
    }
    scene.sent += "all but one are answered\n";
    scene.says(r#"{"id":11,"result":{}}"#).unwrap();
    scene.check_sent(&expect![[r#"
            1 - Target.setDiscoverTargets
            2 - Target.createTarget "about:blank"
            3 - Target.setAutoAttach
            4 OTHER Runtime.runIfWaitingForDebugger
            5 - Target.detachFromTarget "OTHER"
            6 PAGE Page.enable
            7 PAGE Runtime.enable
            8 PAGE Runtime.addBinding
            9 PAGE Page.addScriptToEvaluateOnNewDocument "PROBE"
            10 PAGE Target.setAutoAttach
            11 PAGE Runtime.runIfWaitingForDebugger
            all but one are answered
            12 PAGE Page.navigate "http://a.test/"
        "#]]);
}

#[test]
fn a_worker_gets_its_probe_at_its_first_script() {
    let mut scene = Scene::recording(|_| ());
    scene.attaches(Some("PAGE"), "WORK", r#"{"targetId":"W","type":"worker"}"#, true);
    scene.says(r#"{"method":"Debugger.paused","sessionId":"WORK","params":{}}"#).unwrap();
    scene.check_sent(&expect![[r#"
            12 WORK Runtime.addBinding
            13 WORK Debugger.enable
            14 WORK Debugger.setInstrumentationBreakpoint
            15 WORK Target.setAutoAttach
            16 WORK Runtime.runIfWaitingForDebugger
            17 WORK Runtime.evaluate "PROBE"
            18 WORK Debugger.disable
        "#]]);
}

#[test]
fn tabs_of_others_are_left_and_those_of_the_page_are_not() {
    let mut scene = Scene::recording(|plan| plan.owns_browser = false);
    scene.attaches(None, "THEIRS", r#"{"targetId":"X","type":"page"}"#, true);
    scene.attaches(None, "OURS", r#"{"targetId":"Y","type":"page","openerId":"TAB"}"#, true);
    scene.attaches(Some("PAGE"), "LET", r#"{"targetId":"Z","type":"worklet"}"#, true);
    scene.check_sent(&expect![[r#"
            12 THEIRS Runtime.runIfWaitingForDebugger
            13 - Target.detachFromTarget "THEIRS"
            14 OURS Page.enable
            15 OURS Runtime.enable
            16 OURS Runtime.addBinding
            17 OURS Page.addScriptToEvaluateOnNewDocument "PROBE"
            18 OURS Target.setAutoAttach
            19 OURS Runtime.runIfWaitingForDebugger
            20 LET Runtime.runIfWaitingForDebugger
            21 - Target.detachFromTarget "LET"
        "#]]);
}

#[test]
fn every_realm_hands_over_what_it_has_at_the_end() {
    let mut scene = Scene::recording(|plan| plan.seconds = Some(Duration::from_secs(2)));
    scene.batch("PAGE", 1);
    scene.attaches(Some("PAGE"), "WORK", r#"{"targetId":"W","type":"worker"}"#, true);
    scene.batch("WORK", 2);
    scene.sent.clear();
    scene.ticks(Duration::from_millis(1_999)).unwrap();
    scene.check_sent(&expect![""]);
    scene.ticks(Duration::from_secs(2)).unwrap();
    scene.check_sent(&expect![[r#"
            17 PAGE Runtime.evaluate "globalThis.arenascopeProbe?.session.stop()" 5
            18 WORK Runtime.evaluate "globalThis.arenascopeProbe?.session.stop()" 5
        "#]]);
    scene.says(r#"{"id":17,"result":{}}"#).unwrap();
    scene.ticks(Duration::from_secs(3)).unwrap();
    assert_eq!((scene.recorder.end(), scene.recorder.outcome().realms_silent), (None, 1));
    scene.says(r#"{"id":18,"error":{"message":"gone"}}"#).unwrap();
    scene.ticks(Duration::from_secs(3)).unwrap();
    assert_eq!((scene.recorder.end(), scene.recorder.outcome().realms_silent), (Some(End::TimeUp), 0));
    assert_eq!(scene.recorder.outcome().length, Duration::from_secs(2));
}

#[test]
fn who_does_not_answer_is_not_waited_for() {
    let mut scene = Scene::recording(|_| ());
    scene.batch("PAGE", 1);
    scene.recorder.stop(End::Interrupted, scene.begin);
    scene.ticks(Duration::from_millis(3_001)).unwrap();
    assert_eq!((scene.recorder.end(), scene.recorder.outcome().realms_silent), (Some(End::Interrupted), 1));
    let mut scene = Scene::recording(|_| ());
    scene.batch("PAGE", 1);
    scene.recorder.stop(End::Interrupted, scene.begin);
    scene.recorder.stop(End::Interrupted, scene.begin);
    assert_eq!(scene.recorder.end(), Some(End::Interrupted));
}

#[test]
fn until_is_asked_again_and_again() {
    let mut scene = Scene::recording(|plan| {
        plan.until = Some("x.y".into());
        plan.seconds = Some(Duration::from_secs(9));
    });
    let answer = |id, result: &str| format!(r#"{{"id":{id},"result":{result}}}"#);
    for ms in [0, 50, 100] {
        scene.ticks(Duration::from_millis(ms)).unwrap();
    }
    scene.says(&answer(12, r#"{"result":{},"exceptionDetails":{"exception":{"className":"TypeError"}}}"#)).unwrap();
    scene.ticks(Duration::from_millis(150)).unwrap();
    scene.says(r#"{"id":13,"error":{"message":"Inspected target navigated or closed"}}"#).unwrap();
    scene.ticks(Duration::from_millis(160)).unwrap();
    scene.check_sent(&expect![[r#"
            12 PAGE Runtime.evaluate "(async () => !!(await (\nx.y\n)))()"
            13 PAGE Runtime.evaluate "(async () => !!(await (\nx.y\n)))()"
            14 PAGE Runtime.evaluate "(async () => !!(await (\nx.y\n)))()"
        "#]]);
    let late = scene.ticks(Duration::from_secs(9)).unwrap_err();
    assert!(matches!(late, RecordError::NotInTime { .. }), "{late}");
    scene.says(&answer(14, r#"{"result":{"value":true}}"#)).unwrap();
    scene.ticks(Duration::from_secs(1)).unwrap();
    assert_eq!(scene.recorder.end(), Some(End::True));
}

#[test]
fn what_is_no_batch_is_counted() {
    let mut scene = Scene::recording(|_| ());
    scene.batch("PAGE", 1);
    for payload in ["", "*", "QUJD"] {
        scene.hands_over("PAGE", payload);
    }
    assert_eq!((scene.recorder.outcome().batches_refused, scene.recorder.outcome().sums.batches), (3, 1));
    assert_eq!(scene.file().len(), 8 + 56);
}

#[test]
fn what_a_realm_cannot_say_is_said_for_it() {
    let mut scene = Scene::recording(|_| ());
    scene.batch("PAGE", 1);
    for (parent, session) in [("PAGE", "WORK"), ("WORK", "NESTED")] {
        scene.attaches(Some(parent), session, &format!(r#"{{"targetId":"{session}","type":"worker"}}"#), true);
    }
    scene.batch("NESTED", 3);
    scene.batch("WORK", 2);
    scene.says(r#"{"method":"Target.detachedFromTarget","params":{"sessionId":"WORK"}}"#).unwrap();
    let crashed = r#"{"method":"Target.targetCrashed","params":{"targetId":"TAB","status":"oom"}}"#;
    let error = scene.says(crashed).unwrap_err();
    assert!(matches!(&error, RecordError::Crashed { how } if how == "oom"), "{error}");
    let file = scene.file();
    let end = |realm: u8| [&[5, 10, 0, realm][..], &[0; 7], &[3]].concat();
    let both = [end(2), end(3)].concat();
    let at = |part: &[u8]| file.windows(part.len()).position(|window| window == part);
    assert!(at(&both).is_some() && at(&both) < at(&end(1)), "{file:?}");
}

#[test]
fn documents_that_go_without_a_word_are_seen() {
    let mut scene = Scene::recording(|_| ());
    scene.batch("PAGE", 1);
    for id in [4, 5, 5] {
        let params = format!(r#"{{"executionContextId":{id}}}"#);
        let event = r#"{"method":"Runtime.executionContextDestroyed","sessionId":"PAGE","params":"#;
        scene.says(&format!("{event}{params}}}")).unwrap();
    }
    assert_eq!(scene.recorder.realms.places_alive(), []);
    scene.batch("PAGE", 2);
    scene.says(r#"{"method":"Runtime.executionContextsCleared","sessionId":"PAGE","params":{}}"#).unwrap();
    let file = scene.file();
    let end = |realm: u8| [&[5, 10, 0, realm][..], &[0; 7], &[3]].concat();
    let count = |part: &[u8]| file.windows(part.len()).filter(|window| *window == part).count();
    assert_eq!((count(&end(1)), count(&end(2))), (1, 1));
}

#[test]
fn what_goes_wrong_at_the_start_is_told() {
    let mut scene = Scene::new(|_| ());
    let error = scene.says(r#"{"id":2,"error":{"message":"no tabs"}}"#).unwrap_err();
    assert_eq!(error.to_string(), "the browser refuses Target.createTarget: no tabs");
    let mut scene = Scene::recording(|_| ());
    scene.recorder.phase = Phase::Loading { since: scene.begin };
    scene.ticks(Duration::from_secs(30)).unwrap();
    let error = scene.ticks(Duration::from_millis(30_001)).unwrap_err();
    assert_eq!(error.to_string(), "http://a.test/ did not answer in 30 s; --patience waits longer");
}

#[test]
fn consoles_are_forgotten() {
    let mut scene = Scene::recording(|_| ());
    scene.says(r#"{"method":"Runtime.consoleAPICalled","sessionId":"PAGE","params":{}}"#).unwrap();
    for _ in 0..2 {
        scene.recorder.settle().unwrap();
        scene.note();
    }
    scene.check_sent(&expect![[r#"
            12 PAGE Runtime.discardConsoleEntries
            13 PAGE Runtime.releaseObjectGroup
        "#]]);
}
