/** So many members of the set of a tag are removed by one script, which keeps all others waiting. */
export const invalidatedAtOnce = 1_000;

/**
 * The set of a tag holds the places of entries, each with the moment of its writing in microseconds, and lives as long as
 * the longest of them. Whoever adds a place looks at three at random and lets those go where nothing is, so that on average
 * no more than a third of a set that is still written to are of entries that are gone. The lock of a load stands in the
 * sets of its tags, too, below 0 and by the moment it was first taken, so that an invalidation finds it first and removes
 * it. It is let go in the same way, and where that can be done at once when the entry is stored.
 */
const tagging = `
local function tagPlace(tag, place, ttl, isLock)
  local left = redis.call('PTTL', tag)
  local now = redis.call('TIME')
  local moment = now[1] * 1000000 + now[2]
  if isLock then
    redis.call('ZADD', tag, 'NX', -moment, place)
  else
    redis.call('ZADD', tag, moment, place)
  end
  if ttl == '' then
    redis.call('PERSIST', tag)
  elseif left ~= -1 and left < tonumber(ttl) then
    redis.call('PEXPIRE', tag, ttl)
  end
end
`;

/** Not in a cluster, where the places are elsewhere. */
const letting = `
local function letGo(tag)
  for _, place in ipairs(redis.call('ZRANDMEMBER', tag, 3)) do
    if redis.call('EXISTS', place) == 0 then redis.call('ZREM', tag, place) end
  end
end
`;

/** Beside an entry whose ttl slides stands a list of that ttl and of the sets of its tags. */
const sliding = `
local function remember(companion, ttl, tags)
  redis.call('UNLINK', companion)
  if ttl == '' or ttl == '0' then return end
  redis.call('RPUSH', companion, ttl, unpack(tags))
  redis.call('PEXPIRE', companion, ttl)
end
`;

/**
 * What tells an entry from those that are written after it: when it ends, in Unix milliseconds (-1 without a ttl; Redis 6.2
 * has no PEXPIRETIME), and, as counting leaves that, how it begins. False without an entry.
 */
const marking = `
local function markOf(entry)
  local left = redis.call('PTTL', entry)
  if left == -2 then return false end
  local now = redis.call('TIME')
  local ending = left < 0 and left or now[1] * 1000 + math.floor(now[2] / 1000) + left
  return string.format('%.0f', ending) .. ' ' .. redis.sha1hex(redis.call('GETRANGE', entry, 0, 63))
end
local function isSame(one, other)
  local oneEnd, oneStart = string.match(one or '', '^(%S+) (.*)$')
  local otherEnd, otherStart = string.match(other, '^(%S+) (.*)$')
  -- The clocks behind TIME and PTTL may be a moment apart.
  return oneEnd and oneStart == otherStart and math.abs(oneEnd - otherEnd) <= 5
end
`;

/**
 * Writes an entry and what belongs to it. KEYS: the entry, its companion where ttls slide, the sets of its tags, the lock
 * that it is loaded under. ARGV: the value, the ttl (empty without one), 'NX' or 'GET' or nothing, 1 where ttls slide, for
 * 'NX' the mark of an entry that is replaced all the same, or 'any', the token of the lock, which is freed, or nothing
 * without one. Answers as SET does.
 */
const write = `
${tagging}
${letting}
${sliding}
${marking}
local entry, value, ttl, mode = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local slides = ARGV[4] == '1'
local tags = { unpack(KEYS, slides and 3 or 2) }
local lock = (ARGV[6] or '') ~= '' and table.remove(tags)
if lock and redis.call('GET', lock) ~= ARGV[6] then return false end
local previous = false
if mode == 'NX' and ARGV[5] ~= 'any' and redis.call('EXISTS', entry) == 1 then
  if not isSame(ARGV[5], markOf(entry)) then return false end
end
if mode == 'GET' then previous = redis.call('GET', entry) end
if ttl == '0' then
  redis.call('UNLINK', entry)
elseif ttl == '' then
  redis.call('SET', entry, value)
else
  redis.call('SET', entry, value, 'PX', ttl)
end
if lock then redis.call('DEL', lock) end
if slides then remember(KEYS[2], ttl, tags) end
if ttl ~= '0' then
  for _, tag in ipairs(tags) do
    tagPlace(tag, entry, ttl)
    if lock then redis.call('ZREM', tag, lock) end
    letGo(tag)
  end
end
if mode == 'GET' then return previous end
return 'OK'
`;

