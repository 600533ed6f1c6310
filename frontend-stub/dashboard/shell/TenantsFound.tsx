import "../parts/button.css";
import "../parts/choice.css";
import "../parts/toggle.css";

import { type ReactNode, useState } from "react";
import { Autocomplete, Button, Dialog, DialogTrigger, ListBox, ListBoxItem, Popover, type Selection } from "react-aria-components";

import { useAsk } from "../api/useAsk";
import { Icon } from "../parts/Icon";
import { SearchField } from "../parts/SearchField";
import { TenantsFoundDocument, type TenantsFoundQuery } from "./generated/Shell";

export type TenantFound = TenantsFoundQuery["tenants"]["nodes"][number];

interface TenantsFoundProps {
  selectionMode: "single" | "multiple";
  label: string;
  selected: readonly TenantFound[];
  onChange: (selected: TenantFound[]) => void;
  /** What the button says. */
  children: ReactNode;
}

/** Chooses among any number of tenants: the server searches. One that is chosen closes it; several leave it open. */
export function TenantsFound({ selectionMode, label, selected, onChange, children }: TenantsFoundProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button className="button toggle" {...(selectionMode === "multiple" && selected.length > 0 ? { "data-selected": true } : {})}>
        <span className="says">{children}</span> <Icon name="down" />
      </Button>
      <Popover className="popover" placement="bottom start">
        <Dialog aria-label={label} className="filter-dialog">
          <Found
            selectionMode={selectionMode}
            label={label}
            selected={selected}
            onChange={(chosen) => {
              if (selectionMode === "single") setOpen(false);
              onChange(chosen);
            }}
          />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function Found({ selectionMode, label, selected, onChange }: Omit<TenantsFoundProps, "children">) {
  const [search, setSearch] = useState("");
  const { data, failure, asking } = useAsk(TenantsFoundDocument, { search: search || null });
  const found = data?.tenants.nodes ?? [];
  const others = search === "" ? selected.filter(({ id }) => !found.some((tenant) => tenant.id === id)) : [];
  const shown = data ? [...others, ...found] : [];

  function change(keys: Selection) {
    const chosen = [...selected.filter(({ id }) => !shown.some((tenant) => tenant.id === id)), ...shown];
    onChange(chosen.filter(({ id }) => keys === "all" || keys.has(id)));
  }

  return (
    <Autocomplete>
      <div className="list-search">
        <SearchField label="Name or slug" value={search} onSearch={setSearch} autoFocus />
      </div>
      <ListBox
        aria-label={label}
        className="list-box"
        escapeKeyBehavior="none"
        selectionMode={selectionMode}
        selectedKeys={selected.map(({ id }) => id)}
        onSelectionChange={change}
        renderEmptyState={() => <p className="list-note">{failure?.message ?? (asking ? "Loading tenants …" : "No tenant is like that.")}</p>}
      >
        {shown.map(({ id, name }) => (
          <ListBoxItem key={id} id={id} textValue={name}>
            {name}
          </ListBoxItem>
        ))}
      </ListBox>
      {data?.tenants.pageInfo.hasNextPage && <p className="list-note">There are more: search for them.</p>}
    </Autocomplete>
  );
}
