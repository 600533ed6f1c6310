import type { CodegenConfig } from "@graphql-codegen/cli";

/** Types of the schema in dashboard/generated/schema.ts; beside each *.graphql file, in generated/, its documents and their types. */
const config: CodegenConfig = {
  schema: "../schema.graphql",
  documents: "dashboard/**/*.graphql",
  silent: true,
  config: {
    useTypeImports: true,
    enumsAsTypes: true,
    scalars: { Cursor: "string", DateTime: "string", JSON: "unknown", UUID: "string" },
    defaultScalarType: "unknown",
    skipTypename: true,
    arrayInputCoercion: false,
  },
  generates: {
    "dashboard/generated/schema.ts": { plugins: ["typescript"] },
    "dashboard/": {
      preset: "near-operation-file",
      presetConfig: { baseTypesPath: "generated/schema.ts", extension: ".ts", folder: "generated" },
      plugins: ["typescript-operations", "typed-document-node"],
    },
  },
};

export default config;
