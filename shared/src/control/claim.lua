--[[ claim: the worker that owns a session, taking it for the least loaded one if nobody does.
  A gateway whose link to the owner is dead names it; if that is still the pin, another worker takes the
  session at a higher epoch at once, whatever the lease says. Calls that exist already ignore the session cap.
  Where no place is free, or others wait for those that are, a new call waits: it has a pin and no slot.
  KEYS  1 pin of the session (hash: owner, epoch, waiting)   2 live workers (zset by lease expiry)
        3 free slots (zset)   4 prefix of the reservations, one zset per worker, same hash tag
        5 waiting calls (zset by arrival, µs)   6 the same by when they were last asked for (zset, ms)
  ARGV  1 session   2 reservation lifetime, ms   3 dead owner or ''   4 dead epoch or ''
        5 `new`: nobody has it yet, `again`: somebody must have it, `orphan`: somebody had it and will not come back,
          `left`: its owner lives and has left it, and may be given it once more
        6 how many calls may wait   7 how long one that nobody asks for keeps its place, ms
  OUT   { owner, epoch (string), 1 if this call took it, arrival (string) if it waits for a place, else '' },
        or -1: no worker runs, -2: none has room, and so many wait, -3: `again`, and there is no pin ]]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local pin = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'waiting')
local owner, epoch, arrival = pin[1], pin[2], pin[3]

local function lives(id)
  local expiry = redis.call('ZSCORE', KEYS[2], id)
  return expiry and tonumber(expiry) > now
end

if owner and lives(owner) and not (owner == ARGV[3] and epoch == ARGV[4]) then
  return { owner, epoch, 0, arrival or '' }
end

local isLeft = ARGV[5] == 'left'
if not owner and (isLeft or ARGV[5] == 'again') then return -3 end

-- Nobody else needs to find out; should it live after all, its next heartbeat puts it back.
if not isLeft and owner and owner == ARGV[3] and epoch == ARGV[4] then redis.call('ZREM', KEYS[3], owner) end

local taker
for _, id in ipairs(redis.call('ZREVRANGE', KEYS[3], 0, -1)) do
  if not lives(id) then
    redis.call('ZREM', KEYS[3], id)
  elseif isLeft or id ~= ARGV[3] then
    taker = id
    break
  end
end
if not taker then return -1 end

--- How many calls wait, without those whose gateway and worker are gone.
local function waiting()
  if redis.call('ZCARD', KEYS[5]) == 0 then return 0 end
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', now - ARGV[7])) do
    redis.call('ZREM', KEYS[5], gone)
    redis.call('ZREM', KEYS[6], gone)
  end
  return redis.call('ZCARD', KEYS[5])
end

--- Whether more than so many places are free.
local function has_more_than(ahead)
  if ahead == 0 then return tonumber(redis.call('ZSCORE', KEYS[3], taker)) >= 1 end
  local free = redis.call('ZREVRANGE', KEYS[3], 0, -1, 'WITHSCORES')
  for i = 1, #free, 2 do
    if tonumber(free[i + 1]) < 1 then break end
    if lives(free[i]) then ahead = ahead - math.floor(tonumber(free[i + 1])) end
  end
  return ahead < 0
end

if ARGV[5] == 'new' and not owner then
  local ahead = waiting()
  if not has_more_than(ahead) then
    if ahead >= tonumber(ARGV[6]) then return -2 end
    arrival = string.format('%.0f', t[1] * 1000000 + t[2])
  end
end

local next = math.max((tonumber(epoch) or 0) + 1, now)
local text = string.format('%.0f', next)
redis.call('HSET', KEYS[1], 'owner', taker, 'epoch', text)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if arrival then
  redis.call('HSET', KEYS[1], 'waiting', arrival)
  redis.call('ZADD', KEYS[5], 'NX', arrival, ARGV[1])
  redis.call('ZADD', KEYS[6], now, ARGV[1])
else
  redis.call('ZINCRBY', KEYS[3], -1, taker)
  redis.call('ZADD', KEYS[4] .. taker, now + ARGV[2], ARGV[1])
end
return { taker, text, 1, arrival or '' }
