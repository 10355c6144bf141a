import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";

import { fingerprint } from "../../lib/paths";
import { debian } from "../packages";
import type { Recipe } from "../recipe";

const daemons = ["runc", "containernetworking-plugins", "docker-registry", "iptables", "ipset", "conntrack", "busybox"];

/** Daemons and tools that Debian packages, unpacked and not installed. */
export const debianDaemons: Recipe = {
  name: "debian",
  version: process.arch,
  inputs: fingerprint(readFileSync("/etc/os-release"), ...daemons),
  diskMib: 500,
  expectedSeconds: 20,
  async build(into, report) {
    report("fetching and unpacking");
    await debian(daemons, into);
    // What Debian's alternatives would link when the package is installed.
    const links = path.join(into, "links");
    mkdirSync(links);
    for (const name of ["iptables", "ip6tables"]) {
      for (const suffix of ["", "-save", "-restore"]) symlinkSync("../usr/sbin/xtables-nft-multi", path.join(links, `${name}${suffix}`));
    }
  },
};
