import { describe, expect, it } from '@jest/globals';
import { scanStatements } from '../../../../src/database/postgres/statement-scan.js';

describe('the scan of statements', () => {
  it.each([
    'set role admin',
    'SET SESSION ROLE admin',
    'set local role admin',
    '/* a /* nested */ comment */ set -- line\n role admin',
    'set session authorization admin',
    'SET LOCAL SESSION AUTHORIZATION admin',
    'reset role',
    'reset session authorization',
    'select 1; set role admin',
    'set "role" to admin',
    "copy t to '/tmp/file'",
    "copy t (a, b) from '/tmp/file' with (format csv)",
    "copy (select 1 from t) to program 'cat'",
    "select set_config('role', 'admin', false)",
    "select pg_catalog.set_config('ROLE', 'admin', true)",
    'set "ROLE" to admin',
    String.raw`set U&"\0072ole" to admin`,
    `set U&"!0072ole" uescape '!' to admin`,
    '-- a line of a Mac\rset role admin',
    "select E'' -- goes on\n'\\', '; set role admin; --'",
    String.raw`select set_config(E'\x72ole', 'admin', false)`,
    String.raw`select U&"set\005fconfig"('role', 'admin', false)`,
    'do $$ begin set role admin; end $$',
    "do 'begin if true then execute ''set session authorization admin''; end if; end'",
    "select pg_read_file('/etc/passwd')",
    "select lo_import('/etc/passwd')",
  ])('refuses %s', (sql) => {
    expect(scanStatements(sql).refusal).toEqual(expect.any(String));
  });

  it.each([
    "select 'set role admin'",
    "select 'it''s; set role admin'",
    "select E'\\'; set role admin --'",
    'select $$; set role admin $$',
    'select $tag$; set role admin $$ ; $tag$',
    'select "; set role admin"',
    'select 1 -- ; set role admin',
    'copy t from stdin',
    'copy (select a from t) to stdout with (format csv)',
    "update t set role = 'admin'",
    'select role from t',
    "insert into t values ('copy t to file')",
    "execute plan('set role admin')",
    "do $$ begin update t set role = 'admin'; end $$",
    "select 'a'\n'b; set role admin'",
    'select "pg_read_file", lo_import from t',
  ])('lets %s pass', (sql) => {
    expect(scanStatements(sql).refusal).toBeUndefined();
  });

  it.each([
    'set search_path to x',
    'listen x',
    'create temp table x (a int)',
    'CREATE LOCAL TEMPORARY TABLE x (a int)',
    'select * into temp x from t',
    'create table pg_temp.x (a int)',
    'select pg_advisory_lock(1)',
    'select pg_try_advisory_lock_shared(1)',
    "select set_config('search_path', 'x', false)",
    'select setseed(0.5)',
    "insert into t values (1); select currval('t_id_seq')",
    "select nextval('x'), currval('x')",
    'prepare x as select 1',
    'declare c cursor with hold for select 1',
    'begin; set timezone to utc',
    'do $$ begin set timezone to utc; end $$',
  ])('finds that %s stays in the session', (sql) => {
    expect(scanStatements(sql)).toEqual({ keepsState: true });
  });

  it.each(['select lastval()', "insert into u values (currval('t_id_seq'))"])(
    'finds that %s asks the session',
    (sql) => {
      expect(scanStatements(sql)).toEqual({ keepsState: true, readsSequence: true });
    },
  );

  it.each([
    "create table t (id int default currval('x'))",
    'select lastval from t',
    'set local search_path to x',
    'set transaction isolation level serializable',
    'select pg_advisory_xact_lock(1)',
    "prepare transaction 'x'",
    'declare c cursor for select 1',
    'update t set a = 1',
    'select 1',
    '',
    "'",
    '$x$',
    '/*',
  ])('finds that %s does not', (sql) => {
    expect(scanStatements(sql)).toEqual({});
  });

  it('finds that DISCARD ALL clears the session', () => {
    expect(scanStatements('discard all')).toEqual({ clearsState: true });
  });
});
