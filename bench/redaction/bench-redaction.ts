import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { SecretRedactor } from '../../src/logging/index.js';
import { printTable } from '../print-table.js';
import { median } from '../statistics.js';

type Redact = (text: string) => unknown;

const lineBytes = 200;
const linesPerTurn = 4_000;

/** Time per log line of each way to hide secrets, in turns, with 10 to 10,000 values of 16 to 40 characters. */
export async function benchRedaction({ quick }: { quick: boolean }): Promise<void> {
  const lines = Array.from({ length: linesPerTurn }, (_, at) => logLine(at));
  const turns = quick ? 1 : 31;
  for (const count of quick ? [10, 1_000] : [10, 100, 1_000, 10_000]) {
    const values = Array.from({ length: count }, (_, at) => randomBytes(12 + (at % 18)).toString('base64url'));
    const redactor = new SecretRedactor();
    const started = performance.now();
    for (const value of values) redactor.add(value);
    redactor.redact(lines[0]!);
    const builtMs = performance.now() - started;
    const expression = new RegExp(values.join('|'), 'g');
    let written = 0;
    const log = pino({ base: null }, { write: (line: string) => void (written += line.length) });
    const contenders: Record<string, Redact> = {
      'no redaction': (line) => void (written += line.length),
      'pino, a line': (line) => log.info({ path: '/orders/42', status: 200 }, line),
      ours: (line) => redactor.redact(line),
      'one RegExp': (line) => line.replace(expression, '[REDACTED]'),
      'replaceAll loop': (line) => values.reduce((text, value) => text.replaceAll(value, '[REDACTED]'), line),
    };
    const times = measure(contenders, lines, turns);
    const pinoNs = times.get('pino, a line')!;
    const rows = [...times].map(([name, ns]) => [
      name,
      ns.toFixed(0),
      ((lineBytes / ns) * 1_000).toFixed(0),
      (ns / pinoNs).toFixed(2),
    ]);
    console.log(`\n${count} values, added and built in ${builtMs.toFixed(0)} ms`);
    printTable(['way', 'ns a line', 'MB/s', 'of pino'], rows);
  }
}

/**
 * Medians of nanoseconds per line. Each turn begins with lines that are not counted: whoever had the turn before has
 * emptied the caches, which no program does between two lines of its log.
 */
function measure(contenders: Record<string, Redact>, lines: readonly string[], turns: number): Map<string, number> {
  const times = new Map<string, number[]>();
  for (let turn = -1; turn < turns; turn++) {
    for (const [name, redact] of Object.entries(contenders)) {
      timePerLine(redact, lines, 5);
      const ns = timePerLine(redact, lines, 20);
      if (turn >= 0 || turns === 1) times.set(name, [...(times.get(name) ?? []), ns]);
    }
  }
  return new Map([...times].map(([name, each]) => [name, median(each)]));
}

/** In nanoseconds, over all lines or so many milliseconds. The clock is read every 16 lines. */
function timePerLine(redact: Redact, lines: readonly string[], mostMs: number): number {
  const started = performance.now();
  let done = 0;
  for (; done < lines.length && (done % 16 !== 0 || performance.now() - started < mostMs); done++) redact(lines[done]!);
  return ((performance.now() - started) * 1e6) / done;
}

function logLine(at: number): string {
  const line = JSON.stringify({
    level: 'info',
    requestId: randomBytes(16).toString('hex'),
    path: `/orders/${at}`,
    status: 200,
    msg: `request ${at} was answered by the handler of orders`,
  });
  // Flat, as lines that come from elsewhere are.
  return Buffer.from(line.padEnd(lineBytes, ' and so on').slice(0, lineBytes)).toString();
}
