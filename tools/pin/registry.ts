import { createHash } from "node:crypto";

import { Failure } from "../lib/fault";
import type { Credentials } from "./credentials";
import type { Reference } from "./reference";

/** What a tag names at the moment. */
export interface Tagged {
  readonly digest: string;
  /** Platforms of an index, as `linux/amd64`; empty: the tag is an image of one platform. */
  readonly platforms: readonly string[];
}

/** How a registry is asked. */
export interface Access {
  /** What is shown to the registry of a host. @default nothing */
  readonly credentials?: (host: string) => Promise<Credentials | undefined>;
  /** Whether a host speaks no TLS. @default those of this machine */
  readonly plain?: (host: string) => boolean;
}

/** Seconds that a registry may take to answer. */
const answerSeconds = 30;

/** Images and lists of them by platform, in OCI's and in Docker's form. */
const kinds = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const onThisMachine = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);

/** The digest that a tag has in its registry (OCI distribution specification 1.1), made from what the registry sent. */
export async function resolveTag(reference: Reference, access: Access = {}): Promise<Tagged> {
  const { host, repository, tag } = reference;
  const name = `${host}/${repository}:${tag}`;
  const { plain = onThisMachine } = access;
  const api = host === "docker.io" ? "registry-1.docker.io" : host;
  const url = `${plain(host) ? "http" : "https"}://${api}/v2/${repository}/manifests/${tag}`;
  const first = await ask(name, url, { accept: kinds });
  const response =
    first.status === 401 ? await ask(name, url, { accept: kinds, ...(await signIn(name, first, reference, access)) }) : first;
  if (!response.ok) throw new Failure(`${name}: ${refusal(response, host)}`);
  const text = await response.text();
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  const reported = response.headers.get("docker-content-digest");
  if (reported && reported !== digest)
    throw new Failure(`${name}: ${host} says that its digest is ${reported}, and sent what has ${digest}`);
  return { digest, platforms: platformsOf(text) };
}

async function ask(name: string, url: string, headers: Record<string, string>, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, headers, signal: AbortSignal.timeout(answerSeconds * 1000) });
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Failure(`${name}: ${new URL(url).host} does not answer: ${cause instanceof Error ? cause.message : message}`);
  }
}

/** Answers the challenge of a registry (RFC 7235): with a name and its secret, or with a token of the server that it names. */
async function signIn(name: string, { headers }: Response, reference: Reference, { credentials }: Access): Promise<Record<string, string>> {
  const challenge = headers.get("www-authenticate") ?? "";
  const own = await credentials?.(reference.host);
  const basic: Record<string, string> =
    own && "user" in own ? { authorization: `Basic ${Buffer.from(`${own.user}:${own.secret}`).toString("base64")}` } : {};
  const { realm, service } = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  if (!/^bearer /i.test(challenge) || !realm) return basic;
  const scope = `repository:${reference.repository}:pull`;
  const query = new URLSearchParams({ ...(service ? { service } : {}), scope });
  const response =
    own && "refreshToken" in own
      ? await ask(name, realm, {}, { method: "POST", body: traded(query, own.refreshToken) })
      : await ask(name, `${realm}?${query}`, basic);
  if (!response.ok) throw new Failure(`${name}: ${refusal(response, reference.host)}`);
  const { token, access_token } = (await response.json()) as { token?: string; access_token?: string };
  return { authorization: `Bearer ${token ?? access_token}` };
}

/** What OAuth calls a refresh (distribution, spec/auth/oauth.md). */
const traded = (query: URLSearchParams, refreshToken: string): URLSearchParams =>
  new URLSearchParams({ ...Object.fromEntries(query), grant_type: "refresh_token", refresh_token: refreshToken, client_id: "slm-stack" });

function refusal({ status, headers }: Response, host: string): string {
  if (status === 404) return `${host} has no such tag`;
  if (status === 401 || status === 403) return `${host} lets nobody in without an account (${status}): docker login ${host}`;
  if (status !== 429) return `${host} answered ${status}`;
  const seconds = headers.get("retry-after");
  return `${host} was asked too often (429): try again ${seconds ? `in ${seconds} s` : "later"}, or docker login ${host}`;
}

function platformsOf(text: string): string[] {
  const { manifests = [] } = JSON.parse(text) as { manifests?: { platform?: { os: string; architecture: string } }[] };
  return manifests.flatMap(({ platform }) => (platform && platform.os !== "unknown" ? [`${platform.os}/${platform.architecture}`] : []));
}
