import "./choice.css";

import { Button, Label, ListBox, ListBoxItem, ListBoxSection, Header, Popover, Select, SelectValue } from "react-aria-components";

import { Icon } from "./Icon";

export interface Option {
  id: string;
  name: string;
}

export interface Section {
  name: string;
  options: readonly Option[];
}

interface ChoiceProps {
  label: string;
  /** Whether the label is for screen readers only. */
  hideLabel?: boolean;
  value: string | null;
  onChange: (id: string) => void;
  options?: readonly Option[];
  sections?: readonly Section[];
  placeholder?: string;
}

/** Chooses one of a few. */
export function Choice({ label, hideLabel = false, value, onChange, options = [], sections = [], placeholder = "Choose" }: ChoiceProps) {
  return (
    <Select
      className="choice"
      value={value}
      onChange={(key) => key !== null && onChange(String(key))}
      placeholder={placeholder}
      {...(hideLabel ? { "aria-label": label } : {})}
    >
      {!hideLabel && <Label>{label}</Label>}
      <Button className="button">
        <SelectValue />
        <Icon name="down" />
      </Button>
      <Popover className="popover">
        <ListBox className="list-box">
          {options.map(item)}
          {sections.map((section) => (
            <ListBoxSection key={section.name}>
              <Header>{section.name}</Header>
              {section.options.map(item)}
            </ListBoxSection>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

const item = (option: Option) => (
  <ListBoxItem key={option.id} id={option.id} textValue={option.name}>
    {option.name}
  </ListBoxItem>
);
