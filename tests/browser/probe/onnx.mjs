// A small model, written as the bytes of ONNX: y = relu(x · w + b).

const varint = (value) => {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
};
const number = (field, value) => [...varint(field * 8), ...varint(value)];
const bytes = (field, value) => [...varint(field * 8 + 2), ...varint(value.length), ...value];
const text = (field, value) => bytes(field, Buffer.from(value));

const FLOAT = 1;
const node = (type, inputs, output) => bytes(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type)]);
const weights = (name, dims, value) => {
  const raw = Buffer.from(new Float32Array(dims.reduce((product, extent) => product * extent, 1)).fill(value).buffer);
  return bytes(5, [...dims.flatMap((extent) => number(1, extent)), ...number(2, FLOAT), ...text(8, name), ...bytes(9, raw)]);
};
const value = (field, name, dims) => {
  const shape = dims.flatMap((extent) => bytes(1, number(1, extent)));
  return bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...number(1, FLOAT), ...bytes(2, shape)]))]);
};

/** @param {number} size rows and columns of x, w and y */
export function model(size) {
  const graph = [
    ...node('MatMul', ['x', 'w'], 'product'), ...node('Add', ['product', 'b'], 'sum'), ...node('Relu', ['sum'], 'y'), ...text(2, 'small'),
    ...weights('w', [size, size], 0.5), ...weights('b', [size], 1), ...value(11, 'x', [size, size]), ...value(12, 'y', [size, size]),
  ];
  return new Uint8Array([...number(1, 8), ...bytes(7, graph), ...bytes(8, number(2, 13))]);
}
