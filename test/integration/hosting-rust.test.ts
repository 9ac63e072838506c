import { describe, expect, it } from '@jest/globals';
import { defineService, operation } from '@pywatt/sdk';
import { Deferred, settlesWithin } from '../../src/foundation/index.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

type App = Awaited<ReturnType<typeof startWith>>;

const stderrOf = (app: App) => app.logged(/./).flatMap(({ msg, stream }) => (stream === 'stderr' ? [msg] : []));
const says = (app: App, text: string) => until(() => stderrOf(app).includes(text), `it says '${text}'`);
const texts = (app: App, path: string, count: number) =>
  Promise.all(Array.from({ length: count }, async (_, n) => (await app.request(`/m/${path}${n}`)).text()));

describe('a module with a stray reader on its standard input', () => {
  const module = { ...fixture('reads-with-two-readers', 'ONE', 'TWO'), secrets: ['ONE', 'TWO'] };
  const secrets = [{ memory: { ONE: 'first secret value', TWO: 'second secret value' } }];

  it('never gets its first secret without the quirk', async () => {
    await using app = await startWith({
      modules: { m: { ...module, restart: 'never', announceTimeout: '3s' } },
      secrets,
    });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('m')).toMatchObject({
      state: 'failed',
      lastEnd: 'did not announce itself within 3000 ms',
    });
  });

  it('gets its secrets, bursts and long lines with the quirk, and one shutdown ends it', async () => {
    await using app = await startWith({
      modules: { m: { ...module, quirks: ['rust-0.5-stray-reader'], restart: 'never', shutdownGrace: '20s' } },
      secrets,
    });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('m')).toMatchObject({ state: 'running', restarts: 0 });
    await says(app, 'the stray reader has ended');
    expect(await texts(app, 'burst/', 90)).toEqual(Array.from({ length: 90 }, (_, n) => `/burst/${n} 0`));
    const long = await app.request('/m/long', { method: 'POST', body: Buffer.alloc(300_000, 'x') });
    expect(await long.text()).toBe('/long 300000');
    // Within its grace of 20 s, or this would not end in time.
    expect(await settlesWithin(app.orchestrator.close(), 10_000)).toBe(true);
  });

  it('gets a secret that is too long for two readers', async () => {
    await using app = await startWith({
      modules: { m: { ...module, quirks: ['rust-0.5-stray-reader'], restart: 'never' } },
      secrets: [{ memory: { ONE: 'x'.repeat(20_000), TWO: 'second secret value' } }],
    });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('m')).toMatchObject({ state: 'running', restarts: 0 });
  });

  it('is rid of that reader also when it asks for nothing', async () => {
    await using app = await startWith({
      modules: { m: { ...fixture('reads-with-two-readers'), quirks: ['rust-0.5-stray-reader'], restart: 'never' } },
    });
    await app.orchestrator.ready;
    expect(await texts(app, '', 10)).toHaveLength(10);
    expect(app.orchestrator.modules.get('m')).toMatchObject({ state: 'running', restarts: 0 });
  });
});

describe('a module that needs a TCP channel', () => {
  it('ends without the quirk', async () => {
    await using app = await startWith({ modules: { m: { ...fixture('needs-a-tcp-channel'), restart: 'never' } } });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('m')).toMatchObject({ state: 'failed', lastEnd: 'exited with code 3' });
  });

  it('has one of its own with the quirk, may come back to it, and is asked to end on it', async () => {
    await using app = await startWith({
      modules: { m: { ...fixture('needs-a-tcp-channel'), quirks: ['tcp-channel'], shutdownGrace: '20s' } },
      heartbeat: { interval: '50ms' },
    });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('m')).toMatchObject({ state: 'running' });
    await says(app, 'on TCP: routed_module_response');
    expect(await settlesWithin(app.orchestrator.close(), 10_000)).toBe(true);
    expect(stderrOf(app)).toContain('on TCP: shutdown');
    expect(app.logged(/stray output/)).toEqual([]);
  });

  it('counts as dead when it stops acknowledging heartbeats there', async () => {
    await using app = await startWith({
      modules: { m: { ...fixture('needs-a-tcp-channel', '2'), quirks: ['tcp-channel'], restart: 'never' } },
      heartbeat: { interval: '50ms' },
    });
    await app.orchestrator.ready;
    await until(() => app.orchestrator.modules.get('m')!.state === 'failed', 'it is given up');
    expect(app.orchestrator.modules.get('m')!.lastEnd).toBe('left 3 heartbeats unanswered');
  });
});

