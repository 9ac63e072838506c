import { ValueError } from './pywatt-error.js';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

interface DurationFields {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/** A length of time: `'250ms'`, `'5m'`, `'1.5h'`, or `{ seconds: 3 }`. Never a bare number, whose unit nobody knows. */
export type Duration = `${number}${Unit}` | DurationFields;

const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const fieldMs = { days: unitMs.d, hours: unitMs.h, minutes: unitMs.m, seconds: unitMs.s, milliseconds: 1 } as const;

/** Milliseconds of a `Duration`, or of text that may be one; throws `ValueError` naming `what` when it is not one, is negative or is not finite. */
export function durationMs(duration: string | DurationFields, what = 'duration'): number {
  // Those who write JavaScript may pass anything.
  const ms = typeof duration === 'string' ? textMs(duration) : fieldsMs(duration ?? {});
  if (ms === undefined || !Number.isFinite(ms) || ms < 0) {
    throw new ValueError(
      `${what} ${shown(duration)} is not a duration: write '250ms', '5s', '10m', '1h', '2d' or { seconds: 3 }`,
    );
  }
  return ms;
}

/** JSON has no Infinity. */
function shown(duration: unknown): string {
  return typeof duration === 'number' ? String(duration) : JSON.stringify(duration);
}

function textMs(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  return match ? Number(match[1]) * unitMs[match[2] as Unit] : undefined;
}

function fieldsMs(fields: object): number | undefined {
  let total = 0;
  const entries = Object.entries(fields);
  if (entries.length === 0) return undefined;
  for (const [field, amount] of entries) {
    const factor = (fieldMs as Record<string, number>)[field];
    if (factor === undefined || typeof amount !== 'number') return undefined;
    total += amount * factor;
  }
  return total;
}
