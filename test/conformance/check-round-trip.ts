import { moduleStructs } from '../../src/wire/codec/module-structs.js';
import { orchestratorStructs } from '../../src/wire/codec/orchestrator-structs.js';
import { differenceOf } from './same-json.js';
import { fail, textOf, type Vector } from './vector.js';
import { wireType } from './wire-types.js';

/** What a Rust type writes: our parser reads it, and our encoder writes the same of it. */
export function checkRoundTrip(vector: Vector, type: string): void {
  if (vector.fields['wire'] === null) return checkUnwritable(vector);
  const wire = textOf(vector, 'wire');
  const roundTrip = wireType(type);
  const difference = differenceOf(roundTrip(wire), wire);
  if (difference !== undefined) fail(`what we write of it differs: ${difference}`);
  checkOp(vector, wire);
}

/** A message no peer can write must not be one of ours. */
function checkUnwritable(vector: Vector): void {
  const op = textOf(vector, 'op');
  textOf(vector, 'error');
  if (Object.hasOwn(moduleStructs, op) || Object.hasOwn(orchestratorStructs, op))
    fail(`Rust cannot write '${op}', and we do`);
}

function checkOp({ fields }: Vector, wire: string): void {
  const { op } = JSON.parse(wire) as { op?: unknown };
  if (op !== undefined && op !== fields['op'])
    fail(`the line is '${String(op)}' and the vector says '${String(fields['op'])}'`);
}
