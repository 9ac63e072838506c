import type { Extensions } from './messages.js';

/** What we offer in init and accept in announce: correlation, base64 bodies, error codes, typed values, byte streams. */
export const offeredExtensions: Extensions = { v: 1, features: ['corr', 'b64', 'err', 'types', 'streams'] };

/** Whether long bodies may travel as streams: said of what the other end offered or accepted. */
export function agreesOnStreams(theirs: Extensions | undefined): boolean {
  return (theirs?.v ?? 0) >= 1 && theirs?.features.includes('streams') === true;
}
