/** Fails the build when what a browser needs before the first page shows weighs too much. */
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** @param limit in kB (1,000 bytes) after gzip: scripts and styles that index.html asks for. */
export function firstLoad(limit: number): Plugin {
  return {
    name: "gatehouse:first-load",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const page = bundle["index.html"];
      if (page?.type !== "asset") throw new Error("there is no index.html");
      const parts = Object.values(bundle).filter(({ fileName }) => String(page.source).includes(`/${fileName}`) && /\.(js|css)$/.test(fileName));
      const bytes = parts.map((part) => gzipSync(part.type === "chunk" ? part.code : part.source).length);
      const total = bytes.reduce((sum, each) => sum + each, 0) / 1000;
      this.info(`First load: ${total.toFixed(0)} kB of ${limit} after gzip, in ${parts.length} files`);
      if (total > limit) this.error(`The first load is ${total.toFixed(0)} kB after gzip, more than ${limit}`);
    },
  };
}
