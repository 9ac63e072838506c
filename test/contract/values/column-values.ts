import type { SqlValue } from '../../../src/database/index.js';

export type ValueEngine = 'sqlite' | 'postgres' | 'mysql';

/** A type of column and what is put into it. */
export interface ColumnValues {
  /** As in CREATE TABLE. */
  readonly type: string;
  readonly values: readonly SqlValue[];
  /** How the parameter stands in the INSERT, where it needs a cast. Default: the placeholder alone. */
  readonly parameter?: (placeholder: string) => string;
}

const day = new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789));
const integers = [0, -1, 9_007_199_254_740_991, 9_007_199_254_740_993n, -(2n ** 63n), 2n ** 63n - 1n];
const texts = ['', 'plain', 'żółć 漢字 🎉 \u{10FFFF}', 'line\nand\ttab', "quote ' and \\ backslash"];
const bytes = [Buffer.alloc(0), Buffer.from([0, 1, 127, 128, 255])];
const object = { text: 'ż', list: [1, 2.5, null, true], deep: { a: {} } };

/** Every type of column whose values are promised, by engine; null is put into each as well. */
export const columnValues: Readonly<Record<ValueEngine, readonly ColumnValues[]>> = {
  sqlite: [
    { type: 'INTEGER', values: [...integers, true, false] },
    { type: 'REAL', values: [0.1, -0, 5e-324, 1.7976931348623157e308] },
    { type: 'TEXT', values: [...texts, day, object, [1, 'two']] },
    { type: 'BLOB', values: bytes },
    { type: 'NUMERIC', values: [12.5, '123456789012345678901234567890'] },
  ],
  postgres: [
    { type: 'smallint', values: [-32_768, 32_767] },
    { type: 'integer', values: [-2_147_483_648, 2_147_483_647] },
    { type: 'bigint', values: integers },
    { type: 'numeric(40,10)', values: ['123456789012345678901234567890.0123456789', 1.5, 'NaN'] },
    { type: 'real', values: [1.5, 'NaN', 'Infinity'] },
    { type: 'double precision', values: [0.1, -0, 5e-324, 1.7976931348623157e308, 'NaN', 'Infinity', '-Infinity'] },
    { type: 'boolean', values: [true, false] },
    { type: 'text', values: texts },
    { type: 'varchar(20)', values: ['plain'] },
    { type: 'char(5)', values: ['ab'] },
    { type: 'bytea', values: bytes },
    { type: 'date', values: ['2024-02-29', day] },
    { type: 'time', values: ['12:34:56.789012'] },
    { type: 'timetz', values: ['12:34:56.789012+02'] },
    { type: 'timestamp', values: ['2024-02-29 12:34:56.789', day] },
    { type: 'timestamptz', values: ['2024-02-29 12:34:56.789+00', day] },
    { type: 'json', values: [object] },
    { type: 'jsonb', values: [object] },
    { type: 'uuid', values: ['0d9e4f3a-5b1c-4d2e-8f70-112233445566'] },
    { type: 'integer[]', values: [[1, 2, null], []] },
    { type: 'text[]', values: [['a', 'żółć', 'with "quotes", and commas', null]] },
    { type: 'pywatt_value_mood', values: ['happy'] },
    { type: 'int4range', values: ['[1,10)'] },
    { type: 'tstzrange', values: ['["2024-01-01 00:00:00+00","2024-02-01 00:00:00+00")'] },
    { type: 'interval', values: ['1 year 2 mons 3 days 04:05:06.789'] },
    { type: 'inet', values: ['192.168.0.1/24'] },
    { type: 'point', values: ['(1.5,2)'] },
    { type: 'bit(8)', values: ['10101010'] },
  ],
  mysql: [
    { type: 'TINYINT', values: [-128, 127] },
    { type: 'BOOLEAN', values: [true, false] },
    { type: 'INT', values: [-2_147_483_648, 2_147_483_647] },
    { type: 'BIGINT', values: integers },
    { type: 'BIGINT UNSIGNED', values: ['18446744073709551615'] },
    { type: 'DECIMAL(40,10)', values: ['123456789012345678901234567890.0123456789', 1.5] },
    { type: 'FLOAT', values: [1.5] },
    { type: 'DOUBLE', values: [0.1, 1.7976931348623157e308] },
    { type: 'VARCHAR(100)', values: texts },
    { type: 'TEXT', values: texts },
    { type: 'VARBINARY(100)', values: bytes },
    { type: 'BLOB', values: bytes },
    { type: 'DATE', values: ['2024-02-29'] },
    { type: 'TIME(6)', values: ['12:34:56.789012', '-838:59:59'] },
    { type: 'DATETIME(3)', values: ['2024-02-29 12:34:56.789', day] },
    { type: 'TIMESTAMP(3)', values: [day] },
    { type: 'YEAR', values: [2024] },
    { type: 'JSON', values: [object] },
    { type: "ENUM('sad','happy')", values: ['happy'] },
    { type: "SET('a','b','c')", values: ['a,c'] },
    { type: 'BIT(8)', values: [Buffer.from([170])] },
  ],
};
