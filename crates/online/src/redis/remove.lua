-- Removes records of one bucket with their secrets.
-- KEYS: index, expiry, bytes, secrets, then the rows. ARGV: '' or a time in 8 bytes, then the blinds. With
-- a time, only what has expired by then. Gives how many were removed, and how many of them had a secret.
local index, expiry, bytes, secrets = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local function halves(text, at)
  local low, high = struct.unpack('<I4i4', text, at)
  return high, low
end

local removed, had_secret = 0, 0
for number = 1, #KEYS - 4 do
  local place, blind = KEYS[4 + number], ARGV[1 + number]
  local goes = true
  if ARGV[1] ~= '' then
    local old = redis.call('GETRANGE', place, 0, 24)
    if old == '' then
      -- The server has removed it by itself.
      goes = redis.call('ZSCORE', expiry, blind) ~= false
    elseif math.floor(old:byte(9) / 2) % 2 == 1 then
      local end_high, end_low = halves(old, 18)
      local now_high, now_low = halves(ARGV[1], 1)
      goes = end_high < now_high or (end_high == now_high and end_low <= now_low)
    else
      goes = false
    end
  end
  if goes then
    local before = redis.call('STRLEN', place)
    redis.call('DEL', place)
    redis.call('ZREM', index, blind)
    redis.call('ZREM', expiry, blind)
    had_secret = had_secret + redis.call('HDEL', secrets, blind)
    if before > 25 then redis.call('DECRBY', bytes, before - 25) end
    removed = removed + 1
  end
end
return { removed, had_secret }
