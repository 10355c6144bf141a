-- Chooses the model by the body of a request. The gateway has found out who asks (x-slm-consumer: consumer.slot of a key, or the subject of a token)
-- and has taken away what a client said under our headers. This script names the model that was asked for (x-slm-model) and the one that answers (x-slm-served), by which a route is
-- then chosen; it lists models, and refuses what has no route. Who may ask for which model is the policy of that route.

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

-- The version that answers, by its share.
local function version_of(weights)
  local names, point = {}, math.random(100)
  for name in pairs(weights) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    point = point - weights[name]
    if point <= 0 then
      return name
    end
  end
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

-- A body that has its engine tell the tokens of a stream, where they are counted and the client did not ask; true where it is another now.
local function telling_usage(text, fields)
  local options = value_of(text, fields.stream_options)
  if value_of(text, fields.stream) ~= "true" or (options and options:find('"include_usage"%s*:%s*true')) then
    return text, false
  end
  local wanted = '{"include_usage":true}'
  if options == "null" then
    return with_value(text, fields.stream_options, wanted), true
  end
  if options then
    return nil
  end
  return (text:gsub("{", '{"stream_options":' .. wanted .. ",", 1)), true
end

local function routed(handle, rules, consumer, path)
  local body = handle:body()
  local text = body and body:getBytes(0, body:length()) or ""
  local fields, why = fields_of(text)
  local model = fields and (value_of(text, fields.model) or ""):match('^"(.*)"$')
  if not model then
    local missing = fields and not fields.model
    return refuse(handle, "400", "invalid_body", why or (missing and "model: must be given" or "model: must be a string"))
  end
  if not rules.models[model] then
    return refuse(handle, "404", "model_not_found", "The model " .. model:sub(1, 100) .. " does not exist.")
  end
  local served, told, hidden = model, text, false
  if rules.counted[consumer] and path:match("completions$") then
    told, hidden = telling_usage(text, fields)
    if not told then
      return refuse(handle, "400", "invalid_body", "stream_options.include_usage: must be true: this key's tokens are counted")
    end
  end
  if rules.split[model] then
    served = version_of(rules.split[model])
    local field = told == text and fields.model or fields_of(told).model
    told = with_value(told, field, '"' .. served .. '"')
  end
  if told ~= text then
    body:setBytes(told)
  end
  local metadata, headers = handle:streamInfo():dynamicMetadata(), handle:headers()
  metadata:set("slm", "served", served)
  metadata:set("slm", "hidden", hidden)
  headers:remove("accept-encoding")
  headers:replace("x-slm-served", served)
  headers:replace("x-slm-model", model)
end

function envoy_on_request(handle)
  local context, headers = handle:filterContext(), handle:headers()
  local rules = {} -- the context is gone once a body was waited for
  for _, name in ipairs({ "consumers", "models", "paths", "split", "counted" }) do
    rules[name] = context:get(name) or {}
  end
  local known, subjects = headers:get("x-slm-consumer") or "", context:get("subjects")
  local consumer = known:match("^(.+)%.%d$")
  if subjects then
    consumer = subjects[known]
  end
  headers:remove("authorization")
  headers:remove("x-slm-model")
  headers:remove("x-slm-served")
  if not consumer then
    return refuse(handle, "401", "invalid_api_key", "A valid key or token is needed.")
  end
  headers:replace("x-slm-consumer", consumer)
  local path, method = headers:get(":path"):match("^[^?#]*"), headers:get(":method")
  if method == "GET" and (path == "/v1/models" or path:match("^/v1/models/[^/]+$")) then
    return list(handle, rules.consumers[consumer] or {}, path:match("^/v1/models/(.+)$"))
  end
  if method ~= "POST" or not rules.paths[path] then
    return refuse(handle, "404", "unknown_url", "Unknown request URL: " .. method .. " " .. path:sub(1, 200))
  end
  routed(handle, rules, consumer, path)
end
