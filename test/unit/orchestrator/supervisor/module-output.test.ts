import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createLogger, SecretRedactor } from '../../../../src/logging/index.js';
import { logErrorOutput, logStrayOutput } from '../../../../src/orchestrator/supervisor/module-output.js';

function collect() {
  const redactor = new SecretRedactor();
  redactor.add('sk_live_1234567890');
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const logger = createLogger({ redactor, level: 'debug', fields: { module: 'orders' }, write });
  return { redactor, lines, logger };
}

async function printed(...chunks: string[]) {
  const { redactor, lines, logger } = collect();
  const output = new PassThrough();
  logErrorOutput(output, logger, redactor);
  for (const chunk of chunks) output.write(chunk);
  output.end();
  await new Promise((resolve) => output.on('close', resolve));
  return lines;
}

describe('the output of a module', () => {
  it('keeps level and fields of lines written by our logger, under the name the orchestrator knows', async () => {
    const line = JSON.stringify({ time: 'then', level: 'debug', msg: 'placed', module: 'forged', order: 7 });
    expect(await printed(`${line}\n`)).toEqual([
      { time: expect.not.stringMatching('then'), level: 'debug', msg: 'placed', module: 'orders', order: 7 },
    ]);
  });

  it('passes on every other line as text', async () => {
    const lines = await printed('one\ntw', 'o\n\n{"json":"of somebody else"}\n{"level":"loud","msg":"x"}\nhalf');
    expect(lines.map(({ level, msg, stream }) => [level, msg, stream])).toEqual([
      ['info', 'one', 'stderr'],
      ['info', 'two', 'stderr'],
      ['info', '{"json":"of somebody else"}', 'stderr'],
      ['info', '{"level":"loud","msg":"x"}', 'stderr'],
      ['info', 'half', 'stderr'],
    ]);
  });

  it('hides secrets that are split over two chunks', async () => {
    expect(JSON.stringify(await printed('key sk_live_12', '34567890\n'))).not.toContain('34567890');
  });

  it('shows stray output of stdout as a warning, redacted', () => {
    const { redactor, lines, logger } = collect();
    logStrayOutput('printed sk_live_1234567890', undefined, logger, redactor);
    expect(lines).toEqual([
      expect.objectContaining({ level: 'warn', msg: 'stray output', stream: 'stdout', text: 'printed [REDACTED]' }),
    ]);
  });

  it('shows the beginning of a stray line that is very long', () => {
    const { redactor, lines, logger } = collect();
    logStrayOutput('x'.repeat(10_000_000), undefined, logger, redactor);
    expect(String(lines[0]?.['text']).length).toBe(2000);
    expect(lines[0]?.['length']).toBe(10_000_000);
  });
});
