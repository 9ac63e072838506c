import { integerOf } from './integer-of.js';

/** What mysql2 tells of a value it reads. */
interface Field {
  readonly type: string;
  string(encoding?: string): string | null;
  buffer(): Buffer | null;
}

/**
 * How the port reads values, whatever the program sets on mysql2: integers of 64 bits without loss, DATETIME as UTC,
 * what a Date could not hold as text.
 */
export function mysqlTypeCast(field: Field, next: () => unknown): unknown {
  switch (field.type) {
    case 'LONGLONG':
      return read(field.string(), integerOf);
    case 'NEWDECIMAL':
    case 'DECIMAL':
    case 'DATE':
    case 'NEWDATE':
    case 'TIME':
      return field.string();
    case 'DATETIME':
    case 'TIMESTAMP':
      return read(field.string(), dateOf);
    case 'JSON':
      // MySQL sends its text as binary; MariaDB, where JSON is a kind of text, never gets here.
      return read(field.string('utf8'), (text) => JSON.parse(text) as unknown);
    case 'BIT':
    case 'GEOMETRY':
      return field.buffer();
    default:
      return next();
  }
}

function read(text: string | null, parse: (text: string) => unknown): unknown {
  return text === null ? null : parse(text);
}

/** The zero dates stay text. */
function dateOf(text: string): Date | string {
  const date = new Date(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(date.getTime()) ? text : date;
}
