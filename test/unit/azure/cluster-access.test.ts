import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { parse, stringify } from "yaml";

import { AksCluster } from "../../../components/cluster/aks-cluster";
import { cluster } from "../../support/azure-cluster";
import { fresh, kubeconfig, mockAzure, quiet } from "../../support/azure-mocks";
import { Executables } from "../../support/executables";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK

const bin = new Executables();
bin.add("kubelogin", `echo '${JSON.stringify({ kind: "ExecCredential", status: { token: "of-entra" } })}'`);
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  request.resume();
  response.writeHead(201).end(JSON.stringify({ status: { allowed: true } }));
});
const without = kubeconfig.text;

beforeAll(async () => {
  await mockAzure();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const exec = { command: "kubelogin", args: ["get-token", "--server-id", "aks", "--login", "devicecode"] };
  kubeconfig.text = stringify({
    clusters: [{ name: "aks", cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } }],
    users: [{ name: "user", user: { exec } }],
  });
});
beforeEach(() => {
  fresh();
  asked = 0;
  vi.stubEnv("PATH", bin.folder);
});
afterEach(async () => {
  await quiet();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
afterAll(() => {
  kubeconfig.text = without; // files of tests share this module
  server.close();
  bin.dispose();
});

const argsOf = async ({ kubeconfig: given }: AksCluster): Promise<string[]> => parse(await settled(given)).users[0].user.exec.args;

it("a cluster's credentials ask nobody for a code, and are handed on once an update has seen that they work", async () => {
  expect(await argsOf(new AksCluster("aks", cluster))).toEqual(["get-token", "--login", "azurecli", "--server-id", "aks"]);
  expect(asked).toBe(1);
});

it("a preview takes them as they are: it makes nothing in the cluster", async () => {
  vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
  const login = { mode: "workloadidentity", clientId: "app" } as const;
  expect(await argsOf(new AksCluster("other", { ...cluster, login }))).toEqual([
    ...["get-token", "--login", "workloadidentity", "--server-id", "aks"],
    ...["--client-id", "app", "--tenant-id", "00000000-0000-4000-8000-000000000002"],
  ]);
  expect(asked).toBe(0);
});
