--[[ cluster-status: the records of all processes of all roles, in one look.
  KEYS  1 workers   2 gateways   3 recorders (zsets by lease expiry)   4 prefix of the records, same hash tag
        5 waiting calls by when they were last asked for (zset, ms)   6 free slots (zset)
  ARGV  1 how long one that nobody asks for still counts, ms
  OUT   { now, { id, expiry, { field, value … } } of each worker, the same of each gateway, of each recorder,
          how many calls wait, how many places are free } ]]
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
local places = 0
local free = redis.call('ZRANGEBYSCORE', KEYS[6], 1, '+inf', 'WITHSCORES')
for i = 1, #free, 2 do
  local expiry = redis.call('ZSCORE', KEYS[1], free[i])
  if expiry and tonumber(expiry) > now then places = places + math.floor(tonumber(free[i + 1])) end
end
return { now, all(KEYS[1]), all(KEYS[2]), all(KEYS[3]), waiting, places }
