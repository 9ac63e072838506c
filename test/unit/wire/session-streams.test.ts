import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FrameChannel } from '../../../src/wire/channels/frame-channel.js';
import { decodeModuleLine } from '../../../src/wire/decode.js';
import { sendMessage } from '../../../src/wire/send-message.js';
import { duplexPair } from './channels/duplex-pair.js';
import { closeAll, connect, connectPlain } from './session-ends.js';
import { readAll, settle, streamOf } from './streams/joined-tables.js';

afterEach(closeAll);

async function connectAnnounced(...options: Parameters<typeof connect>) {
  const ends = await connect(...options);
  ends.session.announce('l', []);
  await ends.peer.announced;
  return ends;
}

describe('a session between our two ends', () => {
  it('has streams once both agreed', async () => {
    const { session, peer } = await connect();
    expect(session.streams).toBeDefined();
    expect(peer.streams).toBeDefined();
    const plain = await connectPlain();
    expect(plain.session.streams).toBeUndefined();
  });

  it('carries bytes both ways, over its lines', async () => {
    const { session, peer } = await connectAnnounced();
    const bytes = randomBytes(300_000);
    const there = peer.streams!.write('a', streamOf(bytes));
    const back = session.streams!.write('a', session.streams!.read('a'));
    expect((await readAll(peer.streams!.read('a'))).equals(bytes)).toBe(true);
    await Promise.all([there, back]);
  });

  it('answers calls while a stream waits whose reader stalls', async () => {
    const { session, peer, orchestratorEnd } = await connectAnnounced({
      getSecret: () => Promise.resolve({ value: 'v' }),
    });
    const written = peer.streams!.write('a', streamOf(randomBytes(4_000_000)));
    const stalled = session.streams!.read('a');
    await settle();
    expect(session.streams!.queuedBytes).toBeGreaterThan(0);
    expect(await session.getSecret('KEY')).toEqual({ value: 'v' });
    while (session.streams!.queuedBytes < 1024 ** 2) await settle();
    expect(orchestratorEnd.queuedBytes).toBeLessThanOrEqual(256 * 1024);
    expect(session.streams!.queuedBytes).toBe(1024 ** 2);
    expect(await readAll(stalled)).toHaveLength(4_000_000);
    await written;
  });

  it('fails streams of a peer that goes with CHANNEL_CLOSED, at both ends', async () => {
    const { session, peer } = await connectAnnounced();
    const written = peer.streams!.write('a', streamOf(randomBytes(4_000_000)));
    const readable = session.streams!.read('a');
    await settle();
    const closed = session.close();
    await expect(written).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    await expect(readAll(readable)).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    await closed;
  });

  it('has the module stop sending the body of an answer that nobody waits for', async () => {
    const { session, peer } = await connectAnnounced();
    let sent: Promise<void> | undefined;
    const gone = new AbortController();
    session.serve({
      http: (_request, signal) => {
        gone.abort(new Error('the client left'));
        sent = session.streams!.write('answer', streamOf(randomBytes(9)), signal);
        sent.catch(() => undefined);
        return Promise.resolve({ status_code: 200, headers: {}, body: null, body_stream: 'answer' });
      },
      rotated: () => Promise.resolve(),
      shutdown: () => undefined,
      ended: () => undefined,
    });
    const request = { method: 'GET', uri: '/', headers: {}, body: null };
    await expect(peer.request(request, { timeoutMs: 5_000, signal: gone.signal })).rejects.toThrow('the client left');
    await settle();
    await expect(sent).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('carries the bytes of a stream raw where the channel can, also none of them', async () => {
    const [there, here] = duplexPair();
    const [sender, receiver] = [new FrameChannel(there, { isOwn: true }), new FrameChannel(here, { isOwn: true })];
    const came: unknown[] = [];
    const onLine = (line: string, bytes?: Buffer) => {
      expect(line).not.toContain('data_b64');
      came.push(decodeModuleLine(line, 'fast', bytes));
    };
    receiver.start({ onLine, onBadLine: () => undefined, onEnd: () => undefined });
    const messages = [randomBytes(100), new Uint8Array()].map(
      (data) => ({ op: 'stream_data', stream_id: 'a', data }) as const,
    );
    for (const message of messages) sendMessage(sender, message, { extensions: true });
    await settle();
    expect(came).toMatchObject(
      messages.map(({ data }) => ({
        kind: 'message',
        message: { op: 'stream_data', stream_id: 'a', data: Buffer.from(data) },
      })),
    );
    await Promise.all([sender.close(), receiver.close()]);
  });

  it('has none with a plain orchestrator', async () => {
    const { session } = await connectPlain(() => undefined);
    expect(session.streams).toBeUndefined();
  });
});
