import { EVENT_ACTIONS, EVENT_OUTCOMES } from "../../format/words";
import { AskedFor } from "../../parts/AskedFor";
import { Button } from "../../parts/Button";
import { Filter } from "../../parts/Filter";
import { FilterPanel } from "../../parts/FilterPanel";
import { FilterText } from "../../parts/FilterText";
import { START } from "../../parts/Paging";
import { TimeSpan } from "../../parts/TimeSpan";
import { ACTIONS, NOTHING, OUTCOMES, PATHS, RESOURCES, SEVERITIES, type Wanted } from "./view";

interface FiltersProps {
  view: Wanted;
  isFiltered: boolean;
  onChange: (part: Partial<Wanted> & typeof START) => void;
}

const options = (words: Record<string, string>) => Object.entries(words).map(([id, name]) => ({ id, name }));

/** Everything that the history can be asked for. */
export function Filters({ view, isFiltered, onChange }: FiltersProps) {
  const ask = (part: Partial<Wanted>) => onChange({ ...part, ...START });
  const fields = [view.name, view.correlation, view.error, view.mapping].filter((each) => each !== "");
  return (
    <div className="row">
      <Filter
        name="Kind"
        options={ACTIONS.map((id) => ({ id, name: EVENT_ACTIONS[id] }))}
        selected={view.action}
        onChange={(action) => ask({ action: action as Wanted["action"] })}
      />
      <Filter
        name="Outcome"
        options={OUTCOMES.map((id) => ({ id, name: EVENT_OUTCOMES[id].word }))}
        selected={view.outcome}
        onChange={(outcome) => ask({ outcome: outcome as Wanted["outcome"] })}
      />
      <Filter
        name="Severity"
        options={options(SEVERITIES)}
        selected={view.severity}
        onChange={(severity) => ask({ severity: severity as Wanted["severity"] })}
      />
      <Filter name="Changed" options={PATHS.map((id) => ({ id, name: id }))} selected={view.changed} onChange={(changed) => ask({ changed })} />
      <Filter name="Of" options={options(RESOURCES)} selected={view.of} onChange={(of) => ask({ of: of as Wanted["of"] })} />
      <TimeSpan from={view.from} to={view.to} onChange={ask} />
      <FilterPanel name="More" says={fields.length === 0 ? undefined : fields.join(", ")}>
        <FilterText
          label="userName or displayName"
          description="Part of it, as it was then; case matters"
          value={view.name}
          onChange={(name) => ask({ name })}
        />
        <FilterText label="Correlation id" value={view.correlation} onChange={(correlation) => ask({ correlation })} />
        <FilterText label="Error, as Entra ID calls it" description="Such as EntryConflict" value={view.error} onChange={(error) => ask({ error })} />
        <FilterText label="Mapping version" isNumber value={view.mapping} onChange={(mapping) => ask({ mapping })} />
      </FilterPanel>
      {view.user !== null && <AskedFor name="Only" value="one person" onClear={() => ask({ user: null })} />}
      {view.by !== null && <AskedFor name="Only" value="one credential" onClear={() => ask({ by: null })} />}
      {isFiltered && (
        <Button kind="plain" small onPress={() => onChange({ ...NOTHING })}>
          Clear filters
        </Button>
      )}
    </div>
  );
}
