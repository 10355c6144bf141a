import { compiled } from "./compiled";

/** What signs images, and verifies them: cosign 2, whose flags `make sign` uses. It carries the key stores of every cloud, which is why it takes so long. */
export const cosign = compiled(
  { name: "cosign", version: "2.6.1", diskMib: 3000, expectedSeconds: 300 },
  {
    module: "cosign",
    packages: ["github.com/sigstore/cosign/v2/cmd/cosign"],
    set: ["sigs.k8s.io/release-utils/version.gitVersion=v2.6.1"],
  },
);
