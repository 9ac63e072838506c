import type { Writable } from 'node:stream';

/** Prints a result for programs (`--json`: one line of JSON) or for people. */
export function print(stream: Writable, json: boolean, result: unknown, text: () => string): void {
  stream.write(`${json ? JSON.stringify(result) : text()}\n`);
}
