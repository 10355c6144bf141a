import { nodeName } from "../../lab/layout";
import { apply, kubectl, post } from "./lab";

/** Says of a node whether pods that ask for it may go there, while a node is lost. */
export const markLabel = "slm-test/node";
/** Marks the lab's own node. */
export const mark = (value: "yes" | "no"): Promise<string> => kubectl("label", "node", nodeName, `${markLabel}=${value}`, "--overwrite");

/** A node on which nobody starts pods, closed to the scheduler, so that it is given no other test's. */
const node = {
  ...{ apiVersion: "v1", kind: "Node", metadata: { name: "slm-lost" } },
  spec: { taints: [{ key: "slm-test/lost", effect: "NoSchedule" }] },
};

/** Gives a pod that waits for a node to one that is then lost: Kubernetes ends such a pod after 40 seconds or more. */
export async function loseNodeOf(namespace: string, pod: string): Promise<void> {
  await apply(node);
  const binding = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: pod },
    target: { apiVersion: "v1", kind: "Node", name: node.metadata.name },
  };
  await post(`/api/v1/namespaces/${namespace}/pods/${pod}/binding`, binding);
  await kubectl("delete", "node", node.metadata.name);
}
