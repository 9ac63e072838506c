import type { ServiceType } from './service.js';

/** Where a call goes, and the text of that in a brief call: `,"1",{"Custom":"echo"},"get",`. */
export interface CallAddress {
  readonly connection: string;
  readonly type: ServiceType;
  readonly operation: string;
  readonly text: string;
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
  textOf(connection: string, type: ServiceType, operation: string): string {
    const known = this.#find(
      (each) => each.operation === operation && each.connection === connection && each.type === type,
    );
    return known?.text ?? this.learn(connection, type, operation).text;
  }

  /** The address whose text stands in the line from there on; undefined when it is none of the late ones. */
  at(line: string, start: number): CallAddress | undefined {
    return this.#find(({ text }) => line.startsWith(text, start));
  }

  learn(connection: string, type: ServiceType, operation: string): CallAddress {
    const text = `,${JSON.stringify(connection)},${JSON.stringify(type)},${JSON.stringify(operation)},`;
    const known = this.#find((each) => each.text === text);
    if (known) return known;
    const address = { connection, type, operation, text };
    if (text.length <= maxLength) this.#known[Math.min(this.#known.length, maxKnown - 1)] = address;
    return address;
  }

  #find(isMeant: (address: CallAddress) => boolean): CallAddress | undefined {
    const index = this.#known.findIndex(isMeant);
    const found = this.#known[index];
    if (found === undefined || index === 0) return found;
    this.#known[index] = this.#known[index - 1]!;
    this.#known[index - 1] = found;
    return found;
  }
}
