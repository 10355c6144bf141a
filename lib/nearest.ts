/** Edit distance between two words: insertions, deletions and substitutions each cost one. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Up to `count` of the known words closest to `word`, best first; none when nothing is within `bound` edits. */
export function nearest(word: string, known: readonly string[], count = 3, bound = Math.max(4, Math.floor(word.length / 2))): string[] {
  const wanted = word.toLowerCase();
  return known
    .map((candidate) => {
      const name = candidate.toLowerCase();
      const shared = name.includes(wanted) || wanted.includes(name);
      return { candidate, cost: shared ? 1 + Math.abs(name.length - wanted.length) / 4 : distance(wanted, name) };
    })
    .filter(({ cost }) => cost <= bound)
    .sort((a, b) => a.cost - b.cost || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
