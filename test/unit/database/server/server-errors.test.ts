import { describe, expect, it } from '@jest/globals';
import { mysqlError } from '../../../../src/database/server/server-errors.js';

describe('an error of MySQL or MariaDB', () => {
  it.each([
    ['MariaDB', "Duplicate entry 'a' for key 'uq_number'", 'uq_number'],
    ['MySQL', "Duplicate entry 'a' for key 'orders.uq_number'", 'uq_number'],
    ['MySQL, of a table with a dot', "Duplicate entry 'a' for key 'the.orders.uq_number'", 'uq_number'],
    ['MySQL, of a check', "Check constraint 'positive' is violated.", undefined],
    ['both, of a foreign key', 'fails (`d`.`orders`, CONSTRAINT `fk.user` FOREIGN KEY (`u`) …)', 'fk.user'],
  ])('of %s names the constraint alone', (_server, message, constraint) => {
    const driverError = Object.assign(new Error(message), { errno: 1062, code: 'ER_DUP_ENTRY' });
    expect(mysqlError(driverError, 'main').details?.constraint).toBe(constraint);
  });
});
