// Writes a sampling profile, a snapshot and an allocation timeline of this process into the
// folder of the first argument, and says of each what is in it: name, objects or calls with
// a size, their bytes.
"use strict";
const fs = require("fs");
const inspector = require("inspector");
const path = require("path");

const folder = process.argv[2];
const session = new inspector.Session();
session.connect();
const post = (method, parameters) =>
  new Promise((resolve, reject) =>
    session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result))));

class Texture {
  constructor(length) {
    this.texels = new Float64Array(length);
    this.name = "texture " + length;
  }
}

let kept = [];

function deep(depth, count) {
  if (depth > 1) return deep(depth - 1, count);
  for (let index = 0; index < count; index++) kept.push([new Texture(index), { index, text: "x".repeat(index % 50) }]);
}

let chunks = [];
session.on("HeapProfiler.addHeapSnapshotChunk", (message) => chunks.push(message.params.chunk));

function write(name) {
  const text = chunks.join("");
  chunks = [];
  fs.writeFileSync(path.join(folder, name), text);
  const file = JSON.parse(text);
  const fields = file.snapshot.meta.node_fields;
  let [count, bytes] = [0, 0];
  for (let at = fields.indexOf("self_size"); at < file.nodes.length; at += fields.length) {
    count += file.nodes[at] > 0 ? 1 : 0;
    bytes += file.nodes[at];
  }
  console.log(`${name} ${count} ${bytes}`);
}

(async () => {
  await post("HeapProfiler.enable");
  await post("HeapProfiler.startSampling", { samplingInterval: 4096 });
  deep(90, 2000);
  const { profile } = await post("HeapProfiler.stopSampling");
  fs.writeFileSync(path.join(folder, "node.heapprofile"), JSON.stringify(profile));
  let [count, bytes] = [0, 0];
  for (const calls = [profile.head]; calls.length > 0; ) {
    const call = calls.pop();
    calls.push(...call.children);
    count += call.selfSize > 0 ? 1 : 0;
    bytes += call.selfSize;
  }
  console.log(`node.heapprofile ${count} ${bytes}`);

  kept = [];
  await post("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  write("node.heapsnapshot");

  await post("HeapProfiler.startTrackingHeapObjects", { trackAllocations: true });
  for (let round = 0; round < 3; round++) {
    deep(90, 100);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await post("HeapProfiler.stopTrackingHeapObjects", { reportProgress: false });
  write("node.heaptimeline");
})();
