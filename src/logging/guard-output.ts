import { isUtf8 } from 'node:buffer';
import type { Redactor } from '../foundation/index.js';

type Chunk = string | Uint8Array;
type Written = (error?: Error | null) => void;

/** The part of a writable stream that the guard stands in front of. */
export interface GuardedStream {
  write(chunk: Chunk, encodingOrCallback?: BufferEncoding | Written, callback?: Written): boolean;
  end(...args: unknown[]): unknown;
  once(event: 'drain', listener: () => void): unknown;
  emit(event: 'drain'): boolean;
}

export interface OutputGuardOptions {
  readonly redactor: Redactor;
  /** Where writes to standard output go: `stderr` when stdout is the wire, else `stdout`. */
  readonly stdout: 'stdout' | 'stderr';
  /** Default: the process's own. */
  readonly streams?: { readonly stdout: GuardedStream; readonly stderr: GuardedStream };
}

/** Whoever guards the output restores it; disposal does the same. */
export interface OutputGuard extends Disposable {
  /** Writes to the real standard output, neither redacted nor redirected: for the wire alone. Returns and calls back as `write` does. */
  writeWire(chunk: Chunk, callback?: Written): boolean;
  /** Puts the streams back as they were. Idempotent; guards are restored in the reverse order of their making. */
  restore(): void;
}

/**
 * Stands in front of standard output and standard error, so that whatever user code prints, with `console` or with
 * `process.stdout.write`, is redacted, and stays off a stdout that is the wire (there `end` does not end the stream
 * either). Bytes are changed only where a secret was found in them. Writes by native code to the file descriptors are
 * out of its reach; the orchestrator treats those as stray output.
 */
export function guardOutput(options: OutputGuardOptions): OutputGuard {
  const { stdout, stderr } = options.streams ?? process;
  const wire = stdout.write.bind(stdout);
  const writeStderr = redactedWrite(stderr.write.bind(stderr), options.redactor);
  const writeStdout =
    options.stdout === 'stdout' ? redactedWrite(wire, options.redactor) : redirectedWrite(writeStderr, stdout, stderr);
  const undo = [
    replace(stderr, 'write', writeStderr),
    replace(stderr, 'end', redactedEnd(writeStderr, stderr.end.bind(stderr))),
    replace(stdout, 'write', writeStdout),
    replace(stdout, 'end', redactedEnd(writeStdout, options.stdout === 'stdout' ? stdout.end.bind(stdout) : undefined)),
  ];
  const restore = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  return { writeWire: (chunk, callback) => wire(chunk, callback), restore, [Symbol.dispose]: restore };
}

function redactedWrite(write: GuardedStream['write'], redactor: Redactor): GuardedStream['write'] {
  return (chunk, encodingOrCallback, callback) =>
    typeof encodingOrCallback === 'string'
      ? write(redactedChunk(redactor, chunk, encodingOrCallback), callback)
      : write(redactedChunk(redactor, chunk), encodingOrCallback ?? callback);
}

/** Writes elsewhere, and tells those who wait for `stdout` to drain when that other stream has. */
function redirectedWrite(
  write: GuardedStream['write'],
  stdout: GuardedStream,
  target: GuardedStream,
): GuardedStream['write'] {
  let waiting = false;
  return (...args) => {
    const ready = write(...args);
    if (!ready && !waiting) {
      waiting = true;
      target.once('drain', () => {
        waiting = false;
        stdout.emit('drain');
      });
    }
    return ready;
  };
}

function redactedChunk(redactor: Redactor, chunk: Chunk, encoding: BufferEncoding = 'utf8'): Chunk {
  if (typeof chunk === 'string' && /^utf-?8$/i.test(encoding)) return redactor.redact(chunk);
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
  if (!(bytes instanceof Uint8Array)) return bytes; // the stream itself refuses it, with its own words
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readAs = isUtf8(view) ? 'utf8' : 'latin1';
  const text = view.toString(readAs);
  const redacted = redactor.redact(text);
  return redacted === text ? bytes : Buffer.from(redacted, readAs);
}

/** `end` whose last chunk is redacted too. Without a `finish` the stream stays open: nobody ends the wire by printing. */
function redactedEnd(write: GuardedStream['write'], finish: GuardedStream['end'] | undefined): GuardedStream['end'] {
  return (...args) => {
    const [chunk, encoding] = args;
    const done = args.find((arg): arg is Written => typeof arg === 'function');
    if (typeof chunk === 'string') write(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
    else if (chunk instanceof Uint8Array) write(chunk);
    if (finish) return finish(done);
    if (done) write('', done);
    return undefined;
  };
}

function replace<K extends 'write' | 'end'>(
  stream: GuardedStream,
  method: K,
  replacement: GuardedStream[K],
): () => void {
  const original = Object.getOwnPropertyDescriptor(stream, method);
  Object.defineProperty(stream, method, { value: replacement, configurable: true, writable: true });
  return () => {
    if (original) Object.defineProperty(stream, method, original);
    else delete (stream as Partial<GuardedStream>)[method];
  };
}
