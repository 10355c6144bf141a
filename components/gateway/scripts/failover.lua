-- The second way of a request that its model could not answer: the body names the model that answers instead. Only the gateway itself comes here.

function envoy_on_request(handle)
  local instead = (handle:filterContext():get("instead") or {})[handle:headers():get("x-slm-served")]
  local body = handle:body()
  local text = body and body:getBytes(0, body:length()) or ""
  local fields = fields_of(text)
  if not (instead and fields and fields.model) then
    return handle:respond({ [":status"] = "503" }, "")
  end
  body:setBytes(with_value(text, fields.model, '"' .. instead .. '"'))
  handle:streamInfo():dynamicMetadata():set("slm", "served", instead)
end

function envoy_on_response(handle)
  local known = handle:streamInfo():dynamicMetadata():get("slm") or {}
  if known.served then
    handle:headers():replace("x-slm-served", known.served)
  end
end
