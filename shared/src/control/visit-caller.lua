--[[ visit-caller: a caller begins a session; told twice of one it counts once.
  KEYS  1 the caller (hash: sessions, last, at)
  ARGV  1 session   2 seconds after which a caller who does not come back is forgotten
  OUT   how many sessions the caller had before this one ]]
local known = redis.call('HMGET', KEYS[1], 'sessions', 'last')
local sessions = tonumber(known[1]) or 0
redis.call('EXPIRE', KEYS[1], ARGV[2])
if known[2] == ARGV[1] then return math.max(0, sessions - 1) end
redis.call('HSET', KEYS[1], 'sessions', sessions + 1, 'last', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return sessions
