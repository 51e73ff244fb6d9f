--[[ journal-write: what another worker needs to go on with calls, each written by nobody but its owner.
  The pins themselves are asked, in the same script: a new owner that has not written yet is no hole.
  KEYS  for each session: its pin (hash), its journal (hash: epoch, data)
  ARGV  1 lifetime of a journal, ms; then for each session: owner, epoch, data
  OUT   for each session 1, or 0: the pin says somebody newer, nothing was written; let the session go
        or -1: there is no pin, or an older one: Redis has forgotten something; adopt the session first
        or a text: what Redis says against the keys of this session; the others are not touched by it ]]
local function write(pinKey, journalKey, owner, epoch, data)
  local pin = redis.pcall('HMGET', pinKey, 'owner', 'epoch')
  if pin.err then return pin.err end
  if pin[1] ~= owner or pin[2] ~= epoch then
    if not pin[2] or tonumber(pin[2]) == nil or tonumber(pin[2]) < tonumber(epoch) then return -1 end
    return 0
  end
  local set = redis.pcall('HSET', journalKey, 'epoch', epoch, 'data', data)
  if type(set) == 'table' and set.err then return set.err end
  redis.call('PEXPIRE', journalKey, ARGV[1])
  return 1
end

local results = {}
for i = 1, #KEYS / 2 do
  local first = 3 * i - 1
  results[i] = write(KEYS[2 * i - 1], KEYS[2 * i], ARGV[first], ARGV[first + 1], ARGV[first + 2])
end
return results
