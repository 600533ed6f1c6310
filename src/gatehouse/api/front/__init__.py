"""What stands before the edges: admission, rates, sign-in, deadlines of a connection, and the end of a process."""
