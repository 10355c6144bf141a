import type { Page } from "./settings-pages";

/** The page that the site begins with. */
export const homePage = (description: string): Page => ({
  path: "index.md",
  text: `---
layout: home
hero:
  name: slm-stack
  tagline: ${JSON.stringify(description)}
  actions:
    - { theme: brand, text: Start, link: /overview }
    - { theme: alt, text: Components, link: /reference/components/ }
    - { theme: alt, text: Settings, link: /reference/settings/ }
features:
  - { title: Serving, details: "Three engines, planned before anything is made, and proven by a pod that asks the model.", link: /docs/serving }
  - { title: Front door, details: "One OpenAI-compatible host before all models, with keys, TLS and limits.", link: /docs/gateway }
  - { title: Monitoring, details: "Objectives, alerts with runbooks, and dashboards.", link: /docs/monitoring }
  - { title: In your own program, details: "The same components, in TypeScript, YAML and Python.", link: /examples/ }
---
`,
});
