import type { Extensions } from './messages.js';

/**
 * What we offer in init and accept in announce: correlation, base64 bodies, error codes, typed values, heartbeats of the
 * module.
 */
export const offeredExtensions: Extensions = { v: 1, features: ['corr', 'b64', 'err', 'types', 'beat'] };

/** Whether a peer that sent these answers heartbeats, and may send its own. */
export function agreesToBeat(extensions: Extensions | undefined): boolean {
  return extensions !== undefined && extensions.v >= 1 && extensions.features.includes('beat');
}
