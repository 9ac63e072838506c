import { withoutRanges } from './hidden-ranges.js';
import { type SecretFinder, StreamRedactor } from './stream-redactor.js';

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
  readonly redactor: SecretFinder;
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
 * either). A secret that comes in several writes is hidden, too, for which what may be its beginning waits a moment. Bytes are
 * changed only where a secret was found in them. Writes by native code to the file descriptors are
 * out of its reach; the orchestrator treats those as stray output.
 */
export function guardOutput(options: OutputGuardOptions): OutputGuard {
  const { redactor } = options;
  const { stdout, stderr } = options.streams ?? process;
  const wire = stdout.write.bind(stdout);
  const err = new RedactedOutput(stderr.write.bind(stderr), redactor);
  const out =
    options.stdout === 'stdout'
      ? new RedactedOutput(wire, redactor)
      : { write: redirectedWrite(err.write, stdout, stderr), flush: err.flush };
  const flush = () => {
    out.flush();
    err.flush();
  };
  const undo = [
    replace(stderr, 'write', err.write),
    replace(stderr, 'end', redactedEnd(err, stderr.end.bind(stderr))),
    replace(stdout, 'write', out.write),
    replace(stdout, 'end', redactedEnd(out, options.stdout === 'stdout' ? stdout.end.bind(stdout) : undefined)),
    ...(options.streams === undefined ? [atExit(flush), guardWarnings(redactor)] : []),
  ];
  const restore = () => {
    flush();
    for (const step of undo.splice(0).reverse()) step();
  };
  return { writeWire: (chunk, callback) => wire(chunk, callback), restore, [Symbol.dispose]: restore };
}

function atExit(flush: () => void): () => void {
  process.on('exit', flush);
  return () => void process.off('exit', flush);
}

/** Node prints its warnings past `process.stderr`, those about rejections with all of the error in them. */
function guardWarnings(finder: SecretFinder): () => void {
  const printing = process as unknown as Record<string, ((text: string) => void) | undefined>;
  const method = '_rawDebug';
  const original = printing[method];
  if (typeof original !== 'function') return () => undefined;
  printing[method] = (text) => original(withoutRanges(text, finder.ranges(text)));
  return () => void (printing[method] = original);
}

/** Longer than this nobody waits for a prompt. */
const keptMs = 50;
/** For what has most likely begun to be a secret. */
const begunMs = 1_000;

/** One output, redacted. What is kept back of it is written after a moment at the latest. */
class RedactedOutput {
  readonly #write: GuardedStream['write'];
  readonly #redactor: StreamRedactor;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: GuardedStream['write'], finder: SecretFinder) {
    this.#write = write;
    this.#redactor = new StreamRedactor(finder);
  }

  readonly write: GuardedStream['write'] = (chunk, encodingOrCallback, callback) => {
    const encoding = typeof encodingOrCallback === 'string' ? encodingOrCallback : 'utf8';
    const done = typeof encodingOrCallback === 'function' ? encodingOrCallback : callback;
    const bytes = bytesOf(chunk, encoding);
    if (bytes === undefined) return this.#write(chunk, encoding, done); // the stream itself refuses it, with its own words
    const shown = this.#redactor.push(bytes);
    this.#wait();
    return shown === bytes ? this.#write(chunk, encoding, done) : this.#write(Buffer.from(shown, 'latin1'), done);
  };

  /** Writes what is kept back. */
  readonly flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#redactor.keepsSomething) this.#write(Buffer.from(this.#redactor.release(), 'latin1'));
  };

  #wait(): void {
    clearTimeout(this.#timer);
    const { keepsSomething, keepsMuch } = this.#redactor;
    this.#timer = keepsSomething ? setTimeout(this.flush, keepsMuch ? begunMs : keptMs).unref() : undefined;
  }
}

/** As latin1, a character for each byte; undefined for what no stream takes. */
function bytesOf(chunk: Chunk, encoding: BufferEncoding): string | undefined {
  if (typeof chunk === 'string') {
    const isUtf8 = /^utf-?8$/i.test(encoding);
    // Most of what is printed is ASCII, which is the same either way.
    if (isUtf8 && Buffer.byteLength(chunk) === chunk.length) return chunk;
    return Buffer.from(chunk, encoding).toString('latin1');
  }
  if (!(chunk instanceof Uint8Array)) return undefined;
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
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

/** `end` whose last chunk is redacted too. Without a `finish` the stream stays open: nobody ends the wire by printing. */
function redactedEnd(
  output: Pick<RedactedOutput, 'write' | 'flush'>,
  finish: GuardedStream['end'] | undefined,
): GuardedStream['end'] {
  return (...args) => {
    const [chunk, encoding] = args;
    const done = args.find((arg): arg is Written => typeof arg === 'function');
    if (typeof chunk === 'string')
      output.write(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
    else if (chunk instanceof Uint8Array) output.write(chunk);
    output.flush();
    if (finish) return finish(done);
    if (done) output.write('', done);
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
