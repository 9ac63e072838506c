import { integerOf } from './integer-of.js';

/** As pg takes the readers of a query's values, by the OID of their type. */
export interface PostgresTypes {
  getTypeParser(oid: number, format?: string): (text: string) => unknown;
}

type Read = (text: string) => unknown;

const real: Read = Number;
const utcTimestamp: Read = (text) => dateOf(`${text}Z`, text);
const timestamp: Read = (text) => dateOf(text.replace(/([+-]\d\d)$/, '$1:00'), text);

/** Types that are not read as the text the server sends. */
const readers: ReadonlyMap<number, Read> = new Map<number, Read>([
  [16, (text) => text === 't'],
  [17, (text) => Buffer.from(text.slice(2), 'hex')],
  [20, integerOf],
  [21, Number],
  [23, Number],
  [26, Number],
  [114, (text) => JSON.parse(text) as unknown],
  [700, real],
  [701, real],
  [1114, utcTimestamp],
  [1184, timestamp],
  [3802, (text) => JSON.parse(text) as unknown],
]);

/** The type of an array's elements. */
const elementTypes: ReadonlyMap<number, number> = new Map([
  [1000, 16],
  [1001, 17],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1014, 1042],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1028, 26],
  [199, 114],
  [1115, 1114],
  [1182, 1082],
  [1183, 1083],
  [1185, 1184],
  [1231, 1700],
  [2951, 2950],
  [3807, 3802],
]);

/**
 * How the port reads values, whatever the program does to pg's own readers: integers of 64 bits without loss, dates and
 * times that a Date could not hold as text, everything unknown as text.
 */
export const postgresTypes: PostgresTypes = {
  getTypeParser(oid) {
    const element = elementTypes.get(oid);
    if (element === undefined) return readers.get(oid) ?? ((text) => text);
    const read = readers.get(element) ?? ((text: string) => text);
    return (text) => arrayOf(text, read);
  },
};

/** Years before 0 and after 9999, infinity and what has more than a Date's milliseconds at hand stay what they are. */
function dateOf(iso: string, text: string): Date | string {
  const date = new Date(iso.replace(' ', 'T'));
  return Number.isNaN(date.getTime()) ? text : date;
}

/** `{1,NULL,"a \"b\""}`, in any depth. */
function arrayOf(text: string, read: Read): unknown[] {
  let at = text.indexOf('{') + 1;
  const parse = (): unknown[] => {
    const items: unknown[] = [];
    for (;;) {
      const character = text[at];
      if (character === undefined) return items;
      if (character === '}') {
        at += 1;
        return items;
      }
      if (character === ',') at += 1;
      else if (character === '{') {
        at += 1;
        items.push(parse());
      } else items.push(character === '"' ? read(quoted()) : bare());
    }
  };
  const quoted = (): string => {
    let item = '';
    for (at += 1; text[at] !== '"'; at += 1) {
      if (text[at] === '\\') at += 1;
      item += text[at] ?? '';
    }
    at += 1;
    return item;
  };
  const bare = (): unknown => {
    const from = at;
    while (text[at] !== ',' && text[at] !== '}') at += 1;
    const item = text.slice(from, at);
    return item === 'NULL' ? null : read(item);
  };
  return parse();
}
