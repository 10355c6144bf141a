-- Chooses the model by the body of a request. The gateway has found out who asks (x-slm-consumer: consumer.slot) and has taken away what a client
-- said under our headers. This script names the model (x-slm-model), by which a route is then chosen, lists models, and refuses what has no route.
-- Who may ask for which model is the policy of that route.

local function json(text)
  return (text:gsub('[%c"\\]', function(found)
    return string.format("\\u%04x", found:byte())
  end))
end

local function refuse(handle, status, code, message)
  handle:respond(
    { [":status"] = status, ["content-type"] = "application/json" },
    '{"error":{"message":"' .. json(message) .. '","type":"invalid_request_error","param":null,"code":"' .. code .. '"}}'
  )
end

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

-- The model that a body names, or nothing and why. Parsers differ in which of two fields counts, and some (Go's) take Model for model: a body that
-- could be read in two ways is refused, so that what was judged is what the engine reads.
local function model_of(text)
  local at, model = after_space(text, 1), nil
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
    if key:lower() == "model" then
      if model or key ~= "model" or text:sub(from, from) ~= '"' then
        return nil, "model: must be given once, as a string"
      end
      model = text:sub(from + 1, value_end - 2)
    end
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
  if not model then
    return nil, "model: must be given"
  end
  return model
end

local function entry(name)
  return '{"id":"' .. name .. '","object":"model","created":0,"owned_by":"slm-stack"}'
end

local function list(handle, allowed, wanted)
  local names, entries = {}, {}
  for name in pairs(allowed) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    entries[#entries + 1] = entry(name)
  end
  if wanted and not allowed[wanted] then
    return refuse(handle, "404", "model_not_found", "The model " .. wanted:sub(1, 100) .. " does not exist, or this key may not use it.")
  end
  local body = wanted and entry(wanted) or '{"object":"list","data":[' .. table.concat(entries, ",") .. "]}"
  handle:respond({ [":status"] = "200", ["content-type"] = "application/json" }, body)
end

function envoy_on_request(handle)
  local context, headers = handle:filterContext(), handle:headers()
  local consumers, models, paths = context:get("consumers"), context:get("models"), context:get("paths") -- gone once a body was waited for
  local consumer = (headers:get("x-slm-consumer") or ""):match("^(.+)%.%d$")
  headers:remove("x-slm-model")
  if not consumer then
    return refuse(handle, "401", "invalid_api_key", "A valid key is needed.")
  end
  headers:replace("x-slm-consumer", consumer)
  local path, method = headers:get(":path"):match("^[^?#]*"), headers:get(":method")
  if method == "GET" and (path == "/v1/models" or path:match("^/v1/models/[^/]+$")) then
    return list(handle, consumers[consumer] or {}, path:match("^/v1/models/(.+)$"))
  end
  if method ~= "POST" or not paths[path] then
    return refuse(handle, "404", "unknown_url", "Unknown request URL: " .. method .. " " .. path:sub(1, 200))
  end
  local body = handle:body()
  local model, why = model_of(body and body:getBytes(0, body:length()) or "")
  if not model then
    return refuse(handle, "400", "invalid_body", why)
  end
  if not models[model] then
    return refuse(handle, "404", "model_not_found", "The model " .. model:sub(1, 100) .. " does not exist.")
  end
  handle:headers():replace("x-slm-model", model)
end
