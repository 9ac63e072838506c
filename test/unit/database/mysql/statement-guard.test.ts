import { describe, expect, it } from '@jest/globals';
import { inspectStatement } from '../../../../src/database/mysql/statement-guard.js';

describe('inspectStatement', () => {
  it.each([
    'SELECT 1',
    'INSERT INTO user VALUES (\'kill 5; set global x = 1\', "load data", `grant`)',
    'SELECT 1 -- kill 5\n, t.kill, t . load /* SHUTDOWN */ # lock',
    "SELECT 'it''s', 'a\\'b into outfile'",
    'DROP TABLE user',
    'UPDATE t SET a = 1',
    'SELECT @@global.max_connections',
    'CREATE TABLE role (id int)',
    'KILL CONNECTION_ID()',
    ' kill hard query connection_id() ;',
  ])('has nothing to say of %s', (sql) => {
    expect(inspectStatement(sql)).toEqual({});
  });

  it.each([
    ['KILL QUERY 5', '5'],
    ['/* x */ kill  query\n17 ;', '17'],
  ])('finds whom %s would end', (sql, killed) => {
    expect(inspectStatement(sql)).toEqual({ killed });
  });

  it.each([
    'KILL 5',
    'KILL CONNECTION 5',
    'KILL USER root',
    "KILL CONNECTION_ID() + '1'",
    'KILL !!CONNECTION_ID()',
    'KILL CONNECTION_ID(); KILL CONNECTION_ID()',
    'KILL QUERY 5; SELECT 1',
    'SET STATEMENT max_statement_time = 1 FOR KILL QUERY 5',
    'BEGIN NOT ATOMIC KILL 5; END',
    'BEGIN NOT ATOMIC SET ROLE x; END',
    "LOAD DATA INFILE 'x' INTO TABLE t",
    "load/**/data local infile 'x' into table t",
    "SELECT 1 INTO OUTFILE 'x'",
    "SELECT 1 INTO /* here */ DUMPFILE 'x'",
    "SELECT LOAD_FILE('x')",
    'SET GLOBAL x = 1',
    '/*!50000 SET */ @@GLOBAL.x = 1',
    '/*M!100100 SET GLOBAL x = 1 */',
    "SET @a = 'x', global y = 1",
    'SET PERSIST x = 1',
    "SET PASSWORD = 'x'",
    'SET ROLE x',
    'SET ROLE `=`',
    'SET ROLE /*!99999 = */ x',
    'SET DEFAULT ROLE x',
    'CREATE USER x',
    'CREATE OR REPLACE USER x',
    'GRANT ALL ON *.* TO x',
    'SELECT 1; SHUTDOWN',
    'INSTALL SONAME "x"',
    "EXECUTE IMMEDIATE 'SET ROLE x'",
    "PREPARE s FROM 'SELECT ''a'' INTO OUTFILE ''x'''",
  ])('refuses %s', (sql) => {
    expect(inspectStatement(sql).refused).toMatch(/refused/);
  });

  it.each([
    ['SET FOREIGN_KEY_CHECKS = 0', 'off'],
    [' set foreign_key_checks=1;', 'on'],
  ])('sees foreign keys switched by %s', (sql, foreignKeyChecks) => {
    expect(inspectStatement(sql)).toEqual({ foreignKeyChecks });
  });

  it.each([
    'SET FOREIGN_KEY_CHECKS = !1',
    "SET FOREIGN_KEY_CHECKS = 0, sql_mode = ''",
    'SET FOREIGN_KEY_CHECKS = 1; SET @a = 1',
    'SET @a = 1',
    'SELECT @a := 1',
    'USE other',
    'LOCK TABLES t READ',
    'FLUSH TABLES t WITH READ LOCK',
    'FLUSH TABLES t FOR EXPORT',
    'BACKUP STAGE START',
    "SELECT GET_LOCK('a', 1)",
    'CREATE OR REPLACE TEMPORARY TABLE t (id int)',
    "PREPARE s FROM 'SELECT 1'",
    "SET SESSION sql_mode = ''",
    'SELECT 1 INTO @a',
    "EXECUTE IMMEDIATE 'SET @a = 1'",
    'XA START "x"',
    'SET x = @@global.x',
    'CREATE FUNCTION f() RETURNS int BEGIN DECLARE role int; SET role = 1; RETURN role; END',
  ])('keeps the session after %s', (sql) => {
    expect(inspectStatement(sql)).toEqual({ keepsSession: true });
  });

  it.each(['SELECT lastval(s)', 'SELECT PREVIOUS VALUE FOR s'])(
    'keeps the session for %s, which an earlier statement of the text may answer',
    (sql) => {
      expect(inspectStatement(sql)).toEqual({ keepsSession: true, asksFor: 'last statement' });
      expect(inspectStatement(`SELECT NEXTVAL(s); ${sql}`)).toEqual({ keepsSession: true });
      expect(inspectStatement(sql.replace('SELECT', 'SELECT NEXTVAL(s),'))).toEqual({ keepsSession: true });
    },
  );

  it('keeps it for the next transaction after SET TRANSACTION', () => {
    expect(inspectStatement('set transaction isolation level serializable')).toEqual({ setsNextTransaction: true });
  });

  it.each([
    ['SELECT LAST_INSERT_ID( )', 'insert id'],
    ['INSERT INTO line VALUES (LAST_INSERT_ID(), 1)', 'insert id'],
    ['SELECT @@identity', 'insert id'],
    ['SELECT 1; SELECT last_insert_id()', 'insert id'],
    ['SELECT ROW_COUNT()', 'last statement'],
    ['SELECT found_rows() AS n', 'last statement'],
    ['SHOW COUNT(*) WARNINGS', 'last statement'],
    ['SHOW ERRORS LIMIT 1', 'last statement'],
  ])('sees what %s asks for', (sql, asksFor) => {
    expect(inspectStatement(sql)).toEqual({ asksFor });
  });

  it.each([
    'SELECT LAST_INSERT_ID(5)',
    'UPDATE sequence SET id = LAST_INSERT_ID(id + 1)',
    'INSERT INTO t VALUES (1); SELECT LAST_INSERT_ID()',
    'UPDATE t SET v = 1; SELECT ROW_COUNT()',
    'SELECT row_count, errors, diagnostics FROM t',
    "SELECT 'LAST_INSERT_ID()'",
    'SELECT lastval, previous FROM t',
    'CREATE TABLE t (v bigint DEFAULT LASTVAL(s))',
  ])('sees that %s asks for nothing of an earlier text', (sql) => {
    expect(inspectStatement(sql)).toEqual({});
  });

  it('reads a backslash as the mode of the session does', () => {
    const sql = "SELECT '\\' INTO OUTFILE 'x' -- '";
    expect(inspectStatement(sql)).toEqual({});
    expect(inspectStatement(sql, { hasPlainBackslashes: true }).refused).toMatch(/OUTFILE/);
  });

  it('reads what is quoted as the mode of the session may', () => {
    const sql = 'SELECT 1 AS "\\" INTO OUTFILE \'x\' -- "';
    expect(inspectStatement(sql)).toEqual({});
    expect(inspectStatement(sql, { mayQuoteNames: true }).refused).toMatch(/OUTFILE/);
    expect(inspectStatement(`SET sql_mode = ANSI_QUOTES; ${sql}`).refused).toMatch(/OUTFILE/);
    expect(inspectStatement('INSERT INTO t VALUES ("say \\"load\\"")')).toEqual({});
  });

  it.each([
    "SET sql_mode = 'ANSI_QUOTES'",
    "set @@session.sql_mode = 'strict_all_tables,oracle'",
    'SET `sql_mode` = 4',
    "SET sql_mode = CONCAT(@@sql_mode, ',ANSI')",
    "SET sql_mode = 'STRICT_ALL_TABLES' 'ANSI'",
    "SET sql_mode /* = '' */ = ?",
    "EXECUTE IMMEDIATE 'SET sql_mode = ''ANSI'''",
  ])('sees that after %s names may be quoted', (sql) => {
    expect(inspectStatement(sql)).toMatchObject({ mayQuoteNames: true });
  });

  it.each(["SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE'", "SET sql_mode='', time_zone = '+00:00'"])(
    'sees that after %s they are not',
    (sql) => {
      expect(inspectStatement(sql)).toEqual({ keepsSession: true });
    },
  );

  it('is linear in what it reads', () => {
    const started = process.cpuUsage().user;
    for (const piece of ["'", '"\\', "'\\", '/*', '/*!', '@', '`', "x\\'", '.', '--', 'sql_mode=', "sql_mode='"])
      expect(inspectStatement(`SELECT @a ${piece.repeat(32_000)}`)).toBeDefined();
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
  });
});
