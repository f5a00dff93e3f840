// WebNN: contexts, tensors, and graphs with the constants that were built into them.

import { g, guard, when } from './realm.js';
import { tensorBytes } from './sizes.js';
import { hookAll, hookAsync, hookConstructor, remember, stateOf } from './hooks.js';
import {
  CONSTANT, DESTROYED, GRAPH, TENSOR, addDevice, allocate, lose, newId, release, tally, touch, use,
} from './resources.js';

/** @param {any} context */
const contextOf = (context) => {
  const known = stateOf(context);
  if (known) return known;
  const state = { id: newId(), kind: 2, label: '', adapter: '', limits: [], isLive: true };
  addDevice(context, state);
  if (context.lost) when(context.lost, (info) => guard('lost', () => lose(state, 1, info.message)));
  return state;
};

/** @param {any} thing with a data type and a shape */
const bytesOf = (thing) => tensorBytes(thing.dataType, thing.shape);

/** @param {any} tensor @param {number} kind @param {any} context */
const addTensor = (tensor, kind, context) => {
  const { dataType, shape } = tensor;
  const usage = (tensor.readable ? 1 : 0) | (tensor.writable ? 2 : 0);
  allocate(tensor, kind, bytesOf(tensor), usage, contextOf(context), [dataType, shape.length, ...shape], 0, '');
};

/** @param {Record<string, any>} tensors */
const useAll = (tensors) => Object.values(tensors ?? {}).forEach(use);

export const watchNetworks = () => {
  hookAsync(g.MLContext, 'createTensor', (context, args, tensor) => addTensor(tensor, TENSOR, context));
  hookAsync(g.MLContext, 'createConstantTensor', (context, args, tensor) => addTensor(tensor, CONSTANT, context));
  hookAll(g.MLContext, {
    writeTensor(context, [tensor]) {
      use(tensor);
      tally(5, bytesOf(tensor));
    },
    readTensor(context, [tensor]) {
      use(tensor);
      tally(6, bytesOf(tensor));
    },
    dispatch(context, [graph, inputs, outputs]) {
      tally(7);
      use(graph);
      useAll(inputs);
      useAll(outputs);
    },
    destroy: (context) => lose(contextOf(context), 2, ''),
  });
  const destroys = { destroy: (/** @type {any} */ thing) => release(stateOf(thing), DESTROYED) };
  hookAll(g.MLTensor, destroys);
  hookAll(g.MLGraph, destroys);
  hookConstructor(g, 'MLGraphBuilder', (args, make) => {
    const builder = make(args);
    guard('MLGraphBuilder', () => remember(builder, { context: contextOf(args[0]), bytes: 0 }));
    return builder;
  });
  hookAll(g.MLGraphBuilder, {
    constant(builder, args, operand) {
      const state = stateOf(builder);
      const tensor = stateOf(args[0]);
      if (tensor) touch(tensor);
      else if (state) state.bytes += bytesOf(operand);
    },
  });
  hookAsync(g.MLGraphBuilder, 'build', (builder, args, graph) => {
    const state = stateOf(builder);
    if (state) allocate(graph, GRAPH, state.bytes, 0, state.context, [], 0, '');
  });
};
