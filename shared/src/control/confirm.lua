--[[ confirm: the worker has opened a session it was pinned for; the reservation becomes a session.
  KEYS  1 pin of the session (hash)   2 the worker's reservations (zset)
  ARGV  1 session   2 worker   3 epoch   4 lifetime of the pin, ms
  OUT   1, or 0: the pin says somebody else; let the session go
  A pin that is missing (its reservation ran out, or Redis came back empty) or older than the worker's own
  (a replica that had missed it took over) is written again. ]]
redis.call('ZREM', KEYS[2], ARGV[1])
local pin = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
if not pin[1] or not tonumber(pin[2]) or tonumber(pin[2]) < tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'epoch', ARGV[3])
elseif pin[1] ~= ARGV[2] or pin[2] ~= ARGV[3] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
