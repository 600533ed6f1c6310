import { defineConfig } from "vite";

/** The dashboard, served by Gatehouse at /admin/ (src/gatehouse/api/ops/pages.py). */
export default defineConfig({
  root: "dashboard",
  base: "/admin/",
  build: {
    outDir: "../dist/admin",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's policy allows no data: scripts
  },
  server: { proxy: { "/graphql": "http://127.0.0.1:8080" } },
});
