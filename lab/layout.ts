import path from "node:path";

import { UserError } from "../tools/lib/fault";
import { labHome, labName, workDir } from "../tools/lib/paths";

/** Addresses of one lab, all from one /16 that nobody else uses: by default the first half of RFC 2544's benchmark range. */
export interface Network {
  /** The whole /16. */
  range: string;
  /** This machine's end of the link to the lab. */
  host: string;
  /** The node: API server, registry, CoreDNS' upstream. */
  node: string;
  services: string;
  apiService: string;
  dns: string;
  pods: string;
  podGateway: string;
}

/** Replaces the default range; a /16 such as `10.213.0.0/16`. */
const networkVariable = "SLM_LAB_NETWORK";

export function network(range = process.env[networkVariable] || "198.18.0.0/16"): Network {
  const [, prefix] = /^(\d{1,3}\.\d{1,3})\.0\.0\/16$/.exec(range) ?? [];
  if (!prefix || prefix.split(".").some((part) => Number(part) > 255)) {
    throw new UserError(
      `${networkVariable}: "${range}" is not a /16`,
      `write it as ${networkVariable}=10.213.0.0/16, a range that this machine does not use`,
    );
  }
  return {
    range,
    host: `${prefix}.0.1`,
    node: `${prefix}.0.2`,
    services: `${prefix}.64.0/18`,
    apiService: `${prefix}.64.1`,
    dns: `${prefix}.64.10`,
    pods: `${prefix}.128.0/17`,
    podGateway: `${prefix}.128.1`,
  };
}

export const nodeName = "slm-lab";
/** This machine's network interface to the lab; there is one, and it goes when the lab goes. The kernel allows 15 characters. */
export const hostInterface = `slm-${labName}`.slice(0, 15);
/** Control group that holds the lab's pods. */
export const controlGroup = `slm-${labName}`;
export const registryPort = 5000;

const at = (...parts: string[]): string => path.join(labHome, ...parts);

/** Files of the lab, as seen from outside; inside, `var` is mounted over /var. */
export const files = {
  owner: at("owner"),
  wanted: at("run/wanted"),
  run: at("run"),
  initPid: at("run/init.pid"),
  /** Held by a kernel lock as long as the lab's namespaces live. */
  initLock: at("run/init.lock"),
  watchdogLocks: [at("run/watchdog-a.lock"), at("run/watchdog-b.lock")],
  supervisorSocket: at("run/supervisor.sock"),
  config: at("etc"),
  pki: at("etc/pki"),
  /** Credentials of the cluster's administrator. */
  admin: at("etc/super-admin.conf"),
  var: at("var"),
  logs: at("var/log"),
  /** State of the Pulumi stacks that live in this lab: it goes with the lab. */
  pulumiState: at("pulumi"),
  passphrase: at("pulumi-passphrase"),
  kubeconfig: path.join(workDir, labName, "kubeconfig"),
  images: path.join(workDir, labName, "images.json"),
} as const;
