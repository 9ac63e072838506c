/**
 * Shows the example at work, on ports and in folders of its own, and checks everything it shows: exits 1 if anything
 * differed. `npm run demo` runs it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DemoOrchestrator } from './demo-orchestrator.js';
import { DemoProcess } from './demo-process.js';

const rows: { step: string; saw: string; ok: boolean }[] = [];

function check(step: string, saw: unknown, expected: unknown): void {
  const ok = JSON.stringify(saw) === JSON.stringify(expected);
  rows.push({ step, saw: ok ? String(saw) : `${JSON.stringify(saw)}, expected ${JSON.stringify(expected)}`, ok });
}

async function call<T>(
  address: string,
  path: string,
  init?: { method?: string; json?: unknown },
): Promise<{ status: number; body: T }> {
  const response = await fetch(`${address}${path}`, {
    method: init?.method ?? 'GET',
    ...(init?.json === undefined
      ? {}
      : { body: JSON.stringify(init.json), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

interface Order {
  id: number;
  sku: string;
  paid_with: string | null;
}

async function proxied(directory: string): Promise<void> {
  await using orchestrator = await DemoOrchestrator.start(directory);
  const api = `${orchestrator.address}/orders/orders`;

  const placed: number[] = [];
  for (const sku of ['tea', 'cup', 'pot'])
    placed.push((await call<Order>(api, '', { method: 'POST', json: { sku, quantity: 2 } })).status);
  check('place three orders through the gateway', placed.join(' '), '200 200 200');
  const refused = await call<{ fields: { field: string }[] }>(api, '', {
    method: 'POST',
    json: { sku: 'tea', quantity: 0 },
  });
  check(
    'place an order for nothing',
    `${refused.status} ${refused.body.fields.map(({ field }) => field).join()}`,
    '400 quantity',
  );

  const read = async () => (await call<{ from: string }>(api, '/2')).body.from;
  check('read an order twice', [await read(), await read()].join(', then '), 'database, then cache');

  const pay = () => call<Order>(api, '/1/payment', { method: 'POST' });
  const before = (await pay()).body.paid_with;
  let isRotating = true;
  let failed = 0;
  let served = 0;
  const load = async () => {
    while (isRotating || served < 20) {
      const { status } = await pay();
      served += 1;
      if (status !== 200) failed += 1;
    }
  };
  const loads = [load(), load()];
  const rotation = await orchestrator.cli(['secrets', 'rotate', 'STRIPE_KEY'], 'sk_test_the_next_one');
  isRotating = false;
  await Promise.all(loads);
  const after = (await pay()).body.paid_with;
  check('rotate STRIPE_KEY while requests run', rotation.code, 0);
  check('at least 20 requests meanwhile, failed', served >= 20 ? failed : `only ${served} requests`, 0);
  check('payments use the new key', before !== after, true);
  const rejected = await orchestrator.cli(['secrets', 'rotate', 'STRIPE_KEY'], 'not a key');
  check('a key that the hook refuses: exit code', rejected.code, 1);
  check('payments still use the key before', (await pay()).body.paid_with === after, true);

  const pid = await orchestrator.modulePid('orders');
  process.kill(pid, 'SIGKILL');
  await orchestrator.untilReplaced('orders', pid);
  check(
    'the module, killed, came back with its data',
    (await call<Order[]>(api, '')).body.map(({ sku }) => sku).join(),
    'tea,cup,pot',
  );
  check('no secret in any log line', orchestrator.output.includes('sk_test'), false);
  check('SIGTERM drains everything: exit code', await orchestrator.stop(), 0);
}

async function direct(directory: string): Promise<void> {
  await using module = DemoProcess.start(['--import', 'tsx', 'main.ts'], {
    DATABASE_URL: `sqlite:${join(directory, '.pywatt', 'orders.db')}`,
    PYWATT_SECRET_STRIPE_KEY: 'sk_test_direct',
    PORT: '0',
  });
  const address = await module.match(/"address":"(http:[^"]+)"/);
  const orders = await call<Order[]>(`${address}/orders`, '');
  check('the same class by itself reads the same data', orders.body.map(({ sku }) => sku).join(), 'tea,cup,pot');
  const placed = await call<Order>(`${address}/orders`, '', { method: 'POST', json: { sku: 'spoon', quantity: 1 } });
  check('and places orders', placed.body.id, 4);
  check('SIGTERM drains it: exit code', await module.stop(), 0);
  check('no secret in its output', module.output.includes('sk_test'), false);
}

const directory = await mkdtemp(join(tmpdir(), 'pywatt-demo-'));
try {
  await proxied(directory);
  await direct(directory);
} catch (error) {
  rows.push({ step: 'the demo itself', saw: error instanceof Error ? error.message : String(error), ok: false });
} finally {
  await rm(directory, { recursive: true, force: true });
}
const width = Math.max(...rows.map(({ step }) => step.length));
for (const { step, saw, ok } of rows) console.log(`${ok ? 'ok  ' : 'FAIL'}  ${step.padEnd(width)}  ${saw}`);
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
