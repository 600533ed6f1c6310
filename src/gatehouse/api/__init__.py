"""The edges: decode, call one service, encode."""
