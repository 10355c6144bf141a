# Fills the store OLLAMA_MODELS of one pod: blobs and manifests of DOWNLOADS, where there is such a folder, by links; then each model from its
# Modelfile. NAME_n and MODELFILE_n: COUNT of them. TAGS: names of downloads, one a line; clients see only the models.
set -eu
fail() { echo "models: $1" | tee /dev/termination-log >&2; exit 1; }
mkdir -p "$OLLAMA_MODELS/blobs" "$OLLAMA_MODELS/manifests"
if [ -d "$DOWNLOADS/blobs" ]; then
  for blob in "$DOWNLOADS"/blobs/sha256-*; do
    case "$blob" in *-partial*) ;; *) ln -sf "$blob" "$OLLAMA_MODELS/blobs/" ;; esac
  done
  cp -R "$DOWNLOADS/manifests/." "$OLLAMA_MODELS/manifests/"
fi
ollama serve > /tmp/serve.log 2>&1 & server=$!
trap 'kill $server 2> /dev/null || true; wait $server || true' EXIT
until ollama list > /dev/null 2>&1; do kill -0 $server || fail "ollama did not start: $(tail -n 1 /tmp/serve.log)"; sleep 0.2; done
names=" "
index=0
while [ $index -lt "$COUNT" ]; do
  eval "name=\$NAME_$index"
  echo "models: creating $name"
  eval "printf '%s\n' \"\$MODELFILE_$index\"" > /tmp/Modelfile
  ollama create "$name" -f /tmp/Modelfile > /tmp/create.log 2>&1 || fail "could not create $name: $(tail -n 1 /tmp/create.log)"
  names="$names$name "
  index=$((index + 1))
done
while read -r tag; do
  case "$names" in *" $tag "* | *" ${tag%:latest} "*) continue ;; esac
  [ -z "$tag" ] || ollama rm "$tag" > /dev/null
done <<LINES
$TAGS
LINES
