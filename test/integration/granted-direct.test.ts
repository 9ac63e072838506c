import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Inject, Module, repositoryToken } from '@pywatt/sdk';
import { Column, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';
import type { JsonObject, Logger } from '../../src/foundation/index.js';
import { SecretRedactor } from '../../src/logging/index.js';
import { boot, type Booted } from '../../src/module/index.js';
import { createMemoryChannels } from '../../src/wire/index.js';

@Entity()
class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') text!: string;
}

@Module({ id: 'notes', entities: [Note] })
class Notes {
  @Inject(repositoryToken(Note)) readonly notes!: Repository<Note>;
}

const nothing = () => undefined;
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-granted-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function bootWith(grants: JsonObject): Promise<Booted> {
  const [moduleEnd, orchestratorEnd] = createMemoryChannels();
  orchestratorEnd.start({ onLine: nothing, onBadLine: nothing, onEnd: nothing });
  const env = { DATABASE_URL: `sqlite:${join(directory, 'notes.db')}`, PYWATT_DATABASE_SYNCHRONIZE: 'true' };
  const init = { op: 'init', orchestrator_api: 'o', module_id: 'notes', listen: '127.0.0.1:1', env, grants };
  orchestratorEnd.send(JSON.stringify(init));
  return boot(Notes, {
    detected: { environment: 'proxied', why: 'the test' },
    env: {},
    logger,
    redactor: new SecretRedactor(),
    overrides: new Map(),
    secrets: () => Promise.reject(new Error('a proxied module has no secrets of its own')),
    channel: () => moduleEnd,
  });
}

describe('a proxied module with a repository', () => {
  it('boots where the orchestrator grants the database as direct, and bindings() says so', async () => {
    const { module } = await bootWith({ databases: { default: 'direct' } });
    await using app = module;
    const { notes } = app.get(Notes);
    await notes.save({ text: 'kept' });
    expect(await notes.find()).toEqual([{ id: 1, text: 'kept' }]);
    expect(app.environment).toBe('proxied');
    expect(app.bindings()).toEqual([
      expect.objectContaining({
        kind: 'repository',
        source: 'direct',
        why: 'granted as direct by the orchestrator (DATABASE_URL)',
      }),
    ]);
  });
});
