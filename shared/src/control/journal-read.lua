--[[ journal-read: what the owner before has written of a session.
  KEYS  1 journal of the session (hash)
  OUT   { epoch it was written under (string), its age in ms, data }, or nothing ]]
local found = redis.call('HMGET', KEYS[1], 'epoch', 'at', 'data')
if not found[3] then return false end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
return { found[1] or '0', math.max(0, now - (tonumber(found[2]) or now)), found[3] }
