import { useState } from "react";
import { useNavigate } from "react-router";

import { paths } from "../../address/paths";
import { SUBJECTS } from "../../format/exports";
import { Button } from "../../parts/Button";
import { Drawer } from "../../parts/Drawer";
import { Icon } from "../../parts/Icon";
import { useMay, useTenant } from "../../shell/TenantGate";
import { ExportForm, type ExportOf } from "./ExportForm";

/** Exports the list of a page as it is filtered; for who may. */
export function ExportDrawer({ of, isFiltered }: { of: ExportOf; isFiltered: boolean }) {
  const { slug } = useTenant();
  const may = useMay("EXPORT");
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button onPress={() => setOpen(true)}>
        <Icon name="download" /> Export
      </Button>
      <Drawer title={`Export: ${SUBJECTS[of.subject]}`} isOpen={isOpen} onClose={() => setOpen(false)}>
        <p>{isFiltered ? "What matches the filters of the page, in a file." : "All of it, in a file; set filters on the page for a part of it."}</p>
        <ExportForm of={of} onDone={() => void navigate(paths.exports(slug))} />
      </Drawer>
    </>
  );
}
