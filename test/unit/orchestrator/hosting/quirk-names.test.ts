import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';
import {
  moduleKinds,
  parseModuleKind,
  parseQuirks,
  quirkNames,
  quirksOf,
} from '../../../../src/orchestrator/hosting/quirk-names.js';
import { quirks } from '../../../../src/orchestrator/hosting/quirks.js';

const configWith = (module: object) =>
  parseConfig({ modules: { m: { command: 'x', ...module } } }, '/app').modules.get('m')!;

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

  it('are read from the entry of a module, whose mistakes are told with their place', () => {
    expect(configWith({ kind: 'python-0.3', quirks: ['no-module-id'] }).quirks).toEqual(
      new Set(['python-nested', 'no-module-id']),
    );
    const mistaken = () => configWith({ kind: 'rust', quirks: ['tcp-chanel'] });
    expect(mistaken).toThrow(
      'modules.m.kind: there is no kind of module "rust": write one of rust-0.5, rust-0.5-macro',
    );
    expect(mistaken).toThrow(`modules.m.quirks: there is no quirk "tcp-chanel" (did you mean 'tcp-channel'?)`);
  });

  it('leave no channels of ours to a module that is given a TCP channel', () => {
    expect(() => configWith({ kind: 'rust-0.5', channels: ['unix'] })).toThrow(
      'modules.m.channels: only modules of this SDK can use: the quirk tcp-channel is for others, leave out one of the two',
    );
  });
});
