import * as fc from 'fast-check';
import type { WireJson } from '../../../src/wire/index.js';
import { readExactJson } from '../../../src/wire/json/exact-json.js';
import { writeJson } from '../../../src/wire/json/write-json.js';
import { wireJson } from './arbitrary-json.js';

/** The bytes of a line with some of their bits turned, as text again: what is not UTF-8 never reaches a decoder. */
export const flipped = (lines: fc.Arbitrary<string>) =>
  fc.tuple(lines, fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 4 })).map(([line, flips]) => {
    const bytes = Buffer.from(line);
    for (const [at, bit] of flips) bytes[at % bytes.length]! ^= 1 << bit;
    return bytes.toString('utf8');
  });

/** A message of which one value, at any depth, is something else, gone, or there twice. */
export const distorted = (lines: fc.Arbitrary<string>) =>
  fc.tuple(lines, fc.nat(), fc.option(wireJson), fc.boolean()).map(([line, place, value, isRepeated]) => {
    const json = readExactJson(line).value;
    let left = place % countOf(json);
    const walk = (node: WireJson): WireJson | undefined => {
      if (left-- === 0) return value ?? undefined;
      if (Array.isArray(node)) return node.flatMap((item: WireJson) => walk(item) ?? []);
      if (typeof node !== 'object' || node === null) return node;
      const members = Object.entries(node).flatMap(([key, member]) => {
        const changed = walk(member);
        return changed === undefined ? [] : [[key, changed] as const];
      });
      return Object.fromEntries(members);
    };
    const text = writeJson(walk(json) ?? null);
    return isRepeated && text.startsWith('{"') ? `{"op":"heartbeat",${text.slice(1)}` : text;
  });

function countOf(node: WireJson): number {
  if (typeof node !== 'object' || node === null) return 1;
  return 1 + Object.values(node).reduce<number>((sum, member: WireJson) => sum + countOf(member), 0);
}
