import { expect, it } from "vitest";

import { gpuTaint, gpuTaints, parseTaint, spotTaint, tolerationsOf } from "../../lib/taints";

it.each([
  ["sku=gpu:NoSchedule", { key: "sku", value: "gpu", effect: "NoSchedule" }],
  ["nvidia.com/gpu:NoExecute", { key: "nvidia.com/gpu", value: "", effect: "NoExecute" }],
  ["team=:PreferNoSchedule", { key: "team", value: "", effect: "PreferNoSchedule" }],
  ["sku=gpu", { key: "sku", value: "gpu", effect: "" }],
  ["sku", { key: "sku", value: "", effect: "" }],
  ["a=b=c:NoSchedule", { key: "a", value: "b=c", effect: "NoSchedule" }],
  ["a:b:NoSchedule", { key: "a:b:NoSchedule", value: "", effect: "" }],
  ["x a=b:NoSchedule:", { key: "x a=b:NoSchedule:", value: "", effect: "" }],
])("reads %s", (text, taint) => expect(parseTaint(text)).toEqual(taint));

it("tolerates a value where there is one, else whatever value the key has", () => {
  expect(tolerationsOf(["sku=gpu:NoSchedule", "dedicated:NoExecute"])).toEqual([
    { key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" },
    { key: "dedicated", operator: "Exists", effect: "NoExecute" },
  ]);
});

it("says the same once, in the order of its first mention", () => {
  expect(tolerationsOf(["b:NoSchedule", "a:NoSchedule", "b:NoSchedule"]).map(({ key }) => key)).toEqual(["b", "a"]);
  expect(tolerationsOf([])).toEqual([]);
});

it("knows the taints of GPU pools and of spot pools", () => {
  expect(gpuTaint).toBe("sku=gpu:NoSchedule");
  expect(gpuTaints).toEqual(["sku=gpu:NoSchedule", "nvidia.com/gpu:NoSchedule", "nvidia.com/gpu=present:NoSchedule"]);
  expect(spotTaint).toBe("kubernetes.azure.com/scalesetpriority=spot:NoSchedule");
});
