import { expect, it } from "vitest";

import { nearest } from "../../lib/nearest";

it.each<[string, string, string[], number | undefined, string[]]>([
  ["the word itself first", "kitten", ["kitten", "mitten", "sitting"], undefined, ["kitten", "mitten", "sitting"]],
  ["three at most", "aaaa", ["aaab", "aabb", "abbb", "aaaa"], undefined, ["aaaa", "aaab", "aabb"]],
  ["as many as wanted", "aaaa", ["aaab", "aaaa"], 1, ["aaaa"]],
  [
    "one that differs by an insertion, a deletion or a substitution alike",
    "abcd",
    ["acd", "abxd", "abxcd"],
    undefined,
    ["abxcd", "abxd", "acd"],
  ],
  ["in the order of the alphabet where two are as near", "abcd", ["abcz", "abca"], undefined, ["abca", "abcz"]],
  ["whatever the case", "ABCD", ["abcd"], undefined, ["abcd"]],
  ["what contains it before what differs: 1 + 6 / 4 against 3", "west", ["westeurope", "wxyz"], undefined, ["westeurope", "wxyz"]],
  ["what it contains", "westeurope", ["west"], undefined, ["west"]],
  ["up to four changes of a short word", "abcd", ["wxyz", "vwxyz"], undefined, ["wxyz"]],
  ["up to half of a long word", "abcdefghij", ["abcdevwxyz", "abcduvwxyz"], undefined, ["abcdevwxyz"]],
  ["nothing like none", "abc", ["defghijkl"], undefined, []],
  ["nothing of nothing", "abc", [], undefined, []],
])("suggests %s", (_what, word, known, count, expected) => {
  expect(nearest(word, known, count)).toEqual(expected);
});
