import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { untilAllowed } from "../../../components/cluster/access";
import type { Kubeconfig } from "../../../lib/azure/kubeconfig";
import { Executables } from "../../support/executables";

const bin = new Executables();
const quick = { seconds: 2, pauseSeconds: 0.01 };
const credential = JSON.stringify({ kind: "ExecCredential", status: { token: "of-entra" } });

let server: Server | undefined;
let answers: (() => [status: number, body: object])[];
let asked: { url: string | undefined; authorization: string | undefined; body: unknown }[];

beforeEach(() => {
  bin.reset();
  bin.remove("kubelogin");
  vi.stubEnv("PATH", bin.folder);
  asked = [];
  answers = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  server?.close();
});
afterAll(() => bin.dispose());

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const part of request) text += part;
  return text;
};

/** An API server that gives its answers in turn, and the last one again and again. */
async function cluster(): Promise<Kubeconfig> {
  server = createServer(async (request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization, body: JSON.parse(await bodyOf(request)) });
    const [status, body] = answers[Math.min(asked.length, answers.length) - 1]!();
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void server!.listen(0, "127.0.0.1", resolve));
  return kubeconfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const kubeconfig = (url: string): Kubeconfig => ({
  clusters: [{ name: "aks", cluster: { server: url } }],
  users: [{ name: "user", user: { exec: { command: "kubelogin", args: ["get-token", "--login", "azurecli"], apiVersion: "v1beta1" } } }],
});

const allowed = (yes: boolean) => (): [number, object] => [201, { status: { allowed: yes } }];
const refused = (status: number) => (): [number, object] => [status, {}];

describe("a cluster is entered", () => {
  it("once it knows the deployer's new role: 401, 403 and no are asked again, with the token of kubelogin", async () => {
    bin.add("kubelogin", `echo '${credential}'`);
    answers = [refused(401), refused(403), allowed(false), allowed(true)];
    await untilAllowed(await cluster(), quick);
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map((question) => JSON.stringify(question)))).toEqual(
      new Set([
        JSON.stringify({
          url: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          authorization: "Bearer of-entra",
          body: {
            kind: "SelfSubjectAccessReview",
            apiVersion: "authorization.k8s.io/v1",
            spec: { resourceAttributes: { verb: "create", resource: "namespaces" } },
          },
        }),
      ]),
    );
    expect(bin.commands()).toEqual(["kubelogin get-token --login azurecli"]);
    expect(JSON.parse(bin.calls()[0]!.env["KUBERNETES_EXEC_INFO"]!)).toMatchObject({
      kind: "ExecCredential",
      spec: { interactive: false },
    });
  });

  it("at once, and nobody is asked, where the credentials have no login of their own", async () => {
    await untilAllowed({ clusters: [{ name: "c", cluster: { server: "http://127.0.0.1:1" } }], users: [{ name: "u", user: {} }] }, quick);
    await untilAllowed({}, quick);
    expect(bin.commands()).toEqual([]);
  });
});

describe("a cluster is not entered", () => {
  it.each<[string, (typeof answers)[number], string]>([
    ["by whom it never allows", allowed(false), "got no"],
    ["by whom it never knows", refused(403), "got status 403"],
  ])("%s, and the message says who must do what", async (_, answer, got) => {
    bin.add("kubelogin", `echo '${credential}'`);
    answers = [answer];
    const config = await cluster();
    await expect(untilAllowed(config, { seconds: 0.05, pauseSeconds: 0.01 })).rejects.toThrow(
      `${config.clusters![0]!.cluster.server}: must let the deployer create namespaces within 0.05 s, ${got}; put whoever deploys into a group of azure.adminGroups, or name them in azure.deployer; a private API server is reached from its network only`,
    );
    expect(asked.length).toBeGreaterThan(1);
  });

  it("from where it is not reached", async () => {
    bin.add("kubelogin", `echo '${credential}'`);
    await expect(untilAllowed(kubeconfig("http://127.0.0.1:1"), { seconds: 0, pauseSeconds: 0 })).rejects.toThrow(/got .*ECONNREFUSED/);
  });

  it("without kubelogin, or with one that nobody has signed in to", async () => {
    await expect(untilAllowed(kubeconfig("http://127.0.0.1:1"), quick)).rejects.toThrow(
      "kubelogin: not found on PATH; the cluster's credentials are Entra ID's: install it",
    );
    bin.add("kubelogin", "echo 'please run az login' >&2; exit 1");
    await expect(untilAllowed(kubeconfig("http://127.0.0.1:1"), quick)).rejects.toThrow(
      "kubelogin get-token --login azurecli: please run az login; sign in, or set azure.login",
    );
  });
});
