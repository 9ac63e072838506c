import { describe, expect, it } from '@jest/globals';
import { recordTranscript } from './record-transcript.js';
import { replayTranscript } from './replay-transcript.js';
import { frozenVersions, readTranscript } from './transcript.js';
import { LiveIds } from './transcript-match.js';

const versions = frozenVersions();

describe('the frozen transcripts', () => {
  it('hold every version of the protocol that was shipped', () => {
    expect(versions).toEqual([0, 1, 2, 3, 4, 5]);
    for (const version of versions) expect(readTranscript(version).length).toBeGreaterThan(50);
  });

  it.each(versions)('of version %i are what the module of today writes', async (version) => {
    await expect(replayTranscript(version, 'module')).resolves.toBeUndefined();
  });

  it.each(versions)('of version %i are what the orchestrator of today writes', async (version) => {
    await expect(replayTranscript(version, 'orchestrator')).resolves.toBeUndefined();
  });

  it('hold a cancelled call and deadlines from version 2 on', () => {
    const [before, since] = [1, 2].map((version) => readTranscript(version).map(({ line }) => line));
    const mentions = (lines: readonly string[] | undefined, what: string) => lines?.some((line) => line.includes(what));
    expect([mentions(before, '"op":"cancel"'), mentions(since, '"op":"cancel"')]).toEqual([false, true]);
    const deadline = '"params":null,"deadline_ms":60000';
    expect([mentions(before, deadline), mentions(since, deadline)]).toEqual([false, true]);
  });

  it('hold the stages of a rotation from version 3 on', () => {
    const received = [2, 3].map((version) => readTranscript(version).some(({ line }) => line.includes('"received"')));
    expect(received).toEqual([false, true]);
  });

  it('hold calls and results in the brief form from version 4 on', () => {
    const brief = [3, 4].map((version) =>
      ['["c",', '["r",'].map((start) => readTranscript(version).some(({ line }) => line.startsWith(start))),
    );
    expect(brief).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('hold calls of other modules from version 5 on', () => {
    const ops = [4, 5].map((version) =>
      ['routed_module_message', 'routed_module_answer'].map((op) =>
        readTranscript(version).some(({ line }) => line.startsWith(`{"op":"${op}"`)),
      ),
    );
    expect(ops).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('are recorded from a session of both ends', async () => {
    const ops = (lines: readonly { readonly line: string }[]) =>
      lines.map(({ line }) => (JSON.parse(line) as { op: string }).op).toSorted();
    expect(ops(await recordTranscript(0))).toEqual(ops(readTranscript(0)));
  });

  it('are compared by everything that was recorded, ids aside', () => {
    const id = '00000000-0000-4000-8000-00000000000';
    const ids = new LiveIds();
    expect(ids.difference(`{"op":"a","id":"x_${id}1"}`, `{"op":"a","id":"x_${id}2","more":1}`)).toBeUndefined();
    expect(ids.toLive(`{"re":"${id}1"}`)).toBe(`{"re":"${id}2"}`);
    expect(ids.difference(`{"id":"x_${id}1"}`, `{"id":"x_${id}3"}`)).toContain('$.id');
    expect(ids.difference('{"n":9007199254740993}', '{"n":9007199254740992}')).toBe('$.n is not as recorded');
    expect(ids.difference('{"a":[1,2]}', '{"a":[1]}')).toBe('$.a has 1 items instead of 2');
    expect(ids.difference('{"a":null}', '{}')).toBe('$.a is not as recorded');
  });
});
