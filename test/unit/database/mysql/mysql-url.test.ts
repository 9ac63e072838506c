import { describe, expect, it } from '@jest/globals';
import { isMysqlUrl, mysqlAddressOf } from '../../../../src/database/mysql/mysql-url.js';

const read = (url: string) => mysqlAddressOf(url, 'main', 1000);

describe('mysqlAddressOf', () => {
  it('reads every part', () => {
    expect(read('mysql://me:p%40ss@db.internal:3307/shop?ssl-mode=verify-identity')).toEqual({
      name: 'main',
      host: 'db.internal',
      port: 3307,
      user: 'me',
      password: 'p@ss',
      database: 'shop',
      ssl: { rejectUnauthorized: true, verifyIdentity: true },
      deadlineMs: 1000,
    });
    expect(read('mariadb://[::1]')).toEqual({ name: 'main', host: '::1', port: 3306, user: 'root', deadlineMs: 1000 });
    expect(read('mysql://me@localhost/shop?socket=/run/mysqld.sock')).toMatchObject({
      socketPath: '/run/mysqld.sock',
      database: 'shop',
    });
  });

  it('checks the certificate unless the URL says not to, once TLS is asked for', () => {
    expect(read('mysql://h?ssl-mode=REQUIRED').ssl).toEqual({ rejectUnauthorized: false });
    expect(read('mysql://h?ssl-mode=verify-ca').ssl).toEqual({ rejectUnauthorized: true });
    expect(read('mysql://h?ssl-mode=disabled').ssl).toBeUndefined();
  });

  it.each([
    ['mysql://me:secret@h:99999/x', 'must be like'],
    ['mysql://me:secret@h/x?sslmode=require', "'sslmode'; known are ssl-mode"],
    ['mysql://me:secret@h/x?ssl-mode=maybe', "'maybe' is not one of disabled"],
    ['mysql://me:secret%@h/x', 'write it as %25'],
    ['mysql://me:secret@h/x?ssl-ca=/nowhere/ca.pem', 'ssl-ca cannot be read'],
  ])('refuses %s and keeps the password to itself', (url, why) => {
    expect(() => read(url)).toThrow(why);
    expect(() => read(url)).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
    expect(() => read(url)).not.toThrow('secret');
  });

  it('is for MySQL and MariaDB', () => {
    expect(['mysql://h', 'MariaDB://h', 'postgres://h', 'sqlite:./x'].map(isMysqlUrl)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
