import { X509Certificate } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import type { Kubectl } from "./cluster";
import { UserError } from "./fault";
import { temporaryFolder } from "./temporary";

/** Days that a certificate holds, and before its end in which a new one is made. */
const validDays = 90;
const renewDays = 30;

/** The certificate of a host, as PEM. One is made where the Secret is not there, is of another host, or ends soon; its key is in the cluster alone. */
export async function selfSigned(kubectl: Kubectl, namespace: string, name: string, host: string): Promise<string> {
  const found = await kubectl([
    "get",
    "secret",
    name,
    "--namespace",
    namespace,
    "--ignore-not-found",
    "--output=jsonpath={.data.tls\\.crt}",
  ]);
  const certificate = Buffer.from(found, "base64").toString();
  if (found && holds(certificate, host)) return certificate;
  return renew(kubectl, namespace, name, host);
}

/** Makes a new certificate, whatever the old one is. */
export async function renew(kubectl: Kubectl, namespace: string, name: string, host: string): Promise<string> {
  const made = await make(host);
  const data = { "tls.crt": Buffer.from(made.certificate).toString("base64"), "tls.key": Buffer.from(made.key).toString("base64") };
  const secret = { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata: { name, namespace }, data };
  await kubectl(["apply", "--server-side", "--force-conflicts", "--filename=-"], JSON.stringify(secret));
  return made.certificate;
}

/** Whether a certificate is of a host, and will be for a while. */
export function holds(certificate: string, host: string): boolean {
  const { validTo, checkHost } = (() => {
    const parsed = new X509Certificate(certificate);
    return { validTo: new Date(parsed.validTo), checkHost: parsed.checkHost(host) };
  })();
  return checkHost !== undefined && validTo.getTime() - Date.now() > renewDays * 86_400_000;
}

/** Makes a certificate of a host, with its key; both as PEM. */
export async function make(host: string): Promise<{ certificate: string; key: string }> {
  const folder = temporaryFolder();
  const [key, certificate] = ["key.pem", "certificate.pem"].map((file) => path.join(folder, file)) as [string, string];
  try {
    const { failed, stderr } = await execa(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", String(validDays)],
        ...["-subj", `/CN=${host.slice(0, 64)}`, "-addext", `subjectAltName=DNS:${host}`, "-keyout", key, "-out", certificate],
      ],
      { reject: false },
    );
    if (failed) throw new UserError(`openssl made no certificate: ${stderr || "not found on PATH"}`, "install OpenSSL 3");
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
