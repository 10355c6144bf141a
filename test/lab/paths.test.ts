import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { network } from "../../lab/layout";
import { Stack } from "../../tools/lib/stack";
import { apply, digests, kubectl, labEnvironment } from "../support/lab";

const name = "paths-test";
const friend = "paths-friend-test";
const stranger = "paths-stranger-test";

const environment = () =>
  labEnvironment(name, (settings) => {
    Object.assign(settings, { "slm:clients": [{ namespace: friend }] });
  });

/** A restricted pod in which tests ask, and which itself serves at port 8000: what is refused there is refused by a rule, not by silence. */
const idle = (namespace: string): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "idle", namespace },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        ...{ name: "idle", image: digests()["python"], command: ["python3", "-m", "http.server", "8000", "--directory", "/tmp"] },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
});

const python = (namespace: string, pod: string, code: string) =>
  kubectl("exec", "--namespace", namespace, pod, "--", "python3", "-c", code).catch((error: Error) => error.message);
const get = (url: string) => `import urllib.request as u; print(u.urlopen("${url}", timeout=4).status)`;
const connect = (host: string, port: number) => `import socket; socket.create_connection(("${host}", ${port}), 4); print("open")`;
const refused = /refused|timed out/;

let server: string;
beforeAll(async () => {
  const stack = await Stack.open(environment());
  await stack.destroy(); // what a failed run of these tests left
  await kubectl("delete", "namespace", friend, stranger, "--ignore-not-found");
  await (await Stack.open(environment())).up();
  await apply(...[friend, stranger].map((namespace) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })));
  await apply(...[name, friend, stranger].map(idle));
  for (const namespace of [name, friend, stranger])
    await kubectl("wait", "pod/idle", "--namespace", namespace, "--for=condition=Ready", "--timeout=120s");
  server = (await kubectl("get", "pods", "--namespace", name, "--selector=slm-stack/role=server", "--output=name")).trim();
});
afterAll(async () => {
  for (const namespace of [friend, stranger]) await kubectl("delete", "namespace", namespace, "--ignore-not-found");
  await (await Stack.open(environment())).destroy();
});

describe("a model is reached", () => {
  const models = `http://smollm2.${name}/v1/models`;
  it("by the namespace that the environment names", async () => expect(await python(friend, "idle", get(models))).toBe("200"));
  it("by no other namespace", async () => expect(await python(stranger, "idle", get(models))).toMatch(refused));
  it("by no other pod of its own namespace", async () => expect(await python(name, "idle", get(models))).toMatch(refused));
});

describe("from the namespace of the models", () => {
  it.each([
    ["the API server", () => connect(network().apiService, 443)],
    ["the registry of the lab, as any address outside", () => connect(network().node, 5000)],
    ["another namespace", async () => connect(await podAddress(friend), 8000)],
  ])("no pod reaches %s, which others do reach", async (_what, code) => {
    expect(await python(stranger, "idle", await code())).toBe("open");
    expect(await python(name, "idle", await code())).toMatch(refused);
  });

  it("names are still looked up", async () => {
    expect(await python(name, "idle", `import socket; print(socket.gethostbyname("smollm2.${name}.svc.cluster.local"))`)).toMatch(
      /^198\.|^10\./,
    );
  });
});

const podAddress = (namespace: string) => kubectl("get", "pod", "idle", "--namespace", namespace, "--output=jsonpath={.status.podIP}");
const inServer = (...command: string[]) =>
  kubectl("exec", "--namespace", name, server, "--container=ollama", "--", ...command).catch((error: Error) => error.message);

describe("a server", () => {
  it("cannot write its root filesystem", async () => expect(await inServer("touch", "/bin/x")).toMatch(/Read-only file system/));
  it("has no credentials of the cluster", async () =>
    expect(await inServer("ls", "/var/run/secrets/kubernetes.io")).toMatch(/No such file/));
  it("has no capabilities and gains none", async () => {
    const status = await inServer("grep", "-E", "^(CapEff|CapBnd|NoNewPrivs)", "/proc/1/status");
    expect(status.replaceAll("\t", " ").split("\n")).toEqual(["CapEff: 0000000000000000", "CapBnd: 0000000000000000", "NoNewPrivs: 1"]);
  });
});

it("a pod that asks for more than the restricted level is refused, and so is a Service that opens a way in", async () => {
  const privileged = await kubectl("run", "root", "--namespace", name, `--image=${digests()["busybox"]}`).catch(
    (error: Error) => error.message,
  );
  expect(privileged).toContain('violates PodSecurity "restricted');
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "open", namespace: name },
    spec: { type: "NodePort", ports: [{ port: 80 }] },
  };
  expect(await apply(service).catch((error: Error) => error.message)).toContain("exceeded quota");
});
