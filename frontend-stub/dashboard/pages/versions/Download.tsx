import { useState } from "react";
import { useClient } from "urql";

import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { useTenant } from "../../shell/TenantGate";
import { VersionTextDocument } from "./generated/Versions";

/** Gives a version as a YAML file, as `gatehouse mapping export` does. */
export function Download({ version }: { version: number }) {
  const tenant = useTenant();
  const client = useClient();
  const [hasFailed, setHasFailed] = useState(false);

  async function download() {
    const { data } = await client.query(VersionTextDocument, { tenantId: tenant.id, version }).toPromise();
    const text = data?.tenant?.mapping?.document;
    setHasFailed(text === undefined);
    if (text !== undefined) save(`# Mapping of ${tenant.slug}, version ${version}\n${text}`, `mapping-${tenant.slug}-${version}.yaml`);
  }

  return (
    <>
      <Button small onPress={download} aria-label={`YAML of version ${version}`}>
        <Icon name="download" /> YAML
      </Button>
      {hasFailed && <span role="alert">It could not be had.</span>}
    </>
  );
}

function save(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
