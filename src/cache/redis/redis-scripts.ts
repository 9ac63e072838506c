import { redisEntryScripts, rememberTtl } from './redis-entry-scripts.js';

/** Replies of the scripts that refuse; the value stays as it was. */
export const notAnInteger = 'PYWATT_NOT_AN_INTEGER';
export const beyondIntegers = 'PYWATT_BEYOND_INTEGERS';

/**
 * Adds to an integer and gives the sum as text. INCRBY alone would take ' 1' or '01', and go beyond 2^53 - 1. The sum of
 * two such integers is at most one off as a double, which does not matter to a comparison with the bound. KEYS[2], where ttls
 * slide, is the companion of the entry.
 */
const increment = `
${rememberTtl}
local present = redis.call('GET', KEYS[1])
if present then
  local isInteger = present == '0' or (#present <= 17 and string.match(present, '^-?[1-9]%d*$'))
  if not isInteger or math.abs(tonumber(present)) > 9007199254740991 then
    return redis.error_reply('${notAnInteger}')
  end
end
local sum = tonumber(present or '0') + tonumber(ARGV[1])
if math.abs(sum) > 9007199254740991 then
  return redis.error_reply('${beyondIntegers}')
end
if present then
  return tostring(string.format('%.0f', redis.call('INCRBY', KEYS[1], ARGV[1])))
end
if ARGV[2] == '' then
  redis.call('SET', KEYS[1], ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
if KEYS[2] then remember(KEYS[2], ARGV[2], {}) end
return ARGV[1]
`;

/** A value and how many milliseconds it lives on; -1 without a ttl. */
const find = `
local value = redis.call('GET', KEYS[1])
return value and { value, redis.call('PTTL', KEYS[1]) }
`;

/**
 * As `find`, of many: first the values, without what is no string, as by MGET, then all the milliseconds as one text, which
 * is read much faster than as many replies.
 */
const findMany = `
local found = redis.call('MGET', unpack(KEYS))
local left = {}
for index, value in ipairs(found) do
  left[index] = value and string.format('%.0f', redis.call('PTTL', KEYS[index])) or '0'
end
table.insert(found, table.concat(left, ' '))
return found
`;

/**
 * Takes a lock and counts it, both or neither: INCR is what may fail, of a count that is none. A count that is lost
 * (evicted, flushed, not kept over a restart) goes on from the time in microseconds, which is more than any before.
 */
const lock = `
if redis.call('EXISTS', KEYS[1]) == 1 then
  return false
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  local now = redis.call('TIME')
  redis.call('SET', KEYS[2], string.format('%.0f', now[1] * 1000000 + now[2]))
end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return fence
`;

const extendLock = `
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
`;

const unlock = `
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
`;

export const redisScripts = {
  ...redisEntryScripts,
  pywattFind: { lua: find, numberOfKeys: 1, readOnly: true },
  pywattFindMany: { lua: findMany, readOnly: true },
  pywattIncrement: { lua: increment, numberOfKeys: 1 },
  pywattIncrementSliding: { lua: increment, numberOfKeys: 2 },
  pywattLock: { lua: lock, numberOfKeys: 2 },
  pywattExtendLock: { lua: extendLock, numberOfKeys: 1 },
  pywattUnlock: { lua: unlock, numberOfKeys: 1 },
};
