import { defineConfig } from "vitest/config";

import { firstLoad } from "./steps/firstLoad.ts";
import { trustedDocuments } from "./steps/trustedDocuments.ts";

/** The dashboard, served by Gatehouse at /admin/ (src/gatehouse/api/ops/pages.py). */
export default defineConfig({
  root: "dashboard",
  base: "/admin/",
  build: {
    outDir: "../dist/admin",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's policy allows no data: scripts
    rolldownOptions: {
      onLog(level, log, report) {
        // "use client" in dependencies is for server rendering; there is none here
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
  plugins: [trustedDocuments("dashboard"), firstLoad(200)],
  server: {
    proxy: {
      "/graphql": { target: "http://127.0.0.1:8080", ws: true },
      "/admin/session": "http://127.0.0.1:8080",
      "/readyz": "http://127.0.0.1:8080",
    },
  },
  test: { environment: "node" },
});
