/** Where the tests find PostgreSQL; PYWATT_TEST_POSTGRES names another. */
export const postgresUrl = process.env['PYWATT_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/test';