/** As GET, with the ttl that is left; gives the entry its ttl anew, and the sets of its tags as long a life. */
const use = `
local value = redis.call('GET', KEYS[1])
if not value then return false end
local kept = redis.call('LRANGE', KEYS[2], 0, -1)
local ttl = kept[1]
if ttl then
  redis.call('PEXPIRE', KEYS[1], ttl)
  redis.call('PEXPIRE', KEYS[2], ttl)
  for index = 2, #kept do
    local left = redis.call('PTTL', kept[index])
    if left >= 0 and left < tonumber(ttl) then redis.call('PEXPIRE', kept[index], ttl) end
  end
end
return { value, redis.call('PTTL', KEYS[1]) }
`;

/**
 * A page of what was in a set when its invalidation began, each with its moment: the locks before the entries, so that
 * what is stored under one of them before it is gone is among the entries. Written later is what has a later moment than
 * the last lock, and then than the last entry; both are empty until they are known, and those from before are passed on.
 */
const paging = `
local function page(tag, lastLock, lastEntry)
  local function momentAt(index) return redis.call('ZRANGE', tag, index, index, 'WITHSCORES')[2] or '0' end
  if lastLock == '' then lastLock = momentAt(0) end
  if lastEntry == '' then
    local locks = redis.call('ZRANGEBYSCORE', tag, lastLock, '(0', 'WITHSCORES', 'LIMIT', 0, ${invalidatedAtOnce})
    if #locks > 0 then return locks, lastLock, '' end
    lastEntry = momentAt(-1)
  end
  local entries = redis.call('ZRANGEBYSCORE', tag, 0, lastEntry, 'WITHSCORES', 'LIMIT', 0, ${invalidatedAtOnce})
  return entries, lastLock, lastEntry
end
`;

/** Removes a page of a set and what it names. Answers how many members and how many entries there were, and the moments. */
const invalidate = `
${paging}
local found, lastLock, lastEntry = page(KEYS[1], ARGV[1], ARGV[2])
local places = {}
for index = 1, #found, 2 do table.insert(places, found[index]) end
if #places == 0 then return { 0, 0, lastLock, lastEntry } end
local removed = redis.call('UNLINK', unpack(places))
redis.call('ZREM', KEYS[1], unpack(places))
return { #places, lastEntry == '' and 0 or removed, lastLock, lastEntry }
`;

/** A page and the moments. */
const tagged = `
${paging}
return { page(KEYS[1], ARGV[1], ARGV[2]) }
`;

/** Adds a lock to a set. Not in a cluster. */
const tagLock = `
${tagging}
${letting}
tagPlace(KEYS[1], ARGV[1], ARGV[2], true)
letGo(KEYS[1])
return 'OK'
`;

/** In a cluster: adds a place to a set, ARGV[3] being 1 for that of a lock; answers places and moments of some, to be looked at. */
const tag = `
${tagging}
tagPlace(KEYS[1], ARGV[1], ARGV[2], ARGV[3] == '1')
return redis.call('ZRANDMEMBER', KEYS[1], 3, 'WITHSCORES')
`;

/** Takes places out of a set that were not written again since. ARGV: place and moment, again and again. */
const untag = `
for index = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[index]) == ARGV[index + 1] then redis.call('ZREM', KEYS[1], ARGV[index]) end
end
return 'OK'
`;

const mark = `
${marking}
return markOf(KEYS[1])
`;

export const rememberTtl = sliding;
/** Only those with a fixed number of keys can be called in a cluster: ioredis takes the first argument for a key there. */
export const redisEntryScripts = {
  pywattWrite: { lua: write },
  pywattWriteOne: { lua: write, numberOfKeys: 1 },
  pywattMark: { lua: mark, numberOfKeys: 1, readOnly: true },
  pywattWriteSliding: { lua: write, numberOfKeys: 2 },
  pywattUse: { lua: use, numberOfKeys: 2 },
  pywattInvalidate: { lua: invalidate, numberOfKeys: 1 },
  pywattTagged: { lua: tagged, numberOfKeys: 1 },
  pywattTagLock: { lua: tagLock, numberOfKeys: 1 },
  pywattTag: { lua: tag, numberOfKeys: 1 },
  pywattUntag: { lua: untag, numberOfKeys: 1 },
};
