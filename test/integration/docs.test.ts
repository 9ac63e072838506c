import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { ModuleConfigInput } from '../../src/orchestrator/index.js';
import { evictionPolicies } from '../../src/cache/memory/eviction-policy.js';
import { parseConfig } from '../../src/orchestrator/config/parse-config.js';
import { moduleKinds, quirkNames } from '../../src/orchestrator/hosting/quirk-names.js';
import { metricDescriptions } from '../../src/orchestrator/metrics/metric-descriptions.js';
import { startWith } from './orchestrator-fixture.js';
import { repository } from './node-process.js';
import { codeBlocks, Snippets } from './snippets.js';

const read = (file: string) => readFileSync(join(repository, file), 'utf8');

describe('the README', () => {
  const snippets = new Snippets('README.md');
  beforeAll(() => snippets.write());
  afterAll(() => snippets.remove());

  it('shows code that compiles under strict settings', async () => {
    expect(await snippets.compilerComplaints()).toBe('');
  });

  it('shows a test that passes', async () => {
    expect(await snippets.run('--test', 'greetings.test.ts')).toMatch(/^# pass 1$/m);
  });

  it('names commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, script] of read('README.md').matchAll(/npm (?:run )?(start|test|demo)\b/g))
      expect(scripts).toHaveProperty(script!);
  });
});

describe('docs/database.md', () => {
  const snippets = new Snippets('docs/database.md');
  beforeAll(() => snippets.write());
  afterAll(() => snippets.remove());

  it('shows code that compiles under strict settings', async () => {
    expect(await snippets.compilerComplaints()).toBe('');
  });
});

