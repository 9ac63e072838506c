import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';
import { strayReader } from '../../../../src/orchestrator/hosting/stray-reader.js';
import { silentLogger } from '../../foundation/silent-logger.js';
import { launchedOn, readNothing, RecordingChannel } from './recording-channel.js';

const invalid = 'ff0a';
const init = '{"op":"init"}';
const secret = (name: string, value = 'v') => JSON.stringify({ op: 'secret', name, value });
const asks = (name: string) => JSON.stringify({ op: 'get_secret', name });
const announces = '{"op":"announce","listen":"127.0.0.1:1","endpoints":[]}';

/** The quirk on a channel that has begun with its init line, for a module that was granted secrets or none. */
function begun(secrets: string[] = ['A']) {
  const modules = { orders: { command: 'x', secrets } };
  const config = parseConfig({ modules }, '/app').modules.get('orders')!;
  const inner = new RecordingChannel();
  const quirk = strayReader({ config, logger: silentLogger });
  const channel = quirk.channel!(inner, launchedOn(inner));
  channel.start(readNothing);
  channel.send(init);
  return { channel, written: inner.written, says: (line: string) => inner.reader!.onLine(line) };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('strayReader', () => {
  it('answers once and repeats the answer every 250 ms only while the module is silent', () => {
    const { channel, written, says } = begun();
    says(asks('A'));
    channel.send(secret('A'));
    expect(written).toEqual([init, secret('A')]);
    jest.advanceTimersByTime(249);
    expect(written).toHaveLength(2);
    jest.advanceTimersByTime(251);
    expect(written).toEqual([init, secret('A'), secret('A'), secret('A')]);
    says(asks('B'));
    jest.advanceTimersByTime(1_000);
    expect(written).toHaveLength(4);
    channel.send(secret('B'));
    jest.advanceTimersByTime(250);
    expect(written.slice(4)).toEqual([secret('B'), secret('B')]);
  });

  it('writes the invalid line at once when the module announces itself, and nothing again after that', () => {
    const { channel, written, says } = begun();
    says(asks('A'));
    channel.send(secret('A'));
    says(announces);
    expect(written).toEqual([init, secret('A'), invalid]);
    says(asks('A'));
    channel.send(secret('A'));
    jest.advanceTimersByTime(60_000);
    expect(written).toEqual([init, secret('A'), invalid, secret('A')]);
  });

  it('takes a bare announcement for one', () => {
    const { written, says } = begun();
    says('{"listen":"127.0.0.1:1","endpoints":[]}');
    expect(written).toEqual([init, invalid]);
  });

  it('writes the invalid line after 250 ms in which nothing at all came', () => {
    const { written } = begun([]);
    jest.advanceTimersByTime(249);
    expect(written).toEqual([init]);
    jest.advanceTimersByTime(60_000);
    expect(written).toEqual([init, invalid]);
  });

  it('gives a module that will ask for secrets 2 s for its first word', () => {
    const { written, says } = begun(['A']);
    jest.advanceTimersByTime(1_999);
    expect(written).toEqual([init]);
    says(asks('A'));
    jest.advanceTimersByTime(60_000);
    expect(written).toEqual([init]);
  });

  it('keeps lines of 8 KiB and what follows them until the invalid line is out, in their order', () => {
    const { channel, written, says } = begun();
    const long = secret('A', 'x'.repeat(8_192));
    says(asks('A'));
    channel.send(long);
    channel.send('{"op":"rotated","keys":["A"],"rotation_id":"1"}');
    expect(written).toEqual([init]);
    jest.advanceTimersByTime(250);
    expect(written).toEqual([init, invalid, long, '{"op":"rotated","keys":["A"],"rotation_id":"1"}']);
  });

  it('sends a long init line at once: only one reader is there for it', () => {
    const { channel, written } = begun();
    const long = `{"op":"init","env":"${'x'.repeat(10_000)}"}`;
    channel.send(long);
    expect(written).toEqual([init, long]);
  });

  it('leaves no timer behind when the channel ends', async () => {
    const { channel, says } = begun();
    says(asks('A'));
    channel.send(secret('A'));
    await channel.close();
    expect(jest.getTimerCount()).toBe(0);
  });
});
