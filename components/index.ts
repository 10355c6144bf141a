/** The public API: components, and the types of their arguments. Components on Azure are under `slm-stack/azure`, so that its SDK is loaded by who uses it. */

export type { Consumer, RoutedModel } from "../lib/gateway/access";
export type { RequestLimits } from "../lib/gateway/limits";
export { type Fault, faultMessage } from "../lib/planner/fault";
export { plan } from "../lib/planner/plan";
export type { EnvironmentPlan, ModelPlan, ModelRequest, PlanRequest } from "../lib/planner/types";
export type { Volume } from "../lib/weights/identity";
export type { Lock } from "../lib/weights/lock";
export type { Weights, WeightsSource } from "../lib/weights/source";
export { Environment, type EnvironmentArgs, type PlannedEnvironmentArgs } from "./environment/environment";
export type { Controller, GatewayArgs, Tls } from "./gateway/args";
export { EnvoyGateway, type EnvoyGatewayArgs } from "./gateway/envoy-gateway";
export { Gateway } from "./gateway/gateway";
export { Monitoring } from "./monitoring/monitoring";
export type { AzureArgs, MonitoringArgs, OperatorArgs, StandaloneArgs } from "./monitoring/settings";
export { ModelNamespace, type ModelNamespaceArgs } from "./namespace/model-namespace";
export type { Client, WeightsPath } from "./namespace/paths";
export { KubernetesSecretStore } from "./secrets/kubernetes-secret-store";
export type { SecretMount, SecretStore, Workload } from "./secrets/secret-store";
export { fromPlan } from "./serving/from-plan";
export { Model, type ModelArgs, type PlannedModelArgs } from "./serving/model";
export { type Measured, ModelEndpoint, type ModelEndpointArgs } from "./serving/model-endpoint";
export type { Modelfile } from "./serving/ollama-models";
export { OllamaServer, type OllamaServerArgs } from "./serving/ollama-server";
export { OnnxServer, type OnnxServerArgs } from "./serving/onnx-server";
export type { ModelServer } from "./serving/server";
export type { Nodes, PodOptions, Resources, Rollout, ServerArgs, StartBudget } from "./serving/server-args";
export { type Telemetry, VllmServer, type VllmServerArgs } from "./serving/vllm-server";
