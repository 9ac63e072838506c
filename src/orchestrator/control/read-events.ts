import type { Readable } from 'node:stream';

/** The lines of a stream of JSON, parsed, until it ends or breaks off. */
export async function* readEvents<T>(stream: Readable): AsyncGenerator<T, void> {
  let rest = '';
  stream.setEncoding('utf8');
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as T;
    }
  } catch (error) {
    // The far end went away, which is how a stream without an end ends.
    if (error instanceof SyntaxError) throw error;
  }
}
