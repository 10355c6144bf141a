-- Reads and changes the top of a JSON body, without understanding what is in it. Where one begins and ends is found by the rules of JSON's strings.

local function after_space(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

-- Where a string ends that begins at a quote; nothing where it does not end.
local function after_string(text, at)
  local from = at + 1
  while true do
    local found = text:find('["\\]', from)
    if not found then
      return nil
    end
    if text:byte(found) == 34 then
      return found + 1
    end
    from = found + 2
  end
end

-- Where an object or a list ends.
local function after_nested(text, at)
  local depth = 0
  while true do
    at = text:find('["{}%[%]]', at)
    if not at then
      return nil
    end
    local found = text:sub(at, at)
    if found == '"' then
      at = after_string(text, at)
      if not at then
        return nil
      end
    else
      depth = depth + ((found == "{" or found == "[") and 1 or -1)
      at = at + 1
      if depth == 0 then
        return at
      end
    end
  end
end

local function after_value(text, at)
  local first = text:sub(at, at)
  if first == '"' then
    return after_string(text, at)
  end
  if first == "{" or first == "[" then
    return after_nested(text, at)
  end
  return text:match("^[%w%.%+%-]+()", at)
end

-- The fields of a body that is one JSON object, each with where its value begins and ends; or nothing and why. Parsers differ in which of two fields
-- counts, and some (Go's) take Model for model: a body that could be read in two ways is refused, so that what was judged is what the engine reads.
local function fields_of(text)
  local at, fields, seen = after_space(text, 1), {}, {}
  if text:sub(at, at) ~= "{" then
    return nil, "the body must be a JSON object"
  end
  at = after_space(text, at + 1)
  while text:sub(at, at) ~= "}" do
    local key_end = text:sub(at, at) == '"' and after_string(text, at)
    if not key_end then
      return nil, "the body must be a JSON object"
    end
    local key = text:sub(at + 1, key_end - 2)
    local colon = after_space(text, key_end)
    local from = after_space(text, colon + 1)
    local value_end = text:sub(colon, colon) == ":" and after_value(text, from)
    if not value_end or key:find("\\", 1, true) then
      return nil, "the body must be a JSON object, with names that need no escapes"
    end
    if seen[key:lower()] then
      return nil, key:lower():sub(1, 100) .. ": must be given once"
    end
    seen[key:lower()] = true
    fields[key] = { from = from, to = value_end - 1 }
    at = after_space(text, value_end)
    if text:sub(at, at) == "," then
      at = after_space(text, at + 1)
      if text:sub(at, at) == "}" then
        return nil, "the body must be a JSON object"
      end
    elseif text:sub(at, at) ~= "}" then
      return nil, "the body must be a JSON object"
    end
  end
  if after_space(text, at + 1) <= #text then
    return nil, "the body must be one JSON object, and nothing after it"
  end
  for _, name in ipairs({ "model", "stream", "stream_options" }) do
    if seen[name] and not fields[name] then
      return nil, name .. ": must be spelt so"
    end
  end
  return fields
end

local function value_of(text, field)
  return field and text:sub(field.from, field.to)
end

-- A body with another value of a field that it has.
local function with_value(text, field, value)
  return text:sub(1, field.from - 1) .. value .. text:sub(field.to + 1)
end
