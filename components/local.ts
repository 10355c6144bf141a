/** Components on a Docker engine. Importing this loads Docker's SDK. @module slm-stack/local */
export type { LocalEnvironmentArgs, PlannedLocalEnvironmentArgs } from "./local/local-environment";
export { LocalEnvironment } from "./local/local-environment";
export { LocalGateway, type LocalGatewayArgs } from "./local/local-gateway";
export { LocalModel, type LocalModelArgs } from "./local/local-model";
