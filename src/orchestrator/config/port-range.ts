import { ValueError } from '../../foundation/index.js';

/** Both ends belong to the range. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** `8000-9000`. Throws `ValueError`. */
export function parsePortRange(text: unknown): PortRange {
  const match = typeof text === 'string' ? /^(\d{1,5})\s*-\s*(\d{1,5})$/.exec(text.trim()) : null;
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || first < 1 || last > 65_535 || first > last) {
    throw new ValueError(`${JSON.stringify(text)} is not a range of ports: write lowest-highest, such as '8000-9000'`);
  }
  return { first, last };
}
