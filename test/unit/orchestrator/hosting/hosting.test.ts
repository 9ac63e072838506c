import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../../../src/logging/index.js';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';
import type { ModuleHttp } from '../../../../src/orchestrator/gateway/module-http.js';
import { Hosting } from '../../../../src/orchestrator/hosting/hosting.js';
import type { Quirk } from '../../../../src/orchestrator/hosting/quirk.js';
import type { QuirkName } from '../../../../src/orchestrator/hosting/quirk-names.js';
import { ModuleLaunch } from '../../../../src/orchestrator/supervisor/module-launch.js';
import type { ModuleExit } from '../../../../src/orchestrator/supervisor/module-launcher.js';
import { defaultHeartbeat, encodeMessage } from '../../../../src/wire/index.js';
import { silentLogger } from '../../foundation/silent-logger.js';
import { launchedOn, RecordingChannel } from './recording-channel.js';

const configOf = (quirks: QuirkName[] = []) =>
  parseConfig({ modules: { m: { command: 'x', secrets: ['A'], quirks } } }, '/app').modules.get('m')!;
const open = (quirks: QuirkName[] = []) => Hosting.open({ config: configOf(quirks), logger: silentLogger });

describe('Hosting', () => {
  it('changes nothing for a module without quirks', async () => {
    const hosting = await open();
    const launched = launchedOn(new RecordingChannel());
    const http: ModuleHttp = { takesStreams: false, send: () => Promise.reject(new Error('unused')) };
    expect(hosting.host(launched)).toBe(launched);
    expect(hosting.http(http, { listen: '', observer: undefined })).toBe(http);
    expect([hosting.init, hosting.encode, hosting.launchOptions]).toEqual([{}, undefined, { withoutVariables: [] }]);
    expect(hosting.watchLimits({ intervalMs: 5_000, missed: 3 })).toEqual({ intervalMs: 5_000, missed: 3 });
    expect(hosting.watch('', { intervalMs: 1, missed: 1 }, () => undefined)).toBeUndefined();
  });

  it('leaves every byte to a module without quirks as the protocol has it', async () => {
    const channel = new RecordingChannel();
    const exited = new Deferred<ModuleExit>();
    const redactor = new SecretRedactor();
    const init = { orchestrator_api: 'http://o', module_id: 'm', env: {}, listen: '127.0.0.1:1' };
    const launch = new ModuleLaunch(
      { ...launchedOn(channel), exited: exited.promise },
      {
        config: configOf(),
        init,
        handlers: {
          getSecret: () => Promise.resolve({ value: 'v' }),
          openService: () => Promise.reject(new Error('none')),
          requestPort: () => Promise.resolve(8_001),
        },
        hosting: await open(),
        heartbeat: defaultHeartbeat,
        logger: createLogger({ redactor, write: () => undefined }),
        redactor,
      },
    );
    const says = (message: object) => channel.reader!.onLine(JSON.stringify(message));
    says({ op: 'get_secret', name: 'A' });
    says({ op: 'port_request', request_id: 'p', specific_port: null });
    await new Promise((next) => setImmediate(next));
    says({ op: 'announce', listen: '127.0.0.1:1', endpoints: [] });
    await launch.running;
    await new Promise((next) => setImmediate(next));
    const answered = launch.http.send(
      { method: 'POST', uri: '/', headers: {}, body: Buffer.from('hi') },
      { timeoutMs: 50 },
    );
    answered.catch(() => undefined);
    const stopped = launch.stop('enough');
    const { ext } = JSON.parse(channel.written[0]!) as { ext: object };
    const request = JSON.parse(channel.written.find((line) => line.includes('http_request'))!) as {
      request_id: string;
    };
    const plain = { extensions: false };
    expect(channel.written.toSorted()).toEqual(
      [
        encodeMessage({ op: 'init', security_level: 'None', ...init, ext: ext as never }, plain),
        encodeMessage({ op: 'secret', name: 'A', value: 'v' }, plain),
        encodeMessage({ op: 'port_response', request_id: 'p', success: true, port: 8_001, error_message: null }, plain),
        encodeMessage(
          { op: 'http_request', ...request, method: 'POST', uri: '/', headers: {}, body: Buffer.from('hi') },
          plain,
        ),
        encodeMessage({ op: 'heartbeat', seq: 1 }, plain),
        encodeMessage({ op: 'shutdown', grace_ms: 10_000, reason: 'enough' }, plain),
      ].toSorted(),
    );
    await channel.close();
    exited.resolve({ code: 0, signal: null });
    await stopped;
  });

  it('joins the quirks in the order of their table, whatever the order in the configuration', async () => {
    const hosting = await open(['python-nested', 'no-module-id']);
    expect(hosting.launchOptions).toEqual({ withoutVariables: ['PYWATT_MODULE_ID'] });
    expect(hosting.encode!({ op: 'heartbeat' })).toBe('{"op":"heartbeat"}');
    const channel = new RecordingChannel();
    expect(hosting.host(launchedOn(channel)).channel).not.toBe(channel);
  });

  it('asks for heartbeats often enough on a TCP channel and stays as patient', async () => {
    const hosting = await open(['tcp-channel']);
    expect(hosting.watchLimits({ intervalMs: 5_000, missed: 3 })).toEqual({ intervalMs: 1_000, missed: 15 });
    expect(hosting.watchLimits({ intervalMs: 500, missed: 3 })).toEqual({ intervalMs: 500, missed: 3 });
    await hosting.close();
  });

  it('lets the outermost quirk decide how a module is asked to end', () => {
    const asked: string[] = [];
    const quirk = (name: string, goesOn: boolean): Quirk => ({
      askToEnd: (_launched, ask) => {
        asked.push(name);
        if (goesOn) ask();
      },
    });
    const launched = launchedOn(new RecordingChannel());
    new Hosting([quirk('a', false), quirk('b', true)]).askToEnd(launched, () => asked.push('shutdown'));
    expect(asked).toEqual(['b', 'a']);
  });
});
