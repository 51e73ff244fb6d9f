--[[ take-turns: the waiting calls of a worker ask whether it is their turn. First come, first served, across all gateways
  and workers: a call gets a place when more are free than calls came before it. Its own worker gives it one if it has
  one; else another worker does, and the pin goes there.
  KEYS  1 waiting calls (zset by arrival, µs)   2 the same by when they were last asked for (zset, ms)
        3 live workers (zset by lease expiry)   4 free slots (zset)
        5 prefix of the reservations   6 of the pins   7 of the records of processes, all with the same hash tag
  ARGV  1 worker   2 reservation lifetime, ms   3 how long a call that nobody asks for keeps its place, ms
        4… session, epoch, arrival of each, those who came first at first
  OUT   { calls that have a place, of all workers, then for each call: its position among those that wait, from 1,
          or 0: it has a place here, -1: the pin says somebody else, who may be the one with a place for it,
          -2: Redis has forgotten the pin } ]]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local own = ARGV[1]

for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3])) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('ZREM', KEYS[2], gone)
end

local sessions = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], now, '+inf')) do
  sessions = sessions + (tonumber(redis.call('HGET', KEYS[7] .. id, 'sessions')) or 0)
end

local slots, ids, places = {}, {}, 0
local free = redis.call('ZREVRANGE', KEYS[4], 0, -1, 'WITHSCORES')
for i = 1, #free, 2 do
  local id, count = free[i], math.floor(tonumber(free[i + 1]))
  if count < 1 then break end
  local expiry = redis.call('ZSCORE', KEYS[3], id)
  if expiry and tonumber(expiry) > now then
    slots[id] = count
    ids[#ids + 1] = id
    places = places + count
  end
end

--- The worker that gives the next place, which is there.
local function giver()
  if (slots[own] or 0) > 0 then return own end
  local most = ids[1]
  for _, id in ipairs(ids) do
    if slots[id] > slots[most] then most = id end
  end
  return most
end

local function turn(session, epoch, arrival)
  local key = KEYS[6] .. session
  local pin = redis.call('HMGET', key, 'owner', 'epoch')
  if pin[1] and (pin[1] ~= own or pin[2] ~= epoch) then return -1 end
  -- It was given a place, and the answer was lost on its way.
  if pin[1] and redis.call('ZSCORE', KEYS[5] .. own, session) then return 0 end
  redis.call('ZADD', KEYS[1], arrival, session)
  redis.call('ZADD', KEYS[2], now, session)
  if not pin[1] then return -2 end
  local rank = redis.call('ZRANK', KEYS[1], session)
  if rank >= places then
    redis.call('HSET', key, 'waiting', arrival)
    return rank + 1
  end
  local taker = giver()
  slots[taker] = slots[taker] - 1
  places = places - 1
  redis.call('ZREM', KEYS[1], session)
  redis.call('ZREM', KEYS[2], session)
  redis.call('HDEL', key, 'waiting')
  redis.call('ZINCRBY', KEYS[4], -1, taker)
  redis.call('ZADD', KEYS[5] .. taker, now + ARGV[2], session)
  if taker == own then return 0 end
  local next = string.format('%.0f', math.max(tonumber(epoch) + 1, now))
  redis.call('HSET', key, 'owner', taker, 'epoch', next)
  redis.call('PEXPIRE', key, ARGV[2])
  return -1
end

local out = { sessions }
for i = 4, #ARGV, 3 do out[#out + 1] = turn(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
return out