describe('a module that matches answers by their connection', () => {
  const Turns = defineService('turns', { slow: operation<unknown, string>(), quick: operation<unknown, string>() });

  async function answersOf(quirks: 'one-call-at-a-time'[]) {
    const quick = new Deferred<void>();
    const turns = Turns.serve({
      slow: async () => {
        // Not before the other one, unless that one waits for it.
        await settlesWithin(quick.promise, 500);
        await new Promise((next) => setImmediate(next));
        return 'slow';
      },
      quick: () => {
        quick.resolve();
        return 'quick';
      },
    });
    await using app = await startWith(
      { modules: { m: { ...fixture('calls-twice-at-once'), services: ['turns'], quirks } } },
      { services: [turns] },
    );
    await app.orchestrator.ready;
    await until(() => stderrOf(app).length > 0, 'it says in which order');
    return stderrOf(app);
  }

  it('gets the answer of the second call first without the quirk', async () => {
    expect(await answersOf([])).toContain('answers: quick, slow');
  });

  it('gets them in the order of its calls with the quirk', async () => {
    expect(await answersOf(['one-call-at-a-time'])).toContain('answers: slow, quick');
  });
});

describe('a module that ends when more than 100 requests wait', () => {
  const burst = async (quirks: 'rust-0.5-http-queue'[]) => {
    await using app = await startWith({
      modules: { m: { ...fixture('ends-when-requests-queue-up'), quirks, restart: 'never' } },
    });
    await app.orchestrator.ready;
    const answers = await Promise.all(Array.from({ length: 400 }, () => app.request('/m/')));
    return answers.map(({ status }) => status);
  };

  it('is ended by a burst without the quirk', async () => {
    expect(await burst([])).toContain(502);
  });

  it('answers the whole burst with the quirk', async () => {
    expect(new Set(await burst(['rust-0.5-http-queue']))).toEqual(new Set([200]));
  });
});

describe('a module that must not know its id', () => {
  const environment = async (quirks: 'no-module-id'[]) => {
    await using app = await startWith({ modules: { m: { ...fixture('answers'), quirks } } });
    await app.orchestrator.ready;
    const { env } = (await (await app.request('/m/env')).json()) as { env: Record<string, string> };
    return env['PYWATT_MODULE_ID'];
  };

  it('finds it in its environment without the quirk', async () => {
    expect(await environment([])).toBe('m');
  });

  it('does not with the quirk', async () => {
    expect(await environment(['no-module-id'])).toBeUndefined();
  });
});

describe('a whole module of the Rust SDK', () => {
  it('boots, is asked over HTTP, uses services and ends with the quirks of its kind', async () => {
    const long = `/${'x'.repeat(12_000)}`;
    await using app = await startWith({
      modules: {
        m: {
          ...fixture('boots-like-rust'),
          kind: 'rust-0.5',
          restart: 'never',
          secrets: ['KEY'],
          caches: ['default'],
          shutdownGrace: '20s',
        },
      },
      caches: { default: { url: 'memory:' } },
      secrets: [{ memory: { KEY: 'the key of a rust module' } }],
      heartbeat: { interval: '100ms' },
    });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('m')).toMatchObject({ state: 'running', restarts: 0 });
    expect(await (await app.request('/m/SECRET')).text()).toBe('the key of a rust module');
    expect(await (await app.request('/m/short')).text()).toBe('/short');
    // Its answer from the cache is a line of more than 8 KiB.
    expect(await (await app.request(`/m${long}`)).text()).toBe(long);
    expect(await settlesWithin(app.orchestrator.close(), 10_000)).toBe(true);
    expect(app.logged(/stray output/)).toEqual([]);
  });
});
