import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
export const collectGarbage = runInNewContext('gc') as () => void;

/** Of the heap, without what nobody holds any more. */
export function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
