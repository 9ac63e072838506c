import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { guardOutput, SecretRedactor } from '../../../src/logging/index.js';

class Sink extends Writable {
  readonly chunks: Buffer[] = [];

  constructor(highWaterMark = 1024) {
    super({ highWaterMark });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    setImmediate(done);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

function setUp(stdout: 'stdout' | 'stderr', highWaterMark?: number) {
  const redactor = new SecretRedactor();
  redactor.add('sk_live_42');
  const streams = { stdout: new Sink(highWaterMark), stderr: new Sink(highWaterMark) };
  const guard = guardOutput({ redactor, stdout, streams });
  return { guard, ...streams };
}

const written = (stream: Writable, ...args: [string | Uint8Array, BufferEncoding?]) =>
  new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if (args[1] === undefined) stream.write(args[0], done);
    else stream.write(args[0], args[1], done);
  });

afterEach(() => void jest.useRealTimers());

describe('guardOutput', () => {
  it('sends what is printed to stdout to stderr, redacted, when stdout is the wire', async () => {
    const { stdout, stderr } = setUp('stderr');
    const console = new Console(stdout, stderr);
    console.log('key %s', 'sk_live_42');
    console.error({ key: 'sk_live_42' });
    await written(stdout, 'end\n');
    expect(stdout.text).toBe('');
    expect(stderr.text).toBe("key [REDACTED]\n{ key: '[REDACTED]' }\nend\n");
  });

  it('leaves stdout in place otherwise, redacted all the same', async () => {
    const { stdout, stderr } = setUp('stdout');
    await written(stdout, 'out sk_live_42');
    await written(stderr, 'err sk_live_42');
    expect([stdout.text, stderr.text]).toEqual(['out [REDACTED]', 'err [REDACTED]']);
  });

  it('redacts buffers and encoded strings', async () => {
    const { stdout, stderr } = setUp('stderr');
    await written(stdout, Buffer.from('<sk_live_42>'));
    await written(stdout, new Uint8Array(Buffer.from('<sk_live_42>')));
    await written(stdout, Buffer.from('<sk_live_42>').toString('hex'), 'hex');
    expect(stderr.text).toBe('<[REDACTED]><[REDACTED]><[REDACTED]>');
  });

  it('passes bytes through untouched where no secret is in them, and hides secrets between bytes that are no text', async () => {
    const { stdout, stderr } = setUp('stderr');
    const bytes = Buffer.from([0xff, 0x00, 0xc3]);
    await written(stdout, bytes);
    expect(Buffer.concat(stderr.chunks)).toEqual(bytes);
    await written(stdout, Buffer.concat([bytes, Buffer.from('sk_live_42'), bytes]));
    expect(Buffer.concat(stderr.chunks.slice(1))).toEqual(Buffer.concat([bytes, Buffer.from('[REDACTED]'), bytes]));
  });

  it('reports backpressure as the stream does, and drains on the stream that was written to', async () => {
    const { stdout } = setUp('stderr', 4);
    const drained = new Promise<void>((resolve) => void stdout.once('drain', resolve));
    expect(stdout.write('long enough')).toBe(false);
    await drained;
    expect(stdout.write('abc')).toBe(true);
  });

  it('gives the wire the real stdout, unredacted', async () => {
    const { guard, stdout } = setUp('stderr');
    await new Promise<void>(
      (resolve) => void guard.writeWire('{"op":"secret","value":"sk_live_42"}\n', () => resolve()),
    );
    expect(stdout.text).toBe('{"op":"secret","value":"sk_live_42"}\n');
  });

  it('does not let user code end the wire, and still writes and calls back', async () => {
    const { guard, stdout, stderr } = setUp('stderr');
    await new Promise<void>((resolve) => void stdout.end('bye sk_live_42', resolve));
    expect(stderr.text).toBe('bye [REDACTED]');
    expect(guard.writeWire('still open')).toBe(true);
  });

  it('redacts the last chunk of a stream that may end', async () => {
    const { stdout } = setUp('stdout');
    await new Promise<void>((resolve) => void stdout.end('bye sk_live_42', resolve));
    expect(stdout.text).toBe('bye [REDACTED]');
    expect(stdout.writableEnded).toBe(true);
  });

  it('hides a secret that is written in parts, as text and as bytes, and keeps the order', async () => {
    const { stdout, stderr } = setUp('stdout');
    stdout.write('<sk_li');
    stdout.write(Buffer.from('ve_4'));
    await written(stdout, '2>\n');
    stderr.write('sk_live_');
    await new Promise<void>((resolve) => void stderr.end('42', resolve));
    expect([stdout.text, stderr.text]).toEqual(['<[REDACTED]>\n', '[REDACTED]']);
  });

  it('writes what it kept back after a moment, and when it is restored', async () => {
    const { guard, stdout, stderr } = setUp('stdout');
    const shown = new Promise<void>((resolve) => {
      stdout['_write'] = (chunk: Buffer, _encoding: string, done: () => void) => {
        stdout.chunks.push(chunk);
        done();
        if (stdout.text === 'Skill: sk') resolve();
      };
    });
    stdout.write('Skill: sk');
    await shown;
    stderr.write('no secret: sk');
    guard.restore();
    await written(stderr, '');
    expect(stderr.text).toBe('no secret: sk');
  });

  it('waits longer for the rest of what has most likely begun to be a secret', async () => {
    jest.useFakeTimers();
    const { stdout } = setUp('stdout');
    for (const part of '<sk_live_42>') {
      stdout.write(part);
      jest.advanceTimersByTime(300);
    }
    stdout.write('sk_live');
    jest.advanceTimersByTime(1_100);
    jest.useRealTimers();
    await written(stdout, '\n');
    expect(stdout.text).toBe('<sk_[REDACTED]>sk_live\n');
  });

  it('restores the streams, once', async () => {
    const { guard, stdout, stderr } = setUp('stderr');
    guard.restore();
    guard.restore();
    expect([Object.hasOwn(stdout, 'write'), Object.hasOwn(stdout, 'end')]).toEqual([false, false]);
    await written(stdout, 'sk_live_42');
    expect([stdout.text, stderr.text]).toEqual(['sk_live_42', '']);
  });
});
