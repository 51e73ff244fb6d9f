--[[ register: a process enters the registry under an id that was never used before, and takes calls at once.
  KEYS  1 live processes of its role (zset by lease expiry)   2 its record (hash)   3 free slots (zset)
  ARGV  1 id   2 lease, ms   3 free slots, or '' when it takes no calls   4… field, value of the record
  OUT   now (ms), or -1: the id was used before ]]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) or redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[2], ARGV[2] * 10)
if ARGV[3] ~= '' then redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1]) end
return now
