import { expect, it } from '@jest/globals';
import { nameSegment } from '../../../src/foundation/index.js';

it('a segment has no colon, and is another for each name', () => {
  expect(nameSegment('sessions of 5 %')).toBe('sessions of 5 %25');
  const names = ['a', 'a:', 'a:b', 'a%3Ab', 'a%b', 'a%25b'];
  const segments = names.map(nameSegment);
  expect(new Set(segments).size).toBe(names.length);
  expect(segments.join('')).not.toContain(':');
});
