import { describe, expect, it } from '@jest/globals';
import { isAnnouncement } from '../../../src/wire/is-announcement.js';

describe('isAnnouncement', () => {
  it.each([
    '{"op":"announce","listen":"127.0.0.1:1","endpoints":[]}',
    '{"listen":"127.0.0.1:1","endpoints":[{"path":"/","methods":["GET"],"auth":null}]}',
    '{"op":"announce","announce":{"listen":"127.0.0.1:1","endpoints":[]}}',
  ])('is true of %s', (line) => {
    expect(isAnnouncement(line)).toBe(true);
  });

  it.each(['{"op":"get_secret","name":"announce"}', '{"op":"announce"}', 'announce', ''])('is false of %j', (line) => {
    expect(isAnnouncement(line)).toBe(false);
  });
});
