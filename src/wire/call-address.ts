import { sized, type SizedJson, wellFormed } from './json/write-json.js';
import type { ServiceType } from './service.js';

/** Where a call goes, and the text of that in a brief call, from the end of its id on: `","1",{"Custom":"echo"},"get",`. */
export interface CallAddress extends SizedJson {
  readonly connection: string;
  readonly type: ServiceType;
  readonly operation: string;
}

const maxKnown = 16;
const maxLength = 256;

/**
 * The addresses of late calls, those that are used most at the front: sessions call few places, often. What is found
 * here need not be written or read again. The text alone decides, so that it may serve all sessions of a process.
 */
export class CallAddresses {
  readonly #known: CallAddress[] = [];

  /** Finds or makes the text for a place to call. */
  textOf(connection: string, type: ServiceType, operation: string): SizedJson {
    for (const [index, known] of this.#known.entries()) {
      if (known.operation !== operation || known.connection !== connection || known.type !== type) continue;
      return this.#used(index);
    }
    return this.learn(connection, type, operation);
  }

  /** The address whose text stands in the line from there on; undefined when it is none of the late ones. */
  at(line: string, start: number): CallAddress | undefined {
    for (const [index, { text }] of this.#known.entries()) if (line.startsWith(text, start)) return this.#used(index);
    return undefined;
  }

  learn(connection: string, type: ServiceType, operation: string): CallAddress {
    const asIs = `",${JSON.stringify(connection)},${JSON.stringify(type)},${JSON.stringify(operation)},`;
    const text = wellFormed(asIs);
    const known = this.#known.find((each) => each.text === text);
    if (known) return known;
    const address = { connection, type, operation, ...sized(text) };
    // What is not as it is written would not be what is read.
    if (text === asIs && text.length <= maxLength) this.#known[Math.min(this.#known.length, maxKnown - 1)] = address;
    return address;
  }

  /** Moves it towards the front. */
  #used(index: number): CallAddress {
    const address = this.#known[index]!;
    if (index === 0) return address;
    this.#known[index] = this.#known[index - 1]!;
    this.#known[index - 1] = address;
    return address;
  }
}
