import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deferred } from '../../../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../../../src/logging/index.js';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';
import type { ModuleExit } from '../../../../src/orchestrator/supervisor/module-launcher.js';
import { ModuleLaunch } from '../../../../src/orchestrator/supervisor/module-launch.js';
import type { Channel, ChannelReader } from '../../../../src/wire/index.js';

/** A channel whose far end is the test. */
class TestChannel implements Channel {
  readonly kind = 'memory';
  readonly queuedBytes = 0;
  readonly carriesBytes = false;
  readonly isOwn = false;
  readonly sent: Record<string, unknown>[] = [];
  reader: ChannelReader | undefined;

  send(line: string): void {
    this.sent.push(JSON.parse(line) as Record<string, unknown>);
  }

  onDrain(): void {
    // Nothing ever waits here.
  }

  start(reader: ChannelReader): void {
    this.reader = reader;
  }

  async close(): Promise<void> {
    this.reader?.onEnd({ reason: 'closed' });
  }
}

const { modules, heartbeat } = parseConfig(
  { modules: { orders: { command: 'x', announceTimeout: '30s', shutdownGrace: '10s' } } },
  '/app',
);
const config = modules.get('orders')!;

function launch() {
  const channel = new TestChannel();
  const exited = new Deferred<ModuleExit>();
  const signals: string[] = [];
  const redactor = new SecretRedactor();
  const module = new ModuleLaunch(
    {
      channel,
      pid: 1234,
      errorOutput: undefined,
      exited: exited.promise,
      terminate: () => void signals.push('SIGTERM'),
      kill: () => void signals.push('SIGKILL'),
    },
    {
      config,
      heartbeat,
      init: { orchestrator_api: 'http://127.0.0.1', module_id: 'orders', env: {}, listen: '127.0.0.1:8000' },
      handlers: {
        getSecret: () => Promise.reject(new Error('none')),
        openService: () => Promise.reject(new Error('none')),
        requestPort: () => Promise.reject(new Error('none')),
      },
      logger: createLogger({ redactor, write: () => undefined }),
      redactor,
    },
  );
  return { module, channel, exited, signals, ops: () => channel.sent.map(({ op }) => op) };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('ModuleLaunch', () => {
  it('sends the init line first and no heartbeat before the announcement', async () => {
    const { channel, ops } = launch();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(ops()).toEqual(['init']);
    channel.reader!.onLine('{"op":"announce","listen":"127.0.0.1:8000","endpoints":[]}');
    await jest.advanceTimersByTimeAsync(10_001);
    expect(ops()).toEqual(['init', 'heartbeat', 'heartbeat', 'heartbeat']);
  });

  it('terminates a module that does not announce itself in time and says why it ended', async () => {
    const { module, signals, exited } = launch();
    await jest.advanceTimersByTimeAsync(29_999);
    expect(signals).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(signals).toEqual(['SIGTERM']);
    exited.resolve({ code: null, signal: 'SIGTERM' });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await module.ended).toEqual({
      code: null,
      signal: 'SIGTERM',
      failure: 'did not announce itself within 30000 ms',
    });
  });

  it('asks, then terminates after the grace, then kills, then gives up', async () => {
    const { module, signals, ops } = launch();
    const stopped = module.stop('enough');
    expect(ops()).toEqual(['init', 'shutdown']);
    await jest.advanceTimersByTimeAsync(9_999);
    expect(signals).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(signals).toEqual(['SIGTERM']);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(signals).toEqual(['SIGTERM', 'SIGKILL']);
    await jest.advanceTimersByTimeAsync(6_000);
    await stopped;
    expect(await module.ended).toMatchObject({ failure: 'could not be killed' });
  });

  it('sends no signal to a module that ends when it is asked to', async () => {
    const { module, signals, exited } = launch();
    const stopped = module.stop('enough');
    exited.resolve({ code: 0, signal: null });
    await jest.advanceTimersByTimeAsync(1_000);
    await stopped;
    expect(signals).toEqual([]);
    expect(await module.ended).toEqual({ code: 0, signal: null });
  });

  it('leaves no timer behind that would keep the process of the orchestrator alive', async () => {
    const { module, channel, exited } = launch();
    const stopped = module.stop('enough');
    channel.reader!.onEnd({ reason: 'ended' });
    exited.resolve({ code: 0, signal: null });
    await stopped;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends a module that closed the wire but keeps running', async () => {
    const { channel, signals } = launch();
    channel.reader!.onEnd({ reason: 'ended' });
    await jest.advanceTimersByTimeAsync(2_000);
    expect(signals).toEqual(['SIGTERM']);
  });
});
