import type { Logger } from '../src/foundation/index.js';

const nothing = () => undefined;

/** Measurements are not to be of the log. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
