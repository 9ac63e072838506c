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

function saw(step: string, what: string, ok: boolean): void {
  rows.push({ step, saw: what, ok });
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
  for (const sku of ['tea', 'cup', 'pot']) {
    placed.push((await call<Order>(api, '', { method: 'POST', json: { sku, quantity: 2 } })).status);
  }
  saw(
    'three orders placed through the gateway',
    `status ${placed.join(' ')}`,
    placed.every((status) => status === 200),
  );

  const refused = await call<{ fields: { field: string }[] }>(api, '', {
    method: 'POST',
    json: { sku: 'tea', quantity: 0 },
  });
  const fields = refused.body.fields.map(({ field }) => field).join();
  saw(
    'an order of nothing',
    `status ${refused.status}, wrong: ${fields}`,
    refused.status === 400 && fields === 'quantity',
  );

  const read = async () => (await call<{ from: string }>(api, '/2')).body.from;
  const reads = [await read(), await read()];
  saw('one order read twice', `from the ${reads.join(', then from the ')}`, reads.join() === 'database,cache');

  await rotation(orchestrator, api);
  await death(orchestrator, api);
  saw(
    'secrets in any log line',
    `${count(orchestrator.output, 'sk_test')}`,
    count(orchestrator.output, 'sk_test') === 0,
  );
  const code = await orchestrator.stop();
  saw('SIGTERM drains everything', `exit code ${code}`, code === 0);
}

async function rotation(orchestrator: DemoOrchestrator, api: string): Promise<void> {
  const pay = () => call<Order>(api, '/1/payment', { method: 'POST' });
  const before = (await pay()).body.paid_with;
  let isRotating = true;
  let failed = 0;
  let served = 0;
  const load = async () => {
    while (isRotating || served < 20) {
      if ((await pay()).status !== 200) failed += 1;
      served += 1;
    }
  };
  const loads = [load(), load()];
  const accepted = await orchestrator.cli(['secrets', 'rotate', 'STRIPE_KEY'], 'sk_test_the_next_one');
  isRotating = false;
  await Promise.all(loads);
  const after = (await pay()).body.paid_with;
  saw('STRIPE_KEY rotated meanwhile', `exit code ${accepted.code}`, accepted.code === 0);
  saw('requests during the rotation', `${served} served, ${failed} failed`, served >= 20 && failed === 0);
  saw('payments before and after', `key ${before}, then key ${after}`, before !== after);

  const rejected = await orchestrator.cli(['secrets', 'rotate', 'STRIPE_KEY'], 'not a key');
  const still = (await pay()).body.paid_with;
  saw(
    'a key that the hook refuses',
    `exit code ${rejected.code}, still key ${still}`,
    rejected.code === 1 && still === after,
  );
}

async function death(orchestrator: DemoOrchestrator, api: string): Promise<void> {
  const pid = await orchestrator.modulePid('orders');
  process.kill(pid, 'SIGKILL');
  await orchestrator.untilReplaced('orders', pid);
  const skus = (await call<Order[]>(api, '')).body.map(({ sku }) => sku).join();
  saw('the module killed, and back', `with orders ${skus}`, skus === 'tea,cup,pot');
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

async function direct(directory: string): Promise<void> {
  await using module = DemoProcess.start(['--import', 'tsx', 'main.ts'], {
    DATABASE_URL: `sqlite:${join(directory, '.pywatt', 'orders.db')}`,
    PYWATT_SECRET_STRIPE_KEY: 'sk_test_direct',
    PORT: '0',
  });
  const address = await module.match(/"address":"(http:[^"]+)"/);
  const skus = (await call<Order[]>(`${address}/orders`, '')).body.map(({ sku }) => sku).join();
  saw('the same class by itself', `reads orders ${skus}`, skus === 'tea,cup,pot');
  const placed = await call<Order>(`${address}/orders`, '', { method: 'POST', json: { sku: 'spoon', quantity: 1 } });
  saw('and places one', `order ${placed.body.id}`, placed.body.id === 4);
  const code = await module.stop();
  const leaked = count(module.output, 'sk_test');
  saw('SIGTERM drains it', `exit code ${code}, ${leaked} secrets in its output`, code === 0 && leaked === 0);
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
