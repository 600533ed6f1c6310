import { useAsk } from "../../api/useAsk";
import { Button } from "../../parts/Button";
import { Drawer } from "../../parts/Drawer";
import { Shown } from "../../parts/states";
import { TraceLink } from "../../parts/TraceLink";
import { Asked } from "../trace/Asked";
import { OneRequestDocument } from "./generated/Requests";

interface RequestDrawerProps {
  id: string | null;
  onClose: () => void;
  /** Asks for what is like the request in one way. */
  onNarrow: (part: { subject: string } | { by: string } | { correlation: string }) => void;
}

/** One request: what it was, what its refusal means, as it was sent and as it was read. */
export function RequestDrawer({ id, onClose, onNarrow }: RequestDrawerProps) {
  return (
    <Drawer title="Request" isOpen={id !== null} onClose={onClose}>
      {id !== null && <Found id={id} onNarrow={onNarrow} />}
    </Drawer>
  );
}

function Found({ id, onNarrow }: Pick<RequestDrawerProps, "onNarrow"> & { id: string }) {
  const asked = useAsk(OneRequestDocument, { id });
  return (
    <Shown of={asked} what="the request">
      {({ node }) => {
        if (!node || !("method" in node)) return <p role="alert">There is no such request in your sight.</p>;
        const { scimId, credentialId, correlationId } = node;
        return (
          <>
            <Asked request={node} />
            <p>
              What came of it: <TraceLink requestId={node.requestId} />
            </p>
            <p className="row">
              <span className="quiet">Show only</span>
              {scimId !== null && (
                <Button small onPress={() => onNarrow({ subject: scimId })}>
                  This user or group
                </Button>
              )}
              {credentialId !== null && (
                <Button small onPress={() => onNarrow({ by: credentialId })}>
                  This credential
                </Button>
              )}
              {correlationId !== null && (
                <Button small onPress={() => onNarrow({ correlation: correlationId })}>
                  This correlation id
                </Button>
              )}
            </p>
          </>
        );
      }}
    </Shown>
  );
}
