import { OPERATIONS } from "../../format/requests";
import type { ScimOperation } from "../../generated/schema";
import { AskedFor } from "../../parts/AskedFor";
import { Button } from "../../parts/Button";
import { Filter } from "../../parts/Filter";
import { FilterPanel } from "../../parts/FilterPanel";
import { FilterText } from "../../parts/FilterText";
import { START } from "../../parts/Paging";
import { TimeSpan } from "../../parts/TimeSpan";
import { CLASSES, isScimId, NOTHING, SCIM_TYPES, type Wanted } from "./view";

interface FiltersProps {
  view: Wanted;
  isFiltered: boolean;
  onChange: (part: Partial<Wanted> & typeof START) => void;
}

const options = (words: Record<string, string>) => Object.entries(words).map(([id, name]) => ({ id, name }));

/** Everything that the requests of a tenant can be asked for. */
export function Filters({ view, isFiltered, onChange }: FiltersProps) {
  const ask = (part: Partial<Wanted>) => onChange({ ...part, ...START });
  const fields = [view.subject, view.slower && `from ${view.slower} ms`, view.correlation].filter((each) => each !== "");
  return (
    <div className="row">
      <Filter name="Status" options={options(CLASSES)} selected={view.status} onChange={(status) => ask({ status })} />
      <Filter
        name="Operation"
        options={options(OPERATIONS)}
        selected={view.operation}
        onChange={(operation) => ask({ operation: operation as ScimOperation[] })}
      />
      <Filter name="scimType" options={SCIM_TYPES.map((id) => ({ id, name: id }))} selected={view.type} onChange={(type) => ask({ type })} />
      <TimeSpan from={view.from} to={view.to} onChange={ask} />
      <FilterPanel name="More" says={fields.length === 0 ? undefined : fields.join(", ")}>
        <FilterText
          label="SCIM id"
          description={view.subject === "" || isScimId(view.subject) ? "Of a user or a group" : "This is no SCIM id, so nothing is found"}
          value={view.subject}
          onChange={(subject) => ask({ subject })}
        />
        <FilterText label="Took at least" description="In milliseconds" isNumber value={view.slower} onChange={(slower) => ask({ slower })} />
        <FilterText label="Correlation id" value={view.correlation} onChange={(correlation) => ask({ correlation })} />
      </FilterPanel>
      {view.by !== null && <AskedFor name="Only" value="one credential" onClear={() => ask({ by: null })} />}
      {isFiltered && (
        <Button kind="plain" small onPress={() => onChange({ ...NOTHING })}>
          Clear filters
        </Button>
      )}
    </div>
  );
}
