import { RouterProvider } from "react-aria-components";
import { Navigate, Route, Routes, useHref, useNavigate } from "react-router";

import { PageOf } from "./later";
import { Missing } from "./parts/states";
import { PAGES, TENANT_PAGES, TENANT_START } from "./routes";
import { Shell } from "./shell/Shell";
import { TenantGate } from "./shell/TenantGate";

/** Links of React Aria's components go through the router, too. */
export function App() {
  const navigate = useNavigate();
  return (
    <RouterProvider navigate={(path) => void navigate(path)} useHref={useHref}>
      <Routes>
        <Route element={<Shell />}>
          <Route index element={<Navigate replace to="/tenants" />} />
          {PAGES.map(({ path, page }) => (
            <Route key={path} path={path} element={<PageOf key={path} page={page} />} />
          ))}
          <Route path="/t/:slug" element={<TenantGate />}>
            <Route index element={<Navigate replace to={TENANT_START} />} />
            {TENANT_PAGES.map(({ path, page }) => (
              <Route key={path} path={path} element={<PageOf key={path} page={page} />} />
            ))}
          </Route>
          <Route path="*" element={<Missing title="There is no such page." />} />
        </Route>
      </Routes>
    </RouterProvider>
  );
}
