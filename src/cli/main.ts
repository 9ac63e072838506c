#!/usr/bin/env node
import { messageOf, PyWattError } from '../foundation/index.js';
import { tolerateLostReaders } from '../logging/index.js';
import { parseCommand } from './parse-command.js';
import { print } from './print.js';
import { runCommand } from './run-command.js';

/** One command from argv; sets the exit code: 0 done, 1 failed, 2 not understood. */
async function main(argv: readonly string[]): Promise<void> {
  const parsed = parseCommand(argv);
  try {
    process.exitCode = await runCommand(parsed);
  } catch (error) {
    const fields = PyWattError.is(error)
      ? { error: error.message, code: error.code, details: error.details }
      : { error: messageOf(error) };
    print(process.stderr, parsed.json, fields, () => `pywatt: ${fields.error}`);
    process.exitCode = 1;
  }
}

tolerateLostReaders();
await main(process.argv.slice(2));
