import "./button.css";
import "./choice.css";
import "./field.css";
import "./toggle.css";
import "./filterPanel.css";

import type { ReactNode } from "react";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";

import { Icon } from "./Icon";

interface FilterPanelProps {
  name: string;
  /** What is asked for, in short; undefined: nothing. */
  says: string | undefined;
  children: ReactNode;
}

/** Filters that are fields, behind a button that says what they ask for. */
export function FilterPanel({ name, says, children }: FilterPanelProps) {
  return (
    <DialogTrigger>
      <Button className="button toggle" {...(says === undefined ? {} : { "data-selected": true })}>
        <span className="says">{says === undefined ? name : `${name}: ${says}`}</span> <Icon name="down" />
      </Button>
      <Popover className="popover" placement="bottom start">
        <Dialog aria-label={name} className="filter-dialog filter-panel">
          {children}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
