// Lines of any browser's stacks, read as the protocol wants them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFrame } from '../../public/probe/source/stacks.js';

const LINES = {
  '    at draw (https://a.test/app.js:12:34)': ['draw', 'https://a.test/app.js', 12, 34],
  '    at https://a.test/app.js:1:2': ['', 'https://a.test/app.js', 1, 2],
  '    at async Scene.load (https://a.test:8080/m.js?v=1:5:6)': ['async Scene.load', 'https://a.test:8080/m.js?v=1', 5, 6],
  '    at Object.make [as create] (https://a.test/x.js:7:8)': ['Object.make [as create]', 'https://a.test/x.js', 7, 8],
  '    at solve (wasm://wasm/solver-1a2b:wasm-function[12]:0x1f4b)': ['solve', 'wasm://wasm/solver-1a2b:wasm-function[12]', 0, 0x1f4b],
  'draw@https://a.test/app.js:12:34': ['draw', 'https://a.test/app.js', 12, 34],
  '@https://a.test/app.js:1:2': ['', 'https://a.test/app.js', 1, 2],
  'solve@https://a.test/s.wasm:wasm-function[3]:0xab': ['solve', 'https://a.test/s.wasm:wasm-function[3]', 0, 0xab],
  '    at new Mesh (blob:https://a.test/0-1:3:4)': ['new Mesh', 'blob:https://a.test/0-1', 3, 4],
};

test('frames of V8 and of Firefox, of scripts and of wasm', () => {
  for (const [line, frame] of Object.entries(LINES)) assert.deepEqual(readFrame(line), frame, line);
});
