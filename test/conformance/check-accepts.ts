import { messageOf } from '../../src/foundation/index.js';
import { readExactJson } from '../../src/wire/json/exact-json.js';
import { writeJson } from '../../src/wire/json/write-json.js';
import { isWireObject } from '../../src/wire/index.js';
import { differenceOf } from './same-json.js';
import { fail, textOf, type Vector } from './vector.js';
import { type RoundTrip, wireType } from './wire-types.js';

/** A line that the Rust type accepts, and what it then holds, or refuses. */
export function checkAccepts(vector: Vector): void {
  const type = textOf(vector, 'type');
  const roundTrip = wireType(type);
  const line = textOf(vector, 'line');
  const { accepted } = vector.fields;
  if (typeof accepted !== 'boolean') fail("the vector has no 'accepted'");
  const ours = outcomeOf(roundTrip, line);
  if (accepted && 'refused' in ours) fail(`our parser refuses what the Rust type accepts: ${ours.refused}`);
  if (!accepted && 'written' in ours) fail('our parser accepts what the Rust type refuses');
  if ('refused' in ours) return;
  const { reserialized } = vector.fields;
  if (typeof reserialized === 'string') compare(ours.written, reserialized, line);
  const again = outcomeOf(roundTrip, ours.written);
  if ('refused' in again) fail(`our parser refuses what our encoder wrote: ${again.refused}`);
}

function outcomeOf(roundTrip: RoundTrip, line: string): { written: string } | { refused: string } {
  try {
    return { written: roundTrip(line) };
  } catch (error) {
    return { refused: messageOf(error) };
  }
}

/** We keep extensions that Rust drops, so what stands in the line beside the protocol's fields may stand in ours. */
function compare(written: string, expected: string, line: string): void {
  const [ours, theirs] = [written, expected].map((text) => readExactJson(text).value);
  const given: unknown = JSON.parse(line);
  if (!isWireObject(ours) || !isWireObject(theirs)) return failOn(differenceOf(written, expected));
  // The base64 of a body stands beside `body: null`, which is all that Rust reads of it.
  const isAside = isWireObject(given) && given['body'] === null && typeof given['body_b64'] === 'string';
  if (isAside && theirs['body'] === null) (ours as Record<string, unknown>)['body'] = null;
  for (const key of Object.keys(ours)) {
    const isExtension = !(key in theirs) && isWireObject(given) && (key in given || key === 'connection_id');
    if (isExtension) delete (ours as Record<string, unknown>)[key];
  }
  failOn(differenceOf(writeJson(ours), expected));
}

function failOn(difference: string | undefined): void {
  if (difference !== undefined) fail(`what we write of it differs from what Rust writes: ${difference}`);
}
