--[[ leave: a process goes in good order.
  KEYS  1 live processes of its role (zset)   2 its record (hash)   3 free slots (zset)   4 its reservations (zset)
  ARGV  1 id
  OUT   1 ]]
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('DEL', KEYS[2], KEYS[4])
return 1
