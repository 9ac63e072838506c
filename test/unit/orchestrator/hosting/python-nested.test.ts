import { describe, expect, it } from '@jest/globals';
import { pythonNested } from '../../../../src/orchestrator/hosting/python-nested.js';
import { launchedOn, readNothing, RecordingChannel } from './recording-channel.js';

const announces = '{"listen":"127.0.0.1:1","endpoints":[],"auth":null}';

function begun() {
  const inner = new RecordingChannel();
  const quirk = pythonNested();
  const launched = launchedOn(inner);
  const channel = quirk.channel!(inner, launched);
  channel.start(readNothing);
  return { quirk, channel, launched, written: inner.written, says: (line: string) => inner.reader!.onLine(line) };
}

describe('pythonNested', () => {
  it('writes the fields once more under the name of the op', () => {
    const line = pythonNested().encode!({ op: 'secret', name: 'KEY', value: 'v' });
    expect(JSON.parse(line)).toEqual({ op: 'secret', name: 'KEY', value: 'v', secret: { name: 'KEY', value: 'v' } });
  });

  it('gives the TCP channel the shape of both', () => {
    const tcp_channel = { address: '127.0.0.1:9', tls_enabled: false, required: true };
    const init = { orchestrator_api: 'o', module_id: 'm', env: {}, listen: '127.0.0.1:1', tcp_channel };
    expect(JSON.parse(pythonNested().encode!({ op: 'init', ...init }))).toMatchObject({
      tcp_channel: { ...tcp_channel, host: '127.0.0.1', port: 9 },
    });
  });

  it('refuses the first line that would be lost and no shorter one', () => {
    const write = (length: number) => pythonNested().encode!({ op: 'secret', name: 'A', value: 'x'.repeat(length) });
    const around = Buffer.byteLength(write(0));
    // The value stands there twice.
    const longest = Math.floor((65_535 - around) / 2);
    expect(Buffer.byteLength(write(longest))).toBeGreaterThan(65_530);
    expect(() => write(longest + 1)).toThrow(expect.objectContaining({ code: 'LINE_TOO_LONG' }));
  });

  it('sends only init and answers before the module announced itself, then the rest in its order', () => {
    const { channel, written, says } = begun();
    const lines = ['init', 'rotated', 'secret', 'heartbeat', 'service_response', 'port_response'].map(
      (op) => `{"op":"${op}"}`,
    );
    for (const line of lines) channel.send(line);
    expect(written).toEqual([lines[0], lines[2], lines[4], lines[5]]);
    says('{"op":"get_secret","get_secret":{"name":"A"}}');
    expect(written).toHaveLength(4);
    says(announces);
    expect(written.slice(4)).toEqual([lines[1], lines[3]]);
    channel.send('{"op":"heartbeat","seq":2}');
    expect(written.at(-1)).toBe('{"op":"heartbeat","seq":2}');
  });

  it('ends the input after the shutdown message, and writes nothing more', async () => {
    const { quirk, channel, launched, written, says } = begun();
    says(announces);
    quirk.askToEnd!(launched, () => channel.send('{"op":"shutdown"}'));
    expect(() => channel.send('{"op":"heartbeat"}')).toThrow(expect.objectContaining({ code: 'CHANNEL_CLOSED' }));
    await new Promise((next) => setImmediate(next));
    expect(written).toEqual(['{"op":"shutdown"}', 'end']);
  });
});
