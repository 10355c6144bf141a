import { execFile } from "node:child_process";
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import type { ClusterEntry, Exec, Kubeconfig } from "../../lib/azure/kubeconfig";

/** How long a new role may take to be known, which is five minutes (azure-aks-docs, manage-azure-rbac.md), and as much again. */
export interface Polling {
  readonly seconds: number;
  /** Between two questions. */
  readonly pauseSeconds: number;
}

const defaultPolling: Polling = { seconds: 600, pauseSeconds: 10 };

/** Seconds that the API server may take to answer once. */
const answerSeconds = 30;

/**
 * Waits until the cluster lets whoever runs the program in. A role that was just given is known minutes later, and the Kubernetes provider
 * takes the 403 of that time for an answer. Credentials without a login of their own have nothing to wait for.
 */
export async function untilAllowed({ clusters, users }: Kubeconfig, { seconds, pauseSeconds }: Polling = defaultPolling): Promise<void> {
  const [cluster, exec] = [clusters?.[0]?.cluster, users?.[0]?.user.exec];
  if (!cluster || !exec) return;
  const token = await tokenOf(exec);
  const deadline = Date.now() + seconds * 1000;
  for (let answer = "nothing"; answer !== "yes"; await sleep(pauseSeconds * 1000)) {
    answer = await mayCreate(cluster, token);
    if (answer === "yes") return;
    if (Date.now() + pauseSeconds * 1000 >= deadline)
      throw new pulumi.RunError(
        `${cluster.server}: must let the deployer create namespaces within ${seconds} s, got ${answer}; ` +
          "put whoever deploys into a group of azure.adminGroups, or name them in azure.deployer; a private API server is reached from its network only",
      );
  }
}

async function tokenOf({ command, args, apiVersion }: Exec): Promise<string> {
  const asked = JSON.stringify({ apiVersion, kind: "ExecCredential", spec: { interactive: false } });
  try {
    const { stdout } = await promisify(execFile)(command, [...(args ?? [])], { env: { ...process.env, KUBERNETES_EXEC_INFO: asked } });
    return (JSON.parse(stdout) as { status: { token: string } }).status.token;
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    if (code === "ENOENT") throw new pulumi.RunError(`${command}: not found on PATH; the cluster's credentials are Entra ID's: install it`);
    throw new pulumi.RunError(`${[command, ...(args ?? [])].join(" ")}: ${(stderr || message).trim()}; sign in, or set azure.login`);
  }
}

/** Asks the API server whether the first thing that a stack makes may be made; anything but "yes" is why not. */
async function mayCreate({ server, "certificate-authority-data": authority }: ClusterEntry, token: string): Promise<string> {
  const review = { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1" };
  const spec = { resourceAttributes: { verb: "create", resource: "namespaces" } };
  const url = `${server.replace(/\/$/, "")}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`;
  try {
    const { status, text } = await post(url, JSON.stringify({ ...review, spec }), token, authority);
    if (status >= 300) return `status ${status}`;
    return (JSON.parse(text) as { status?: { allowed?: boolean } }).status?.allowed ? "yes" : "no";
  } catch (error) {
    return (error as Error).message;
  }
}

function post(url: string, body: string, token: string, authority: string | undefined): Promise<{ status: number; text: string }> {
  const ca = authority ? { ca: Buffer.from(authority, "base64") } : {};
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith("https:") ? https : http;
    const call = request(url, { method: "POST", headers, timeout: answerSeconds * 1000, ...ca }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${answerSeconds} s`)));
    call.on("error", reject);
    call.end(body);
  });
}
