import { defineConfig } from "vite";

/** GraphiQL, served by Gatehouse at /graphiql (src/gatehouse/api/ops/pages.py). */
export default defineConfig({
  root: "graphiql",
  base: "/graphiql/",
  build: {
    outDir: "../dist/graphiql",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's policy allows no data: scripts
    chunkSizeWarningLimit: 5000, // kB: the Monaco editor
    rolldownOptions: {
      onLog(level, log, report) {
        // "use client" in dependencies is for server rendering; there is none here
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
  worker: { format: "es" },
  server: { proxy: { "/graphql": "http://127.0.0.1:8080" } },
});
