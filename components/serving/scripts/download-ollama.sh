# Downloads tags of Ollama's library to the store OLLAMA_MODELS. TAGS: one a line; LOCKED_n: the sha256 of each blob of the n-th, one a line, empty
# where nothing is locked; MIB_n: how much it is, empty where that is not known. A tag whose manifest names another blob than the lock ends with its name: it was moved since it was locked.
set -eu
watch=""
fail() {
  kill $watch 2> /dev/null || true # it would write over the reason
  wait $watch || true
  echo "weights: $1" | tee /dev/termination-log >&2
  exit 1
}
progress() {
  while sleep 10; do
    line="weights: $(du -sm "$OLLAMA_MODELS" | cut -f1)${1:+ of $1} MiB"
    echo "$line"
    echo "$line" > /dev/termination-log
  done
}
pull() {
  n=1
  until ollama pull "$1" > /tmp/pull.log 2>&1; do
    [ $n -lt 5 ] || fail "could not download $1: $(tail -n 1 /tmp/pull.log)"
    echo "weights: try $n of 5 to download $1 failed, again in 10 s"
    n=$((n + 1))
    sleep 10
  done
}
# The manifest of a tag, by its path in the store: host/namespace/name/version, with Ollama's own defaults.
manifest() {
  case "$1" in *:*) version=${1##*:} name=${1%:*} ;; *) version=latest name=$1 ;; esac
  case "$name" in */*/*) ;; */*) name=registry.ollama.ai/$name ;; *) name=registry.ollama.ai/library/$name ;; esac
  echo "$OLLAMA_MODELS/manifests/$name/$version"
}
ollama serve > /tmp/serve.log 2>&1 & server=$!
trap 'kill $server $watch 2> /dev/null || true; wait $server || true' EXIT
until ollama list > /dev/null 2>&1; do kill -0 $server || fail "ollama did not start: $(tail -n 1 /tmp/serve.log)"; sleep 0.2; done
index=0
while read -r tag; do
  eval "locked=\$LOCKED_$index mib=\$MIB_$index"
  echo "weights: downloading $tag${mib:+, $mib MiB}"
  progress "$mib" & watch=$!
  pull "$tag"
  kill $watch
  if [ -n "$locked" ]; then
    found=$(grep -o 'sha256:[0-9a-f]\{64\}' "$(manifest "$tag")" | cut -d: -f2 | sort -u)
    [ "$found" = "$(printf '%s\n' "$locked" | sort -u)" ] || fail "$tag is no longer what the lock says: its blobs are $(echo $found). Run make lock, and deploy what it writes"
  fi
  index=$((index + 1))
done <<LINES
$TAGS
LINES
