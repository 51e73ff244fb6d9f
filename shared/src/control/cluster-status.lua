--[[ cluster-status: the records of all processes of all roles, in one look.
  KEYS  1 workers   2 gateways   3 recorders (zsets by lease expiry)   4 prefix of the records, same hash tag
        5 waiting calls by when they were last asked for (zset, ms)
  ARGV  1 how long one that nobody asks for still counts, ms
  OUT   { now, { id, expiry, { field, value … } } of each worker, the same of each gateway, of each recorder,
          how many calls wait } ]]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function all(key)
  local found = {}
  local members = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #members, 2 do
    found[#found + 1] = { members[i], members[i + 1], redis.call('HGETALL', KEYS[4] .. members[i]) }
  end
  return found
end
local waiting = redis.call('ZCOUNT', KEYS[5], now - ARGV[1], '+inf')
return { now, all(KEYS[1]), all(KEYS[2]), all(KEYS[3]), waiting }
