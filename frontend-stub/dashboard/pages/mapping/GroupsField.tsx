import { Button, Dialog, DialogTrigger, ListBox, ListBoxItem, Popover, type Selection } from "react-aria-components";

import type { Names } from "../../mapping/names";
import { Icon } from "../../parts/Icon";
import "../../parts/button.css";
import "../../parts/choice.css";

interface GroupsFieldProps {
  label: string;
  options: readonly { key: string; name: string }[];
  names: Names;
  /** Keys, in the order in which they are given. */
  value: readonly string[];
  onChange: (keys: string[]) => void;
}

/** Any number of employee groups; what is chosen last stands last. */
export function GroupsField({ label, options, names, value, onChange }: GroupsFieldProps) {
  const says = value.map(names.group).join(", ");

  function change(selection: Selection) {
    const chosen = selection === "all" ? options.map(({ key }) => key) : [...selection].map(String);
    onChange([...value.filter((key) => chosen.includes(key)), ...chosen.filter((key) => !value.includes(key))]);
  }

  return (
    <DialogTrigger>
      <Button className="button groups" aria-label={`${label}: ${says || "none"}`}>
        <span>{says || <span className="quiet">none</span>}</span> <Icon name="down" />
      </Button>
      <Popover className="popover" placement="bottom start">
        <Dialog aria-label={label} className="filter-dialog">
          <ListBox
            aria-label={label}
            className="list-box"
            autoFocus
            escapeKeyBehavior="none"
            selectionMode="multiple"
            selectedKeys={value}
            onSelectionChange={change}
          >
            {options.map(({ key, name }) => (
              <ListBoxItem key={key} id={key} textValue={name}>
                {name}
              </ListBoxItem>
            ))}
          </ListBox>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
