--[[ release: a session is over.
  KEYS  1 pin of the session (hash)   2 the worker's reservations (zset)   3 free slots (zset)   4 its journal
        5 waiting calls (zset)   6 the same by when they were last asked for (zset)
  ARGV  1 session   2 worker   3 epoch
  OUT   1, or 0: the pin says somebody else, nothing was changed ]]
redis.call('ZREM', KEYS[2], ARGV[1])
local pin = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'waiting')
if pin[1] ~= ARGV[2] or pin[2] ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[1], KEYS[4])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('ZREM', KEYS[6], ARGV[1])
-- One that waited had no slot to give back.
if not pin[3] and redis.call('ZSCORE', KEYS[3], ARGV[2]) then redis.call('ZINCRBY', KEYS[3], 1, ARGV[2]) end
return 1
