export * from "./cilium";
export * from "./debian";
export * from "./engine";
export * from "./kubernetes";
export * from "./models";
export * from "./ollama";
export * from "./python";
export * from "./scanners";
