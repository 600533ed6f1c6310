import { Button } from "./Button";
import { Icon } from "./Icon";

/** Where in a list a view is: after a cursor, before one, or at the start. Keep both in the address. */
export interface Place {
  after: string | null;
  before: string | null;
}

export const START: Place = { after: null, before: null };

/** The variables of a list at a place. */
export const pageOf = ({ after, before }: Place, size: number) =>
  before === null ? { first: size, after, last: null, before: null } : { first: null, after: null, last: size, before };

interface PagingProps {
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  onGo: (place: Place) => void;
}

export function Paging({ pageInfo, onGo }: PagingProps) {
  if (!pageInfo.hasNextPage && !pageInfo.hasPreviousPage) return null;
  return (
    <nav className="row" aria-label="Pages">
      <Button small isDisabled={!pageInfo.hasPreviousPage} onPress={() => onGo(START)}>
        First
      </Button>
      <Button small isDisabled={!pageInfo.hasPreviousPage} onPress={() => onGo({ after: null, before: pageInfo.startCursor })}>
        <Icon name="left" /> Previous
      </Button>
      <Button small isDisabled={!pageInfo.hasNextPage} onPress={() => onGo({ after: pageInfo.endCursor, before: null })}>
        Next <Icon name="right" />
      </Button>
    </nav>
  );
}
