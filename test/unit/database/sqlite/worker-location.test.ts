import { describe, expect, it } from '@jest/globals';
import { sqliteWorkerUrl } from '../../../../src/database/sqlite/worker-location.js';

describe('the place of the SQLite worker', () => {
  it.each([
    ['file:///repo/src/database/sqlite/worker-location.ts', 'file:///repo/dist/sqlite-worker.js'],
    [
      'file:///app/node_modules/@pywatt/sdk/dist/index.js',
      'file:///app/node_modules/@pywatt/sdk/dist/sqlite-worker.js',
    ],
    [
      'file:///app/node_modules/@pywatt/sdk/dist/chunks/sqlite-database-ABC.js',
      'file:///app/node_modules/@pywatt/sdk/dist/sqlite-worker.js',
    ],
  ])('seen from %s is %s', (from, url) => {
    expect(sqliteWorkerUrl(from).href).toBe(url);
  });
});
