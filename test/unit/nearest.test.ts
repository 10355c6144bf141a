import { expect, it } from "vitest";

import { nearest } from "../../lib/nearest";

const words = ["alpha", "alphas", "beta", "gamma"];

it.each<[what: string, word: string, known: string[], found: string[]]>([
  ["nothing where nothing is known", "alpha", [], []],
  ["the word itself first", "beta", words, ["beta", "alpha", "gamma"]],
  ["a word with one letter replaced", "alphx", ["alpha", "omicron-x"], ["alpha"]],
  ["a word with one letter too many", "betta", ["beta", "kubernetes"], ["beta"]],
  ["a word with one letter too few", "bta", ["beta", "kubernetes"], ["beta"]],
  ["words of any case", "BETA", ["Beta"], ["Beta"]],
  ["a longer word that contains it, before one that is two letters away", "llama", ["blamas", "llama3"], ["llama3", "blamas"]],
  ["a word that is a letter away, before a much longer one", "llama", ["llama3.1-8b", "lama"], ["lama", "llama3.1-8b"]],
  ["a shorter word that it contains", "qwen3-instruct", ["qwen3", "zzzzzzzzzzzzzz"], ["qwen3"]],
  ["equals by name", "ax", ["az", "ay"], ["ay", "az"]],
  ["equals by name, whatever their order", "ax", ["ay", "az"], ["ay", "az"]],
])("finds %s", (_what, word, known, found) => expect(nearest(word, known)).toEqual(found));

it("finds three words at most, or as many as are asked for", () => {
  const known = ["aaa1", "aaa2", "aaa3", "aaa4"];
  expect(nearest("aaa", known)).toEqual(["aaa1", "aaa2", "aaa3"]);
  expect(nearest("aaa", known, 1)).toEqual(["aaa1"]);
  expect(nearest("aaa", known, 9)).toEqual(known);
});

it.each([
  ["four changes in a short word", "abcd", "wxyz", true],
  ["five changes in a short word", "abcd", "vwxyz", false],
  ["half of a long word's letters", "abcdefghijkl", "abcdefuvwxyz", true],
  ["more than half of them", "abcdefghijkl", "abcdeuuvwxyz", false],
  ["a name that holds it and 12 letters more", "abc", "abcdddddddddddd", true],
  ["a name that holds it and 13 letters more", "abc", "abcddddddddddddd", false],
])("takes or leaves %s", (_what, word, candidate, close) => expect(nearest(word, [candidate])).toEqual(close ? [candidate] : []));
