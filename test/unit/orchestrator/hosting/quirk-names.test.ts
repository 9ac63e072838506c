import { describe, expect, it } from '@jest/globals';
import {
  moduleKinds,
  parseModuleKind,
  parseQuirks,
  quirkNames,
  quirksOf,
} from '../../../../src/orchestrator/hosting/quirk-names.js';
import { quirks } from '../../../../src/orchestrator/hosting/quirks.js';

describe('the names of quirks', () => {
  it('are exactly those of the table', () => {
    expect([...quirks.keys()].toSorted()).toEqual([...quirkNames].toSorted());
  });

  it('stand for none where nothing is asked for', () => {
    expect(quirksOf(undefined, [])).toEqual(new Set());
  });

  it('of a kind are joined with those that are named', () => {
    expect(quirksOf('python-0.3', ['no-module-id', 'python-nested'])).toEqual(
      new Set(['python-nested', 'no-module-id']),
    );
    expect(Object.values(moduleKinds).flat()).toEqual(expect.arrayContaining(['rust-0.5-stray-reader']));
  });

  it('that do not exist are refused with the nearest one', () => {
    expect(() => parseQuirks(['tcp-chanel'])).toThrow(`there is no quirk "tcp-chanel" (did you mean 'tcp-channel'?)`);
    expect(() => parseQuirks([7])).toThrow('there is no quirk 7: write one of no-module-id, ');
    expect(() => parseQuirks('tcp-channel')).toThrow('must be a list of names');
    expect(() => parseModuleKind('rust-0.6')).toThrow(
      `there is no kind of module "rust-0.6" (did you mean 'rust-0.5'?)`,
    );
  });
});
