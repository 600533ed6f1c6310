import "../parts/choice.css";

import { useState } from "react";
import { Header, type Key, Menu, MenuItem, MenuSection, MenuTrigger, Popover } from "react-aria-components";

import { Button } from "../parts/Button";
import { Icon } from "../parts/Icon";
import type { Zone } from "../format/times";
import { useSession } from "../session/SessionGate";
import { type Theme, theme, useTheme, useZone, zone } from "./preferences";

const THEMES: [Theme, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];
const ZONES: [Zone, string][] = [
  ["local", "Local time"],
  ["utc", "UTC"],
];

/** Who is signed in, how the pages look, in which zone times are shown, and the way out. */
export function AccountMenu() {
  const { viewer, signOut } = useSession();
  const chosenTheme = useTheme();
  const chosenZone = useZone();
  const [failure, setFailure] = useState<string | null>(null);

  function act(key: Key): void {
    if (key !== "out") return;
    setFailure(null);
    signOut().catch(({ message }: Error) => setFailure(message));
  }

  return (
    <>
      {failure !== null && (
        <p className="still-in" role="alert">
          You are still signed in: {failure}
        </p>
      )}
      <MenuTrigger>
        <Button kind="plain" aria-label={`Signed in as ${viewer.name}`}>
          <span className="account-name">{viewer.name}</span> <Icon name="down" />
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu className="list-box" onAction={act}>
            <MenuSection
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={[chosenTheme]}
              onSelectionChange={(keys) => keys !== "all" && theme.set([...keys][0] as Theme)}
            >
              <Header>Appearance</Header>
              {THEMES.map(([id, name]) => (
                <MenuItem key={id} id={id}>
                  {name}
                </MenuItem>
              ))}
            </MenuSection>
            <MenuSection
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={[chosenZone]}
              onSelectionChange={(keys) => keys !== "all" && zone.set([...keys][0] as Zone)}
            >
              <Header>Times</Header>
              {ZONES.map(([id, name]) => (
                <MenuItem key={id} id={id}>
                  {name}
                </MenuItem>
              ))}
            </MenuSection>
            <MenuSection>
              <Header>{viewer.name}</Header>
              <MenuItem id="out">Sign out</MenuItem>
            </MenuSection>
          </Menu>
        </Popover>
      </MenuTrigger>
    </>
  );
}
