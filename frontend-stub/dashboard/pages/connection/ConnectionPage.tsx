import "./connection.css";

import { useAsk } from "../../api/useAsk";
import { CopyButton } from "../../parts/CopyButton";
import { Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useMay, useTenant } from "../../shell/TenantGate";
import { ContactDocument } from "./generated/Connection";
import { Tokens } from "./Tokens";

const SCIM_PATH = "/scim/v2";

/** How Entra ID reaches a tenant: where, with what, and when it did last. */
export default function ConnectionPage() {
  const tenant = useTenant();
  const mayManage = useMay("MANAGE_CREDENTIALS");
  const asked = useAsk(ContactDocument, { tenantId: tenant.id });
  const url = `${window.location.origin}${SCIM_PATH}`;

  return (
    <>
      <PageHead title="Connection" />
      <section className="card stack" aria-labelledby="where">
        <h2 id="where">Tenant URL</h2>
        <p className="quiet">Paste it into the Entra application, under Provisioning, Admin credentials.</p>
        <p className="row">
          <code>{url}</code> <CopyButton text={url} />
        </p>
      </section>
      <Shown of={asked} what="the connection">
        {({ tenant: found }) =>
          found && (
            <section className="card stack" aria-labelledby="contact">
              <h2 id="contact">Last contact</h2>
              <dl className="facts">
                <Moment name="Answered a request" at={found.connection.lastContactAt} />
                <Moment name="Succeeded" at={found.connection.lastSuccessAt} />
                <Moment name="Wrote a user or group" at={found.connection.lastWriteAt} />
              </dl>
            </section>
          )
        }
      </Shown>
      {mayManage && <Tokens tenantId={tenant.id} />}
    </>
  );
}

function Moment({ name, at }: { name: string; at: string | null }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{at ? <Time at={at} as="ago" /> : <span className="quiet">not on record</span>}</dd>
    </>
  );
}
