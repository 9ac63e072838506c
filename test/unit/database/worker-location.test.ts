import { describe, expect, it } from '@jest/globals';
import { workerUrl } from '../../../src/database/worker-location.js';

describe('the place of the program of a worker', () => {
  it.each([
    ['file:///repo/src/database/worker-location.ts', 'file:///repo/dist/sqlite-worker.js'],
    [
      'file:///app/node_modules/@pywatt/sdk/dist/index.js',
      'file:///app/node_modules/@pywatt/sdk/dist/sqlite-worker.js',
    ],
    [
      'file:///app/node_modules/@pywatt/sdk/dist/chunks/sqlite-database-ABC.js',
      'file:///app/node_modules/@pywatt/sdk/dist/sqlite-worker.js',
    ],
  ])('seen from %s is %s', (from, url) => {
    expect(workerUrl('sqlite-worker', from).href).toBe(url);
  });
});
