--[[ journal-write: what another worker needs to go on with a call, written by nobody but its owner.
  The pin itself is asked, in the same script: a new owner that has not written yet is no hole.
  KEYS  1 pin of the session (hash)   2 its journal (hash: epoch, at, data)
  ARGV  1 owner   2 epoch   3 data   4 lifetime of the journal, ms
  OUT   1, or 0: the pin says somebody newer, nothing was written; let the session go
        or -1: there is no pin, or an older one: Redis has forgotten something; adopt the session first ]]
local pin = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
if pin[1] ~= ARGV[1] or pin[2] ~= ARGV[2] then
  if not pin[2] or tonumber(pin[2]) == nil or tonumber(pin[2]) < tonumber(ARGV[2]) then return -1 end
  return 0
end
local t = redis.call('TIME')
redis.call('HSET', KEYS[2], 'epoch', ARGV[2], 'at', t[1] * 1000 + math.floor(t[2] / 1000), 'data', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
