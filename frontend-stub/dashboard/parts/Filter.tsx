import "./button.css";
import "./choice.css";
import "./toggle.css";

import { Button, ListBox, ListBoxItem, Dialog, DialogTrigger, Popover, type Selection } from "react-aria-components";

import { number } from "../format/plural";
import { Icon } from "./Icon";

export interface FilterOption {
  id: string;
  name: string;
  /** How many there are, where the server has counted. */
  count?: number;
}

interface FilterProps {
  name: string;
  options: readonly FilterOption[];
  selected: readonly string[];
  onChange: (selected: string[]) => void;
}

/** Any number of some values, with how many there are of each. Escape closes it and leaves what is chosen. */
export function Filter({ name, options, selected, onChange }: FilterProps) {
  const chosen = options.filter((option) => selected.includes(option.id)).map((option) => option.name);
  const says = selected.length === 0 ? name : `${name}: ${chosen.length > 2 ? `${chosen.length} chosen` : chosen.join(", ")}`;
  const change = (keys: Selection) => onChange(keys === "all" ? options.map((option) => option.id) : [...keys].map(String));
  return (
    <DialogTrigger>
      <Button className="button toggle" {...(selected.length > 0 ? { "data-selected": true } : {})}>
        <span className="says">{says}</span> <Icon name="down" />
      </Button>
      <Popover className="popover" placement="bottom start">
        <Dialog aria-label={name} className="filter-dialog">
          <ListBox
            aria-label={name}
            className="list-box"
            escapeKeyBehavior="none"
            selectionMode="multiple"
            selectedKeys={selected}
            onSelectionChange={change}
          >
            {options.map((option) => (
              <ListBoxItem key={option.id} id={option.id} textValue={option.name}>
                <span>{option.name}</span>
                {option.count !== undefined && <span className="quiet small">{number(option.count)}</span>}
              </ListBoxItem>
            ))}
          </ListBox>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
