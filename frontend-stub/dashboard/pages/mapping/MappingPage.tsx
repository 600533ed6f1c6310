import { useAsk } from "../../api/useAsk";
import { Missing, Shown } from "../../parts/states";
import { useTenant } from "../../shell/TenantGate";
import { Editor } from "./Editor";
import { MappingInForceDocument, type MappingInForceQuery } from "./generated/Editor";

/** What the mapping can give. */
export type Catalogue = Pick<NonNullable<MappingInForceQuery["tenant"]>, "roles" | "employeeGroups">;

/** The rules of a tenant: to read, and for those who may to change by a draft, of which a plan is made. */
export default function MappingPage() {
  const tenant = useTenant();
  const asked = useAsk(MappingInForceDocument, { tenantId: tenant.id });
  return (
    <Shown of={asked} what="the mapping" head="Mapping">
      {({ tenant: found }) =>
        found?.mapping ? (
          <Editor key={tenant.id} inForce={found.mapping} catalogue={found} onAgain={asked.again} />
        ) : (
          <Missing title="There is no mapping in your sight." />
        )
      }
    </Shown>
  );
}
