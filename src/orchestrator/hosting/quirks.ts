import { boundedHttp } from './bounded-http.js';
import { httpHealth } from './http-health.js';
import { noModuleId } from './no-module-id.js';
import { ownPortHttp } from './own-port-http.js';
import { pythonNested } from './python-nested.js';
import type { QuirkName } from './quirk-names.js';
import type { QuirkFactory } from './quirk.js';
import { serialCalls } from './serial-calls.js';
import { strayReader } from './stray-reader.js';
import { tcpChannel } from './tcp-channel.js';

/** Every quirk, those nearest to the module's process first. */
export const quirks: ReadonlyMap<QuirkName, QuirkFactory> = new Map<QuirkName, QuirkFactory>([
  ['no-module-id', noModuleId],
  ['rust-0.5-stray-reader', strayReader],
  ['python-nested', pythonNested],
  ['tcp-channel', tcpChannel],
  ['one-call-at-a-time', serialCalls],
  ['rust-0.5-http-queue', boundedHttp],
  ['http-on-own-port', ownPortHttp],
  ['http-health', httpHealth],
]);
