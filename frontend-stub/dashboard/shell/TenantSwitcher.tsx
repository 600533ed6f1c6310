import { useNavigate } from "react-router";

import { paths } from "../address/paths";
import { useAsk } from "../api/useAsk";
import { Choice } from "../parts/Choice";
import { SwitcherDocument } from "./generated/Shell";

/** Goes to another tenant. */
export function TenantSwitcher({ slug }: { slug: string | undefined }) {
  const navigate = useNavigate();
  const { data } = useAsk(SwitcherDocument, {});
  const options = (data?.tenants.nodes ?? []).map((tenant) => ({ id: tenant.slug, name: tenant.name }));
  return (
    <Choice
      label="Tenant"
      hideLabel
      placeholder="Choose a tenant"
      value={slug ?? null}
      options={options}
      onChange={(chosen) => void navigate(paths.tenant(chosen))}
    />
  );
}
