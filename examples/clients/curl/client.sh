#!/usr/bin/env bash
# Asks a model with curl: chat, stream, embeddings or tools. OPENAI_BASE_URL and OPENAI_API_KEY say where, MODEL which, and CURL_CA_BUNDLE names the
# certificate of a gateway that made its own. jq writes and reads JSON. The key goes by a file descriptor: arguments are seen by others.
set -euo pipefail
: "${OPENAI_BASE_URL:?}" "${OPENAI_API_KEY:?}" "${MODEL:?}"

send() {
  curl --silent --show-error --fail-with-body --max-time 300 --no-buffer --config <(printf 'header = "Authorization: Bearer %s"\n' "$OPENAI_API_KEY") \
    --header "Content-Type: application/json" --data @- "$OPENAI_BASE_URL/$1"
}
post() {
  local body
  body=$(send "$1") && echo "$body" && return
  echo "$body" >&2 # why it was refused
  return 1
}
messages() { jq --null-input --arg model "$MODEL" --arg content "$1" '{ $model, temperature: 0, max_tokens: 64, messages: [{ role: "user", $content }] }'; }

case "${1:-}" in
chat) messages "$2" | post chat/completions | jq --raw-output '.choices[0].message.content' ;;
stream)
  messages "$2" | jq '.stream = true' | send chat/completions |
    sed --quiet --unbuffered --expression 's/^data: {/{/p;t' --expression '/^{/w /dev/stderr' | jq --join-output --unbuffered '.choices[0].delta.content // empty'
  echo
  ;;
embeddings) jq --null-input --arg model "$MODEL" --arg input "$2" '{ $model, $input }' | post embeddings | jq '.data[0].embedding | length' ;;
tools)
  parameters='{ type: "object", properties: { a: { type: "integer" }, b: { type: "integer" } }, required: ["a", "b"] }'
  asked=$(messages "$2" | jq ".tools = [{ type: \"function\", function: { name: \"multiply\", description: \"The product of two integers.\", parameters: $parameters } }]")
  said=$(post chat/completions <<<"$asked" | jq '.choices[0].message')
  # each call is answered under its id, and the model is asked again with what it said and what it is told
  results=$(jq '[.tool_calls[]? | { role: "tool", tool_call_id: .id, content: (.function.arguments | fromjson | .a * .b | tostring) }]' <<<"$said")
  if [[ $results == "[]" ]]; then
    jq --raw-output '.content' <<<"$said"
  else
    jq --argjson said "$said" --argjson results "$results" '.messages += [$said] + $results' <<<"$asked" | post chat/completions |
      jq --raw-output '.choices[0].message.content'
  fi
  ;;
*)
  echo "usage: client.sh chat|stream|embeddings|tools TEXT" >&2
  exit 2
  ;;
esac
