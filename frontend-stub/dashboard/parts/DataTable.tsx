import "./dataTable.css";

import type { ReactNode } from "react";
import { Cell, Column, Row, Table, TableBody, TableHeader } from "react-aria-components";

import { Icon } from "./Icon";

export interface ColumnOf<T> {
  id: string;
  /** The heading; on narrow screens it stands before each value. */
  name: string;
  cell: (item: T) => ReactNode;
  /** Names the row for screen readers; the first column, if none says so. */
  isHeader?: boolean;
  /** Whether the server can order by it. */
  sorts?: boolean;
  align?: "end";
  /** Left out below 64 rem. */
  wideOnly?: boolean;
}

export interface Sorting {
  column: string;
  descending: boolean;
}

interface DataTableProps<T> {
  /** What the rows are, for screen readers. */
  label: string;
  columns: ColumnOf<T>[];
  rows: readonly T[];
  keyOf: (item: T) => string;
  /** Where a row leads: the whole row is a link then. */
  hrefOf?: (item: T) => string;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  /** What stands there if there are no rows. */
  empty: ReactNode;
}

/** A table whose rows can be walked with the arrow keys; on narrow screens each row becomes a card. */
export function DataTable<T extends object>({ label, columns, rows, keyOf, hrefOf, sorting, onSort, empty }: DataTableProps<T>) {
  const headed = columns.some((column) => column.isHeader);
  return (
    <Table
      aria-label={label}
      className="data-table"
      {...(sorting
        ? {
            sortDescriptor: { column: sorting.column, direction: sorting.descending ? ("descending" as const) : ("ascending" as const) },
            onSortChange: ({ column, direction }) => onSort?.({ column: String(column), descending: direction === "descending" }),
          }
        : {})}
    >
      <TableHeader>
        {columns.map((column, index) => (
          <Column
            key={column.id}
            id={column.id}
            isRowHeader={column.isHeader ?? (!headed && index === 0)}
            allowsSorting={column.sorts ?? false}
            className={classOf(column)}
          >
            {({ sortDirection }) => (
              <span className="heading">
                {column.name}
                {column.sorts && (
                  <span className={sortDirection ? "sorted" : "sortable"}>
                    <Icon name={sortDirection === "descending" ? "down" : "up"} size={12} />
                  </span>
                )}
              </span>
            )}
          </Column>
        ))}
      </TableHeader>
      <TableBody renderEmptyState={() => empty}>
        {rows.map((item) => (
          <Row key={keyOf(item)} id={keyOf(item)} {...(hrefOf ? { href: hrefOf(item) } : {})}>
            {columns.map((column) => (
              <Cell key={column.id} className={classOf(column)} data-heading={column.name}>
                <span className="value">{column.cell(item)}</span>
              </Cell>
            ))}
          </Row>
        ))}
      </TableBody>
    </Table>
  );
}

function classOf<T>({ align, wideOnly }: ColumnOf<T>): string {
  return ["react-aria-Cell", align === "end" ? "end" : "", wideOnly ? "wide-only" : ""].join(" ").trim();
}
