import { describe, expect, it } from '@jest/globals';
import { buildInfo } from '../../../src/foundation/index.js';

describe('buildInfo', () => {
  it('says that it runs from its sources, and on which Node', () => {
    expect(buildInfo).toEqual({
      version: '0.0.0-source',
      gitHash: 'unknown',
      buildTime: 'unknown',
      node: process.versions.node,
    });
  });
});