describe('docs/services.md', () => {
  const snippets = new Snippets('docs/services.md');
  beforeAll(() => snippets.write());
  afterAll(() => snippets.remove());

  it('shows code that compiles under strict settings', async () => {
    expect(await snippets.compilerComplaints()).toBe('');
  });

  it('shows tests that pass', async () => {
    expect(await snippets.run('--test', 'places.test.ts')).toMatch(/^# pass 3$/m);
  });

  it('shows an orchestrator that serves a module what it says', async () => {
    expect(await snippets.run('orchestrator.ts')).toBe("{ country: 'home of places' }\n");
  });

  it('shows a configuration with which one module serves another', async () => {
    const [yaml] = codeBlocks(read('docs/services.md'), 'yaml');
    const { modules } = parse(yaml!) as { modules: Record<string, ModuleConfigInput> };
    for (const module of Object.values(modules)) module.cwd = snippets.directory;
    await using app = await startWith({ modules });
    await app.orchestrator.ready;
    const response = await app.request('/places/countries/10.0.0.1');
    expect(await response.json()).toEqual({ country: 'NO' });
    expect(app.logged(/^locating$/)).toMatchObject([{ module: 'geographer', ip: '10.0.0.1' }]);
  });
});

describe('docs/jwt.md', () => {
  const snippets = new Snippets('docs/jwt.md');
  beforeAll(() => snippets.write());
  afterAll(() => snippets.remove());

  it('shows code that compiles under strict settings', async () => {
    expect(await snippets.compilerComplaints()).toBe('');
  });

  it('shows tests that pass', async () => {
    expect(await snippets.run('--test', 'shop.test.ts')).toMatch(/^# pass 2$/m);
  });

  it('shows a configuration that is accepted as it stands', () => {
    const [yaml] = codeBlocks(read('docs/jwt.md'), 'yaml');
    const { modules, jwt } = parseConfig(parse(yaml!), repository, {});
    expect([modules.get('login')!.jwt, modules.get('shop')!.jwt, jwt!.audience]).toEqual([
      'sign',
      'verify',
      ['shop', 'mail'],
    ]);
  });
});

describe('docs/secrets.md', () => {
  const snippets = new Snippets('docs/secrets.md');
  beforeAll(() => snippets.write());
  afterAll(() => snippets.remove());

  it('shows code that compiles under strict settings', async () => {
    expect(await snippets.compilerComplaints()).toBe('');
  });

  it('shows tests that pass', async () => {
    expect(await snippets.run('--test', 'payments.test.ts')).toMatch(/^# pass 2$/m);
  });

  it('shows a configuration that is accepted as it stands', () => {
    const [yaml] = codeBlocks(read('docs/secrets.md'), 'yaml');
    expect([...parseConfig(parse(yaml!), repository, {}).modules.get('payments')!.secrets]).toHaveLength(2);
  });
});

describe('docs/configuration.md', () => {
  it('shows a configuration that is accepted as it stands', () => {
    const [yaml] = codeBlocks(read('docs/configuration.md'), 'yaml');
    const config = parseConfig(parse(yaml!), repository, {});
    expect([...config.modules.keys()]).toEqual(['orders']);
  });

  it('names every variable that a module by itself reads', () => {
    const text = read('docs/configuration.md');
    const sources = [
      'boot-module',
      'direct-jwt',
      'direct-secrets',
      'direct-world',
      'environment',
      'ports/wanted-address',
      'run-module',
    ]
      .map((file) => read(`src/module/${file}.ts`))
      .join('\n');
    const variables = [...sources.matchAll(/\['([A-Z_]+)'\]/g)].map((match) => match[1]!);
    expect(variables.length).toBeGreaterThan(5);
    for (const variable of new Set(variables)) expect(text).toContain(variable);
  });
});

describe('docs/cache.md', () => {
  const snippets = new Snippets('docs/cache.md');
  beforeAll(() => snippets.write());
  afterAll(() => snippets.remove());

  it('shows code that compiles under strict settings', async () => {
    expect(await snippets.compilerComplaints()).toBe('');
  });

  it.each(['rates', 'near-rates', 'reports', 'shop', 'prices'])('shows a test of %s that passes', async (name) => {
    expect(await snippets.run('--test', `${name}.test.ts`)).toMatch(/^# pass 1$/m);
  });

  it('shows caches that are accepted as they stand', () => {
    const [yaml] = codeBlocks(read('docs/cache.md'), 'yaml');
    const { caches } = parseConfig({ modules: { a: { command: 'node a.js' } }, ...parse(yaml!) }, repository, {});
    expect(caches.get('default')).toMatchObject({ policy: 's3-fifo', maxEntries: 100_000 });
    expect(caches.get('sessions')).toMatchObject({ passwordSecret: 'CACHE_PASSWORD' });
  });

  it('names every policy', () => {
    for (const policy of Object.keys(evictionPolicies)) expect(read('docs/cache.md')).toContain(`\`${policy}\``);
  });
});

describe('docs/hosting.md', () => {
  const text = read('docs/hosting.md');

  it('shows a configuration that is accepted as it stands', () => {
    const [yaml] = codeBlocks(text, 'yaml');
    const { modules } = parseConfig(parse(yaml!), repository, {});
    expect(modules.get('billing')!.quirks).toEqual(new Set([...moduleKinds['rust-0.5'], 'no-module-id']));
    expect(modules.get('mailer')!.quirks).toEqual(new Set(['python-nested']));
  });

  it('lists every quirk once with what it does and its price, and no other', () => {
    const rows = [...text.matchAll(/^\| `([\w.-]+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$/gm)].map(([, name]) => name!);
    expect(rows.toSorted()).toEqual([...quirkNames].toSorted());
  });

  it('lists the quirks of every kind', () => {
    const rows = [...text.matchAll(/^\| `([\w.-]+)` \| (`[^|]+`) \|$/gm)].map(([, kind, names]) => [
      kind,
      [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    ]);
    expect(Object.fromEntries(rows)).toEqual(moduleKinds);
  });
});

describe('docs/metrics.md', () => {
  it('lists every metric with its type, labels and meaning, and no other', () => {
    const rows = [...read('docs/metrics.md').matchAll(/^\| `(pywatt_\w+)` \| (\w+) \|([^|]*)\| (.*) \|$/gm)].map(
      ([, name, type, labels, help]) => ({ name, type, labels: labels!.trim(), help }),
    );
    expect(rows).toEqual(
      Object.entries(metricDescriptions).map(([name, { type, labels, help }]) => ({
        name,
        type,
        labels: labels.join(', '),
        help,
      })),
    );
  });
});
