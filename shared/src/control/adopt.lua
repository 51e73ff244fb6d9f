--[[ adopt: a worker that had to register under a new id, or whose pins Redis has forgotten, takes its own
  sessions back. Against a claim at the same time exactly one of the two wins.
  KEYS  1 pin of the session (hash)
  ARGV  1 owner before   2 epoch before   3 owner from now on   4 lifetime of the pin, ms
  OUT   the epoch from now on (string), or 0: the pin says somebody newer; let the session go ]]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local pin = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
local epoch = pin[2] and tonumber(pin[2])
local is_ours = pin[1] == ARGV[1] and pin[2] == ARGV[2]
if epoch and not is_ours and epoch >= tonumber(ARGV[2]) then return 0 end
local text = ARGV[2]
if ARGV[1] ~= ARGV[3] then text = string.format('%.0f', math.max(tonumber(ARGV[2]) + 1, now)) end
redis.call('HSET', KEYS[1], 'owner', ARGV[3], 'epoch', text)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return text
