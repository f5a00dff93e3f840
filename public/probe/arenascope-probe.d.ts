export interface ProbeOptions {
  /** Call stacks of creations: `off` (as it is), one for so many bytes, or all. */
  stacks?: 'off' | 'sampled' | 'all';
  /** Bytes for one sampled stack; 65 536. */
  sampleBytes?: number;
  /** Most bytes that wait to be taken over; 4 MiB. */
  limitBytes?: number;
  /** Takes each batch at once, or resolves when it did. Without it batches wait for `save`. */
  sink?: (batch: Uint8Array) => void | Promise<void>;
  /** Whether workers (true), shared workers (false) and frames of the same origin (true) are recorded too. */
  workers?: boolean;
  sharedWorkers?: boolean;
  frames?: boolean;
  /** Whether profilers may attach to this page; true. */
  announce?: boolean;
  /** Address of the relay of `arenascope serve`, by which a profiler of another origin attaches. */
  relay?: string;
  /** Origins of profilers that may, beside the page's own and the script's. */
  origins?: string[];
}

export interface ProbeSession {
  readonly realm: string;
  readonly run: string;
  /** A `.arenascope` file of what no profiler took. */
  save(): Promise<File>;
  stop(): void;
  flush(): void;
  mark(text: string): void;
  stats(): { live: number; bytes: number; lost: number; waitingBytes: number };
}

/** Records from now on; what lives already is told first. */
export function record(options?: ProbeOptions): ProbeSession;
/** Records as soon as a profiler attaches. */
export function attach(options?: ProbeOptions): ProbeSession;
/** Listens to the allocator of an Emscripten program whose `Module` is not global. */
export function attachEmscripten(module: object): void;
export const version: string;
