import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NodeProcess, repository } from './node-process.js';
import { startWith, until } from './orchestrator-fixture.js';

const mebibyte = 1024 ** 2;
const main = join(repository, 'test/fixtures/mains/carries-long-bodies.ts');
const bodies = { command: [process.execPath, '--import', 'tsx', main], cwd: repository };

let app: Awaited<ReturnType<typeof startWith>>;
beforeAll(async () => {
  app = await startWith({ modules: { bodies }, gateway: { listen: '127.0.0.1:0', maxBody: 32 * mebibyte } });
  await app.orchestrator.ready;
});
afterAll(() => app[Symbol.asyncDispose]());

/** Waits until the module has told of so many events, which then are forgotten. */
async function events(count: number): Promise<string[]> {
  const told: string[] = [];
  await until(async () => {
    told.push(...((await (await app.request('/bodies/events')).json()) as string[]));
    return told.length >= count;
  }, `${count} events happened`);
  return told;
}

/** Bytes that differ from piece to piece, made as they are taken, and their checksum. */
function source(bytes: number) {
  const checksum = createHash('sha256');
  function* pieces() {
    const seed = randomBytes(mebibyte / 4);
    for (let left = bytes; left > 0; left -= seed.length) {
      seed.writeUInt32LE(left >>> 0);
      const piece = Buffer.from(seed.subarray(0, Math.min(left, seed.length)));
      checksum.update(piece);
      yield piece;
    }
  }
  return { stream: Readable.from(pieces()), checksum: () => checksum.digest('hex') };
}

/** The answer to an upload that goes on while the answer is read. */
async function upload(address: string, body: Readable): Promise<IncomingMessage> {
  const request = httpRequest(address, { method: 'POST' });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  // An answer that comes before the end of the upload may end the connection.
  pipeline(body, request).catch(() => undefined);
  return (await answered)[0];
}

async function checksumOf(stream: AsyncIterable<Uint8Array>): Promise<{ bytes: number; checksum: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of stream) {
    bytes += piece.length;
    hash.update(piece);
  }
  return { bytes, checksum: hash.digest('hex') };
}

describe('a body of any length', () => {
  it('passes through gateway and module and back in memory that does not grow with it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-streams-'));
    const config = { modules: { bodies }, gateway: { listen: '127.0.0.1:0', maxBody: '1gb' } };
    await writeFile(join(directory, 'pywatt.config.yaml'), JSON.stringify(config));
    await using orchestrator = new NodeProcess([
      'dist/cli.js',
      'run',
      '--config',
      join(directory, 'pywatt.config.yaml'),
    ]);
    const address = await orchestrator.match(/"address":"(http:[^"]+)"/);
    await orchestrator.match(/the module is running/);
    const peaks = async () => {
      const { maxRssBytes } = (await (await fetch(`${address}/bodies/memory`)).json()) as { maxRssBytes: number };
      return { module: maxRssBytes, orchestrator: peakOf(orchestrator.pid) };
    };
    const before = await peaks();
    const bytes = 128 * mebibyte;
    const { stream, checksum } = source(bytes);
    const echo = await checksumOf(await upload(`${address}/bodies/echo`, stream));
    expect(echo).toEqual({ bytes, checksum: checksum() });
    const after = await peaks();
    expect(after.module - before.module).toBeLessThan(bytes / 2);
    expect(after.orchestrator - before.orchestrator).toBeLessThan(bytes / 2);
    orchestrator.kill('SIGTERM');
    expect(await orchestrator.exited).toEqual({ code: 0, signal: null });
    await rm(directory, { recursive: true });
  });

  it('that a generator makes is sent as it is made', async () => {
    const response = await app.request('/bodies/tick');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('first');
    await app.request('/bodies/go', { method: 'POST' });
    expect((await reader.read()).value).toBe('second');
    expect((await reader.read()).done).toBe(true);
  });

  it('that nobody reads holds neither its module nor other requests up', async () => {
    const stalled = await app.request(`/bodies/produce?bytes=${64 * mebibyte}`);
    const { stream, checksum } = source(8 * mebibyte);
    const echo = await checksumOf(await upload(`${app.orchestrator.gateway}/bodies/echo`, stream));
    expect(echo).toEqual({ bytes: 8 * mebibyte, checksum: checksum() });
    expect(await events(0)).toEqual([]);
    expect((await checksumOf(stalled.body!)).bytes).toBe(64 * mebibyte);
    expect(await events(2)).toEqual(['produced', 'closed']);
  });

  it('that its client does not take for too long is given up, and the connection ended', async () => {
    await using impatient = await startWith({
      modules: { bodies },
      gateway: { listen: '127.0.0.1:0' },
      wire: { streamIdle: '300ms' },
    });
    await impatient.orchestrator.ready;
    const request = httpRequest(`${impatient.orchestrator.gateway}/bodies/produce?bytes=${64 * mebibyte}`).end();
    const [stalled] = (await once(request, 'response')) as [IncomingMessage];
    await until(() => impatient.logged(/failed while it was sent/).length > 0, 'the gateway has given it up');
    await expect(checksumOf(stalled)).rejects.toThrow('aborted');
  });

  it('is given up, and its generator ended, when the client goes away', async () => {
    const leaving = new AbortController();
    const response = await app.request(`/bodies/produce?bytes=${64 * mebibyte}`, { signal: leaving.signal });
    await response.body!.getReader().read();
    leaving.abort();
    expect((await events(2)).sort((a, b) => a.localeCompare(b))).toEqual(['closed', 'signal aborted']);
  });

  it('that the client stops sending fails in the module, whose signal aborts', async () => {
    const request = httpRequest(`${app.orchestrator.gateway}/bodies/count`, { method: 'POST' });
    request.on('error', () => undefined);
    request.write(randomBytes(mebibyte));
    expect(await events(1)).toEqual(['body begins']);
    request.destroy();
    expect(await events(1)).toEqual(['body failed, signal aborted']);
    expect(app.logged(/request failed/)).toEqual([]);
  });

  it('over the limit of the gateway is answered with 413 while it is being sent', async () => {
    const { stream } = source(40 * mebibyte);
    const response = await upload(`${app.orchestrator.gateway}/bodies/count`, stream);
    expect(response.statusCode).toBe(413);
    response.destroy();
    expect(await events(2)).toEqual(['body begins', 'body failed, signal aborted']);
  });

  it('that the module does not want is answered all the same', async () => {
    const { stream } = source(8 * mebibyte);
    const response = await upload(`${app.orchestrator.gateway}/bodies/ignore`, stream);
    expect(response.statusCode).toBe(200);
    expect(JSON.parse(Buffer.concat(await response.toArray()).toString())).toEqual({ read: 'nothing' });
  });

  it('that breaks off in the module breaks off for the client', async () => {
    const response = await app.request('/bodies/breaks');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(JSON.stringify(app.logged(/answer/))).toContain('the disk broke');
  });
});

/** The most memory a process has ever had; where the system does not tell, none. */
function peakOf(pid: number): number {
  if (process.platform !== 'linux') return 0;
  return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}
