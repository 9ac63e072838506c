import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ModuleListener } from '../../src/orchestrator/hosting/module-listener.js';
import { encodeFrame } from '../../src/wire/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { until } from './orchestrator-fixture.js';

const id = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const envelope = (content: object) => encodeFrame('json', JSON.stringify({ id, content, metadata: {} }));

describe('the listener of one module', () => {
  let listener: ModuleListener;
  let lines: string[];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    lines = [];
    listener = await ModuleListener.open(silentLogger, 100_000);
    listener.start((line) => void lines.push(line));
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await listener.close();
  });

  async function connected(): Promise<Socket> {
    const [host, port] = listener.address.split(':');
    const socket = connect({ host: host!, port: Number(port) });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  it('listens on the loopback address', () => {
    expect(listener.address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('sends nothing while nobody is connected', () => {
    expect(listener.send('{"op":"heartbeat"}')).toBe(false);
  });

  it('delivers what is in an envelope, however its bytes come, and what is none as it is', async () => {
    const socket = await connected();
    const bytes = Buffer.concat([envelope({ op: 'heartbeat_ack' }), encodeFrame('json', '{"op":"heartbeat_ack"}')]);
    for (const byte of bytes) socket.write(Buffer.from([byte]));
    await until(() => lines.length === 2, 'both came');
    expect(lines).toEqual(['{"op":"heartbeat_ack"}', '{"op":"heartbeat_ack"}']);
  });

  it('writes bare messages in frames of format 1', async () => {
    const socket = await connected();
    await until(() => listener.send('{"op":"heartbeat"}'), 'it is connected');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk).toEqual(encodeFrame('json', '{"op":"heartbeat"}'));
  });

  it('refuses a second connection while there is one, and takes the next after it', async () => {
    const first = await connected();
    await until(() => listener.send('{"op":"heartbeat"}'), 'it is connected');
    const second = await connected();
    await once(second.resume(), 'close');
    await once(first.resume().end(), 'close');
    const third = await connected();
    third.write(envelope({ op: 'heartbeat_ack' }));
    await until(() => lines.length > 0, 'it is heard');
    expect(lines).toEqual(['{"op":"heartbeat_ack"}']);
  });

  it('ends a connection that announces too long a frame or an unknown format', async () => {
    const tooLong = encodeFrame('json', 'x'.repeat(100_001)).subarray(0, 5);
    for (const header of [Buffer.from([0xff, 0xff, 0xff, 0xff, 1]), tooLong, Buffer.from([0, 0, 0, 1, 9])]) {
      const socket = await connected();
      socket.write(header);
      socket.resume();
      await once(socket, 'close');
    }
    expect(lines).toEqual([]);
  });
});
