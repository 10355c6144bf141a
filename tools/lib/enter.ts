import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import OpenAI from "openai";
import { selfSignedSecret } from "../../components/environment/gateway";
import { verifierConsumer } from "../../lib/gateway/access";
import type { Through } from "../ask";
import { inCluster, type Kubectl } from "./cluster";
import { Failure, UserError } from "./fault";
import { fetchAt } from "./front-door";
import { Keys } from "./keys";
import { SecretKeys } from "./secret-keys";
import { selfSigned } from "./self-signed";
import type { ClusterDoor, Outputs, Stack } from "./stack";

/** Seconds that a front door may take until a new key opens it: Envoy's pods start, and are reported. */
const timeoutSeconds = 180;

/** Makes what a front door lacks that no state may hold: its certificate, where it is self-signed, and the environment's own key. Waits until it opens. */
export async function enter(stack: Stack, outputs: Outputs): Promise<Through> {
  const { gateway } = stack.environment.environment;
  const { url, namespace, service } = outputs.frontDoor as ClusterDoor;
  return inCluster(stack, outputs, async (kubectl) => {
    const ca = gateway!.tls === "selfSigned" ? await selfSigned(kubectl, namespace, selfSignedSecret, gateway!.host) : undefined;
    const apiKey = gateway!.jwt ? tokenOf(stack) : await new Keys(new SecretKeys(kubectl, namespace)).any(verifierConsumer);
    const address = await addressOf(kubectl, namespace, service);
    const client = gateway!.clientCertificates ? { client: clientCertificate() } : {};
    const through = { apiKey, fetch: fetchAt({ address, host: gateway!.host, ...(ca ? { ca } : {}), ...client }) };
    await opened(url, through);
    return through;
  });
}

/** A token of whoever runs this: no issuer gives the environment one. */
function tokenOf({ environment }: Stack): string {
  const token = process.env["TOKEN"];
  if (token) return token;
  throw new UserError(
    `the front door of ${environment.name} asks for tokens, and TOKEN is not set`,
    `TOKEN="$(…)" make up: one that ${environment.environment.gateway!.jwt!.issuer} issued to a consumer; or ask the models yourself`,
  );
}

/** The certificate by which whoever runs this is let in. */
function clientCertificate(): { cert: string; key: string } {
  const { CLIENT_CERTIFICATE: cert, CLIENT_KEY: key } = process.env;
  if (cert && key) return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  throw new UserError(
    "the front door asks for client certificates, and CLIENT_CERTIFICATE and CLIENT_KEY are not set",
    "name two PEM files: CLIENT_CERTIFICATE=client.crt CLIENT_KEY=client.key make up",
  );
}

/** What a Service is reached by: the address that a cloud gave it, or its own in the cluster's network. */
async function addressOf(kubectl: Kubectl, namespace: string, service: string): Promise<string> {
  for (const end = Date.now() + timeoutSeconds * 1000; Date.now() < end; await sleep(1000)) {
    const found = await kubectl(["get", "service", service, "--namespace", namespace, "--ignore-not-found", "--output=json"]);
    if (!found) continue;
    const { spec, status } = JSON.parse(found) as {
      spec: { type: string; clusterIP: string };
      status: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
    };
    const [{ ip, hostname } = {}] = status.loadBalancer?.ingress ?? [];
    const address = spec.type === "LoadBalancer" ? (ip ?? hostname) : spec.clusterIP;
    if (address) return address;
  }
  throw new Failure(`the Service ${service} of ${namespace} got no address in ${timeoutSeconds} s; kubectl describe gateway says why`);
}

export async function opened(baseURL: string, { apiKey, fetch }: Through): Promise<void> {
  const client = new OpenAI({ baseURL, apiKey: apiKey!, fetch: fetch!, maxRetries: 0, timeout: 10_000 });
  let last = "";
  for (const end = Date.now() + timeoutSeconds * 1000; Date.now() < end; await sleep(1000)) {
    try {
      await client.models.list();
      return;
    } catch (error) {
      last = (error as Error).message;
    }
  }
  throw new Failure(`the front door ${baseURL} did not open in ${timeoutSeconds} s: ${last}`);
}
