import { PolicyPack } from "@pulumi/policy";

new PolicyPack("slm", { policies: [] });
