# Compares each locked file with its sha256. LOCK: lines "<sha256>  <path>"; FOLDER: where the paths start; STAMP: file that
# remembers a check that passed, empty where nothing may be written; DOWNLOADED: not empty where a wrong file is removed,
# so that it is downloaded again.
set -eu
cd "$FOLDER"
id=$(printf '%s' "$LOCK" | sha256sum)
if [ -n "$STAMP" ] && [ "$(cat "$STAMP" 2>/dev/null || true)" = "$id" ]; then echo "weights: checked before"; exit 0; fi
faults=""
while read -r expected file; do
  if [ ! -f "$file" ]; then
    faults="$faults$file is missing, its sha256 must be $expected. "
    continue
  fi
  echo "weights: checking $file"
  actual=$(sha256sum < "$file")
  actual=${actual%% *}
  if [ "$actual" != "$expected" ]; then
    faults="$faults$file has sha256 $actual, the lock says $expected. "
    [ -z "$DOWNLOADED" ] || rm -f "$file"
  fi
done <<LINES
$LOCK
LINES
if [ -n "$faults" ]; then
  echo "weights: $faults" | tee /dev/termination-log >&2
  exit 1
fi
[ -z "$STAMP" ] || printf '%s' "$id" > "$STAMP"
echo "weights: all files are as locked"
