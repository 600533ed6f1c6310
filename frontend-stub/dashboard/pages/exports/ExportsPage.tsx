import "./exports.css";

import { optional, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { useTell } from "../../api/useTell";
import { SUBJECTS, size } from "../../format/exports";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Icon } from "../../parts/Icon";
import { Paging, pageOf } from "../../parts/Paging";
import { Empty, Refusals, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useMay, useTenant } from "../../shell/TenantGate";
import { ExportForm } from "./ExportForm";
import { CancelExportDocument, type ExportJobFragment, ExportsDocument } from "./generated/Exports";
import { isOpen, Progress } from "./Progress";

const VIEW = { after: optional(), before: optional() };
const PAGE_SIZE = 25;

/** Files of a tenant's data: started here or on the pages of lists, followed while they are made, fetched, deleted. */
export default function ExportsPage() {
  const tenant = useTenant();
  const mayExport = useMay("EXPORT");
  const [view, setView] = useView(VIEW);
  const asked = useAsk(ExportsDocument, { tenantId: tenant.id, ...pageOf(view, PAGE_SIZE) });
  const [cancel, cancelling] = useTell(CancelExportDocument, (data) => data.jobCancel);

  async function end(job: ExportJobFragment) {
    if (await cancel({ input: { jobId: job.id } })) asked.again();
  }

  return (
    <>
      <PageHead title="Exports" />
      {mayExport && (
        <section className="card stack" aria-labelledby="new-export">
          <h2 id="new-export">New export</h2>
          <ExportForm onDone={asked.again} />
          <p className="quiet small">For a part of the users or of the history, filter their page and press Export there.</p>
        </section>
      )}
      <Refusals of={cancelling} />
      <Shown of={asked} what="exports">
        {({ tenant: found }) =>
          found && (
            <>
              <div className="card flush">
                <DataTable
                  label="Exports"
                  columns={columnsOf(mayExport, asked.again, end)}
                  rows={found.jobs.nodes}
                  keyOf={(job) => job.id}
                  empty={<Empty title="Nothing has been exported yet." />}
                />
              </div>
              <Paging pageInfo={found.jobs.pageInfo} onGo={(place) => setView(place)} />
            </>
          )
        }
      </Shown>
    </>
  );
}

const columnsOf = (mayExport: boolean, again: () => void, end: (job: ExportJobFragment) => void): ColumnOf<ExportJobFragment>[] => [
  {
    id: "what",
    name: "What",
    isHeader: true,
    cell: ({ subject, redacted }) => (
      <>
        <strong>{SUBJECTS[subject]}</strong>
        <p className="quiet small">{redacted ? "personal values masked" : "personal values as they are"}</p>
      </>
    ),
  },
  { id: "progress", name: "Progress", cell: (job) => <Progress job={job} onEnded={again} /> },
  {
    id: "asked",
    name: "Asked for",
    cell: ({ createdAt, createdBy }) => (
      <>
        <span className="nowrap">
          <Time at={createdAt} />
        </span>
        <p className="quiet small">{createdBy.display}</p>
      </>
    ),
  },
  { id: "size", name: "Size", align: "end", cell: ({ format, byteSize }) => <span className="nowrap">{`${format} ${size(byteSize)}`}</span> },
  {
    id: "file",
    name: "File",
    cell: (job) => <File job={job} mayExport={mayExport} onEnd={() => end(job)} />,
  },
];

interface FileProps {
  job: ExportJobFragment;
  mayExport: boolean;
  onEnd: () => void;
}

function File({ job, mayExport, onEnd }: FileProps) {
  const { downloadUrl, downloadExpiresAt, sha256 } = job;
  return (
    <div className="file">
      <div className="row">
        {downloadUrl !== null && (
          <a className="button small" href={new URL(downloadUrl, location.href).pathname} download>
            <Icon name="download" /> Download
          </a>
        )}
        {mayExport && (isOpen(job) || downloadUrl !== null) && (
          <Button small kind="danger" onPress={onEnd}>
            {isOpen(job) ? "Cancel" : "Delete"}
          </Button>
        )}
      </div>
      {downloadExpiresAt !== null && (
        <p className="quiet small">
          {new Date(downloadExpiresAt) > new Date() ? "goes " : "gone "}
          <Time at={downloadExpiresAt} as="ago" />
        </p>
      )}
      {sha256 !== null && (
        <div className="row">
          <code className="small" title={sha256}>
            SHA-256 {sha256.slice(0, 12)}…
          </code>
          <CopyButton text={sha256} />
        </div>
      )}
    </div>
  );
}
