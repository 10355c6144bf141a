import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, expect, it } from "vitest";

import { providerCluster } from "../../../tools/lib/kubectl";

const folder = mkdtempSync(path.join(tmpdir(), "slm-kubectl-"));
afterAll(() => rmSync(folder, { recursive: true }));

const urn = "urn:pulumi:mine::slm::pulumi:providers:kubernetes::cluster";
const secret = (text: string): object => ({ plaintext: JSON.stringify(text) });

it.each([
  ["the path of a file", { kubeconfig: "/home/me/config", context: "mine" }, ["--kubeconfig", "/home/me/config", "--context", "mine"]],
  ["none", { context: "mine" }, ["--context", "mine"]],
  ["none, and no context", {}, []],
])("a provider's cluster is asked by its kubeconfig: %s", (_what, inputs, args) => {
  expect(providerCluster({ urn, inputs }, folder)).toEqual(args);
});

it.each(["users: []\nclusters: []", '{"users":[]}'])("contents are written to a file, and the context stands beside them", (text) => {
  const file = path.join(folder, "kubeconfig");
  expect(providerCluster({ urn, inputs: { kubeconfig: secret(text), context: "mine" } }, folder)).toEqual([
    ...["--kubeconfig", file],
    ...["--context", "mine"],
  ]);
  expect(readFileSync(file, "utf8")).toBe(text);
});
