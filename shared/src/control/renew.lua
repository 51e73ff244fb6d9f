--[[ renew: a heartbeat. An expired lease is never revived: its sessions may already belong to another.
  KEYS  1 live processes of its role (zset by lease expiry)   2 its record (hash)
        3 free slots (zset)   4 its reservations (zset by expiry)
  ARGV  1 id   2 lease, ms   3 free slots without reservations, or '' when it takes no new calls
        4… field, value of the record
  OUT   { how many of its role live, how many of them come before it by their ids },
        or -1: expired or unknown; a new id is needed ]]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local expiry = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not expiry or tonumber(expiry) <= now then
  redis.call('ZREM', KEYS[3], ARGV[1])
  return -1
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[2], ARGV[2] * 10)
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[3], ARGV[1])
else
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
  redis.call('ZADD', KEYS[3], ARGV[3] - redis.call('ZCARD', KEYS[4]), ARGV[1])
end
-- The dead leave the list after ten leases, so that an operator can still see them go.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2] * 10)
local live, before = redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf'), 0
for _, id in ipairs(live) do
  if id < ARGV[1] then before = before + 1 end
end
return { #live, before }
