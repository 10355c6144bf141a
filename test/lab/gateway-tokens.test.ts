import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { labImage } from "../../lab/images-on-demand";
import { envoyGateway } from "../../tools/build/recipes";
import { enter } from "../../tools/lib/enter";
import { fetchAt } from "../../tools/lib/front-door";
import { Stack } from "../../tools/lib/stack";
import { installKinds } from "../support/install-kinds";
import { apply, kubectl, labEnvironment } from "../support/lab";

const name = "gateway-tokens-test";
const door = `${name}-door`;
const host = "models.example.test";
const [issuer, audience] = ["https://login.example.test", "slm"];

/** Consumers show tokens of an issuer that is only its keys here, and a certificate of a client. */
const environment = () =>
  labEnvironment(name, (settings) => {
    Object.assign(settings["slm:models"]["smollm2"]!, { coldStart: { loadSeconds: 300 } });
    Object.assign(settings, {
      "slm:gateway": {
        ...{ host, namespace: door, tls: "selfSigned", replicas: 1 },
        jwt: { issuer, audiences: [audience], claim: "azp", jwks: { configMap: "issuer" } },
        clientCertificates: { secret: "client-ca" },
      },
      "slm:consumers": { app: { models: ["smollm2"], subject: "1234" } },
    });
  });

const folder = mkdtempSync(path.join(tmpdir(), "slm-tokens-"));
const at = (file: string) => path.join(folder, file);
const [own, other] = [generateKeyPairSync("rsa", { modulusLength: 2048 }), generateKeyPairSync("rsa", { modulusLength: 2048 })];

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** A token that holds for a minute, with some claims changed. */
function token(claims: object = {}, key: KeyObject = own.privateKey): string {
  const said = { iss: issuer, aud: audience, azp: "1234", exp: Math.floor(Date.now() / 1000) + 60, ...claims };
  const signed = `${encoded({ alg: "RS256", kid: "first", typ: "JWT" })}.${encoded(said)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key).toString("base64url")}`;
}

/** An authority of clients, and a certificate of it. */
async function authority(called: string): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
  const openssl = (...args: string[]) => execa("openssl", args, { cwd: folder });
  await openssl("req", "-x509", ...key, "-subj", `/CN=${called}`, "-days", "2", "-keyout", `${called}.key`, "-out", `${called}.crt`);
  await openssl("req", ...key, "-subj", "/CN=client", "-keyout", `${called}-client.key`, "-out", `${called}.csr`);
  const signer = ["-CA", `${called}.crt`, "-CAkey", `${called}.key`, "-CAcreateserial"];
  await openssl("x509", "-req", "-in", `${called}.csr`, ...signer, "-days", "1", "-out", `${called}-client.crt`);
}
const certificateOf = (called: string) => ({
  cert: readFileSync(at(`${called}-client.crt`), "utf8"),
  key: readFileSync(at(`${called}-client.key`), "utf8"),
});

let asker: (client?: { cert: string; key: string }) => typeof fetch;
beforeAll(async () => {
  for (const image of ["envoy", "envoy-gateway"] as const) await labImage(image);
  await installKinds(envoyGateway);
  for (const called of ["trusted", "unknown"]) await authority(called);
  await (await Stack.open(environment())).destroy();
  const stack = await Stack.open(environment());
  await stack.up();
  const jwks = { keys: [{ ...own.publicKey.export({ format: "jwk" }), kid: "first", alg: "RS256", use: "sig" }] };
  const metadata = (called: string) => ({ name: called, namespace: door });
  await apply(
    { apiVersion: "v1", kind: "ConfigMap", metadata: metadata("issuer"), data: { jwks: JSON.stringify(jwks) } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: metadata("client-ca"),
      stringData: { "ca.crt": readFileSync(at("trusted.crt"), "utf8") },
    },
  );
  vi.stubEnv("TOKEN", token());
  vi.stubEnv("CLIENT_CERTIFICATE", at("trusted-client.crt"));
  vi.stubEnv("CLIENT_KEY", at("trusted-client.key"));
  await enter(stack, await stack.outputs());
  const address = await kubectl("get", "service", "front-door", "--namespace", door, "--output=jsonpath={.spec.clusterIP}");
  const ca = Buffer.from(
    await kubectl("get", "secret", "front-door-self-signed", "--namespace", door, "--output=jsonpath={.data.tls\\.crt}"),
    "base64",
  ).toString();
  asker = (client) => fetchAt({ address, host, ca, ...(client ? { client } : {}) });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  await (await Stack.open(environment())).destroy();
});

const models = async (shown: string, client = certificateOf("trusted")) => {
  const response = await asker(client)(`https://${host}/v1/models`, { headers: { authorization: `Bearer ${shown}` } });
  const { data, error } = (await response.json()) as { data?: { id: string }[]; error?: { code: string } };
  return data?.map(({ id }) => id) ?? `${response.status} ${error!.code}`;
};

describe("a token", () => {
  it("of the issuer lets its consumer in", async () => expect(await models(token())).toEqual(["smollm2"]));
  it.each<[string, () => string]>([
    ["that another signed", () => token({}, other.privateKey)],
    ["of another issuer", () => token({ iss: "https://other.example" })],
    ["that has run out", () => token({ exp: Math.floor(Date.now() / 1000) - 120 })],
    ["of nobody that is a consumer", () => token({ azp: "5678" })],
    ["that names a consumer and no subject", () => token({ azp: "app.1" })],
    ["that is none", () => "slm-key"],
  ])("%s lets nobody in", async (_what, made) => expect(await models(made())).toBe("401 invalid_api_key"));
  it("for somebody else may use nothing: Envoy knows who asks, and that it is not for us", async () =>
    expect(await models(token({ aud: "other" }))).toBe("403 model_not_allowed"));
});

describe("a client", () => {
  it("that shows no certificate gets no answer, whatever its token", async () => {
    await expect(asker()(`https://${host}/v1/models`, { headers: { authorization: `Bearer ${token()}` } })).rejects.toThrow(
      /certificate required|ECONNRESET|socket hang up|alert/,
    );
  });
  it("that shows one of an unknown authority gets no answer", async () => {
    await expect(models(token(), certificateOf("unknown"))).rejects.toThrow(/unknown ca|ECONNRESET|socket hang up|alert|decrypt/);
  });
});

it("an answer comes through", async () => {
  const response = await asker(certificateOf("trusted"))(`https://${host}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${token()}` },
    body: JSON.stringify({ model: "smollm2", max_tokens: 8, temperature: 0, messages: [{ role: "user", content: "Say hello." }] }),
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-slm-served")).toBe("smollm2");
});
