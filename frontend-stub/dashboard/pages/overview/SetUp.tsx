import type { ReactNode } from "react";
import { Link } from "react-router";

import { paths } from "../../address/paths";
import { scimUrl } from "../../address/scim";
import { useAsk } from "../../api/useAsk";
import { CopyButton } from "../../parts/CopyButton";
import { Icon } from "../../parts/Icon";
import { Time } from "../../parts/Time";
import { useMay, useTenant } from "../../shell/TenantGate";
import { ATTRIBUTES, USER_TYPE } from "./attributes";
import { LiveTokensDocument } from "./generated/Overview";
import type { Overview } from "./OverviewPage";

/** What is to be done until Entra ID has provisioned the first person, with the values to paste. */
export function SetUp({ tenant }: { tenant: Overview }) {
  const { slug } = useTenant();
  const mayManage = useMay("MANAGE_CREDENTIALS");
  const tokens = useAsk(LiveTokensDocument, { tenantId: tenant.id }, !mayManage).data?.tenant?.connection.tokens ?? [];
  const hasToken = tokens.some(({ status }) => status === "ACTIVE") || tenant.connection.lastSuccessAt !== null;
  const url = scimUrl();
  return (
    <section className="stack" aria-labelledby="set-up">
      <div>
        <h2 id="set-up">Connecting Entra ID</h2>
        <p className="quiet">
          In the Entra admin center, in the enterprise application, under Provisioning. This list goes when the first person has come.
        </p>
      </div>
      <ol className="card flush steps">
        <Step number={1} name="Agree on roles and employee groups" isDone={tenant.roles.length > 0}>
          <p>
            {tenant.roles.length > 0
              ? "There are roles to give. Which title and which userType give what, the mapping says."
              : "Write down every title and every group value that Entra ID will send, and which role and employee groups each of them means."}
          </p>
        </Step>
        <Step number={2} name="Paste the Tenant URL" isDone={tenant.connection.lastSuccessAt !== null}>
          <p>Provisioning Mode: Automatic. Then under Admin credentials:</p>
          <Value text={url} />
        </Step>
        <Step number={3} name="Issue a Secret Token and paste it" isDone={hasToken}>
          {mayManage ? (
            <p>
              It is issued under <Link to={paths.connection(slug)}>Connection</Link>, and shown there once. Paste it without “Bearer”.
            </p>
          ) : (
            <p>Somebody who manages credentials issues it under Connection. Paste it without “Bearer”.</p>
          )}
        </Step>
        <Step number={4} name="Test Connection, then Save" isDone={tenant.connection.lastSuccessAt !== null}>
          {tenant.connection.lastSuccessAt ? (
            <p>
              Entra ID was here <Time at={tenant.connection.lastSuccessAt} as="ago" />, and got its answers.
            </p>
          ) : (
            <p>
              Entra ID asks for a person and a group that cannot exist. <Link to={paths.connection(slug)}>Connection</Link> shows it as it comes.
            </p>
          )}
        </Step>
        <Step number={5} name="Map the attributes" isDone={false}>
          <p>Mappings, Provision Microsoft Entra ID Users: make the table look like this, and delete the rest. Switch the mapping of groups off.</p>
          <AttributeTable />
          <p>If userType is not among the target attributes: Show advanced options, Edit attribute list, add this one as a String.</p>
          <Value text={USER_TYPE} />
        </Step>
        <Step number={6} name="Provision one person on demand" isDone={false}>
          <p>Provisioning, Provision on demand, choose an assigned person. Here you then see the role and the employee groups, and why.</p>
        </Step>
        <Step number={7} name="Start provisioning" isDone={false}>
          <p>Assign everybody who is to be in scope first. The first cycle reads everybody; later ones come about every 40 minutes.</p>
        </Step>
      </ol>
    </section>
  );
}

interface StepProps {
  number: number;
  name: string;
  isDone: boolean;
  children: ReactNode;
}

function Step({ number, name, isDone, children }: StepProps) {
  return (
    <li>
      <span className={`step-mark${isDone ? " done" : ""}`} aria-hidden="true">
        {isDone ? <Icon name="check" /> : number}
      </span>
      <div className="step">
        <h3>
          {name} {isDone && <span className="visually-hidden">(done)</span>}
        </h3>
        {children}
      </div>
    </li>
  );
}

function Value({ text }: { text: string }) {
  return (
    <p className="row">
      <code className="pasted">{text}</code> <CopyButton text={text} />
    </p>
  );
}

function AttributeTable() {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="attribute-table" tabIndex={0} aria-label="Attribute mappings">
      <table>
        <thead>
          <tr>
            <th scope="col">SCIM attribute</th>
            <th scope="col">From</th>
            <th scope="col">Remarks</th>
          </tr>
        </thead>
        <tbody>
          {ATTRIBUTES.map(({ target, source, isExpression, remark }) => (
            <tr key={target}>
              <th scope="row">
                <code>{target}</code>
              </th>
              <td>
                <code>{source}</code> {isExpression && <CopyButton text={source} />}
              </td>
              <td className="quiet">{remark}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
