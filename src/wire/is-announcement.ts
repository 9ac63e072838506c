import { decodeModuleLine } from './decode.js';

/** Whether a line of a module announces it, in any of the shapes that are read. */
export function isAnnouncement(line: string): boolean {
  const decoded = decodeModuleLine(line);
  return decoded.kind === 'message' && decoded.message.op === 'announce';
}
