import { createContext, useContext } from "react";
import { Outlet, useParams } from "react-router";

import { useAsk } from "../api/useAsk";
import type { Permission } from "../generated/schema";
import { Empty, Shown } from "../parts/states";
import { PermissionsDocument, TenantInSightDocument, type TenantInSightQuery } from "./generated/Shell";

export type TenantInSight = NonNullable<TenantInSightQuery["tenant"]>;

const TenantContext = createContext<TenantInSight | null>(null);

/** The tenant whose page this is. */
export function useTenant(): TenantInSight {
  const tenant = useContext(TenantContext);
  if (!tenant) throw new Error("useTenant is used outside of a tenant's page");
  return tenant;
}

/** Whether the viewer may do something in the tenant whose page this is; false until that is known. */
export function useMay(permission: Permission): boolean {
  const { data } = useAsk(PermissionsDocument, { tenantId: useTenant().id });
  return data?.viewer.permissions.includes(permission) ?? false;
}

/** Finds the tenant of the address; its pages are inside. */
export function TenantGate() {
  const { slug = "" } = useParams();
  const asked = useAsk(TenantInSightDocument, { slug });
  return (
    <Shown of={asked} what="the tenant">
      {({ tenant }) =>
        tenant ? (
          <TenantContext value={tenant}>
            <Outlet />
          </TenantContext>
        ) : (
          <Empty title="There is no such tenant in your sight." />
        )
      }
    </Shown>
  );
}
