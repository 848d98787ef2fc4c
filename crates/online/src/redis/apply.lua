-- Mutations of one bucket, in their order.
-- KEYS: index, expiry, bytes, secrets, then the row of each mutation.
-- ARGV, five for each: blind, rule, row or '', secret, native expiry or ''.
-- A row is 8 bytes version, 1 flags (2: expires), 8 event time, 8 expiry, then what is sealed; numbers are
-- little-endian. Numbers of Lua are doubles, so 64 bits are compared as two halves.
local index, expiry, bytes, secrets = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local function halves(text, at)
  local low, high = struct.unpack('<I4i4', text, at)
  return high, low
end

local function less(high, low, other_high, other_low)
  return high < other_high or (high == other_high and low < other_low)
end

local function holds(rule, old)
  local kind = rule:sub(1, 1)
  if kind == 'A' then return true end
  if kind == 'Q' then return false end
  if kind == 'U' then return old ~= '' and old:sub(1, 8) == rule:sub(3, 10) end
  if old == '' then return true end
  local new_high, new_low = halves(rule, 4)
  local now_high, now_low = halves(rule, 12)
  if math.floor(old:byte(9) / 2) % 2 == 1 then
    local end_high, end_low = halves(old, 18)
    if not less(now_high, now_low, end_high, end_low) then return true end
  end
  local old_high, old_low = halves(old, 10)
  if less(old_high, old_low, new_high, new_low) then return true end
  return rule:sub(3, 3) == '=' and old_high == new_high and old_low == new_low
end

local answers = {}
for number = 1, #KEYS - 4 do
  local place = KEYS[4 + number]
  local first = 5 * (number - 1)
  local blind, rule, row = ARGV[first + 1], ARGV[first + 2], ARGV[first + 3]
  local secret, ends = ARGV[first + 4], ARGV[first + 5]
  local old = redis.call('GETRANGE', place, 0, 24)
  local has_secret = rule:sub(2, 2) == 'S'
  if old ~= '' and row ~= '' and old:sub(1, 8) == row:sub(1, 8) then
    -- The same call again: the first answer was lost on its way.
    answers[number] = 1
  elseif has_secret and redis.call('HEXISTS', secrets, blind) == 1 then
    answers[number] = 2
  else
    if has_secret then redis.call('HSET', secrets, blind, secret) end
    if holds(rule, old) then
      local before = redis.call('STRLEN', place)
      if row == '' then
        redis.call('DEL', place)
        redis.call('ZREM', index, blind)
        redis.call('ZREM', expiry, blind)
      else
        if ends == '' then
          redis.call('SET', place, row)
        else
          redis.call('SET', place, row, 'PXAT', ends)
        end
        redis.call('ZADD', index, 0, blind)
        if math.floor(row:byte(9) / 2) % 2 == 1 then
          local end_high, end_low = halves(row, 18)
          redis.call('ZADD', expiry, string.format('%.17g', end_high * 4294967296 + end_low), blind)
        else
          redis.call('ZREM', expiry, blind)
        end
      end
      redis.call('INCRBY', bytes, math.max(#row - 25, 0) - math.max(before - 25, 0))
      answers[number] = 1
    else
      answers[number] = 0
    end
  end
end
return answers
