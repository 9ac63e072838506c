import { describe, expect, it } from '@jest/globals';
import { type FrameVerdict, FrameWalker } from '../../../../src/database/postgres/frame-walker.js';
import { frame } from '../../../../src/database/postgres/postgres-frames.js';

const frames = [
  frame('p', Buffer.from('passed')),
  frame('h', Buffer.from('held and passed')),
  frame('d', Buffer.from('dropped')),
  frame('h', Buffer.from('held and dropped')),
  frame('p', Buffer.alloc(0)),
  frame('d', Buffer.alloc(0)),
  frame('h', Buffer.from('held and passed')),
];
const passed = Buffer.concat([frames[0]!, frames[1]!, frames[4]!, frames[6]!]);

/** What passes, and what was looked at, when the bytes come in these cuts. */
function walk(pieces: readonly Uint8Array[]): { passed: Buffer; looked: string[] } {
  const out: Uint8Array[] = [];
  const looked: string[] = [];
  let text = '';
  const walker = new FrameWalker({
    begin: (type): FrameVerdict => {
      text = '';
      return type === 'p'.charCodeAt(0) ? 'pass' : type === 'd'.charCodeAt(0) ? 'drop' : 'hold';
    },
    part: (bytes) => void (text += Buffer.from(bytes).toString()),
    end: () => {
      if (text !== '') looked.push(text);
      return text === 'held and passed';
    },
    pass: (bytes) => void out.push(Buffer.from(bytes)),
  });
  for (const piece of pieces) walker.push(piece);
  expect(walker.isBetweenFrames).toBe(true);
  return { passed: Buffer.concat(out), looked };
}

describe('the walker over frames', () => {
  const all = Buffer.concat(frames);
  const looked = ['held and passed', 'held and dropped', 'held and passed'];

  it('decides on whole frames in one piece', () => {
    expect(walk([all])).toEqual({ passed, looked });
  });

  it('decides the same byte by byte', () => {
    expect(walk([...all].map((byte) => Buffer.from([byte])))).toEqual({ passed, looked });
  });

  it('decides the same at every cut in three', () => {
    for (let first = 0; first <= all.byteLength; first += 1) {
      for (let second = first; second <= all.byteLength; second += 3) {
        const pieces = [all.subarray(0, first), all.subarray(first, second), all.subarray(second)];
        expect(walk(pieces)).toEqual({ passed, looked });
      }
    }
  });

  it('passes rows that nobody asked to see, wherever they stand and are cut', () => {
    const rows = ['u', 'p', 'u', 'u', 'h', 'u', 'd', 'u'].map((type, at) =>
      frame(type, Buffer.from(type === 'h' ? 'held and passed' : 'row'.repeat(at))),
    );
    const bytes = Buffer.concat(rows);
    const wanted = Buffer.concat(rows.toSpliced(6, 1));
    for (let cut = 0; cut <= bytes.byteLength; cut += 1) {
      const out: Uint8Array[] = [];
      const seen: string[] = [];
      const walker = new FrameWalker({
        unseen: 'u'.charCodeAt(0),
        begin: (type): FrameVerdict => {
          seen.push(String.fromCharCode(type));
          return seen.at(-1) === 'd' ? 'drop' : seen.at(-1) === 'h' ? 'hold' : 'pass';
        },
        part: () => undefined,
        end: () => true,
        pass: (piece) => void out.push(piece),
      });
      walker.push(bytes.subarray(0, cut));
      walker.push(bytes.subarray(cut));
      expect(Buffer.concat(out)).toEqual(wanted);
      // One row may have been cut.
      expect(seen.filter((type) => type !== 'u')).toEqual(['p', 'h', 'd']);
      expect(seen.length).toBeLessThanOrEqual(4);
      expect(walker.isBetweenFrames).toBe(true);
    }
    const walker = new FrameWalker({
      unseen: 0x51,
      begin: () => 'pass',
      part: () => undefined,
      end: () => true,
      pass: () => undefined,
    });
    expect(() => walker.push(Buffer.from([0x51, 0, 0, 0, 3]))).toThrow(RangeError);
    expect(() => walker.push(Buffer.from([0x51, 0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError);
  });

  it('hands on the very bytes that came when all of them pass', () => {
    const bytes = Buffer.concat([frames[0]!, frames[1]!]);
    const out: Uint8Array[] = [];
    const walker = new FrameWalker({
      begin: () => 'pass',
      part: () => undefined,
      end: () => true,
      pass: (piece) => void out.push(piece),
    });
    walker.push(bytes);
    expect(out).toEqual([bytes]);
    expect(out[0]).toBe(bytes);
  });

  it('refuses a length that cannot be', () => {
    expect(() => walk([Buffer.from([0x51, 0, 0, 0, 3])])).toThrow(RangeError);
    expect(() => walk([Buffer.from([0x51, 0xff, 0xff, 0xff, 0xff])])).toThrow(RangeError);
  });
});
