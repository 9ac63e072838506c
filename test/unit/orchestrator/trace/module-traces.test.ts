import { describe, expect, it } from '@jest/globals';
import { SecretRedactor } from '../../../../src/logging/index.js';
import { ModuleTraces } from '../../../../src/orchestrator/trace/module-traces.js';
import type { TraceEvent } from '../../../../src/orchestrator/trace/trace-event.js';

const heartbeat = { op: 'heartbeat', seq: 7 } as const;

async function first(events: AsyncIterable<TraceEvent>): Promise<TraceEvent | undefined> {
  for await (const event of events) return event;
  return undefined;
}

describe('ModuleTraces', () => {
  it('is watched as long as a trace is open', () => {
    const traces = new ModuleTraces(new SecretRedactor());
    const [one, two] = [new AbortController(), new AbortController()];
    expect(traces.isWatched).toBe(false);
    traces.open(one.signal);
    traces.open(two.signal);
    one.abort();
    expect(traces.isWatched).toBe(true);
    two.abort();
    expect(traces.isWatched).toBe(false);
    traces.open(AbortSignal.abort());
    expect(traces.isWatched).toBe(false);
  });

  it('shows a message to all who watch, with its ids and its size on the wire', async () => {
    const traces = new ModuleTraces(new SecretRedactor());
    const { signal } = new AbortController();
    const streams = [traces.open(signal), traces.open(signal)];
    traces.show('to_module', heartbeat, 27);
    for (const stream of streams)
      expect(await first(stream)).toEqual({
        kind: 'message',
        time: expect.any(String),
        direction: 'to_module',
        op: 'heartbeat',
        bytes: 27,
        ids: { seq: 7 },
        message: { seq: 7 },
      });
  });

  it('makes nothing ready for those who have no room', () => {
    let redacted = 0;
    const redactor = {
      add: () => undefined,
      retire: () => undefined,
      hidesKey: () => false,
      redact: (text: string) => ((redacted += 1), text),
    };
    const traces = new ModuleTraces(redactor);
    const stream = traces.open(new AbortController().signal);
    while (!stream.isFull) traces.show('to_module', heartbeat, 27);
    const before = redacted;
    traces.show('to_module', heartbeat, 27);
    expect(redacted).toBe(before);
  });
});
