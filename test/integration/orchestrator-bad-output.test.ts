import { describe, expect, it } from '@jest/globals';
import { fixture, startWith, until } from './orchestrator-fixture.js';

const alive = async (app: Awaited<ReturnType<typeof startWith>>, id: string) =>
  (await app.request(`/${id}/alive`)).text();

describe('a module that misuses its standard output', () => {
  it('by printing to it is served all the same; the print is logged as stray output with its secrets hidden', async () => {
    await using app = await startWith({
      modules: { chatty: { ...fixture('prints-to-stdout'), secrets: ['KEY'] } },
      secrets: [{ memory: { KEY: 'sk_live_printed_by_accident' } }],
    });
    await app.orchestrator.ready;
    expect(await alive(app, 'chatty')).toBe('/alive');
    expect(app.logged(/^stray output$/).map(({ module, stream, text }) => [module, stream, text])).toEqual([
      ['chatty', 'stdout', 'hello from a library'],
      ['chatty', 'stdout', expect.stringContaining('the key is ')],
      ['chatty', 'stdout', '{"level":"info"}'],
    ]);
    expect(JSON.stringify(app.lines)).not.toContain('sk_live_printed_by_accident');
  });

  it('by printing without ending the line loses none of the messages that follow', async () => {
    // Through a shell that stays in between, which is not given the socket: its messages are lines on standard output.
    const { command, cwd } = fixture('../mains/prints-half-lines');
    const throughShell = ['sh', '-c', '"$0" "$@"; exit $?', ...(command as string[])];
    await using app = await startWith({ modules: { progress: { command: throughShell, cwd: cwd! } } });
    await app.orchestrator.ready;
    expect(await alive(app, 'progress')).toBe('/alive');
    expect(await alive(app, 'progress')).toBe('/alive');
    expect(app.logged(/^stray output$/).map(({ text }) => text)).toEqual(['progress…', 'progress…']);
  });

  it('by writing messages to it when its messages come elsewhere only prints them', async () => {
    await using app = await startWith({ modules: { forger: fixture('../mains/prints-messages') } });
    await app.orchestrator.ready;
    expect(await alive(app, 'forger')).toBe('ok');
    await until(() => app.logged(/forged/).length === 2, 'both lines are logged');
    expect(app.logged(/forged/)).toMatchObject([
      { level: 'info', module: 'forger', stream: 'stdout', msg: expect.stringContaining('"announce"') },
      { level: 'info', module: 'forger', stream: 'stdout', msg: 'forged and not even a message' },
    ]);
    expect(app.orchestrator.modules.get('forger')!.endpoints.map(({ path }) => path)).toEqual(['/alive', '/health']);
  });

  it('by writing garbage is served all the same, and the log says what is wrong with it', async () => {
    await using app = await startWith({ modules: { noisy: fixture('writes-garbage') } });
    await app.orchestrator.ready;
    expect(await alive(app, 'noisy')).toBe('/alive');
    expect(app.orchestrator.modules.get('noisy')!.restarts).toBe(0);
    const reasons = app.logged(/^stray output$/).map(({ reason }) => reason);
    expect(reasons.length).toBeGreaterThan(4);
    expect(reasons).toContain('not a JSON object');
    expect(reasons).toContainEqual(expect.stringMatching(/^service_operation: .*'connection_id'/));
  });

  it('by answering with what is no answer keeps nobody waiting for another', async () => {
    await using app = await startWith({ modules: { odd: fixture('answers-with-what-is-none') } });
    await app.orchestrator.ready;
    const response = await app.request('/odd/alive');
    expect([response.status, await response.json()]).toEqual([
      502,
      expect.objectContaining({
        code: 'RESPONSE_INVALID',
        error: 'the module answered with something that is no HTTP response',
      }),
    ]);
    expect(app.logged(/^stray output$/)[0]).toMatchObject({
      module: 'odd',
      reason: expect.stringMatching(/^http_response: /),
    });
  });

  it('by writing half a line and dying is started again', async () => {
    await using app = await startWith({ modules: { torn: fixture('writes-half-a-line-and-dies') } });
    await until(() => app.orchestrator.modules.get('torn')!.restarts > 0, 'it is started again');
    expect(app.orchestrator.modules.get('torn')!.lastEnd).toBe('exited with code 9');
    expect(app.logged(/^stray output$/)[0]).toMatchObject({ text: '{"op":"get_secret","na' });
    expect(app.logged(/line from the module was dropped/)[0]).toMatchObject({
      module: 'torn',
      error: { code: 'MESSAGE_INVALID' },
    });
  });

  it('by writing a line of 100 MB loses that line and is served all the same', async () => {
    await using app = await startWith({
      modules: { huge: fixture('writes-a-huge-line', '100') },
      wire: { maxLine: '1mb' },
    });
    await app.orchestrator.ready;
    await until(() => app.logged(/line from the module was dropped/).length > 0, 'the line is dropped');
    expect(await alive(app, 'huge')).toBe('/alive');
    expect(app.logged(/line from the module was dropped/)[0]).toMatchObject({ error: { code: 'LINE_TOO_LONG' } });
  });

  it('by writing messages without the nonce of its launch has them treated as stray output', async () => {
    await using app = await startWith({
      modules: { forger: { ...fixture('forges-messages'), secrets: ['STRIPE_KEY'] } },
      secrets: [{ memory: { STRIPE_KEY: 'sk_live_must_not_be_sent' } }],
    });
    await app.orchestrator.ready;
    expect(await alive(app, 'forger')).toBe('/alive');
    expect(app.orchestrator.modules.get('forger')!.endpoints).toEqual([{ path: '/', methods: ['GET'] }]);
    const strays = app.logged(/^stray output$/).map(({ text }) => text);
    expect(strays).toEqual([
      expect.stringContaining('/forged'),
      expect.stringContaining('get_secret'),
      expect.stringContaining('a guess'),
    ]);
  });
});
