--[[ switch-knowledge: puts a version of a pack in force, if the one it was made from still is.
  KEYS  1 versions in force (hash by pack)
  ARGV  1 pack   2 version it was made from, or nothing   3 the new version   4 what is said of it (JSON with `version`)
  OUT   1, also when it is in force already; 0: another one is, nothing was changed ]]
local now = redis.call('HGET', KEYS[1], ARGV[1])
local version = ''
if now then
  local ok, said = pcall(cjson.decode, now)
  if ok and type(said) == 'table' and type(said.version) == 'string' then version = said.version end
end
if version == ARGV[3] then return 1 end
if version ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
return 1
