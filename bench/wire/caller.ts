import { contenderNamed } from './contenders/all.js';
import type { MeasureRequest } from './open-caller.js';
import { measureCalls } from './measure-calls.js';
import { openContender } from './open-contender.js';
import { payloads } from './payloads.js';

// caller.js NAME DIRECTORY: the calling end of one contender, alone in its process as it is where it is used.
const [name, directory = ''] = process.argv.slice(2);
const open = await openContender(contenderNamed(name), directory);
process.on('exit', () => open.close());
process.on('disconnect', () => process.exit());
process.on('message', (message) => void measure(message as MeasureRequest));
process.send!({ ready: true });

async function measure({ payload, inFlight, durationMs }: MeasureRequest): Promise<void> {
  process.send!({ measured: await measureCalls(open, payloads[payload], inFlight, durationMs) });
}
