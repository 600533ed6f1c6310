import "./design/tokens.css";
import "./design/base.css";
import "./parts/card.css";
import "./shell/preferences";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";

import { App } from "./App";
import { preload } from "./routes";
import { SessionGate } from "./session/SessionGate";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
preload(window.location.pathname);
createRoot(root).render(
  <StrictMode>
    <BrowserRouter basename="/admin">
      <SessionGate>
        <App />
      </SessionGate>
    </BrowserRouter>
  </StrictMode>,
);
