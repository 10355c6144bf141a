-- Tells which model answered, and counts the tokens that it says it used. It passes each part of an answer on as it comes.

-- The tokens that a text tells; the last number of it counts. Quotes inside a string are escaped, so that no answer's words are taken for it.
local function tokens_in(text)
  local found
  for number in text:gmatch('"total_tokens"%s*:%s*(%d+)') do
    found = tonumber(number)
  end
  return found
end

local function events_in(text)
  local _, count = text:gsub("data: ?{", "")
  return count
end

-- Whole events without the one that tells usage, which its client did not ask for.
local function without_usage(text)
  return (text:gsub("data: ?[^\n]*\n\n", function(event)
    return event:find('"choices"%s*:%s*%[%s*%]') and event:find('"usage"', 1, true) and "" or nil
  end))
end

-- Longest part of an event that is held back, in bytes, until its end is there.
local longest_held = 65536
-- What of a part may be the beginning of the number of tokens that ends in the next.
local overlap = 64

function envoy_on_response(handle)
  local headers = handle:headers()
  local known = handle:streamInfo():dynamicMetadata():get("slm") or {}
  if not known.served or headers:get(":status") ~= "200" then
    return
  end
  if not headers:get("x-slm-served") then
    headers:add("x-slm-served", known.served)
  end
  local streamed = (headers:get("content-type") or ""):match("^text/event%-stream") ~= nil
  local told, events, held, last = nil, 0, "", ""
  for chunk in handle:bodyChunks() do
    local text = chunk:getBytes(0, chunk:length())
    told = tokens_in(last .. text) or told
    events = events + events_in(text)
    -- Told at each part: a client may leave before the end. An answer in parts has about a token in each.
    local tokens = told or (streamed and events)
    if tokens then
      handle:streamInfo():dynamicMetadata():set("slm", "tokens", tokens)
    end
    last = text:sub(-overlap)
    if streamed and known.hidden then
      text = held .. text
      local whole = text:match("^.*\n\n()") or 1
      if #text - whole > longest_held then
        whole = #text + 1
      end
      held = text:sub(whole)
      chunk:setBytes(without_usage(text:sub(1, whole - 1)))
    end
  end
end
