import { PolicyPack } from "@pulumi/policy";

import { rules } from "./rules";

new PolicyPack("slm", { policies: [...rules], enforcementLevel: "mandatory" });
