import { useNavigate } from "react-router";

import { paths } from "../address/paths";
import { useAsk } from "../api/useAsk";
import { TenantInSightDocument } from "./generated/Shell";
import { TenantsFound } from "./TenantsFound";

/** Says which tenant this is, and goes to another one. */
export function TenantSwitcher({ slug }: { slug: string | undefined }) {
  const navigate = useNavigate();
  const { data } = useAsk(TenantInSightDocument, { slug: slug ?? "" }, slug === undefined);
  const here = slug === undefined ? null : (data?.tenant ?? null);
  return (
    <TenantsFound
      selectionMode="single"
      label="Tenant"
      selected={here ? [here] : []}
      onChange={([chosen]) => chosen && void navigate(paths.tenant(chosen.slug))}
    >
      {here?.name ?? "Choose a tenant"}
    </TenantsFound>
  );
}
