import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { JournalDirectory } from '../../../../src/orchestrator/rotations/journal-directory.js';

const rotationId = '6f5f2e0e-8d4f-4a57-9a0c-3c1f6a1f9f10';

describe('the journal of rotations', () => {
  it('says what cannot be written and what to look at, and leaves no draft', async () => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'pywatt-journal-'));
    try {
      const directory = join(stateDirectory, 'rotations');
      // What is to be written takes the place of this, which cannot be replaced by a file.
      await mkdir(join(directory, `${rotationId}.json`, 'full'), { recursive: true });
      const writing = new JournalDirectory(stateDirectory).write({
        rotationId,
        names: ['KEY'],
        stage: 'published',
        adopts: false,
        by: { kind: 'api' },
        versions: { KEY: { from: '1', to: '2' } },
        startedAt: '2026-01-02T03:04:05.678Z',
      });
      await expect(writing).rejects.toThrow(
        /the journal of rotations, .*rotations, cannot be written \(.*E[A-Z]+: .*; check the room and the permissions/,
      );
      expect(await readdir(directory)).toEqual([`${rotationId}.json`]);
    } finally {
      await rm(stateDirectory, { recursive: true, force: true });
    }
  });
});
