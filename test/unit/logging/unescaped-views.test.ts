import { describe, expect, it } from '@jest/globals';
import { unescapedViews } from '../../../src/logging/unescaped-views.js';

const views = (text: string) => [...unescapedViews(text)];

describe('unescapedViews', () => {
  it('has none for text without escapes', () => {
    expect(views('plain text, 100 of it')).toEqual([]);
    expect(views('100 % and 5%')).toEqual([]);
    expect(views('?a=1&b=2&ampere; &#; &#x;')).toEqual([]);
  });

  it.each([
    [String.raw`a\u0062c`, 'abc'],
    [String.raw`a\x62c`, 'abc'],
    [String.raw`a\u{62}c`, 'abc'],
    [String.raw`\ud83d\uDE00`, '😀'],
    [String.raw`a\/b\"c\\d\ne`, 'a/b"c\\d\ne'],
    ['a%62c', 'abc'],
    ['%c3%A4%F0%9f%98%80', 'ä😀'],
    ['%ff%e2', '\u00ff\u00e2'],
    ['trailing\\', 'trailing'],
    ['&lt;a&gt; &amp; &quot;b&QUOT; &apos;c&#39; &#x27;', `<a> & "b" 'c' '`],
    ['&#128512;&#x1F600;&#9999999;.', '😀😀.'],
    ['a &b; &#x110000;', 'a &b; '],
  ])('undoes %s', (escaped, text) => {
    expect(views(escaped).map((view) => view.text)).toContain(text);
  });

  it('undoes escapes twice, and one kind inside the other', () => {
    expect(views(String.raw`a\\u0062c`).map(({ text }) => text)).toContain('abc');
    expect(views('a%2562c').map(({ text }) => text)).toContain('abc');
    expect(views('a&amp;#98;c &amp;amp;').map(({ text }) => text)).toContain('abc &');
    expect(views(String.raw`a\u002562c`).map(({ text }) => text)).toContain('abc');
  });

  it('tells where everything stood', () => {
    for (const escaped of [
      String.raw`<\u0061b\u0063>`,
      '<%61b%63>',
      String.raw`<\\u0061b\\u0063>`,
      '<%2561b%2563>',
      '<&#97;b&#x63;>',
    ]) {
      const view = views(escaped).find(({ text }) => text === '<abc>')!;
      expect(escaped.slice(0, view.sourceOf(1))).toBe('<');
      expect(escaped.slice(view.sourceOf(4))).toBe('>');
      expect(escaped[view.sourceOf(2)]).toBe('b');
    }
  });
});
