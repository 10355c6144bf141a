import { counter, deploymentOf, hours, podOf, replica, type Series } from "./series";

export const second = replica("chat", "aaaaa");
export const third = replica("chat", "bbbbb");
export const secondPod = podOf("chat").replace("x2x1z", "aaaaa");
export const server = `${podOf("chat")},container="server"`;
export const spec = (values: string): Series => ({ [`kube_deployment_spec_replicas{${deploymentOf("chat")}}`]: values });
export const available = (values: string): Series => ({ [`kube_deployment_status_replicas_available{${deploymentOf("chat")}}`]: values });
export const working = (labels: string, running = 4): Series => ({
  [`up{${labels}}`]: `1x${hours}`,
  [`vllm:num_requests_running{${labels}}`]: `${running}x${hours}`,
  [`vllm:generation_tokens_total{${labels}}`]: counter([hours, 500]),
});
export const repeated = (values: readonly (string | number)[]): string =>
  Array.from({ length: hours }, (_, minute) => values[minute % values.length]).join(" ");
export const step = (minutes: number): string => Array.from({ length: hours }, (_, minute) => Math.floor(minute / minutes)).join(" ");
export const burns = ["AvailabilityBurnFast", "AvailabilityBurnLong", "AvailabilityBurnSlow"];
