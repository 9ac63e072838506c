/**
 * The set of a tag holds the places of entries, each with the moment of its writing in microseconds, and lives as long as
 * the longest of them. Each write looks at three places at random and lets those without an entry go, so that on average
 * no more than a third of a set that is still written to are of entries that are gone. The lock of a load stands in the
 * sets of its tags, too, so that an invalidation removes it; in a cluster it is let go in the same way, elsewhere when the
 * entry is stored.
 */
const tagging = `
local function tagPlace(tag, place, ttl)
  local left = redis.call('PTTL', tag)
  local now = redis.call('TIME')
  redis.call('ZADD', tag, now[1] * 1000000 + now[2], place)
  if ttl == '' then
    redis.call('PERSIST', tag)
  elseif left ~= -1 and left < tonumber(ttl) then
    redis.call('PEXPIRE', tag, ttl)
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
    for _, place in ipairs(redis.call('ZRANDMEMBER', tag, 3)) do
      if redis.call('EXISTS', place) == 0 then redis.call('ZREM', tag, place) end
    end
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

/** Removes the entries of sets, the locks that begin with ARGV[1], and the sets; how many entries there were. */
const invalidate = `
local function unlinkAll(places)
  local removed = 0
  for from = 1, #places, 1000 do
    removed = removed + redis.call('UNLINK', unpack(places, from, math.min(from + 999, #places)))
  end
  return removed
end
local removed = 0
for _, tag in ipairs(KEYS) do
  local entries, locks = {}, {}
  for _, place in ipairs(redis.call('ZRANGE', tag, 0, -1)) do
    local isLock = string.sub(place, 1, #ARGV[1]) == ARGV[1]
    table.insert(isLock and locks or entries, place)
  end
  unlinkAll(locks)
  removed = removed + unlinkAll(entries)
  redis.call('UNLINK', tag)
end
return removed
`;

/** In a cluster, where entries are elsewhere: adds a place to a set; answers places and moments of some, to be looked at. */
const tag = `
${tagging}
tagPlace(KEYS[1], ARGV[1], ARGV[2])
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
  pywattInvalidate: { lua: invalidate },
  pywattTag: { lua: tag, numberOfKeys: 1 },
  pywattUntag: { lua: untag, numberOfKeys: 1 },
};
