import { createContext, useContext, useMemo } from "react";
import { Outlet, useLocation, useParams } from "react-router";

import { useAsk } from "../api/useAsk";
import type { Permission } from "../generated/schema";
import { Missing, Shown } from "../parts/states";
import { headAt } from "../routes";
import { PermissionsDocument, TenantInSightDocument, type TenantInSightQuery } from "./generated/Shell";

export type TenantInSight = NonNullable<TenantInSightQuery["tenant"]>;

interface Here {
  tenant: TenantInSight;
  permissions: readonly Permission[];
}

const HereContext = createContext<Here | null>(null);

function useHere(): Here {
  const here = useContext(HereContext);
  if (!here) throw new Error("this is used outside of a tenant's page");
  return here;
}

/** The tenant whose page this is. */
export const useTenant = (): TenantInSight => useHere().tenant;

/** Whether the viewer may do something in the tenant whose page this is. */
export const useMay = (permission: Permission): boolean => useHere().permissions.includes(permission);

/** The same for what pages without a tenant show too: those are for who may everywhere. */
export const useMayHere = (permission: Permission): boolean => useContext(HereContext)?.permissions.includes(permission) ?? true;

/** Finds the tenant of the address and what the viewer may do there; its pages are inside. */
export function TenantGate() {
  const { slug = "" } = useParams();
  const head = headAt(useLocation().pathname);
  const asked = useAsk(TenantInSightDocument, { slug });
  return (
    <Shown of={asked} what="the tenant" head={head}>
      {({ tenant }) => (tenant ? <Inside key={tenant.id} tenant={tenant} head={head} /> : <Missing title="There is no such tenant in your sight." />)}
    </Shown>
  );
}

function Inside({ tenant, head }: { tenant: TenantInSight; head: string }) {
  const asked = useAsk(PermissionsDocument, { tenantId: tenant.id });
  const permissions = asked.data?.viewer.permissions;
  const here = useMemo(() => ({ tenant, permissions: permissions ?? [] }), [tenant, permissions]);
  return (
    <Shown of={asked} what="the tenant" head={head}>
      {() => (
        <HereContext value={here}>
          <Outlet />
        </HereContext>
      )}
    </Shown>
  );
}
