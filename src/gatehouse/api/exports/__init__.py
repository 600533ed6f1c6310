"""Files of exports by HTTP."""
