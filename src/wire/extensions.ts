import type { Extensions } from './messages.js';

/** What we offer in init and accept in announce: correlation, base64 bodies, error codes, typed values. */
export const offeredExtensions: Extensions = { v: 1, features: ['corr', 'b64', 'err', 'types'] };
