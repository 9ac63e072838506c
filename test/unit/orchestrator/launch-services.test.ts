import { describe, expect, it } from '@jest/globals';
import { Deferred, type Logger } from '../../../src/foundation/index.js';
import { SecretRedactor } from '../../../src/logging/index.js';
import { AccessPolicy } from '../../../src/orchestrator/access-policy.js';
import { LaunchServices } from '../../../src/orchestrator/launch-services.js';
import { PortAllocator } from '../../../src/orchestrator/ports/port-allocator.js';
import { ChainedSecretProvider, MemorySecretProvider, SecretStore } from '../../../src/secrets/index.js';
import { silentLogger } from '../foundation/silent-logger.js';

function services(ports: PortAllocator, launchId = 'orders#1', logger: Logger = silentLogger) {
  const secrets = new SecretStore({
    provider: new ChainedSecretProvider([new MemorySecretProvider({})]),
    redactor: new SecretRedactor(),
  });
  return new LaunchServices({
    moduleId: 'orders',
    launchId,
    policy: new AccessPolicy(new Map()),
    brokers: [],
    secrets,
    secretBroker: { open: () => neverOpened() },
    ports,
    logger,
  });
}

const neverOpened = (): never => {
  throw new Error('nobody asks for secrets here');
};
const free = () => Promise.resolve(true);

describe('the ports of a launch', () => {
  it('are free again when it is gone', async () => {
    const ports = new PortAllocator({ first: 8000, last: 8000 }, free);
    const first = services(ports);
    await first.requestPort(null);
    await expect(services(ports, 'orders#2').requestPort(null)).rejects.toMatchObject({ code: 'PORTS_EXHAUSTED' });
    first.end();
    await expect(services(ports, 'orders#2').requestPort(null)).resolves.toBe(8000);
  });

  it('are free again also when it went while one was being given', async () => {
    const probes = [new Deferred<boolean>(), new Deferred<boolean>()];
    const waiting = [...probes];
    const ports = new PortAllocator({ first: 8000, last: 8001 }, () => waiting.shift()?.promise ?? free());
    const first = services(ports);
    const asking = first.requestPort(null);
    first.end();
    probes[0]!.resolve(false);
    probes[1]!.resolve(true);
    await asking;
    const second = services(ports, 'orders#2');
    expect([await second.requestPort(null), await second.requestPort(null)]).toEqual([8000, 8001]);
  });

  it('are those too that it announces without having been given them', async () => {
    const ports = new PortAllocator({ first: 8000, last: 8001 }, free);
    const first = services(ports);
    first.announced('127.0.0.1:8000');
    const second = services(ports, 'orders#2');
    expect(await second.requestPort(null)).toBe(8001);
    first.end();
    expect(await second.requestPort(null)).toBe(8000);
  });

  it.each(['/run/8000.sock', 'localhost:8000', '127.0.0.1:0', '127.0.0.1:99999', ''])(
    'are none when it announces %p',
    async (listen) => {
      const ports = new PortAllocator({ first: 8000, last: 8000 }, free);
      services(ports).announced(listen);
      await expect(services(ports, 'orders#2').requestPort(null)).resolves.toBe(8000);
    },
  );

  it('stay with the launch they were given to when another announces one, and the log says so', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const ports = new PortAllocator({ first: 8000, last: 8000 }, free);
    await services(ports).requestPort(null);
    const second = services(ports, 'users#1', logger);
    second.announced('[::1]:8000');
    expect(warnings).toEqual(['the module listens on a port that another launch was given']);
    second.end();
    await expect(services(ports, 'users#2').requestPort(null)).rejects.toMatchObject({ code: 'PORTS_EXHAUSTED' });
  });
});
